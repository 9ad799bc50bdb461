"""When an item that stands is to expire by a policy that has changed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from daybook.core import entry_ids, timestamps
from daybook.model.retention_policy import Policy, parse_policy
from daybook.retention.expiry import AppliedPolicy, OwningEntry, owning_entries
from daybook.storage.items import entry_items, entry_pointers
from daybook.storage.keys import job_keys, message_keys, record_keys
from daybook.storage.models import kinds
from daybook.storage.models.entries import HELD, ContentItem
from daybook.storage.models.item import Item
from daybook.storage.models.messages import PendingEventsItem
from daybook.storage.store import Update

from tests.support.memory import expressions
from tests.support.memory.table import Attributes, MemoryTable

BEGAN = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
GRACED = BEGAN + 7 * DAY
PK = "riverside/family/1"


def policy(**changed: str) -> Policy:
    kept = {"email": "", "sms": "", "push": "", "activity": "P2Y", "audit": "P2Y", "content": "P24M", "grace": "P7D"}
    return parse_policy(kept | changed)


def origin(
    occurred: datetime, log: str = "audit", arrived: datetime | None = None, *, is_content: bool = False
) -> OwningEntry:
    suffix = entry_ids.new_suffix(timestamps.millis(arrived or occurred), 0, 0)
    return OwningEntry(log, timestamps.instant(occurred), suffix, is_content)


def entry(of: OwningEntry, **attributes: datetime | int) -> Attributes:
    """What is read of an entry; times, or epoch seconds."""
    ends = {
        name: {"N": str(timestamps.epoch_seconds(end) if isinstance(end, datetime) else end)}
        for name, end in attributes.items()
    }
    return {"pk": {"S": PK}, "sk": {"S": record_keys.entry(of.log, of.moment, of.suffix)}, **ends}


def end(of: OwningEntry, standing: datetime | None, now: datetime = BEGAN, **changed: str) -> datetime | None:
    before = None if standing is None else timestamps.epoch_seconds(standing)
    found = AppliedPolicy(policy(**changed), BEGAN).expires_at(of, before, now)
    return None if found is None else timestamps.EPOCH + timedelta(seconds=found)


def test_two_years_after_29_february_is_28_february() -> None:
    leap = origin(datetime(2028, 2, 29, 9, 30, tzinfo=UTC))
    assert end(leap, BEGAN + 9000 * DAY) == datetime(2030, 2, 28, 9, 30, tzinfo=UTC)
    assert end(leap, BEGAN + 9000 * DAY, audit="P4Y") == datetime(2032, 2, 29, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("occurred", "standing", "expected"),
    [
        # P1Y instead of P2Y.
        (BEGAN - 365 * DAY - DAY, BEGAN + 364 * DAY, GRACED),
        (BEGAN - 365 * DAY, BEGAN + 365 * DAY, GRACED),
        (BEGAN - 365 * DAY + 6 * DAY, BEGAN + 371 * DAY, GRACED),
        (BEGAN - 365 * DAY + 8 * DAY, BEGAN + 373 * DAY, BEGAN + 8 * DAY),
        # It would have gone sooner anyway.
        (BEGAN - 728 * DAY, BEGAN + 2 * DAY, BEGAN + 2 * DAY),
        (BEGAN - 365 * DAY, None, GRACED),
        (BEGAN - 300 * DAY, None, BEGAN + 65 * DAY),
    ],
)
def test_what_is_shortened_stays_for_the_grace(
    occurred: datetime, standing: datetime | None, expected: datetime
) -> None:
    assert end(origin(occurred), standing, audit="P1Y") == expected


def test_what_would_have_come_too_late_by_the_new_policy_is_not_kept_for_longer() -> None:
    of = origin(BEGAN - 700 * DAY, arrived=BEGAN - DAY)
    assert end(of, BEGAN + 3 * DAY, audit="P1Y") == BEGAN + 3 * DAY
    assert end(of, BEGAN + 30 * DAY, audit="P1Y") == GRACED


def test_what_is_lengthened_gets_its_own_time_and_what_never_ends_none() -> None:
    of = origin(BEGAN - 100 * DAY)
    assert end(of, BEGAN + DAY, audit="P1Y") == BEGAN + 265 * DAY
    assert end(of, BEGAN + DAY, audit="") is None
    assert end(of, None, audit="") is None


@pytest.mark.parametrize("fraction", [0, 1, 400, 999, 1000, 500_000, 999_999])
@pytest.mark.parametrize("age", [1, 500, 729, 730, 731, 5000])
@pytest.mark.parametrize("late", [0, 1, 8, 729, 731, 4000])
@pytest.mark.parametrize("log", ["email", "sms", "audit", "content"])
def test_an_unchanged_policy_changes_nothing(log: str, late: int, age: int, fraction: int) -> None:
    """However late an entry came, and whatever its time is below a millisecond."""
    arrived = BEGAN - age * DAY + timedelta(microseconds=fraction)
    occurred = arrived - late * DAY
    deployed = policy(email="P3Y")
    is_content = log == "content"
    of = origin(occurred, "email" if is_content else log, arrived, is_content=is_content)
    standing = (deployed.content_expiry if is_content else deployed.expiry)(of.log, occurred, arrived)
    assert AppliedPolicy(deployed, BEGAN).expires_at(of, standing, BEGAN) == standing
    # Nor after somebody has applied the same before.
    assert AppliedPolicy(deployed, BEGAN + 3 * DAY).expires_at(of, standing, BEGAN + 4 * DAY) == standing


def test_what_was_let_go_while_a_run_is_under_way_keeps_its_grace() -> None:
    of = origin(BEGAN + DAY - 730 * DAY)
    lifted = BEGAN + 3 * DAY
    assert end(of, lifted + 7 * DAY, now=lifted) == lifted + 7 * DAY
    assert end(of, lifted + 8 * DAY, now=lifted) == GRACED


@pytest.mark.parametrize("length", ["P1M", "P1Y", "P2Y", "P5Y"])
@pytest.mark.parametrize("age", [1, 20, 300, 360, 364, 400, 725, 900])
@pytest.mark.parametrize("standing", [None, 1, 3, 7, 8, 100, 700, 2000])
def test_to_apply_a_policy_twice_is_to_apply_it_once(standing: int | None, age: int, length: str) -> None:
    of, applied = origin(BEGAN - age * DAY), AppliedPolicy(policy(audit=length), BEGAN)
    before = None if standing is None else timestamps.epoch_seconds(BEGAN + standing * DAY)
    once = applied.expires_at(of, before, BEGAN)
    assert once is not None
    for later in range(0, 8, 2):
        assert applied.expires_at(of, once, BEGAN + later * DAY) == once
    if before is not None:
        assert once >= min(before, timestamps.epoch_seconds(GRACED)), "it went too soon"


def update(item: Attributes, of: OwningEntry, now: datetime = BEGAN, **changed: str) -> Update | None:
    return AppliedPolicy(policy(**changed), BEGAN).update(kinds.read(Item, item), of, now)


def updated(item: Attributes, of: OwningEntry, **changed: Any) -> Attributes:
    """The item after its update, which no other change of its ends may come before."""
    found = update(item, of, BEGAN, **changed)
    assert found is not None
    assert expressions.holds(found.condition, item)
    names = {"expires_at", "held_until"} | ({"content_until", "held_content_until"} & item.keys())
    for name in names:
        for other in ({"N": "1"}, {"N": str(HELD + 1)}):
            assert not expressions.holds(found.condition, item | {name: other}), name
        without = {other: value for other, value in item.items() if other != name}
        assert name not in item or not expressions.holds(found.condition, without), name
    return expressions.apply(found.actions, item)


def test_what_is_held_keeps_its_new_time_for_later() -> None:
    of = origin(BEGAN - 500 * DAY)
    assert updated(entry(of, held_until=BEGAN + 230 * DAY), of, audit="P1Y") == entry(of, held_until=GRACED)
    # Its time has passed, and it is there.
    assert updated(entry(of, held_until=BEGAN - DAY), of, audit="P2Y") == entry(of, held_until=BEGAN + 230 * DAY)


def test_what_has_expired_is_not_brought_back() -> None:
    of = origin(BEGAN - 800 * DAY)
    assert update(entry(of, expires_at=BEGAN), of, audit="P9Y") is None
    assert update(entry(of, expires_at=BEGAN + DAY), of, audit="P9Y") is not None
    assert update(entry(of, expires_at=BEGAN + DAY), of, now=BEGAN + DAY, audit="P9Y") is None


def test_an_entry_that_is_to_stay_for_ever_loses_its_end() -> None:
    of = origin(BEGAN - DAY, "sms")
    assert updated(entry(of, expires_at=BEGAN + DAY), of) == entry(of)
    assert updated(entry(of, held_until=BEGAN + DAY), of) == entry(of)
    assert update(entry(of), of) is None


def test_an_email_tells_its_contents_new_end() -> None:
    of = origin(BEGAN - 100 * DAY, "email")
    item = entry(of, content_until=BEGAN + 630 * DAY)
    assert updated(item, of, content="P200D") == entry(of, content_until=BEGAN + 100 * DAY)
    # Never longer than the entry.
    ends = BEGAN + 50 * DAY
    assert updated(item, of, email="P150D") == entry(of, expires_at=ends, content_until=ends)
    # Gone is gone; and none is none.
    assert update(entry(of, content_until=BEGAN), of, content="P5Y") is None
    assert update(entry(of), of, content="P5Y") is None


def test_a_held_email_keeps_its_contents_new_end_for_later() -> None:
    of = origin(BEGAN - 100 * DAY, "email")
    item = entry(of, held_until=BEGAN + 9 * DAY, held_content_until=BEGAN - DAY, content_until=HELD)
    assert updated(item, of, email="P1Y", content="P200D") == entry(
        of, held_until=BEGAN + 265 * DAY, held_content_until=BEGAN + 100 * DAY, content_until=HELD
    )


def test_what_belongs_to_an_entry_is_known_and_nothing_else() -> None:
    table = MemoryTable()
    email, audit = origin(BEGAN, "email"), origin(BEGAN - DAY)
    key = entry_items.EntryKey(PK, email.log, email.moment, email.suffix)
    content_of = {of: record_keys.content(entry_ids.entry_id(of.moment, of.suffix)) for of in (email, audit)}
    page: list[Item] = [
        kinds.read(Item, entry(email)),
        kinds.read(Item, entry(audit) | {"of": {"S": "family/2"}}),
        entry_pointers.make((PK, record_keys.idempotency("email", email.moment, "k")), key.sk, None),
        entry_pointers.make((message_keys.partition("m"), message_keys.pointer(PK, "a@mail.example")), key.sk, None),
        ContentItem(PK, content_of[email]),
        ContentItem(PK, content_of[audit]),
    ]
    others = [
        kinds.read(Item, {"pk": {"S": pk}, "sk": {"S": sk}, "entry": {"S": key.sk}})
        for pk, sk in (
            (PK, record_keys.content("x")),
            (PK, record_keys.content(entry_ids.entry_id(email.moment, entry_ids.new_suffix(1, 1)))),
            ("riverside/blacklist", "audit/x/y@mail.example"),
            ("riverside/staff", content_of[email]),
            ("riverside/settings", "key/1"),
            ("riverside/holds", "family/1"),
            ("riverside/search", "2026-11/1/0"),
            ("riverside/-search/0", "places/00000"),
            job_keys.RETENTION_APPLY,
        )
    ]
    expected = [
        email,
        audit,
        email,
        email,
        *(OwningEntry(of.log, of.moment, of.suffix, is_content=True) for of in (email, audit)),
    ]
    assert owning_entries(table, [*page, *others]) == {item.key: of for item, of in zip(page, expected, strict=True)}
    # On other pages.
    table.stored |= {(PK, item["sk"]["S"]): item for item in (entry(email), entry(audit))}
    assert owning_entries(table, page[4:]) == {item.key: of for item, of in zip(page[4:], expected[4:], strict=True)}


def test_events_that_wait_for_their_entry_belong_to_none() -> None:
    early = PendingEventsItem(message_keys.partition("m"), message_keys.pending_events("email", ""), events=b"")
    assert owning_entries(MemoryTable(), [early]) == {}


@pytest.mark.parametrize("name", ["grace", "content"])
def test_the_grace_and_contents_are_never_for_ever(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be for ever"):
        policy(**{name: ""})
