"""Commands that read what is recorded: records, their logs, messages, the audit log."""
