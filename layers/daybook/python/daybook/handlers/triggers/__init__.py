"""What each trigger of a function does with its event: a stream, a queue, the schedule, a call of the command line."""
