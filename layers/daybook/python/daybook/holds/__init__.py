"""Keep a record's entries from expiring."""
