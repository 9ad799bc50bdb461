"""Results as tables, lines and text, safe to print on a terminal."""
