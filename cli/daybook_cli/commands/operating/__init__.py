"""Commands for operators, which call AWS itself."""
