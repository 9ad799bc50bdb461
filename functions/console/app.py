"""Serves the console: the files that its build wrote to assets/, and what its pages need to know to sign in.

It has no layer: the standard library is enough.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import logging
import os
import re
import sys
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ASSETS = Path(__file__).parent / "assets"
START_PAGE = "/console/"
PAGE, CONFIG = "index.html", "config.json"
# Content of e-mails is shown in frames: without images from the internet, and with them.
MAIL_FRAMES = {"mail.html": "data:", "mail-images.html": "data: https:"}
# Tells the build's hash of the script in the mail frames.
MANIFEST = "manifest.json"

CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
# Content codings by the suffix of the file beside; the first is preferred.
CODINGS = {".br": "br", ".gz": "gzip"}
QUALITY = re.compile(r"(?P<coding>[\w*-]+)\s*(?:;\s*q=(?P<quality>[01](?:\.\d{0,3})?))?")

DISCOVERY_SECONDS = 3
DISCOVERY_MAX_AGE_SECONDS = 3600
# Such as can stand in a policy as well.
ENDPOINT = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(?:/\S*)?")

# Files below assets/ have a hash of their content in their name.
IMMUTABLE = "public, max-age=31536000, immutable"
STABLE_NAME = "public, max-age=300"
REVALIDATED = "no-cache"
CONFIG_CACHE = "public, max-age=60"
NOT_STORED = "no-store"

EVERY_RESPONSE = {
    "x-content-type-options": "nosniff",
    # Addresses of pages name people's records.
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "strict-transport-security": "max-age=31536000",
    # A file read by a page of another origin has headers of its own, which API Gateway adds.
    "vary": "Accept-Encoding, Origin",
}
FILE_POLICY = "default-src 'none'; frame-ancestors 'none'"
NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>The console is not built</title>
<h1>The console is not built</h1>
<p>Its files are not in <code>functions/console/assets/</code>. <code>make run</code> builds them before it starts the
local stack, and <code>make console</code> whenever they change.</p>
</html>
"""

Event = Mapping[str, Any]
Response = dict[str, Any]

logger = logging.getLogger("console")


class SignInError(Exception):
    """Nobody can sign in; the message says why, and `code` is that of the problem document."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class JsonFormatter(logging.Formatter):
    """Lines of JSON with the keys of the other functions' lines; `figures` of a record are keys of their own."""

    def format(self, record: logging.LogRecord) -> str:
        moment = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(record.created))
        line = {
            "level": record.levelname,
            "message": record.getMessage(),
            "timestamp": f"{moment},{int(record.msecs):03}+0000",
            "service": record.name,
        }
        return json.dumps(line | getattr(record, "figures", {}))


@dataclass(frozen=True)
class Settings:
    """`embed_origins` are those whose pages may show the frames of e-mails."""

    issuer: str
    client_id: str
    token: str
    scope: str
    claims: Mapping[str, str]
    embed_origins: tuple[str, ...]


@dataclass(frozen=True)
class Endpoints:
    """Those of the issuer that a sign-in needs; not every issuer ends sessions."""

    authorization: str
    token: str
    end_session: str | None

    @property
    def token_origin(self) -> str:
        parts = urlsplit(self.token)
        return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True)
class File:
    """A file to serve; `codings` has its bytes by content coding, `identity` among them."""

    content_type: str
    codings: Mapping[str, bytes]


