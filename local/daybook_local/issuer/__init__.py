"""A small OpenID Connect issuer on loopback: signed tokens, and signing in as a person of the demonstration data."""
