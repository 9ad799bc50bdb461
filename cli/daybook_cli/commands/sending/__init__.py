"""Commands that send entries to the API, and events as providers send them."""
