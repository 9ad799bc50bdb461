"""Who is calling, and what they may do: authorization. Tenancy is `admit`, called once before any route runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

from msgspec import Struct

from daybook.core.errors import ForbiddenError, UnauthenticatedError
from daybook.storage.keys.org_keys import is_org

ADMIN_GROUP = "admin"
READ_SCOPE = "daybook/read"
WRITE_SCOPE = "daybook/write"

Permission = Literal[
    "family_email_log", "staff_email_log", "sms_log", "staff_sms_log", "push_log", "activity_log", "audit_log",
    "blacklist", "export", "holds", "erase", "access",
]  # fmt: skip
PERMISSIONS: frozenset[Permission] = frozenset(get_args(Permission))


class ClaimNames(Struct, frozen=True):
    """How the identity provider spells the claims."""

    org: str
    username: str
    name: str
    groups: str
    scope: str


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


def caller_of(claims: Mapping[str, Any] | None, names: ClaimNames) -> Caller:
    """The caller whom the claims name that API Gateway has verified. Whatever is missing or odd is refused.

    UnauthenticatedError without claims; ForbiddenError where they name neither one org and a person nor a service.
    """
    if not claims:
        raise UnauthenticatedError("no verified token came with the request")
    if names.org not in claims:
        return _service(claims, names)
    org, username = claims[names.org], claims.get(names.username)
    if not isinstance(org, str) or not is_org(org):
        raise ForbiddenError("the token does not name an org")
    if not isinstance(username, str) or not username:
        raise ForbiddenError("the token does not name a staff member")
    name = claims.get(names.name)
    display = name if isinstance(name, str) and name else username
    return Caller(org, username, display, _groups(claims.get(names.groups)), frozenset())


def _service(claims: Mapping[str, Any], names: ClaimNames) -> Caller:
    scopes = _scopes(claims.get(names.scope)) & {READ_SCOPE, WRITE_SCOPE}
    if not scopes:
        raise ForbiddenError("the token names neither an org nor a scope of Daybook")
    client = next((claims[claim] for claim in ("client_id", "azp", "sub") if isinstance(claims.get(claim), str)), "")
    if not client:
        raise ForbiddenError("the token does not name a service")
    return Caller(None, client, client, frozenset(), scopes)


def _groups(claim: object) -> frozenset[str]:
    """The names in a list claim, which API Gateway writes as `[a b]`: no name has a blank. A bare text is one name."""
    if isinstance(claim, list):
        return frozenset(group for group in claim if isinstance(group, str))
    if not isinstance(claim, str):
        return frozenset()
    return frozenset(claim[1:-1].split()) if claim.startswith("[") and claim.endswith("]") else frozenset({claim})


def _scopes(claim: object) -> frozenset[str]:
    """The scopes of a claim: a text of words (RFC 8693, 4.2); some providers send a list."""
    return frozenset(claim.strip("[]").split()) if isinstance(claim, str) else _groups(claim)


def admit(caller: Caller, org: str) -> None:
    """The one tenancy check: a staff member may access their own org only, a service any. ForbiddenError."""
    if not is_org(org) or (caller.org is not None and caller.org != org):
        raise ForbiddenError("this token is not for this org")


def require_write(caller: Caller) -> None:
    """Writing entries: a service by its scope. ForbiddenError."""
    if WRITE_SCOPE not in caller.scopes:
        raise ForbiddenError(f"this needs the scope {WRITE_SCOPE}")


def require(caller: Caller, permission: str) -> None:
    """Reading: a service by its scope, a staff member by permission. ForbiddenError."""
    require_member(caller)
    if not caller.is_service and permission not in caller.permissions:
        raise ForbiddenError(f"this needs the permission {permission}")


def require_member(caller: Caller) -> None:
    """Reading what every staff member of the org may: a service by its scope."""
    if caller.is_service and READ_SCOPE not in caller.scopes:
        raise ForbiddenError(f"this needs the scope {READ_SCOPE}")


def readable(caller: Caller, permissions: Mapping[str, str]) -> list[str]:
    """Those names that the caller may read, of names with the permission that each needs; ForbiddenError if none."""
    require_member(caller)
    names = [name for name, permission in permissions.items() if caller.is_service or permission in caller.permissions]
    if not names:
        raise ForbiddenError(f"this needs the permission {' or '.join(permissions.values())}")
    return names


def require_change(caller: Caller, permission: str) -> None:
    """Changing what staff see: a service by its scope to write, a staff member by permission. ForbiddenError."""
    if caller.is_service:
        require_write(caller)
    else:
        require(caller, permission)
