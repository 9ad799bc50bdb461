"""Makes the OpenAPI document from the types that validate requests and write answers."""
