"""Files of other systems as a stream of entries that can be imported twice without duplicates."""