class Discovery:
    """The endpoints in the issuer's discovery document, which is read again after an hour."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._endpoints: Endpoints | None = None
        self._read_at = 0.0

    def endpoints(self) -> Endpoints:
        """SignInError where the issuer does not tell them. The next call then asks again."""
        now = time.monotonic()
        if self._endpoints is None or now - self._read_at > DISCOVERY_MAX_AGE_SECONDS:
            self._endpoints = None
            self._endpoints = self._discovered()
            self._read_at = now
        return self._endpoints

    def _discovered(self) -> Endpoints:
        # An issuer that ends with a slash has one slash before it, not two (OpenID Connect Discovery, section 4).
        url = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            # The deployment takes an issuer of http or https only.
            with urllib.request.urlopen(url, timeout=DISCOVERY_SECONDS) as answer:  # noqa: S310
                document = json.load(answer)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise self._failed(f"{url} could not be read: {error}") from error
        if not isinstance(document, dict) or document.get("issuer") != self._issuer:
            raise self._failed(f"{url} is not the discovery document of the issuer {self._issuer}.")
        wrong = [
            name
            for name in ("authorization_endpoint", "token_endpoint", "end_session_endpoint")
            if not (_is_endpoint(document.get(name)) or (name == "end_session_endpoint" and name not in document))
        ]
        if wrong:
            raise self._failed(f"{url} has no usable {', '.join(wrong)}.")
        return Endpoints(
            document["authorization_endpoint"], document["token_endpoint"], document.get("end_session_endpoint")
        )

    def _failed(self, reason: str) -> SignInError:
        logger.error("discovery failed", extra={"figures": {"reason": reason}})
        message = "The identity provider cannot be reached, or does not tell where to sign in. Try again in a minute."
        return SignInError("issuer_unavailable", message)


def _is_endpoint(value: object) -> bool:
    return isinstance(value, str) and bool(ENDPOINT.fullmatch(value))


class Console:
    """Answers requests of API Gateway (payload format 2.0) from files that were read once."""

    def __init__(self, settings: Settings, files: Mapping[str, File], mail_script_hash: str) -> None:
        self._settings = settings
        self._files = files
        self._mail_script_hash = mail_script_hash
        self._discovery = Discovery(settings.issuer)

    def respond(self, event: Event) -> tuple[str, Response]:
        """The name of what is served, for the log, and the response."""
        if event["routeKey"].startswith("OPTIONS "):
            # Where origins may embed, API Gateway answers preflight requests itself. Without CORS headers none may.
            return "preflight", _response(204, {"cache-control": NOT_STORED})
        # By the path: API Gateway may route /console/ as it does /console.
        if not event["rawPath"].startswith(START_PAGE):
            return "redirect", _response(302, {"location": START_PAGE, "cache-control": STABLE_NAME})
        path = (event.get("pathParameters") or {}).get("path", "")
        if path == CONFIG:
            return CONFIG, self._config()
        if not self._files:
            return "not built", _document(503, CONTENT_TYPES[".html"], NOT_BUILT)
        name = path if path in self._files else PAGE
        if name == PAGE and path.startswith("assets/"):
            return "missing", _problem(404, "Not Found", "not_found", "There is no such file of the console.")
        return name, self._file(name, event["headers"])

    def _config(self) -> Response:
        settings = self._settings
        try:
            endpoints = self._endpoints()
        except SignInError as error:
            return _problem(503, "Service Unavailable", error.code, str(error))
        config = {
            "api": "/v1",
            "issuer": settings.issuer,
            "client_id": settings.client_id,
            "authorization_endpoint": endpoints.authorization,
            "token_endpoint": endpoints.token,
            "end_session_endpoint": endpoints.end_session,
            "scope": settings.scope,
            "token": settings.token,
            "claims": settings.claims,
        }
        return _document(200, CONTENT_TYPES[".json"], json.dumps(config), cache_control=CONFIG_CACHE)

    def _endpoints(self) -> Endpoints:
        """SignInError where nobody can sign in."""
        if not self._settings.client_id:
            message = "Sign-in is not configured. Deploy with ConsoleClientId, the client id of the console."
            raise SignInError("sign_in_not_configured", message)
        return self._discovery.endpoints()

    def _file(self, name: str, headers: Mapping[str, str]) -> Response:
        file, policy = self._files[name], self._policy(name)
        coding = _coding(file, headers.get("accept-encoding", ""))
        # Of the policy too: a browser need not take it from a 304.
        tag = hashlib.sha256(b"\n".join([policy.encode(), coding.encode(), file.codings[coding]])).hexdigest()[:32]
        fields = {
            "content-security-policy": policy,
            "cache-control": _cache_control(name),
            "etag": f'"{tag}"',
        }
        if name == PAGE:
            fields["cross-origin-opener-policy"] = "same-origin"
        if tag in re.findall(r'"([^"]*)"', headers.get("if-none-match", "")):
            return _response(304, fields)
        fields["content-type"] = file.content_type
        if coding != "identity":
            fields["content-encoding"] = coding
        return _response(200, fields, file.codings[coding])

    def _policy(self, name: str) -> str:
        """The content security policy of a file."""
        if name in MAIL_FRAMES:
            ancestors = " ".join(("'self'", *self._settings.embed_origins))
            return (
                f"default-src 'none'; script-src '{self._mail_script_hash}'; style-src 'unsafe-inline'; "
                f"img-src {MAIL_FRAMES[name]}; base-uri 'none'; form-action 'none'; "
                "sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox; "
                f"frame-ancestors {ancestors}"
            )
        if name == PAGE:
            return (
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
                f"connect-src {' '.join(self._connected())}; frame-src 'self'; base-uri 'none'; form-action 'none'; "
                "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types lit-html"
            )
        return FILE_POLICY

    def _connected(self) -> list[str]:
        """What the page may speak to: the API, and the issuer's token endpoint where it is known."""
        try:
            return ["'self'", self._endpoints().token_origin]
        except SignInError:
            # Signing in loads the page anew, with the policy of then.
            return ["'self'"]


