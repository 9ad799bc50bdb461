"""Signing in by the authorization code flow with PKCE, as the console does (RFC 6749, RFC 7636, RFC 9700)."""

import base64
import hashlib
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from daybook_local.issuer.callers import AUDIENCE, CONSOLE_CLIENT, PEOPLE, Person
from daybook_local.issuer.tokens import TokenSigner

CODE_SECONDS = 60
TOKEN_SECONDS = 3600
# Visible ASCII only: it goes into a header.
_LOOPBACK_ADDRESS = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?(/[!$-\[\]-~]*)?")
# The parameter of the sign-in page by which a person is chosen.
CHOICE = "sign_in_as"
# With these a person is to choose, whoever signed in before.
ASKING = ("login", "select_account")


class RequestRefusedError(Exception):
    """A request that must not be answered with a redirect, since its redirect URI or client is not known."""


class TokenRefusedError(Exception):
    """No tokens; `code` is the error code of RFC 6749."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Redirect:
    """Where the browser goes on; `person` is who is signed in from then on."""

    url: str
    person: Person | None = None


@dataclass(frozen=True)
class Choice:
    """The page on which a person is chosen; `hinted` is whom the client expects."""

    hinted: Person | None


@dataclass(frozen=True)
class Grant:
    """What a code is worth."""

    person: Person
    redirect_uri: str
    challenge: str
    nonce: str | None
    expires_at: float


class SignIn:
    """The codes that were given out and not yet used."""

    def __init__(self, issuer: str, signer: TokenSigner) -> None:
        self._issuer = issuer
        self._signer = signer
        self._grants: dict[str, Grant] = {}

    def authorize(self, parameters: Mapping[str, str], remembered: str | None) -> Redirect | Choice:
        """The next step of a sign-in; RequestRefusedError.

        `remembered` is the key of the person who signed in before in this browser.
        """
        redirect_uri = parameters.get("redirect_uri", "")
        if parameters.get("client_id") != CONSOLE_CLIENT:
            raise RequestRefusedError(f"client_id must be {CONSOLE_CLIENT!r}.")
        if not is_loopback(redirect_uri):
            raise RequestRefusedError("redirect_uri must be an address of http on loopback, without a fragment.")
        if wrong := _wrong_parameter(parameters):
            return self._back(redirect_uri, parameters, error="invalid_request", error_description=wrong)
        if parameters.get("response_type") != "code":
            return self._back(redirect_uri, parameters, error="unsupported_response_type")
        prompt = parameters.get("prompt", "").split()
        key = parameters.get(CHOICE) or (None if set(prompt) & set(ASKING) else remembered)
        person = next((each for each in PEOPLE if each.key == key), None)
        if person:
            return self._with_code(person, redirect_uri, parameters)
        if "none" in prompt:
            return self._back(redirect_uri, parameters, error="login_required")
        hint = parameters.get("login_hint")
        return Choice(next((each for each in PEOPLE if hint in (each.key, each.username, each.name)), None))

    def tokens(self, form: Mapping[str, str]) -> dict[str, Any]:
        """The answer of the token endpoint; TokenRefusedError. A code is used up by any attempt to use it."""
        if form.get("grant_type") != "authorization_code":
            raise TokenRefusedError("unsupported_grant_type", "grant_type must be authorization_code.")
        if form.get("client_id") != CONSOLE_CLIENT:
            raise TokenRefusedError("invalid_client", f"client_id must be {CONSOLE_CLIENT!r}.")
        grant = self._grants.pop(form.get("code", ""), None)
        if grant is None or time.monotonic() > grant.expires_at:
            raise TokenRefusedError("invalid_grant", "The code is unknown, used or expired.")
        if form.get("redirect_uri") != grant.redirect_uri:
            raise TokenRefusedError("invalid_grant", "redirect_uri is not that of the authorization request.")
        if _challenge(form.get("code_verifier", "")) != grant.challenge:
            raise TokenRefusedError("invalid_grant", "code_verifier does not belong to the code_challenge.")
        claims = grant.person.claims
        nonce = {"nonce": grant.nonce} if grant.nonce else {}
        return {
            "access_token": self._signer.token(claims, audience=AUDIENCE, seconds=TOKEN_SECONDS),
            "id_token": self._signer.token(claims | nonce, audience=CONSOLE_CLIENT, seconds=TOKEN_SECONDS),
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
            "scope": "openid profile",
        }

    def _with_code(self, person: Person, redirect_uri: str, parameters: Mapping[str, str]) -> Redirect:
        now = time.monotonic()
        self._grants = {code: grant for code, grant in self._grants.items() if grant.expires_at > now}
        code = secrets.token_urlsafe(24)
        challenge, nonce = parameters["code_challenge"], parameters.get("nonce")
        self._grants[code] = Grant(person, redirect_uri, challenge, nonce, now + CODE_SECONDS)
        return self._back(redirect_uri, parameters, person, code=code)

    def _back(
        self, redirect_uri: str, parameters: Mapping[str, str], person: Person | None = None, **answer: str
    ) -> Redirect:
        """To the client, with its state as it came, and the issuer's name (RFC 9207)."""
        state = {"state": parameters["state"]} if "state" in parameters else {}
        return Redirect(with_query(redirect_uri, **answer, **state, iss=self._issuer), person)


def signed_out_address(parameters: Mapping[str, str]) -> str | None:
    """Where the browser goes on after the end of a session; None where the client names no address.

    RequestRefusedError where it must not be gone to.
    """
    address = parameters.get("post_logout_redirect_uri")
    if address is None:
        return None
    if not is_loopback(address):
        raise RequestRefusedError("post_logout_redirect_uri must be an address of http on loopback.")
    return with_query(address, state=parameters["state"]) if "state" in parameters else address


def is_loopback(address: str) -> bool:
    """Whether this is an address, or an origin, of http on loopback, without a fragment."""
    return bool(_LOOPBACK_ADDRESS.fullmatch(address))


def with_query(address: str, **parameters: str) -> str:
    """The address with further parameters."""
    parts = urlsplit(address)
    query = parse_qsl(parts.query, keep_blank_values=True) + list(parameters.items())
    return urlunsplit(parts._replace(query=urlencode(query)))


def _wrong_parameter(parameters: Mapping[str, str]) -> str | None:
    if "openid" not in parameters.get("scope", "").split():
        return "scope must have openid"
    if parameters.get("code_challenge_method") != "S256":
        return "code_challenge_method must be S256"
    if len(parameters.get("code_challenge", "")) != len(_challenge("")):
        return "code_challenge must be the base64url of a SHA-256 hash"
    return None


def _challenge(verifier: str) -> str:
    """The code challenge of a verifier, by the method S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
