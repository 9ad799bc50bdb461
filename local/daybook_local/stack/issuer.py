"""A small OpenID Connect issuer on loopback: enough for API Gateway's JWT authorizer to check tokens against."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from daybook_local.stack.ports import HOST
from daybook_local.stack.private_files import write_json
from daybook_local.stack.settings import AUDIENCE, ORGS, SERVICE_CLIENTS

LIFETIME_SECONDS = 7 * 24 * 3600


def stored_key(path: Path) -> RSAKey:
    """The signing key in this file, made at its first use, so that tokens outlive a restart."""
    if not path.exists():
        key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)
        write_json(path, key.as_dict(private=True))
    return RSAKey.import_key(json.loads(path.read_text()))


class Issuer:
    """Publishes the public part of a key at `url`, and signs tokens with it."""

    def __init__(self, key: RSAKey, port: int) -> None:
        self._key = key
        self.url = f"http://{HOST}:{port}"
        documents = {
            "/.well-known/openid-configuration": {
                "issuer": self.url,
                "jwks_uri": f"{self.url}/jwks.json",
                "response_types_supported": ["token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            },
            "/jwks.json": {"keys": [key.as_dict(private=False)]},
        }
        self._server = ThreadingHTTPServer((HOST, port), _handler_of(documents))
        self._thread = threading.Thread(target=self._server.serve_forever, name="issuer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def token(self, claims: dict[str, Any]) -> str:
        """A signed token with these claims, beside those of the issuer, audience and time."""
        now = int(time.time())
        header = {"alg": "RS256", "kid": self._key.kid, "typ": "JWT"}
        standard_claims = {"iss": self.url, "aud": AUDIENCE, "iat": now, "exp": now + LIFETIME_SECONDS}
        return jwt.encode(header, standard_claims | claims, self._key)

    def tokens(self) -> dict[str, str]:
        """A token for each of `caller_claims`."""
        return {name: self.token(claims) for name, claims in caller_claims().items()}


def caller_claims() -> dict[str, dict[str, Any]]:
    """The claims of one caller of each kind, by the names of `stack.json`."""
    org, other = ORGS
    portal, platform = SERVICE_CLIENTS
    return {
        "admin": {"sub": "u-1", "org": org, "username": "admin", "name": "Alex Admin", "groups": ["admin"]},
        "staff": {"sub": "u-2", "org": org, "username": "front", "name": "Fran Front", "groups": ["front_desk"]},
        "service": {"sub": portal, "client_id": portal, "scope": "daybook/write daybook/read"},
        "platform": {
            "sub": platform,
            "client_id": platform,
            "scope": "daybook/write daybook/read daybook/manage",
        },
        "other_admin": {"sub": "u-3", "org": other, "username": "admin", "name": "Olga Other", "groups": ["admin"]},
    }


def described(claims: dict[str, Any]) -> str:
    """Whose token these claims make, in a few words."""
    if "org" in claims:
        return f"{claims['username']} of {claims['org']}, in the group {', '.join(claims['groups'])}"
    return f"the service {claims['client_id']}, with {claims['scope'].replace(' ', ', ')}"


def _handler_of(documents: dict[str, Any]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            document = documents.get(self.path)
            body = json.dumps(document or {"error": "not_found"}).encode()
            self.send_response(200 if document else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Log nothing: standard error is for the user."""

    return Handler
