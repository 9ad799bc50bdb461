"""Who is calling, and what they may do: authorization. Tenancy is `admit`, called once before any route runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, get_args

from msgspec import Struct

from daybook.access import tokens
from daybook.core.errors import ForbiddenError, UnauthenticatedError
from daybook.storage.keys.org_keys import is_org

READ_SCOPE = "daybook/read"
WRITE_SCOPE = "daybook/write"
MANAGE_SCOPE = "daybook/manage"
SCOPES = frozenset({READ_SCOPE, WRITE_SCOPE, MANAGE_SCOPE})

Permission = Literal[
    "family_email_log", "staff_email_log", "sms_log", "staff_sms_log", "push_log", "activity_log", "audit_log",
    "blacklist", "export", "holds", "erase", "access",
]  # fmt: skip
PERMISSIONS: frozenset[Permission] = frozenset(get_args(Permission))

# Where a client's id stands, the first of them that a token has: Cognito, Keycloak and RFC 9068 have `client_id`,
# Auth0 and Entra ID `azp`, Okta the client in `sub`.
CLIENT_CLAIMS = ("client_id", "azp", "sub")

# Of persons only, whatever the settings say: Cognito's username, spelt by the kind of token, Okta's id of a user, Entra
# ID's names of one, and those of OpenID Connect Core, 5.1, that no client has.
PERSONS_CLAIMS = (
    "username", "cognito:username", "uid", "upn", "unique_name",
    "preferred_username", "email", "given_name", "family_name",
)  # fmt: skip

# In every id of an Auth0 user, `auth0|5f7c8ec7`, and in none of a client:
# https://auth0.com/docs/manage-users/user-accounts/identify-users
PERSONS_SUBJECT_MARK = "|"

# What API Gateway may have made of a list, an object, a truth value or null. Of a number it makes its digits.
_MAY_BE_NO_TEXT = re.compile(r"(?:map)?\[.*\]|\{.*\}|true|false|null|<nil>", re.DOTALL)

# Asked for where a person signs in (OpenID Connect Core, 3.1.2.1), never by a client on its own behalf.
PERSONS_SCOPE = "openid"


class ClaimNames(Struct, frozen=True):
    """How the identity provider spells the claims."""

    org: str
    username: str
    name: str
    groups: str
    scope: str


class CallerRules(Struct, frozen=True):
    """What a deployment reads of a token: the claims' names, and the client ids that are services."""

    claim_names: ClaimNames
    service_clients: frozenset[str]


class Caller(Struct, frozen=True):
    """A staff member of one org, or a service of the platform, which has none.

    `permissions` are the effective ones of a staff member, once the org's grants are known (`access.grants`).
    """

    org: str | None
    username: str
    name: str
    groups: frozenset[str]
    scopes: frozenset[str]
    permissions: frozenset[Permission] = frozenset()

    @property
    def is_service(self) -> bool:
        return self.org is None


class _Token(Struct, frozen=True):
    """The claims that API Gateway has verified, and the header with the token that they are from."""

    claims: Mapping[str, Any]
    authorization: str | None

    def text(self, name: str) -> str | None:
        """A claim that is a text, in UTF-8 and not empty; None for any other, such as a list with one element."""
        claim = self.value(name)
        return claim if isinstance(claim, str) and claim and _is_unicode(claim) else None

    def value(self, name: str) -> object:
        """A claim as the provider wrote it; None where only API Gateway's text is known, and may be of no text."""
        claim = self.claims.get(name)
        if isinstance(claim, str) and _MAY_BE_NO_TEXT.fullmatch(claim):
            return tokens.claims_of_token(self.authorization, self.claims).get(name)
        return claim


