"""Tokens as identity providers sign them, and their claims as API Gateway hands them on."""

import base64
import json
from typing import Any


def bearer(claims: dict[str, Any]) -> str:
    """An Authorization header with a token of these claims; its signature is none, as no function looks at it."""
    parts = [{"alg": "RS256", "kid": "1"}, claims]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return f"Bearer {'.'.join(encoded)}.c2lnbmF0dXJl"


def as_api_gateway_writes(claims: dict[str, Any]) -> dict[str, str]:
    """Every claim as a text: numbers in digits, lists as their elements with blanks between them, in brackets.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    return {name: _text(claim) for name, claim in claims.items()}


def _text(claim: Any) -> str:
    if isinstance(claim, str):
        return claim
    if isinstance(claim, list):
        return f"[{' '.join(map(_text, claim))}]"
    return json.dumps(claim)
