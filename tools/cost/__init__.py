"""Computes docs/cost.md from counts that tests assert, published prices, and the template."""
