"""What email and SMS providers report: simulated events, and the dead-letter queue of those that failed."""