def _coding(file: File, accept_encoding: str) -> str:
    """The content coding to send: of those that are accepted the one with the highest weight (RFC 9110, 12.5.3)."""
    weights = {
        match["coding"].lower(): float(match["quality"] or 1)
        for part in accept_encoding.split(",")
        if (match := QUALITY.fullmatch(part.strip()))
    }
    # One that is not named has the weight of `*`; the plain file comes after all that are accepted.
    accepted = {name: weights.get(name, weights.get("*", 0.0)) for name in CODINGS.values() if name in file.codings}
    best = max(accepted, key=accepted.__getitem__, default="identity")
    return best if accepted.get(best, 0.0) > 0 and accepted[best] >= weights.get("identity", 0.0) else "identity"


def _cache_control(name: str) -> str:
    if name.startswith("assets/"):
        return IMMUTABLE
    return REVALIDATED if name.endswith(".html") else STABLE_NAME


def _problem(status: int, title: str, code: str, detail: str) -> Response:
    """A problem document (RFC 9457), as of the API."""
    document = {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code}
    return _document(status, "application/problem+json", json.dumps(document))


def _document(status: int, content_type: str, text: str, *, cache_control: str = NOT_STORED) -> Response:
    fields = {"content-type": content_type, "content-security-policy": FILE_POLICY, "cache-control": cache_control}
    return _response(status, fields, text.encode())


def _response(status: int, headers: Mapping[str, str], body: bytes = b"") -> Response:
    """A response in the form of Lambda. CORS headers are API Gateway's (docs/decisions.md)."""
    return {
        "statusCode": status,
        "headers": EVERY_RESPONSE | dict(headers),
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def read_files(folder: Path) -> dict[str, File]:
    """The files of a build by their path below the folder; none where nothing was built."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix not in CODINGS]
    return {
        path.relative_to(folder).as_posix(): _read(path) for path in paths if path.relative_to(folder) != Path(MANIFEST)
    }


def _read(path: Path) -> File:
    codings = {"identity": path.read_bytes()}
    for suffix, coding in CODINGS.items():
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            codings[coding] = beside.read_bytes()
    return File(CONTENT_TYPES.get(path.suffix, "application/octet-stream"), codings)


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings of the deployment; KeyError names a variable that is missing."""
    return Settings(
        issuer=environ["ISSUER"],
        client_id=environ["CONSOLE_CLIENT_ID"],
        token=environ["CONSOLE_TOKEN"],
        scope=environ["CONSOLE_SCOPE"],
        claims={name: environ[f"CLAIM_{name.upper()}"] for name in ("org", "username", "name")},
        embed_origins=tuple(filter(None, environ["EMBED_ORIGINS"].split(","))),
    )


def _begin_log(level: str) -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(level)


@cache
def console() -> Console:
    _begin_log(os.environ["LOG_LEVEL"])
    files = read_files(ASSETS)
    manifest = json.loads((ASSETS / MANIFEST).read_text()) if files else {"mail_script_hash": ""}
    return Console(read_settings(os.environ), files, manifest["mail_script_hash"])


def handler(event: Event, context: Any) -> Response:
    started = time.perf_counter()
    served, response = console().respond(event)
    figures = {
        "function_request_id": context.aws_request_id,
        "correlation_id": event["requestContext"]["requestId"],
        "route": event["routeKey"],
        # Not the path: it may name a record.
        "served": served,
        "status": response["statusCode"],
        "milliseconds": round((time.perf_counter() - started) * 1000, 1),
    }
    logger.info("answered", extra={"figures": figures})
    return response
