"""What became of a message, in a sentence for front-desk staff, and what to do now: pure functions and one table."""
