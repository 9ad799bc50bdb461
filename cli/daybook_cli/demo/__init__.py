"""Demonstration data for the local stack: entries of two businesses, and the feedback on their messages."""
