"""Take a person out of everything."""
