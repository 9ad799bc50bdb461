"""Every kind of item in the table as a pynamodb model: the one written schema, held against the template by a test."""
