"""The local stack from start to stop: settings, ports, tokens, data and console output."""
