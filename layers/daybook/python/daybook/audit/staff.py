"""Those who act in an org's audit log, each with the day of their last entry: the options of a filter."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from daybook.audit.staff_register import GROUPS, Kind
from daybook.core import local_time, text, timestamps
from daybook.core.paging import READ_BUDGET, Cursor, Cursors, Limit, Start, in_order
from daybook.core.timestamps import Instant
from daybook.core.usernames import fold
from daybook.model import retention_policy
from daybook.model.retention_policy import Policy
from daybook.search.by_time import EntriesByTime
from daybook.search.plan import Bounds
from daybook.storage import values
from daybook.storage.keys import index_keys, org_keys
from daybook.storage.keys.index_keys import BY_RECIPIENT, BY_STATUS, SORT_KEYS
from daybook.storage.models.item import Key
from daybook.storage.query_pages import query_value_pages, read_from
from daybook.storage.store import Range, Store, start_key
from daybook.storage.values import Values

PARALLEL = 8

# Keys of an index that a page with `q` reads at a time.
CHUNK = 500

# A day begins up to 14 hours before that of UTC.
AHEAD = timedelta(days=1)

INDEXES = {"name": BY_RECIPIENT, "last": BY_STATUS}


class StaffQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    limit: Limit = 50
    cursor: Cursor | None = None
    q: Annotated[
        str,
        Meta(max_length=256, description="each word begins a word of name or username, in any case, accents aside"),
    ] = ""
    kind: Annotated[
        Kind | None, Meta(description="by the sources that they acted through: a person may be both, or neither")
    ] = None
    order: Annotated[
        Literal["name", "last"], Meta(description="`last` is by the day of the last entry, the newest first")
    ] = "name"


class StaffMember(Struct, frozen=True):
    """Somebody by their username.

    `member_name` is one of those that they had on the day of the last entry that can still be seen. That is `last_day`,
    in the org's time zone; `last_at` is the moment at which it began.
    """

    username: str
    member_name: str
    kinds: list[Kind]
    last_day: Annotated[str, Meta(extra_json_schema={"format": "date"})]
    last_at: Instant


class StaffPage(Struct, frozen=True):
    """One page, which may be short.

    `next` and `prev` are the cursors of the following one and the one before, null where there is none.
    """

    entries: list[StaffMember]
    next: str | None
    prev: str | None


class StaffQueries:
    """Pages of an org's register. `zone` gives the time zone of an org; `clock` returns an aware datetime."""

    def __init__(
        self,
        *,
        table: Store,
        by_time: EntriesByTime,
        policy: Policy,
        zone: Callable[[str], ZoneInfo],
        cursors: Cursors,
        clock: Callable[[], datetime],
    ) -> None:
        self._table = table
        self._by_time = by_time
        self._policy = policy
        self._zone = zone
        self._cursors = cursors
        self._clock = clock

    def page(self, org: str, query: StaffQuery) -> StaffPage:
        """One page. InvalidCursorError, StoreBusyError."""
        bound_to = [org, "audit staff", query.order, query.kind or "", query.q]
        start = self._cursors.start(query.cursor, bound_to)
        found, end = self._read(org, query, start)
        links = self._cursors.links(start, end, bound_to)
        return StaffPage(in_order(found, start), links.next, links.prev)

    def _read(
        self, org: str, query: StaffQuery, start: Start | None
    ) -> tuple[list[StaffMember], tuple[str, str] | None]:
        """The members of a page in the order in which they are read, and where it ended; None at the list's end."""
        found: list[StaffMember] = []
        last: tuple[str, str] | None = None
        read = 0
        for batch, possible in self._batches(org, query, start):
            members = self._members(org, possible, query)
            for place, key in batch:
                if (member := members.get(values.key_of(key))) is not None:
                    if len(found) == query.limit:
                        return found, last
                    found.append(member)
                last = place, key["sk"]
            read += len(batch)
            if read >= READ_BUDGET:
                return found, last
        return found, None

    def _batches(
        self, org: str, query: StaffQuery, start: Start | None
    ) -> Iterator[tuple[list[tuple[str, Values]], list[Values]]]:
        """The places and keys of the list in order, some at a time, and those of them that `q` may be for.

        There are no more of these than make a page, and show whether there is another.
        """
        batch: list[tuple[str, Values]] = []
        possible: list[Values] = []
        for place, key in self._keys(org, query, start):
            batch.append((place, key))
            by_name = place if query.order == "name" else org_keys.staff_place_by_name(place)
            if _may_match(query.q, by_name, key["sk"]):
                possible.append(key)
            if len(possible) > query.limit or len(batch) == CHUNK:
                yield batch, possible
                batch, possible = [], []
        if batch:
            yield batch, possible

    def _keys(self, org: str, query: StaffQuery, start: Start | None) -> Iterator[tuple[str, Values]]:
        """The items of the index, of all groups of the kind, each with its place in the list."""
        groups = [group for group, kinds in GROUPS.items() if query.kind is None or query.kind in kinds]
        forward = (query.order == "name") != (start is not None and start.backward)
        chunk = CHUNK if query.q.strip() else query.limit + 1
        streams = [self._stream(org, group, query.order, start, chunk) for group in groups]
        # As DynamoDB sorts: by the bytes of UTF-8.
        return heapq.merge(*streams, key=lambda found: found[0].encode(), reverse=not forward)

    def _stream(
        self, org: str, group: str, order: str, start: Start | None, chunk: int
    ) -> Iterator[tuple[str, Values]]:
        index = INDEXES[order]
        span = Range(org_keys.staff(org), *org_keys.staff_bounds(group), index, forward=order == "name")
        key = None
        if start is not None:
            place, sk = start.at
            key = start_key(span, sk, org_keys.in_staff_group(group, place))
        span, after = read_from(span, start, key)
        for page in query_value_pages(self._table, span, chunk, after):
            for item in page.items:
                yield org_keys.place_in_staff_group(item[SORT_KEYS[index]]), item

    def _members(self, org: str, keys: Sequence[Values], query: StaffQuery) -> Mapping[Key, StaffMember]:
        """Those of these items of the index who are to be shown."""
        if not keys:
            return {}
        now, zone = self._clock(), self._zone(org)
        items = [item for item in self._items(keys, query.order) if values.is_visible(item, now)]
        matching = [item for item in items if _matches(query.q, item)]
        with ThreadPoolExecutor(PARALLEL) as pool:
            members = pool.map(partial(self._member, org, zone=zone, now=now), matching)
            return {
                values.key_of(item): member
                for item, member in zip(matching, members, strict=True)
                if member is not None
            }

    def _items(self, keys: Sequence[Values], order: str) -> list[Values]:
        """The items, read eventually consistent, at half the price, and again where that is behind the index."""
        name = SORT_KEYS[INDEXES[order]]
        wanted = {values.key_of(key): key[name] for key in keys}
        items = self._table.get_values(list(wanted), consistent=False)
        stale = [key for key, place in wanted.items() if key not in items or items[key].get(name) != place]
        if stale:
            items |= self._table.get_values(stale)
        return [items[key] for key in wanted if key in items]

    def _member(self, org: str, item: Values, zone: ZoneInfo, now: datetime) -> StaffMember | None:
        """None where no entry of theirs is left. It is looked up in the log only where the register does not tell."""
        name, day = item["member_name"], item["day"]
        username = item.get("username") or item["sk"]
        if not self._stands(item, now):
            entry = self._last_entry(org, username, now)
            if entry is None:
                return None
            name = entry["member_name"]
            moment = timestamps.from_instant(index_keys.instant_of(entry["at"])).astimezone(zone)
            day = moment.date().isoformat()
        began, _ = local_time.day(zone, date.fromisoformat(day))
        return StaffMember(username, name, sorted(GROUPS[item["group"]]), day, timestamps.instant(began))

    def _stands(self, item: Values, now: datetime) -> bool:
        """Whether an entry of the last day must still be there: by its own expiry, and by the policy of today.

        The policy may have been shortened since, and the entries stamped anew. What is held is for the log to tell.
        """
        day = datetime.combine(date.fromisoformat(item["day"]), datetime.min.time(), UTC) - AHEAD
        ends = (values.number(item, "until"), self._policy.expiry("audit", day, day))
        return not any(retention_policy.is_expired(end, now) for end in ends)

    def _last_entry(self, org: str, username: str, now: datetime) -> Values | None:
        """The last entry that has not expired; None where there is none any more."""
        for _, entry in self._by_time.find(org, Bounds(staff=frozenset({username}), chunk=1)):
            if entry is not None and values.is_visible(entry, now):
                return entry
        return None


def _may_match(q: str, place: str, username: str) -> bool:
    """Whether a line may be for the username with this place."""
    words = org_keys.words_of_staff_place(place)
    return words is None or _is_for(q, words, username)


def _matches(q: str, item: Values) -> bool:
    return _is_for(q, text.tokens(item["member_name"]), item["sk"])


def _is_for(q: str, words: set[str], username: str) -> bool:
    """Whether each word of the line begins one of these, or of the username; of a line without words, all of it."""
    forms = text.normal_forms(q)
    if not forms[0]:
        return username.startswith(fold(q.strip()))
    words = words | text.tokens(username)
    return any(all(any(word.startswith(part) for word in words) for part in form.split()) for form in forms)
