"""Lists in memory, to the end by `next` and back by `prev`: each entry once, through any filter and limit."""

import itertools
import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

import msgspec
import pytest
from daybook.core import timestamps
from daybook.core.paging import Cursors
from daybook.entries import record_log, timeline
from daybook.entries.messages import org_messages
from daybook.entries.messages.org_messages import MessagesQuery, OrgMessages
from daybook.entries.record_log import LOGS, RecordLogs
from daybook.entries.timeline import Timeline, TimelineQuery
from daybook.model.entries import EmailStatus, Record
from daybook.model.posted.parsing import parse
from daybook.storage.items import entry_items
from daybook.storage.items.entry_items import EntryKey
from daybook.storage.keys import index_keys, record_keys
from daybook.storage.models.entries import EmailItem
from daybook.storage.models.item import Item
from daybook.verdicts.facts import AddressFacts
from daybook.verdicts.rows import RecordMailbox, Verdicts
from hypothesis import given
from hypothesis import strategies as st

from tests.support import api
from tests.support.hashes import hashed
from tests.support.memory.table import MemoryTable
from tests.support.properties import examples, lists_of, met, reaching
from tests.support.walks import there_and_back

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
RECORD = Record("family", "1")
EXPIRED = 1_700_000_000
SORT_FIELDS = {"date": "last_activity_at", "recipient": "recipient", "status": "status", "sent": "occurred_at"}


class NoLookups:
    """What is looked up for the verdicts of e-mails that failed is of no matter here."""

    def facts(self, org: str, spellings: Any) -> dict[str, AddressFacts]:  # noqa: ARG002
        return {}

    def newest_arrivals(self, org: str, since: Any, now: datetime) -> dict[RecordMailbox, str]:  # noqa: ARG002
        return {}


def services(table: MemoryTable) -> dict[str, Any]:
    def zone(_: str) -> ZoneInfo:
        return ZoneInfo("UTC")

    verdicts = Verdicts(address_lookup=NoLookups(), arrival_lookup=NoLookups(), zone=zone)
    return {"table": table, "verdicts": verdicts, "zone": zone, "cursors": Cursors(secret="test"), "clock": lambda: NOW}


def item(number: int, posted: dict[str, Any], *, active_after: int = 0, is_gone: bool = False) -> Item:
    """The item of a posted entry, the last activity of which was so many minutes after it."""
    parsed = parse(json.dumps(posted).encode(), NOW)
    assert not isinstance(parsed, list), parsed
    entry = parsed.entry
    instant = posted["occurred_at"]
    key = EntryKey(record_keys.partition("riverside", RECORD), posted["log"], instant, f"{number:018}")
    made = entry_items.make(
        "riverside",
        entry,
        key,
        keyed_hash=hashed,
        expires_at=EXPIRED if is_gone else None,
        content_until=None,
        has_content=False,
    )
    if isinstance(made, EmailItem):
        active = timestamps.from_instant(instant).replace(hour=active_after)
        made.activity_key = index_keys.activity_key("email", timestamps.instant(active), key.suffix)
    return made


def at(minute: int) -> str:
    return f"2026-05-01T00:{minute:02}:00.000Z"


# Few values, so that equal times, recipients and statuses are the rule.
emails = st.tuples(
    st.builds(
        lambda minute, recipient, status, subject: api.email(
            occurred_at=at(minute), recipient=recipient, status=status, subject=subject
        ),
        st.integers(0, 4),
        st.sampled_from(["a@x.co", "A@X.co", "a@x.co.uk", "a@x.co-op.com", "b@x.co"]),
        st.sampled_from(get_args(EmailStatus)),
        st.sampled_from(["Bill", "Bill", "Newsletter"]),
    ),
    st.integers(0, 3),
    st.sampled_from([False, False, False, True]),
)
filters = st.fixed_dictionaries(
    {},
    optional={
        "q": st.sampled_from(["bill", "-a@x.co", "05/01/2026", "nothing"]),
        "status": st.sampled_from([["sent", "bounced", "queued", "opened"], ["clicked"]]),
        "from": st.just("2026-05-01T00:02:00.000Z"),
        "to": st.just("2026-05-01T02:02:00.000Z"),
    },
)


