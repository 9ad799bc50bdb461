"""Clients of the HTTP API and of AWS, and the settings they are made from."""
