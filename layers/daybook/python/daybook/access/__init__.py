"""Who calls, what they may, and that it is audited; settings of an org."""
