"""Changes of grants: two admins at once, spellings of a username that earlier versions stored, and crashes."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from daybook.access.callers import Caller, Permission
from daybook.access.entity_tags import IfMatch, entity_tag
from daybook.access.grant_changes import GrantChanges, Grantee
from daybook.access.grants import Grants, OrgGrants, PermissionList
from daybook.core.errors import ConflictError, PreconditionFailedError
from daybook.core.usernames import fold
from daybook.model.entries import Affected, Audit, Entry, Record
from daybook.storage.models.orgs import GrantItem
from daybook.storage.store import Change
from hypothesis import given
from hypothesis import strategies as st

from tests.support.memory.table import CrashError, MemoryTable

ORG = "riverside"
ADA = Caller(ORG, "ada", "Ada Admin", frozenset({"owners"}), frozenset())
ADMIN_GROUP = "owners"
JANE, FRONT = Grantee("staff", "Jane.Doe"), Grantee("group", "Front Desk")


class Office:
    """The grants of an org on a table in memory, and the audit entries of their changes."""

    def __init__(self, table: MemoryTable | None = None) -> None:
        self.table = table or MemoryTable()
        self.entries: list[Audit] = []
        self.changes = GrantChanges(table=self.table, recorder=self, admin_group=ADMIN_GROUP)

    def record(self, org: str, entry: Entry) -> None:
        assert org == ORG
        assert isinstance(entry, Audit)
        self.entries.append(entry)

    def put(self, grantee: Grantee, *permissions: Permission, tag: str | None = None) -> str:
        if_match = IfMatch(None if tag is None else frozenset({tag}))
        granted, new_tag = self.changes.put(ORG, grantee, PermissionList([*permissions]), if_match, ADA, None)
        assert granted.permissions == sorted({*permissions})
        return new_tag

    def shown(self) -> OrgGrants:
        return Grants(table=self.table, timer=lambda: 0.0, admin_group=ADMIN_GROUP).all(ORG)

    def tag(self) -> str:
        return entity_tag(self.shown())

    def may(self, username: str, *groups: str) -> frozenset[Permission]:
        caller = Caller(ORG, username, username, frozenset(groups), frozenset())
        grants = Grants(table=self.table, timer=lambda: 0.0, admin_group=ADMIN_GROUP)
        return grants.with_permissions(ORG, caller).permissions

    def keys(self) -> list[str]:
        return sorted(sk for _, sk in self.table.stored)

    def trail(self) -> list[tuple[Any, Any]]:
        """Before and after of each audit entry."""
        return [(entry.affected[0].before, entry.affected[0].after) for entry in self.entries]


def stored_before(**permissions: Sequence[str]) -> Office:
    """Grants to usernames as earlier versions stored them: each spelling by itself."""
    office = Office()
    for name, granted in permissions.items():
        text = "[" + ",".join(f'"{permission}"' for permission in granted) + "]"
        office.table.insert([GrantItem(f"{ORG}/access", f"staff/{name}", permissions=text)])
    return office


# --- two admins at once ---

# Moments of a change at which another one may come: before its read, before its write, and after it.
MOMENTS = range(3)


def at_once(office: Office, moment: int, one: Callable[[], object], other: Callable[[], object]) -> None:
    """Make one change, and the other at this moment of it."""
    office.table.meanwhile = (moment, other)
    one()
    if office.table.meanwhile is not None:
        office.table.meanwhile = None
        other()


@pytest.mark.parametrize("grantee", [JANE, FRONT])
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize(("first", "second"), [(("sms_log",), ("push_log",)), (("sms_log",), ()), ((), ("push_log",))])
def test_of_two_changes_of_one_state_one_is_made_and_the_other_refused(
    grantee: Grantee, moment: int, first: tuple[Permission, ...], second: tuple[Permission, ...]
) -> None:
    office = Office()
    tag = office.put(grantee, "audit_log")
    answers: dict[str, str] = {}

    def change(who: str, permissions: tuple[Permission, ...]) -> None:
        try:
            answers[who] = office.put(grantee, *permissions, tag=tag)
        except PreconditionFailedError:
            answers[who] = "refused"

    at_once(office, moment, lambda: change("first", first), lambda: change("second", second))
    assert sorted(answer == "refused" for answer in answers.values()) == [False, True]
    winner, permissions = ("first", first) if answers["second"] == "refused" else ("second", second)
    of_kind = office.shown().staff if grantee.kind == "staff" else office.shown().groups
    assert of_kind.get(grantee.name, []) == [*permissions]
    assert answers[winner] == office.tag()
    # The one that was overtaken between its read and its write had its entry, and has another that takes it back.
    taken_back = ["did not change permissions"] * (moment == 1)
    assert sorted(entry.action for entry in office.entries[1:]) == [
        *["changed permissions"] * (1 + len(taken_back)),
        *taken_back,
    ]
    if taken_back:
        record = Record(f"{grantee.kind}_access", "Jane.Doe" if grantee == JANE else "-")
        reason = {"reason": "somebody else changed them at the same moment"}
        assert office.entries[-1].affected == [Affected(record, "unchanged", grantee.name, details=reason)]


@pytest.mark.parametrize("moment", MOMENTS)
def test_without_a_precondition_the_later_change_is_made_of_the_state_that_the_other_left(moment: int) -> None:
    office = Office()
    office.put(JANE, "audit_log")
    at_once(office, moment, lambda: office.put(JANE, "sms_log"), lambda: office.put(JANE, "push_log"))
    earlier, later = (["sms_log"], ["push_log"]) if moment == MOMENTS[-1] else (["push_log"], ["sms_log"])
    assert office.shown().staff == {"Jane.Doe": later}
    assert office.trail()[-1] == (earlier, later), "it says what it replaced"


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("other", [Grantee("staff", "ben"), Grantee("group", "Jane.Doe"), FRONT])
def test_changes_of_two_names_at_once_are_both_made(moment: int, other: Grantee) -> None:
    office = Office()
    office.put(Grantee("staff", "eve"), "holds")
    at_once(office, moment, lambda: office.put(JANE, "sms_log"), lambda: office.put(other, "push_log"))
    assert office.may("jane.doe") == {"sms_log"}
    assert office.may("ben", "Jane.Doe", "Front Desk") == {"push_log"}
    assert office.may("eve") == {"holds"}


def test_the_tag_of_an_answer_does_not_cover_what_its_admin_has_not_seen() -> None:
    office = Office()
    known = office.put(JANE, "audit_log")
    # After the read, before the write.
    office.table.meanwhile = (1, lambda: office.put(FRONT, "push_log"))
    tag = office.put(JANE, "sms_log", tag=known)
    with pytest.raises(PreconditionFailedError):
        office.put(FRONT, "holds", tag=tag)
    assert office.shown().groups == {"Front Desk": ["push_log"]}


def test_a_page_goes_on_with_the_tag_of_each_answer() -> None:
    office = Office()
    tag = office.tag()
    for grantee, permissions in [
        (JANE, ["sms_log"]), (FRONT, ["holds"]), (Grantee("staff", "JANE.DOE"), ["sms_log"]), (FRONT, []), (JANE, []),
    ]:  # fmt: skip
        tag = office.put(grantee, *permissions, tag=tag)  # type: ignore[arg-type]
        assert tag == office.tag()


@pytest.mark.parametrize("permissions", [("sms_log",), ("holds",), ()])
def test_a_change_of_an_old_state_writes_nothing_and_leaves_no_audit_entry(permissions: tuple[Permission, ...]) -> None:
    office = Office()
    old = office.put(JANE, "sms_log")
    office.put(FRONT, "holds")
    writes, entries = office.table.writes, len(office.entries)
    with pytest.raises(PreconditionFailedError):
        office.put(JANE, *permissions, tag=old)
    assert (office.table.writes, len(office.entries)) == (writes, entries)


class LostAnswers(MemoryTable):
    """The next write is made, but its answer is lost, and the same write again finds its condition broken."""

    is_next = False

    def write(self, changes: Sequence[Change]) -> list[bool]:
        written = super().write(changes)
        lost, self.is_next = self.is_next, False
        return [False] * len(written) if lost else written


@pytest.mark.parametrize("grantee", [JANE, FRONT])
@pytest.mark.parametrize("permissions", [("sms_log",), ()])
def test_a_write_whose_answer_was_lost_counts_as_made(grantee: Grantee, permissions: tuple[Permission, ...]) -> None:
    table = LostAnswers()
    office = Office(table)
    tag = office.put(grantee, "audit_log")
    table.is_next = True
    assert office.put(grantee, *permissions, tag=tag) == office.tag() != tag
    assert office.trail()[1:] == [(["audit_log"], [*permissions])]


def test_a_lost_answer_counts_as_made_though_another_name_was_changed_meanwhile() -> None:
    table = LostAnswers()
    office = Office(table)
    tag = office.put(JANE, "audit_log")
    table.is_next = True
    # After the write, before it is looked at again.
    table.meanwhile = (2, lambda: office.put(FRONT, "holds"))
    new_tag = office.put(JANE, "sms_log", tag=tag)
    assert (office.shown().staff, office.shown().groups) == ({"Jane.Doe": ["sms_log"]}, {"Front Desk": ["holds"]})
    assert new_tag != office.tag(), "nobody has seen that"
    assert {entry.action for entry in office.entries} == {"changed permissions"}


# --- usernames in any letter case ---


def test_a_username_is_one_person_and_shown_as_it_was_put_last() -> None:
    office = Office()
    office.put(JANE, "sms_log")
    office.put(Grantee("staff", "JANE.doe"), "push_log")
    assert office.shown().staff == {"JANE.doe": ["push_log"]}
    assert office.keys() == ["staff/jane.doe"]
    assert office.may("jAnE.dOe") == {"push_log"}
    office.put(Grantee("staff", "jane.doe"), "push_log")
    assert office.shown().staff == {"jane.doe": ["push_log"]}
    assert "name" not in office.table.stored[f"{ORG}/access", "staff/jane.doe"]
    assert [entry.affected[0].name for entry in office.entries] == ["Jane.Doe", "JANE.doe", "jane.doe"]
    office.put(Grantee("staff", "Jane.DOE"))
    assert office.keys() == []


@pytest.mark.parametrize(
    ("grantee", "record"),
    [
        (JANE, Record("staff_access", "Jane.Doe")),
        (Grantee("group", "front-desk"), Record("group_access", "front-desk")),
        (FRONT, Record("group_access", "-")),
        (Grantee("staff", "RIVERSIDE\\jane"), Record("staff_access", "-")),
    ],
)
def test_an_audit_entry_names_whom_it_was_about(grantee: Grantee, record: Record) -> None:
    office = Office()
    office.put(grantee, "sms_log", "push_log")
    (entry,) = office.entries
    assert (entry.action, entry.username, entry.source) == ("changed permissions", "ada", "office_portal")
    assert entry.affected == [
        Affected(record, "updated", grantee.name, before=[], after=["push_log", "sms_log"]),
    ]


def test_a_change_to_what_all_spellings_have_together_leaves_one_item() -> None:
    office = stored_before(BEN=["sms_log"], Ben=["holds"])
    tag = office.put(Grantee("staff", "Ben"), "holds", "sms_log", tag=office.tag())
    assert (len(office.keys()), tag) == (1, office.tag())
    office.put(Grantee("staff", "eve"), "holds")
    assert "name" not in office.table.stored[f"{ORG}/access", "staff/eve"]
    office.put(Grantee("staff", "eve"))
    assert office.trail()[:1] == [(["holds", "sms_log"], ["holds", "sms_log"])]
    writes = office.table.writes
    office.put(Grantee("staff", "Ben"), "holds", "sms_log")
    assert office.table.writes == writes


@pytest.mark.parametrize("names", [["BEN", "Ben", "ben"], ["BEN", "ben"], ["Ben", "ben"]])
def test_the_item_that_is_left_is_the_one_of_today(names: list[str]) -> None:
    office = stored_before(**{name: ["sms_log"] for name in names})
    office.put(Grantee("staff", "BEN"), "holds")
    assert office.keys() == ["staff/ben"]


def test_a_group_is_its_whole_name() -> None:
    office = Office()
    for name in ("Front Desk", "front desk", "Front", "Desk", "front/desk"):
        assert office.may("eve", name) == frozenset()
        office.put(Grantee("group", name), "sms_log")
        assert office.may("eve", name) == {"sms_log"}
        office.put(Grantee("group", name), "push_log")
    assert len(office.keys()) == 5
    assert office.may("Front Desk") == office.may("eve", "FRONT DESK") == frozenset()


@pytest.mark.parametrize("look_alike", ["\u212aen", "ken ", "k\u0435n"])
def test_a_look_alike_is_somebody_else(look_alike: str) -> None:
    office = Office()
    office.put(Grantee("staff", look_alike), "sms_log")
    assert office.may("ken") == office.may("KEN") == frozenset()
    assert office.may(look_alike) == {"sms_log"}


def test_grants_of_earlier_versions_are_found_in_any_case_and_their_union_counts() -> None:
    office = stored_before(**{"Jane.Doe": ["sms_log"], "BEN": ["sms_log"], "Ben": ["holds"], "ben": ["push_log"]})
    assert office.may("jane.doe") == office.may("Jane.Doe") == {"sms_log"}
    assert office.may("bEn") == {"holds", "push_log", "sms_log"}
    assert office.shown().staff == {"Jane.Doe": ["sms_log"], "ben": ["holds", "push_log", "sms_log"]}


@pytest.mark.parametrize("spelling", ["ben", "BEN", "bEN"])
@pytest.mark.parametrize("names", [["BEN"], ["BEN", "Ben"], ["BEN", "Ben", "ben"]])
@pytest.mark.parametrize("permissions", [("holds",), ()])
def test_a_change_leaves_one_item_or_none_of_all_spellings(
    spelling: str, names: list[str], permissions: tuple[Permission, ...]
) -> None:
    office = stored_before(**{name: ["sms_log"] for name in names}, other=["push_log"])
    tag = office.tag()
    assert office.put(Grantee("staff", spelling), *permissions, tag=tag) == office.tag()
    assert office.may("ben") == office.may("BEN") == {*permissions}
    assert len(office.keys()) == 1 + len(permissions)
    assert office.trail() == [(["sms_log"], [*permissions])]
    assert office.shown().staff == {"other": ["push_log"]} | ({spelling: [*permissions]} if permissions else {})


@pytest.mark.parametrize("permissions", [("holds",), ()])
@pytest.mark.parametrize("writes", range(3))
def test_a_change_that_died_is_made_by_its_repetition(writes: int, permissions: tuple[Permission, ...]) -> None:
    office = stored_before(BEN=["sms_log"], Ben=["push_log"], ben=["audit_log"])
    office.table.crash_after = writes
    with pytest.raises(CrashError):
        office.put(Grantee("staff", "Ben"), *permissions)
    office.put(Grantee("staff", "Ben"), *permissions)
    assert office.may("ben") == {*permissions}
    assert len(office.keys()) == len(permissions)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("permissions", [("push_log",), ()])
def test_of_two_changes_of_a_grant_of_an_earlier_version_one_is_refused(
    moment: int, permissions: tuple[Permission, ...]
) -> None:
    office = stored_before(Ben=["sms_log"])
    tag = office.tag()
    refused = []

    def change(name: str, *granted: Permission) -> None:
        try:
            office.put(Grantee("staff", name), *granted, tag=tag)
        except PreconditionFailedError:
            refused.append(name)

    at_once(office, moment, lambda: change("ben", "holds"), lambda: change("BEN", *permissions))
    assert len(refused) == 1
    assert office.may("Ben") == frozenset(["holds"] if refused == ["BEN"] else permissions)


def test_the_admin_group_is_refused_before_anything_is_read() -> None:
    office = Office()
    with pytest.raises(ConflictError, match="owners"):
        office.put(Grantee("group", "owners"), "sms_log", tag="any")
    assert (office.table.stored, office.entries) == ({}, [])
    # Another deployment's.
    office.put(Grantee("group", "admin"), "sms_log")
    office.put(Grantee("staff", "owners"), "sms_log")
    assert office.may("eve", "Owners") == frozenset()


NAMES = st.sampled_from(["ada", "ADA", "Ada", "ben", "BEN", "Åsa", "åsa", "ΝΊΚΟΣ", "νίκος", "\u212aen", "ken", "KEN"])
SOME: st.SearchStrategy[list[Permission]] = st.lists(
    st.sampled_from(["sms_log", "push_log", "holds"]), min_size=1, max_size=2
)
PERMISSIONS: st.SearchStrategy[list[Permission]] = SOME | st.just([])
STEPS = st.lists(st.tuples(st.sampled_from(["group", "staff"]), NAMES, PERMISSIONS), max_size=12)


@given(st.dictionaries(NAMES, SOME, max_size=4), STEPS)
def test_any_changes_after_any_grants_of_earlier_versions_are_those_of_a_plain_dictionary(
    earlier: dict[str, list[Permission]], steps: list[tuple[Any, str, list[Permission]]]
) -> None:
    office = stored_before(**earlier)
    expected: dict[tuple[str, str], set[str]] = {}
    for name, granted in earlier.items():
        expected.setdefault(("staff", fold(name)), set()).update(granted)
    for kind, name, granted in steps:
        tag = office.put(Grantee(kind, name), *granted, tag=office.tag())
        assert tag == office.tag()
        expected[kind, fold(name) if kind == "staff" else name] = {*granted}
    shown = office.shown()
    found = {("staff", fold(name)): {*granted} for name, granted in shown.staff.items()}
    found |= {("group", name): {*granted} for name, granted in shown.groups.items()}
    assert found == {key: granted for key, granted in expected.items() if granted}
    assert len({fold(name) for name in shown.staff}) == len(shown.staff)


def test_a_name_of_a_thousand_bytes_fits_a_key_however_it_is_folded() -> None:
    """DynamoDB takes 1,024 bytes of a sort key."""
    for name in ("🙂" * 250, "\u023a" * 12 + "🙂" * 244, "\u023a" * 256, "x" * 256):
        assert len(name.encode()) <= 1000
        for kind in ("group", "staff"):
            assert len(Grantee(kind, name).sort_key.encode()) <= 1024


def test_two_new_grants_to_one_name_at_once_are_one_item() -> None:
    office = Office()
    office.table.meanwhile = (1, lambda: office.put(Grantee("staff", "BEN"), "push_log"))
    office.put(Grantee("staff", "Ben"), "sms_log")
    assert office.shown().staff == {"Ben": ["sms_log"]}
    assert office.trail()[-1] == (["push_log"], ["sms_log"])
