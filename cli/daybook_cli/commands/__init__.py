"""What the user types: a module for each command, which reads its options and shows its result."""
