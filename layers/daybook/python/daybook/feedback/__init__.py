"""What providers say about messages, brought to the entries of these messages."""
