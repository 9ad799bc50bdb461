"""The audit log of an org, and an audit entry's copies in the logs of further records."""
