"""Tokens: their claims, and how a service gets one by its own credentials (RFC 6749, 4.4)."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx

from daybook_cli.connection.client import describe
from daybook_cli.connection.problems import ApiError

_TIMEOUT = httpx.Timeout(30, connect=5)


def claims_of(token: str) -> dict[str, Any] | None:
    """What a JWT claims (RFC 7519), unverified; None of a token that is no JWT."""
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004
        return None
    try:
        payload = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return None
    return payload if isinstance(payload, dict) else None


def fetch_token(
    url: str,
    client_id: str,
    client_secret: str,
    parameters: dict[str, str],
    transport: httpx.BaseTransport | None = None,
) -> str:
    """The access token that a token endpoint gives for these client credentials; ApiError where it gives none.

    `parameters` are those beside `grant_type`, such as `scope`.
    """
    form = {"grant_type": "client_credentials", **parameters}
    try:
        with httpx.Client(transport=transport, timeout=_TIMEOUT) as client:
            response = client.post(url, data=form, auth=(client_id, client_secret))
    except (httpx.RequestError, httpx.InvalidURL) as error:
        raise ApiError(f"The token endpoint {url} cannot be reached: {describe(error)}") from error
    try:
        answer = response.json()
    except ValueError:
        answer = None
    fields = answer if isinstance(answer, dict) else {}
    token = fields.get("access_token")
    if response.is_success and isinstance(token, str):
        return token
    reason = fields.get("error_description") or fields.get("error") or "no access_token in the answer"
    raise ApiError(f"The token endpoint {url} answered {response.status_code}: {reason}")