@pytest.fixture(autouse=True, scope="module")
def small_budgets() -> Any:
    """So that pages end by what they have read, empty ones too."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (record_log, timeline, org_messages):
            patch.setattr(module, "READ_BUDGET", 6)
        for name, size in (("CHUNK", 3), ("GET_BATCH", 3)):
            patch.setattr(record_log, name, size)
        patch.setattr(timeline, "FILTERED_CHUNK", 3)
        yield


def stored(drawn: Sequence[tuple[dict[str, Any], int, bool]]) -> MemoryTable:
    table = MemoryTable()
    table.insert(
        [item(number, posted, active_after=hour, is_gone=gone) for number, (posted, hour, gone) in enumerate(drawn)]
    )
    return table


def any_limits(seed: int) -> Any:
    chance = random.Random(seed)
    return (40 if chance.random() < 0.05 else chance.choice((1, 1, 2, 3)) for _ in itertools.count())


@reaching(found=0.4, **{"pages back": 0.2})
@examples(150)
@given(
    lists_of(emails, 3, 12, 30),
    st.sampled_from(sorted(SORT_FIELDS)),
    st.sampled_from(["asc", "desc"]),
    filters,
    st.integers(),
)
def test_a_records_log(drawn: Any, sort: str, order: str, asked: dict[str, Any], seed: int) -> None:
    logs = RecordLogs(**services(stored(drawn)))

    def read(limit: int, cursor: str | None) -> record_log.Page:
        query = {**asked, "sort": sort, "order": order, "limit": limit, "cursor": cursor}
        return logs.page("riverside", RECORD, LOGS["emails"], msgspec.convert(query, LOGS["emails"].query))

    found = there_and_back(read, any_limits(seed))
    values = [(str(getattr(row, SORT_FIELDS[sort])).lower(), row.id) for row in found]
    assert [value for value, _ in values] == sorted((value for value, _ in values), reverse=order == "desc")
    expected = [number for number, drawn_one in enumerate(drawn) if is_found(drawn_one, asked, sort)]
    assert sorted(int(entry_id[-18:]) for _, entry_id in values) == expected
    met("found", bool(expected))


def is_found(drawn: tuple[dict[str, Any], int, bool], asked: dict[str, Any], sort: str) -> bool:
    posted, hour, gone = drawn
    shown = posted["occurred_at"].replace("T00", f"T{0 if sort == 'sent' else hour:02}")
    words = {"bill": posted["subject"] == "Bill", "-a@x.co": not posted["recipient"].lower().startswith("a@x.co")}
    return (
        not gone
        and words.get(asked.get("q", ""), asked.get("q") != "nothing")
        and posted["status"] in asked.get("status", get_args(EmailStatus))
        and asked.get("from", "") <= shown < asked.get("to", "~")
    )


any_entries = st.tuples(
    st.builds(
        lambda minute, make: make(occurred_at=at(minute)),
        st.integers(0, 4),
        st.sampled_from([api.email, api.sms, api.push, api.activity, api.audit]),
    ),
    st.just(0),
    st.sampled_from([False, False, True]),
)


@reaching(found=0.4, **{"pages back": 0.3})
@examples(100)
@given(lists_of(any_entries, 3, 12, 30), st.sampled_from(["", "", "hello", "-hello", "05/01/2026"]), st.integers())
def test_the_timeline(drawn: Any, q: str, seed: int) -> None:
    merged = Timeline(**services(stored(drawn)))

    def read(limit: int, cursor: str | None) -> timeline.TimelinePage:
        query = msgspec.convert({"q": q, "limit": limit, "cursor": cursor}, TimelineQuery)
        return merged.page("riverside", RECORD, list(LOGS.values()), query)

    found = [int(row.id[-18:]) for row in there_and_back(read, any_limits(seed))]
    says_hello = [posted["log"] in ("email", "sms", "push") for posted, _, _ in drawn]
    wanted = {"hello": [True], "-hello": [False]}.get(q, [True, False])
    expected = [number for number, (_, _, gone) in enumerate(drawn) if not gone and says_hello[number] in wanted]
    assert found == sorted(expected, key=lambda number: (drawn[number][0]["occurred_at"], number), reverse=True)
    met("found", bool(expected))


@reaching(found=0.3, **{"pages back": 0.25})
@examples(100)
@given(
    lists_of(emails, 12, 30),
    st.sampled_from([[], [], [], [*get_args(EmailStatus)][::2], ["sent", "opened", "bounced"], ["bounced"]]),
    st.sampled_from([None, None, None, "A@x.co", "Jane <a@x.co>", "a@x.co.uk", "nobody@x.co"]),
    st.integers(),
)
def test_the_messages_of_an_org(drawn: Any, statuses: list[str], recipient: str | None, seed: int) -> None:
    messages = OrgMessages(**services(stored(drawn)), records_of=lambda *_: [RECORD])

    def read(limit: int, cursor: str | None) -> org_messages.MessagePage:
        query = {"log": "email", "status": statuses, "recipient": recipient, "limit": limit, "cursor": cursor}
        return messages.page("riverside", msgspec.convert(query, MessagesQuery), ["family"])

    found = [int(row.id[-18:]) for row in there_and_back(read, any_limits(seed))]
    wanted = statuses or get_args(EmailStatus)
    mailbox = None if recipient is None else recipient.lower().removeprefix("jane <").rstrip(">")
    expected = [
        number
        for number, (posted, _, gone) in enumerate(drawn)
        if not gone and posted["status"] in wanted and mailbox in (None, posted["recipient"].lower())
    ]
    assert found == sorted(expected, key=lambda number: (drawn[number][0]["occurred_at"], number), reverse=True)
    met("found", bool(expected))


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_a_message_whose_class_changes_between_two_reads_is_listed_once(limit: int) -> None:
    """The ranges of the classes are read one after the other, `bounced` before `waiting`."""
    table = MemoryTable()
    bounced = [item(number, api.email(occurred_at=at(number), status="bounced")) for number in range(3)]
    table.insert(bounced)

    def move() -> None:
        org_status = index_keys.org_status("riverside", "email", "waiting")
        table.stored[bounced[1].key]["org_status"] = {"S": org_status}

    table.meanwhile = 1, move
    messages = OrgMessages(**services(table), records_of=lambda *_: [])

    def read(limit: int, cursor: str | None) -> org_messages.MessagePage:
        query = {"log": "email", "limit": limit, "cursor": cursor}
        return messages.page("riverside", msgspec.convert(query, MessagesQuery), ["family"])

    assert [int(row.id[-18:]) for row in there_and_back(read, itertools.repeat(limit))] == [2, 1, 0]
    assert table.meanwhile is None
