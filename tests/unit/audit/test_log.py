"""The org's audit log over a table in memory: what a page shows, where it stops, and what it says that it covers."""

import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from daybook.audit import log
from daybook.audit.log import AuditLog, AuditQuery, OrgAuditPage
from daybook.core import timestamps
from daybook.core.errors import InvalidCursorError
from daybook.core.paging import Cursors
from daybook.model.entries import SOURCES, Audit
from daybook.search import by_time, entry_texts
from daybook.search.by_time import Candidate, EntriesByTime
from daybook.search.by_words import EntriesByWords
from daybook.search.line.terms import Term
from daybook.search.plan import Bounds
from daybook.storage.items import entry_items
from daybook.storage.items.entry_items import EntryKey
from daybook.storage.keys import record_keys
from daybook.storage.keys.index_keys import BY_SOURCE, BY_STAFF
from daybook.storage.models.entries import AuditItem
from daybook.storage.store import Page, Range, StartKey
from daybook.storage.values import Values, key_of, values_of
from hypothesis import given
from hypothesis import strategies as st

from tests.support import api, plain_search
from tests.support.hashes import hashed
from tests.support.memory.table import MemoryTable, as_read
from tests.support.posted import entry_of
from tests.support.properties import examples, lists_of, met, reaching
from tests.support.walks import there_and_back

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CHICAGO = ZoneInfo("America/Chicago")


class Table(MemoryTable):
    """The entries, and which ranges were asked for."""

    def __init__(self, entries: Sequence[AuditItem]) -> None:
        super().__init__()
        self.stored = {item.key: as_read(item) for item in entries}
        self.queries: list[tuple[Range, int]] = []

    def query_values(self, span: Range, limit: int, after: StartKey | None = None) -> Page[Values]:
        self.queries.append((span, limit))
        page = super().query_values(span, limit, after)
        # DynamoDB says that there may be more wherever it has given as many as were asked for.
        return Page(page.items, len(page.items) >= limit)


class Walking(EntriesByWords):
    """Proposes every entry, asked for or not, whole; some twice. Now and then it says how far it is."""

    def __init__(self, store: Table) -> None:
        super().__init__(table=store, clock=lambda: NOW)
        self.store = store
        self.wanted: list[Sequence[Term]] = []

    def find(self, org: str, wanted: Sequence[Term], bounds: Bounds) -> Iterator[Candidate]:
        self.wanted.append(wanted)
        found = EntriesByTime(table=self.store).find(org, Bounds(forward=bounds.forward, after=bounds.after))
        for number, (place, row) in enumerate(found):
            item = row and values_of(self.store.stored[key_of(row)])
            yield place, item
            if number % 3 == 0:
                yield place, item
            if number % 4 == 0:
                yield place, None


def entry(number: int, at: str = "2026-11-18T09:00:00.000Z", expires_at: int | None = None, **fields: Any) -> AuditItem:
    made = entry_of(api.audit(**fields), NOW)
    assert isinstance(made, Audit), made
    key = EntryKey(record_keys.entry_partition("riverside", made.record, at), "audit", at, f"{number:018}")
    item = entry_items.make(
        "riverside", made, key, keyed_hash=hashed, expires_at=expires_at, content_until=None, has_content=False
    )
    assert isinstance(item, AuditItem)
    return item


def affected(*records: str) -> list[dict[str, Any]]:
    return [
        {"record": dict(zip(("type", "id"), record.split("/"), strict=True)), "change": "updated"} for record in records
    ]


