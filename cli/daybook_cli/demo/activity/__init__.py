"""The activity of people and the audit entries of a business of the demonstration data."""