def _is_unicode(text: str) -> bool:
    """False for half of a surrogate pair, which JSON can hold (RFC 8259, 8.2), and no answer or item."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def caller_of(claims: Mapping[str, Any] | None, authorization: str | None, rules: CallerRules) -> Caller:
    """The caller whom the claims name that API Gateway has verified. Whatever is missing or odd is refused.

    `authorization` is the request's one Authorization header, from whose token lists are taken. UnauthenticatedError
    without claims; ForbiddenError where they name neither one org and a person nor a service, and why.
    """
    if not claims:
        raise UnauthenticatedError("no verified token came with the request")
    token = _Token(claims, authorization)
    if rules.claim_names.org in claims:
        return _staff_member(token, rules.claim_names)
    return _service(token, rules)


def _staff_member(token: _Token, names: ClaimNames) -> Caller:
    org, username = token.text(names.org), token.text(names.username)
    if org is None or not is_org(org):
        raise ForbiddenError(
            f"the token's claim {names.org} is not an org's id: one text of 1 to 64 letters, digits or ._- is expected"
        )
    if username is None:
        raise ForbiddenError(
            f"the token has no claim {names.username} that names the staff member, by one text; have the identity "
            "provider add it, or name another claim in the parameter UsernameClaim"
        )
    return Caller(org, username, token.text(names.name) or username, _names(token.value(names.groups)), frozenset())


def _service(token: _Token, rules: CallerRules) -> Caller:
    names = rules.claim_names
    scopes = _scopes(token.value(names.scope))
    # One that is no text is refused: another claim may name whom it was made for, not who it is.
    client = next((token.text(name) for name in CLIENT_CLAIMS if name in token.claims), None)
    if client is None or client not in rules.service_clients:
        raise ForbiddenError(
            f"the token has no claim {names.org} that names a staff member's org, and {client or 'its client'} is no "
            "service that the parameter ServiceClients lists. For staff, have the identity provider add the claim, or "
            "name another one in the parameter OrgClaim. For a service, list its client id"
        )
    if mark := _persons_mark(token, names, client, scopes):
        raise ForbiddenError(
            f"the token has no claim {names.org}, and is no service's but a person's: it has {mark}. For staff, have "
            "the identity provider add their org, or name another claim in the parameter OrgClaim. The tokens of a "
            "service must be without"
        )
    if not scopes & SCOPES:
        raise ForbiddenError(
            f"the service {client} has none of the scopes {', '.join(sorted(SCOPES))} in the token's claim "
            f"{names.scope}; allow them to the client, or name another claim in the parameter ScopeClaim"
        )
    return Caller(None, client, client, frozenset(), scopes & SCOPES)


def _persons_mark(token: _Token, names: ClaimNames, client: str, scopes: frozenset[str]) -> str | None:
    """What tells that this is a person's token, in words; None where nothing does."""
    for name in (names.username, *PERSONS_CLAIMS):
        # Where `sub` is the username, a service has it, too: the client's own id, with Auth0's ending perhaps.
        is_clients_own = name in CLIENT_CLAIMS and token.text(name) in (client, f"{client}@clients")
        if name in token.claims and not is_clients_own:
            return f"the claim {name}"
    if PERSONS_SCOPE in scopes:
        return f"the scope {PERSONS_SCOPE}"
    return "the claim sub of a person" if PERSONS_SUBJECT_MARK in (token.text("sub") or "") else None


def _names(claim: object) -> frozenset[str]:
    """The names in a claim: each text of a list is one, whole, and so is a text that is no list."""
    texts = claim if isinstance(claim, list) else [claim]
    return frozenset(text for text in texts if isinstance(text, str) and _is_unicode(text))


def _scopes(claim: object) -> frozenset[str]:
    """The scopes of a claim: a text, separated by blanks alone (RFC 6749, 3.3); some providers send a list."""
    return frozenset(claim.split(" ")) if isinstance(claim, str) else _names(claim)


def admit(caller: Caller, org: str) -> None:
    """The one tenancy check: a staff member may access their own org only, a service any. ForbiddenError."""
    if caller.org is not None and caller.org != org:
        raise ForbiddenError("this token is not for this org")


def require_scope(caller: Caller, scope: str) -> None:
    """What services only may, by their scope. ForbiddenError."""
    if not caller.is_service:
        raise ForbiddenError(f"this is for services of the platform, with the scope {scope}")
    if scope not in caller.scopes:
        raise ForbiddenError(f"this needs the scope {scope}")


def require(caller: Caller, permission: str) -> None:
    """Reading: a service by its scope, a staff member by permission. ForbiddenError."""
    require_member(caller)
    if not caller.is_service and permission not in caller.permissions:
        raise ForbiddenError(f"this needs the permission {permission}")


def require_member(caller: Caller) -> None:
    """Reading what every staff member of the org may: a service by its scope. ForbiddenError."""
    if caller.is_service:
        require_scope(caller, READ_SCOPE)


def readable(caller: Caller, permissions: Mapping[str, str]) -> list[str]:
    """Those names that the caller may read, of names with the permission that each needs; ForbiddenError if none."""
    require_member(caller)
    names = [name for name, permission in permissions.items() if caller.is_service or permission in caller.permissions]
    if not names:
        raise ForbiddenError(f"this needs the permission {' or '.join(permissions.values())}")
    return names


def require_change(caller: Caller, permission: str) -> None:
    """Changing what staff see: a service by its scope to manage, a staff member by permission. ForbiddenError."""
    if caller.is_service:
        require_scope(caller, MANAGE_SCOPE)
    else:
        require(caller, permission)
