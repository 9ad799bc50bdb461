"""How the webhooks of other providers become events of `POST /deliveries`: docs/providers.md."""
