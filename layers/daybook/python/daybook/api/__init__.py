"""HTTP: requests to services, problem documents, the OpenAPI document."""
