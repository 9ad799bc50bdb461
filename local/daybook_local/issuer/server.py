"""The issuer's addresses on loopback: its documents, and the pages and answers of a sign-in."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from joserfc.jwk import RSAKey

from daybook_local.issuer import pages
from daybook_local.issuer.callers import AUDIENCE, caller_claims
from daybook_local.issuer.sign_in import (
    Choice,
    RequestRefusedError,
    SignIn,
    TokenRefusedError,
    is_loopback,
    signed_out_address,
)
from daybook_local.issuer.tokens import TokenSigner

STACK_TOKEN_SECONDS = 7 * 24 * 3600
MAX_FORM_BYTES = 64 * 1024
# What pages of other origins on loopback may read.
READABLE = ("/.well-known/openid-configuration", "/jwks.json", "/token")
_PAGE_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Issuer:
    """Publishes the public part of a key at `url`, signs tokens with it, and lets people sign in."""

    def __init__(self, key: RSAKey, host: str, port: int) -> None:
        self.url = f"http://{host}:{port}"
        self._signer = TokenSigner(key, self.url)
        self._sign_in = SignIn(self.url, self._signer)
        # Cookies are shared by all ports of a host.
        self._cookie = f"daybook-issuer-{port}"
        self._server = ThreadingHTTPServer((host, port), _handler_of(self))
        self._thread = threading.Thread(target=self._server.serve_forever, name="issuer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def tokens(self) -> dict[str, str]:
        """A token for each of `caller_claims`."""
        return {
            name: self._signer.token(claims, audience=AUDIENCE, seconds=STACK_TOKEN_SECONDS)
            for name, claims in caller_claims().items()
        }

    def get(self, path: str, parameters: Mapping[str, str], cookies: str) -> Answer:
        """The answer to a GET request; `cookies` is its header."""
        match path:
            case "/.well-known/openid-configuration":
                return _json(200, self._discovery())
            case "/jwks.json":
                return _json(200, self._signer.public_keys)
            case "/authorize":
                return self._authorize(parameters, cookies)
            case "/end_session":
                return self._end_session(parameters)
            case _:
                return _json(404, {"error": "not_found"})

    def post(self, path: str, form: Mapping[str, str]) -> Answer:
        """The answer to a POST request with a form."""
        if path != "/token":
            return _json(404, {"error": "not_found"})
        try:
            return _json(200, self._sign_in.tokens(form))
        except TokenRefusedError as error:
            return _json(400, {"error": error.code, "error_description": str(error)})

    def _discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/jwks.json",
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "end_session_endpoint": f"{self.url}/end_session",
            "authorization_response_iss_parameter_supported": True,
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "scopes_supported": ["openid", "profile"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def _authorize(self, parameters: Mapping[str, str], cookies: str) -> Answer:
        try:
            step = self._sign_in.authorize(parameters, self._remembered(cookies))
        except RequestRefusedError as error:
            return _page(400, pages.message_page("This sign-in cannot go on", str(error)))
        if isinstance(step, Choice):
            return _page(200, pages.sign_in_page(parameters, step.hinted))
        cookie = {"Set-Cookie": self._set_cookie(step.person.key)} if step.person else {}
        return _redirect(step.url, cookie)

    def _end_session(self, parameters: Mapping[str, str]) -> Answer:
        forget = {"Set-Cookie": self._set_cookie("", seconds=0)}
        try:
            address = signed_out_address(parameters)
        except RequestRefusedError as error:
            return _page(400, pages.message_page("You are signed out", str(error)), forget)
        if address is None:
            return _page(200, pages.message_page("You are signed out", "You can close this page."), forget)
        return _redirect(address, forget)

    def _remembered(self, cookies: str) -> str | None:
        # Not with SimpleCookie, which refuses all of them where another server on this host has set an odd one.
        pairs = (part.strip().partition("=") for part in cookies.split(";"))
        return next((value for name, _, value in pairs if name == self._cookie), None)

    def _set_cookie(self, key: str, *, seconds: int | None = None) -> str:
        """The header that has the browser remember a person; without `seconds` until it is closed."""
        age = "" if seconds is None else f"; Max-Age={seconds}"
        return f"{self._cookie}={key}; Path=/; HttpOnly; SameSite=Lax{age}"


def _json(status: int, document: dict[str, Any]) -> Answer:
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return Answer(status, headers, json.dumps(document).encode())


def _page(status: int, html: str, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, {**_PAGE_HEADERS, **(headers or {})}, html.encode())


def _redirect(url: str, headers: Mapping[str, str]) -> Answer:
    return Answer(302, {"Location": url, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", **headers})


def _handler_of(issuer: Issuer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            parameters = dict(parse_qsl(parts.query, keep_blank_values=True))
            self._send(issuer.get(parts.path, parameters, self.headers.get("Cookie", "")))

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not length.isascii() or not length.isdigit() or int(length) > MAX_FORM_BYTES:
                self._send(_json(HTTPStatus.BAD_REQUEST, {"error": "invalid_request"}))
                return
            form = dict(parse_qsl(self.rfile.read(int(length)).decode(errors="replace"), keep_blank_values=True))
            self._send(issuer.post(urlsplit(self.path).path, form))

        def do_OPTIONS(self) -> None:
            headers = {"Access-Control-Allow-Methods": "GET, POST", "Access-Control-Allow-Headers": "*"}
            self._send(Answer(204, headers))

        def _send(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in (*answer.headers.items(), *self._cors_headers().items()):
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def _cors_headers(self) -> dict[str, str]:
            origin = self.headers.get("Origin", "")
            if urlsplit(self.path).path not in READABLE or not is_loopback(origin):
                return {}
            return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Log nothing: standard error is for the user."""

    return Handler