class Asked:
    """A log of these entries, and how it is asked."""

    def __init__(self, *entries: AuditItem, timer: Callable[[], float] = lambda: 0.0) -> None:
        self.table = Table(entries)
        self.search = Walking(self.table)
        self.zones: list[str] = []
        self.log = AuditLog(
            table=self.table,
            by_time=EntriesByTime(table=self.table),
            by_words=self.search,
            zone=self._zone,
            cursors=Cursors(secret="test"),
            clock=lambda: NOW,
            timer=timer,
        )

    def _zone(self, org: str) -> ZoneInfo:
        self.zones.append(org)
        return CHICAGO

    def page(self, **query: Any) -> OrgAuditPage:
        return self.log.page("riverside", msgspec.convert(query, AuditQuery))

    def ids(self, **query: Any) -> list[str]:
        """All of it, page by page; what each page covers adjoins what the one before does."""
        found: list[str] = []
        while True:
            page = self.page(**query)
            found += [row.id for row in page.entries]
            if page.next is None:
                return found
            query["cursor"] = page.next

    def numbers(self, **query: Any) -> list[int]:
        return [int(found[-18:]) for found in self.ids(**query)]


def ticking(start: float = 0.0, step: float = 1.0) -> Callable[[], float]:
    seconds = itertools.count(start, step)
    return lambda: next(seconds)


sources = st.sampled_from(["office_portal", "system", "check_in_kiosk"])
usernames = st.sampled_from(["ada", "ben", "cleo/x", "Ada"])
seeds = lists_of(
    st.tuples(
        st.integers(0, 3),
        usernames,
        sources,
        st.sampled_from(["deleted class", "created class"]),
        st.sampled_from([False, False, True]),
    ),
    *(0, 3, 12, 40),
)


@reaching(found=0.25, pages=0.15)
@examples(150)
@given(
    seeds,
    st.sampled_from(
        [
            "",
            "",
            "deleted",
            "deleted 11/18/2026 1 am",
            "-deleted",
            "source:kiosk",
            "11/18/2026 -source:system",
            "class -ada",
            "-record:2",
        ]
    ),
    lists_of(usernames, 0, 0, 1, 3),
    lists_of(sources, 0, 0, 1, 2),
    st.sampled_from(["asc", "desc"]),
    st.sampled_from([1, 1, 1, 3, 200]),
    st.sampled_from([False, False, True]),
)
def test_the_log_is_what_a_plain_filter_gives(
    seed: list[tuple[int, str, str, str, bool]],
    q: str,
    staff: list[str],
    source: list[str],
    order: str,
    limit: int,
    bounded: bool,
) -> None:
    entries = [
        entry(
            number,
            f"2026-11-18T0{hour}:00:00.000Z",
            username=username,
            source=where,
            action=action,
            affected=affected("family/1", f"student/{number % 4}"),
            expires_at=1 if gone else None,
        )
        for number, (hour, username, where, action, gone) in enumerate(seed)
    ]
    bounds = {"from": "2026-11-18T01:00:00Z", "to": "2026-11-18T03:00:00Z"} if bounded else {}
    asked = Asked(*entries)
    found = asked.numbers(q=q, staff=staff, source=source, order=order, limit=limit, **bounds)
    expected = [
        number
        for number, (item, (hour, username, where, _, gone)) in enumerate(zip(entries, seed, strict=True))
        if not gone
        and (not bounded or 1 <= hour < 3)
        and (not staff or username.lower() in map(str.lower, staff))
        and (not source or where in source)
        and plain_search.finds(
            q, entry_texts.texts(values_of(item.serialize())), timestamps.from_instant(item.at[:24]), CHICAGO
        )
    ]
    expected.sort(key=lambda number: (seed[number][0], number), reverse=order == "desc")
    assert found == expected
    met("found", bool(expected))
    met("pages", len(expected) > 2 * limit)


def test_only_a_line_with_a_word_to_look_for_is_searched() -> None:
    asked = Asked(entry(1))
    for line in ("", "  ", "11/18/2026", "-delayed", "source:office", "-record:family/2", '"'):
        assert asked.numbers(q=line) == [1], line
    assert asked.search.wanted == []
    assert asked.numbers(q="source:office deleted 11/18/2026") == [1]
    ((term,),) = asked.search.wanted
    assert term.field is None


