"""Admins who change grants at the same moment, each in a thread of their own on DynamoDB Local: nothing is lost."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

import pytest
from daybook.access.callers import PERMISSIONS, Caller, Permission
from daybook.access.entity_tags import IfMatch, entity_tag
from daybook.access.grant_changes import GrantChanges, Grantee
from daybook.access.grants import Grants, OrgGrants, PermissionList
from daybook.core.errors import PreconditionFailedError
from daybook.storage.models.orgs import GrantItem

from tests.support.dynamodb.service_stack import Stack

ORG = "riverside"
ADMINS = 8
JANE, FRONT = Grantee("staff", "Jane.Doe"), Grantee("group", "Front Desk / late")
T = TypeVar("T")


class Office:
    """An org's grants and the trail of their changes."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.changes = GrantChanges(table=stack.table, admin_group="admin", recorder=stack.ingest())

    def put(self, grantee: Grantee, *permissions: Permission, tag: str | None = None, admin: int = 0) -> str:
        caller = Caller(ORG, f"admin{admin}", "An Admin", frozenset(), frozenset())
        if_match = IfMatch(None if tag is None else frozenset({tag}))
        return self.changes.put(ORG, grantee, PermissionList([*permissions]), if_match, caller, None)[1]

    def shown(self) -> OrgGrants:
        return Grants(table=self.stack.table, admin_group="admin", timer=lambda: 0.0).all(ORG)

    def keys(self) -> list[str]:
        return [item["sk"]["S"] for item in self.stack.items() if item["pk"]["S"] == f"{ORG}/access"]

    def stored_before(self, **permissions: str) -> None:
        """As earlier versions did: each spelling of a username by itself."""
        self.stack.load(
            GrantItem(f"{ORG}/access", f"staff/{name}", permissions=f'["{permission}"]')
            for name, permission in permissions.items()
        )


@pytest.fixture
def office(stack: Stack) -> Office:
    return Office(stack)


def at_once(acts: Sequence[Callable[[], T]]) -> list[T]:
    """What each gives, begun at the same moment."""
    barrier = threading.Barrier(len(acts))

    def begin(act: Callable[[], T]) -> T:
        barrier.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(begin, acts))


@pytest.mark.slow
@pytest.mark.parametrize("grantee", [JANE, FRONT])
@pytest.mark.parametrize("is_new", [True, False])
def test_of_many_changes_of_one_state_one_is_made(office: Office, grantee: Grantee, is_new: bool) -> None:
    wanted = sorted(PERMISSIONS)[:ADMINS]
    if not is_new:
        office.put(grantee, "sms_log", "push_log")
    tag = entity_tag(office.shown())

    def change(admin: int) -> str | None:
        try:
            return office.put(grantee, wanted[admin], tag=tag, admin=admin)
        except PreconditionFailedError:
            return None

    answers = at_once([partial(change, admin) for admin in range(ADMINS)])
    ((admin, new_tag),) = [(admin, answer) for admin, answer in enumerate(answers) if answer is not None]
    of_kind = office.shown().staff if grantee.kind == "staff" else office.shown().groups
    assert of_kind == {grantee.name: [wanted[admin]]}
    assert new_tag == entity_tag(office.shown())


@pytest.mark.parametrize("spellings", [["Jane.Doe"], ["jane.doe", "JANE.DOE", "Jane.Doe"]])
def test_admins_who_read_again_when_refused_lose_nothing(office: Office, spellings: list[str]) -> None:
    """Each adds one permission to what the person has."""
    wanted = sorted(PERMISSIONS)[:ADMINS]

    def add(admin: int) -> int:
        for refused in range(100):
            shown = office.shown()
            (mine,) = shown.staff.values() if shown.staff else ([],)
            grantee = Grantee("staff", spellings[admin % len(spellings)])
            try:
                office.put(grantee, *mine, wanted[admin], tag=entity_tag(shown), admin=admin)
            except PreconditionFailedError:
                continue
            return refused
        raise AssertionError("it is refused for ever")

    at_once([partial(add, admin) for admin in range(ADMINS)])
    assert list(office.shown().staff.values()) == [wanted]
    assert office.keys() == ["staff/jane.doe"]


def test_changes_of_many_names_at_once_are_all_made(office: Office) -> None:
    names = [f"Group {number}" for number in range(ADMINS)]
    at_once([partial(office.put, Grantee("group", name), "sms_log") for name in names])
    assert office.shown().groups == {name: ["sms_log"] for name in names}


def test_without_a_precondition_each_is_made_and_one_item_is_left(office: Office) -> None:
    office.stored_before(BEN="access", Ben="export", ben="holds")
    wanted = sorted(PERMISSIONS)[:ADMINS]
    spellings = ["BEN", "Ben", "ben", "bEN"]

    def change(admin: int) -> str:
        return office.put(Grantee("staff", spellings[admin % 4]), wanted[admin], admin=admin)

    assert len(set(at_once([partial(change, admin) for admin in range(ADMINS)]))) == ADMINS
    (permissions,) = office.shown().staff.values()
    assert len(office.keys()) == len(permissions) == 1
    office.put(Grantee("staff", "beN"))
    assert office.keys() == []


def test_any_name_that_is_allowed_fits_a_key(office: Office) -> None:
    """DynamoDB Local refuses a sort key of more than 1,024 bytes, as DynamoDB does."""
    names = ["🙂" * 250, "\u023a" * 12 + "🙂" * 244, "\u023a" * 256, "x" * 256, "\0", "a\nb", "/"]
    for name in names:
        grantees: list[Any] = [Grantee("group", name), Grantee("staff", name)]
        for grantee in grantees:
            office.put(grantee, "sms_log")
    shown = office.shown()
    assert shown.groups.keys() == shown.staff.keys() == {*names}
