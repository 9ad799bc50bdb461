"""Commands that bring a list into a file: `daybook export`, and what was exported before."""
