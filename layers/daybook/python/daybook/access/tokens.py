"""The claims of a verified token as the identity provider wrote them.

API Gateway hands a list on as one text, `[a b]`, in which `["a b"]` and `["a", "b"]` are alike:
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

import msgspec

# `Bearer` (RFC 6750, 2.1), which API Gateway does not insist on, and a signed token's three parts (RFC 7515, 7.1).
_ONE_TOKEN = re.compile(r"(?:bearer +)?[A-Za-z0-9_-]+\.(?P<payload>[A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+", re.IGNORECASE)


def claims_of_token(authorization: str | None, verified: Mapping[str, Any]) -> Mapping[str, Any]:
    """The claims in the token of an Authorization header; empty where it is not one token, the `verified` one.

    The signature is not checked again: API Gateway has checked it. Its texts are compared with those of `verified`, the
    claims that API Gateway handed on, so that no other token is believed.
    """
    match = _ONE_TOKEN.fullmatch(authorization or "")
    if match is None:
        return {}
    payload = match["payload"]
    try:
        claims = msgspec.json.decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), type=dict[str, Any])
    except (binascii.Error, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    texts = {name: claim for name, claim in claims.items() if isinstance(claim, str)}
    is_verified = bool(texts) and all(verified.get(name) == claim for name, claim in texts.items())
    return claims if is_verified else {}
