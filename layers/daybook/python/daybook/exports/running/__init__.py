"""The work of exports: reading a list and storing its file, in one attempt after the other."""
