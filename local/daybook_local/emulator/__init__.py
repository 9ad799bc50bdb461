"""The AWS emulator, ministack, in this process, with fixes for what it lacks."""
