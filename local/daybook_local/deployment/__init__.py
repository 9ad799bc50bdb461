"""The SAM template as data, and its deployment to the emulator."""