def test_the_time_zone_is_asked_for_only_where_a_line_may_need_it() -> None:
    asked = Asked(entry(1, "2026-11-19T05:30:00.000Z"))
    assert asked.numbers() == asked.numbers(q=" ") == [1]
    assert asked.zones == []
    assert asked.numbers(q="11/18/2026") == [1], "half past eleven in the evening, in Chicago"
    assert asked.zones == ["riverside"]


def test_an_excluded_record_is_excluded_wherever_it_stands_among_the_affected() -> None:
    asked = Asked(
        entry(1, affected=affected("family/1", "student/7")),
        entry(2, affected=affected("student/7", "family/1")),
        entry(3, affected=affected("family/1")),
        entry(4, affected=[]),
    )
    assert asked.numbers(q="-record:student/7") == [4, 3]
    assert asked.numbers(q="-record:student/7", limit=1) == [4, 3]


def test_an_entry_of_no_record_has_none() -> None:
    (row,) = Asked(entry(1, affected=[])).page().entries
    assert (row.record, row.affected_count, row.names) == (None, 0, [])


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_pages_cover_all_the_time_between_them(order: str) -> None:
    asked = Asked(*[entry(number, f"2026-11-18T0{number}:00:00.000Z") for number in range(5)])
    query: dict[str, Any] = {"order": order, "limit": 2, "from": "2026-11-18T00:00:00Z", "to": "2026-11-19T00:00:00Z"}
    covered = []
    while True:
        page = asked.page(**query)
        covered.append((page.range.start, page.range.end))
        if page.next is None:
            break
        query["cursor"] = page.next
    covered = covered if order == "asc" else covered[::-1]
    assert len(covered) == 3
    assert (covered[0][0], covered[-1][1]) == ("2026-11-18T00:00:00.000Z", "2026-11-19T00:00:00.000Z")
    assert [end for _, end in covered[:-1]] == [start for start, _ in covered[1:]]


def test_without_bounds_the_range_has_none() -> None:
    page = Asked(entry(1), entry(2)).page()
    assert (page.range.start, page.range.end) == (None, None)
    page = Asked(entry(1), entry(2)).page(limit=1)
    assert (page.range.start, page.range.end) == ("2026-11-18T09:00:00.000Z", None)


def test_a_date_in_the_line_bounds_what_is_read_and_what_is_covered() -> None:
    asked = Asked(entry(1), entry(2, "2026-11-19T09:00:00.000Z"))
    page = asked.page(q="11/18/2026", to="2026-11-18T12:00:00Z")
    assert [row.occurred_at for row in page.entries] == ["2026-11-18T09:00:00.000Z"]
    assert (page.range.start, page.range.end) == ("2026-11-18T06:00:00.000Z", "2026-11-18T12:00:00.000Z")
    assert {(span.low, span.high) for span, _ in asked.table.queries} == {(page.range.start, page.range.end)}


@pytest.mark.parametrize(
    ("query", "moment"),
    [
        ({"q": "03/08/2026 2:30 am"}, "2026-11-22T12:00:00.000Z"),
        ({"q": "03/08/2026 2:30 am deleted"}, "2026-11-22T12:00:00.000Z"),
        ({"q": "11/18/2026 11/19/2026", "to": "2026-11-19T00:00:00Z"}, "2026-11-19T00:00:00.000Z"),
        ({"q": "11/19/2026", "from": "2026-11-20T06:00:00Z"}, "2026-11-20T06:00:00.000Z"),
        ({"from": "2026-11-18T09:00:00Z", "to": "2026-11-18T09:00:00Z"}, "2026-11-18T09:00:00.000Z"),
        ({"q": "11/19/2026", "to": "2026-11-19T00:00:00Z"}, "2026-11-19T00:00:00.000Z"),
    ],
)
def test_where_no_moment_can_be_meant_nothing_is_read(query: dict[str, Any], moment: str) -> None:
    asked = Asked(entry(1))
    page = asked.page(**query)
    assert (page.entries, page.next) == ([], None)
    assert (page.range.start, page.range.end) == (moment, moment)
    assert asked.table.queries == []


