"""Who is calling: what is missing or odd in the claims is refused, and nobody enters another org."""

from contextlib import nullcontext
from typing import Any

import pytest
from daybook.access import callers
from daybook.access.callers import ClaimNames
from daybook.access.grants import Grants
from daybook.core.errors import ForbiddenError, UnauthenticatedError

from tests.support.api import ADMIN, SERVICE, STAFF
from tests.support.memory.table import MemoryTable

NAMES = ClaimNames(org="org", username="username", name="name", groups="groups", scope="scope")


def caller(claims: dict[str, Any] | None) -> callers.Caller:
    return callers.caller_of(claims, NAMES)


def permissions(who: callers.Caller) -> frozenset[callers.Permission]:
    """Where nothing was granted."""
    return (
        Grants(table=MemoryTable(), timer=lambda: 0.0, admin_group="admin")
        .with_permissions("riverside", who)
        .permissions
    )


def test_a_staff_member_has_an_org_a_name_and_groups() -> None:
    assert caller(ADMIN) == callers.Caller("riverside", "ada", "Ada Admin", frozenset({"admin"}), frozenset())


@pytest.mark.parametrize("groups", ["[admin front_desk]", ["admin", "front_desk"]])
def test_groups_come_as_api_gateway_writes_lists(groups: Any) -> None:
    assert caller({**ADMIN, "groups": groups}).groups == {"admin", "front_desk"}


@pytest.mark.parametrize("groups", ["[admin", "admin]", "admin"])
def test_a_bare_text_is_one_group(groups: str) -> None:
    assert caller({**ADMIN, "groups": groups}).groups == {groups}


@pytest.mark.parametrize("name", ["", None, 7, ["Ada"]])
def test_a_staff_member_without_a_name_is_shown_by_the_username(name: Any) -> None:
    assert caller({**ADMIN, "name": name}).name == "ada"


@pytest.mark.parametrize("groups", [None, "", 7, "not admin", "[]", {"admin": True}, "admin users", "Admin", "[Admin]"])
def test_groups_that_are_not_clearly_admin_are_not(groups: Any) -> None:
    assert permissions(caller({**ADMIN, "groups": groups})) == frozenset()


def test_admin_has_every_permission_and_others_none() -> None:
    assert permissions(caller(ADMIN)) == callers.PERMISSIONS
    assert permissions(caller(STAFF)) == frozenset()


@pytest.mark.parametrize("claims", [None, {}])
def test_no_claims_are_unauthenticated(claims: dict[str, Any] | None) -> None:
    with pytest.raises(UnauthenticatedError):
        caller(claims)


@pytest.mark.parametrize(
    "claims",
    [
        {**ADMIN, "org": ""},
        {**ADMIN, "org": None},
        {**ADMIN, "org": 7},
        {**ADMIN, "org": ["riverside"]},
        {**ADMIN, "org": "river/side"},
        {**ADMIN, "org": "riverside\n"},
        {**ADMIN, "org": "*"},
        {**ADMIN, "org": "message"},
        {**ADMIN, "org": "x" * 65},
        {**ADMIN, "username": ""},
        {**ADMIN, "username": None},
        {"sub": "1"},
        {"scope": "openid profile", "sub": "1"},
        {"scope": "daybook/writes", "sub": "1"},
        {"scope": None, "sub": "1"},
        {"scope": "daybook/write"},
    ],
)
def test_odd_claims_are_forbidden(claims: dict[str, Any]) -> None:
    with pytest.raises(ForbiddenError):
        caller(claims)


def test_a_staff_member_with_a_service_scope_is_still_staff_of_one_org() -> None:
    who = caller({**STAFF, "scope": "daybook/write daybook/read"})
    with pytest.raises(ForbiddenError):
        callers.admit(who, "hilltop")
    with pytest.raises(ForbiddenError):
        callers.require_write(who)
    with pytest.raises(ForbiddenError):
        callers.require(who, "audit_log")


@pytest.mark.parametrize("org", ["hilltop", "Riverside", "riverside ", "riverside/x", "", "message", "*"])
def test_staff_enter_their_own_org_only(org: str) -> None:
    callers.admit(caller(ADMIN), "riverside")
    with pytest.raises(ForbiddenError):
        callers.admit(caller(ADMIN), org)


@pytest.mark.parametrize("org", ["message", "a/b", "", "x" * 65])
def test_even_a_service_enters_only_what_can_be_an_org(org: str) -> None:
    callers.admit(caller(SERVICE), "hilltop")
    with pytest.raises(ForbiddenError):
        callers.admit(caller(SERVICE), org)


@pytest.mark.parametrize(("scope", "reads", "writes"), [("daybook/read", True, False), ("daybook/write", False, True)])
def test_a_service_does_what_its_scopes_say(scope: str, reads: bool, writes: bool) -> None:
    who = caller({"scope": f"openid {scope}", "client_id": "mailer"})
    with nullcontext() if reads else pytest.raises(ForbiddenError):
        callers.require(who, "audit_log")
    with nullcontext() if writes else pytest.raises(ForbiddenError):
        callers.require_write(who)
