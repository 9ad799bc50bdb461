"""CloudTrail records as Daybook's audit entries."""
