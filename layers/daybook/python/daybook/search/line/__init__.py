"""The search line: one language for the logs of records, their timeline and the org's audit log."""
