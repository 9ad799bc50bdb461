"""Tokens, and the key that they are signed with."""

import json
import time
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from daybook_local.private_files import write_json


def stored_key(path: Path) -> RSAKey:
    """The signing key in this file, made at its first use, so that tokens outlive a restart."""
    if not path.exists():
        key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)
        write_json(path, key.as_dict(private=True))
    return RSAKey.import_key(json.loads(path.read_text()))


class TokenSigner:
    """Signs tokens of one issuer."""

    def __init__(self, key: RSAKey, issuer: str) -> None:
        self._key = key
        self._issuer = issuer

    @property
    def public_keys(self) -> dict[str, Any]:
        """The key set to check the tokens with."""
        return {"keys": [self._key.as_dict(private=False)]}

    def token(self, claims: dict[str, Any], *, audience: str, seconds: int) -> str:
        """A signed token with these claims, beside those of the issuer, audience and time."""
        now = int(time.time())
        header = {"alg": "RS256", "kid": self._key.kid, "typ": "JWT"}
        standard_claims = {"iss": self._issuer, "aud": audience, "iat": now, "exp": now + seconds}
        return jwt.encode(header, standard_claims | claims, self._key)