def test_where_no_source_is_left_nothing_is_read_and_all_is_covered() -> None:
    asked = Asked(entry(1))
    page = asked.page(q="source:office", source=["system"])
    assert (page.entries, page.next, page.range.start, page.range.end) == ([], None, None, None)
    assert asked.table.queries == []


@pytest.mark.parametrize(("q", "order"), [("", "desc"), ("", "asc"), ("deleted", "desc"), ("-created", "asc")])
def test_a_page_whose_time_is_over_is_short_and_goes_on(q: str, order: str) -> None:
    entries = [entry(number, f"2026-11-18T{number:02}:00:00.000Z") for number in range(20)]
    asked = Asked(*entries, timer=ticking())
    page = asked.page(q=q, order=order, limit=50)
    assert 0 < len(page.entries) < 20
    assert page.next is not None
    assert (page.range.end if order == "asc" else page.range.start) == page.entries[-1].occurred_at
    assert asked.numbers(q=q, order=order, limit=50) == (list(range(20)) if order == "asc" else list(range(20))[::-1])


@reaching(**{"pages back": 0.3})
@examples(60)
@given(
    seeds,
    st.sampled_from(["", "deleted", "-deleted", "deleted 11/18/2026"]),
    lists_of(usernames, 0, 0, 1),
    st.sampled_from(["asc", "desc"]),
    st.sampled_from([1, 3, 7]),
    st.integers(),
)
def test_back_by_prev_come_the_same_entries_wherever_the_time_of_a_page_is_over(
    seed: list[tuple[int, str, str, str, bool]], q: str, staff: list[str], order: str, reads: int, limit_seed: int
) -> None:
    entries = [
        entry(
            number,
            f"2026-11-18T0{hour}:00:00.000Z",
            username=username,
            source=where,
            action=action,
            expires_at=1 if gone else None,
        )
        for number, (hour, username, where, action, gone) in enumerate(seed)
    ]
    query = {"q": q, "staff": staff, "order": order}
    expected = Asked(*entries).ids(**query, limit=200)

    def read(limit: int, cursor: str | None) -> OrgAuditPage:
        # Each page has the time for so many reads.
        asked = Asked(*entries, timer=ticking(step=log.SECONDS / reads))
        return asked.page(**query, limit=limit, cursor=cursor)

    chance = random.Random(limit_seed)
    found = there_and_back(read, (chance.choice((1, 2, 5, 40)) for _ in itertools.count()))
    assert [row.id for row in found] == expected


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_pages_back_cover_all_the_time_between_them(order: str) -> None:
    asked = Asked(*[entry(number, f"2026-11-18T0{number}:00:00.000Z") for number in range(5)])
    query: dict[str, Any] = {"order": order, "limit": 2, "from": "2026-11-18T00:00:00Z", "to": "2026-11-19T00:00:00Z"}
    second = asked.page(**query, cursor=asked.page(**query).next)
    first = asked.page(**query, cursor=second.prev)
    assert first.prev is None
    last = asked.page(**query, cursor=second.next)
    covered = [(page.range.start, page.range.end) for page in (first, second, last)]
    covered = covered if order == "asc" else covered[::-1]
    assert (covered[0][0], covered[-1][1]) == ("2026-11-18T00:00:00.000Z", "2026-11-19T00:00:00.000Z")
    assert [end for _, end in covered[:-1]] == [start for start, _ in covered[1:]]


def test_a_page_gets_on_however_slow_the_store_is() -> None:
    asked = Asked(*[entry(number) for number in range(5)], timer=ticking(step=100))
    assert asked.numbers(q="-deleted") == []
    assert asked.numbers(staff=["nobody"]) == []
    assert asked.numbers(staff=["ada"], source=["system"]) == []
    assert asked.numbers(q="deleted") == [4, 3, 2, 1, 0]


