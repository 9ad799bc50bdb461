"""The command line of Daybook: post, read and import through the HTTP API. It is never part of a function."""
