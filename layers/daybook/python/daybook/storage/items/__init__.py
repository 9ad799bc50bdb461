"""What is written for entries and their events, and what callers read of them; the models are `storage.models`."""