def test_what_does_not_match_is_not_looked_at_again_by_the_next_page() -> None:
    asked = Asked(entry(0), *[entry(number, username="ben") for number in range(1, 30)], entry(30))
    first = asked.page(q="-ben", limit=1)
    asked.table.queries.clear()
    assert [row.username for row in asked.page(q="-ben", limit=1, cursor=first.next).entries] == ["ada"]
    assert {span.high[-18:] for span, _ in asked.table.queries} == {f"{1:018}"}


def test_a_full_page_at_the_end_has_no_next() -> None:
    asked = Asked(entry(1), entry(2), entry(3, expires_at=1))
    assert asked.page(limit=2).next is None
    assert asked.page(limit=1).next is not None


def test_a_cursor_is_bound_to_all_but_the_limit() -> None:
    asked = Asked(*[entry(number) for number in range(5)])
    query = {"q": "-x", "from": "2026-01-01T00:00:00Z", "staff": ["ada", "b"], "source": ["system", "office_portal"]}
    cursor = asked.page(**query, limit=1).next
    assert [int(row.id[-18:]) for row in asked.page(**query, limit=2, cursor=cursor).entries] == [3, 2]
    reordered = query | {"staff": ["b", "ADA", "B"], "source": ["office_portal", "system"]}
    assert len(asked.page(**reordered, cursor=cursor).entries) == 4
    for change in (
        {"q": "-y"},
        {"from": "2026-01-02T00:00:00Z"},
        {"to": "2027-01-01T00:00:00Z"},
        {"staff": ["ada"]},
        {"source": ["office_portal"]},
        {"order": "asc"},
    ):
        with pytest.raises(InvalidCursorError):
            asked.page(**(query | change), cursor=cursor)
    with pytest.raises(InvalidCursorError):
        asked.log.page("hilltop", msgspec.convert({**query, "cursor": cursor}, AuditQuery))


def test_more_staff_than_are_worth_a_partition_each_are_found_all_the_same() -> None:
    entries = [entry(number, username=f"user{number % 60}") for number in range(120)]
    asked = Asked(*entries)
    wanted = [f"user{number}" for number in range(40)]
    assert asked.numbers(staff=wanted, limit=7) == [number for number in reversed(range(120)) if number % 60 < 40]
    assert {span.index for span, _ in asked.table.queries} == {BY_SOURCE}
    asked.table.queries.clear()
    assert len(asked.numbers(staff=wanted[:10])) == 20
    assert {span.index for span, _ in asked.table.queries} == {BY_STAFF}


def test_a_page_reads_about_a_page() -> None:
    drawn = random.Random(4)
    entries = [entry(number, source=drawn.choice(SOURCES)) for number in range(1000)]
    asked = Asked(*entries)
    asked.page(limit=50)
    assert len(asked.table.queries) <= 2 * len(SOURCES)
    assert sum(limit for _, limit in asked.table.queries) <= 2.5 * 50
    asked.table.queries.clear()
    asked.page(limit=50, staff=["ada"])
    assert [limit for _, limit in asked.table.queries] == [51]


def test_a_large_page_reads_of_each_source_what_its_share_is() -> None:
    drawn = random.Random(4)
    shares = [45, 9, 21, 14, 7, 1, 2, 1]
    entries = [entry(number, source=drawn.choices(SOURCES, shares)[0]) for number in range(4000)]
    asked = Asked(*entries)
    assert len(asked.log.page("riverside", AuditQuery(limit=2000)).entries) == 2000
    assert len(asked.table.queries) <= 3 * len(SOURCES)
    assert sum(limit for _, limit in asked.table.queries) <= 1.15 * 2000


def test_a_filter_that_finds_nothing_reads_in_ever_larger_chunks() -> None:
    asked = Asked(*[entry(number) for number in range(2000)])
    assert asked.numbers(q="-deleted", source=["office_portal"]) == []
    assert max(limit for _, limit in asked.table.queries) == by_time.LARGEST_CHUNK
    assert len(asked.table.queries) < 12
