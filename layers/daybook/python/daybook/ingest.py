"""Writing entries: what is answered `created` is durable, and a retry after any crash completes the same items.

The order of writes is pointers, content, entry. A pointer is written only if there is none, so of any number of writers
one decides the entry's place and all others find it there; and an entry that is seen has its content.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Literal, Protocol

from msgspec import UNSET, Raw, Struct, UnsetType
from msgspec.structs import replace

from daybook import bodies, entries, ids, items, keys, times
from daybook.bodies import Bodies
from daybook.entries import Entry
from daybook.errors import FieldError, StoreBusyError
from daybook.items import Place
from daybook.retention import Policy
from daybook.table import Item, Key


class Rejection(Struct, frozen=True):
    """Why an entry was not taken: every fault that could be told, by field."""

    code: Literal["invalid_entry"]
    detail: str
    errors: list[FieldError]


class Result(Struct, frozen=True):
    """What became of the entry in place `index` of the request."""

    index: int
    status: Literal["created", "duplicate", "rejected"]
    id: str | UnsetType = UNSET
    error: Rejection | UnsetType = UNSET


class Results(Struct, frozen=True):
    """A result for each entry of a request, in its order."""

    results: list[Result]


class Store(Protocol):
    """What of the table is needed here; see `daybook.table.Table`."""

    def insert(self, items: Sequence[Item]) -> list[bool]: ...

    def get(self, keys: Sequence[Key], *, consistent: bool = True) -> dict[Key, Item]: ...


class _Draft(Struct, frozen=True):
    """A checked entry on its way: where it is to stand, and whether an earlier writer had decided that."""

    index: int
    entry: Entry
    place: Place
    pointers: list[Key]
    expires_at: int | None
    apart: bytes | None
    content_until: int | None
    found: bool = False


class Ingest:
    def __init__(self, *, table: Store, bodies: Bodies, policy: Policy, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._bodies = bodies
        self._policy = policy
        self._clock = clock

    def post(self, org: str, payloads: Sequence[Raw | bytes]) -> list[Result]:
        """Write up to 100 entries of an org; a result for each, in order. StoreBusyError: none is acknowledged."""
        now = self._clock()
        results: dict[int, Result] = {}
        drafts = []
        for index, payload in enumerate(payloads):
            entry = entries.parse(payload, now)
            if isinstance(entry, list):
                rejection = Rejection("invalid_entry", _sentence(entry), entry)
                results[index] = Result(index, "rejected", error=rejection)
            else:
                drafts.append(self._draft(org, index, entry, now))
        while drafts:
            wave, drafts = _distinct(drafts)
            results |= {result.index: result for result in self._write(org, wave)}
        return [results[index] for index in range(len(payloads))]

    def record(self, org: str, entry: Entry) -> None:
        """Write an entry of our own, about what was done through this API; durable when this returns."""
        self._write(org, [self._draft(org, 0, entry, self._clock())])

    def _draft(self, org: str, index: int, entry: Entry, now: datetime) -> _Draft:
        occurred = entry.occurred_at or now
        moment, log = times.instant(occurred), items.log_of(entry)
        pk = items.partition(org, entry.record, moment)
        expires_at = self._policy.expiry(log, occurred, now)
        apart = items.apart(entry)
        return _Draft(
            index=index,
            entry=entry,
            place=Place(pk, log, moment, ids.new_suffix(times.millis(now), index)),
            pointers=items.pointers(entry, pk, moment),
            expires_at=expires_at,
            apart=apart,
            content_until=self._policy.content_expiry(log, occurred, now) if apart is not None else None,
        )

    def _write(self, org: str, drafts: list[_Draft]) -> list[Result]:
        drafts = self._claim(drafts)
        written = self._written(drafts)
        fresh = list(
            {draft.place: draft for draft in drafts if (draft.place.pk, draft.place.sk) not in written}.values()
        )
        self._write_contents(fresh)
        made = self._table.insert(
            [
                items.make(
                    org,
                    draft.entry,
                    draft.place,
                    expires_at=draft.expires_at,
                    content_until=draft.content_until,
                    apart=draft.apart is not None,
                )
                for draft in fresh
            ]
        )
        # Nobody else can have put an entry whose place only this request knows: then it was our own repeated call.
        created = {draft.index for draft, put in zip(fresh, made, strict=True) if put or not draft.pointers}
        return [_result(draft, created=draft.index in created) for draft in drafts]

    def _claim(self, drafts: list[_Draft]) -> list[_Draft]:
        """Write the pointers; a draft whose pointer another writer was first with moves to the place in that."""
        for rank in range(max(len(draft.pointers) for draft in drafts)):
            claims = [(place, draft) for place, draft in enumerate(drafts) if len(draft.pointers) > rank]
            made = self._table.insert(
                [items.pointer(draft.pointers[rank], draft.place, draft.expires_at) for _, draft in claims]
            )
            lost = [(place, draft) for (place, draft), put in zip(claims, made, strict=True) if not put]
            winners = self._table.get([draft.pointers[rank] for _, draft in lost]) if lost else {}
            for place, draft in lost:
                drafts[place] = _moved(draft, winners.get(draft.pointers[rank]))
        return drafts

    def _written(self, drafts: list[_Draft]) -> dict[Key, Item]:
        """Which of the places that others decided hold their entry already; those are complete."""
        return self._table.get(list({(draft.place.pk, draft.place.sk) for draft in drafts if draft.found}))

    def _write_contents(self, drafts: list[_Draft]) -> None:
        apart = [
            (draft.place.pk, ids.entry_id(draft.place.moment, draft.place.suffix), draft.apart, draft.content_until)
            for draft in drafts
            if draft.apart is not None
        ]
        if apart:
            with ThreadPoolExecutor(min(bodies.PARALLEL, len(apart))) as pool:
                self._table.insert(list(pool.map(lambda body: self._bodies.store(*body), apart)))


def _distinct(drafts: list[_Draft]) -> tuple[list[_Draft], list[_Draft]]:
    """Split off the drafts that name what an earlier one of the same request names: they come after it."""
    claimed: set[Key] = set()
    wave: list[_Draft] = []
    rest: list[_Draft] = []
    for draft in drafts:
        (rest if claimed & set(draft.pointers) else wave).append(draft)
        claimed |= set(draft.pointers)
    return wave, rest


def _moved(draft: _Draft, pointer: Item | None) -> _Draft:
    if pointer is None:
        raise StoreBusyError("an entry of the same key expired in this very moment")
    log, moment, suffix = keys.split_entry(pointer["entry"]["S"])
    # A request that was sent twice by our own client finds its own pointer: nothing has moved then.
    found = (moment, suffix) != (draft.place.moment, draft.place.suffix)
    return replace(draft, place=Place(draft.place.pk, log, moment, suffix), found=found or draft.found)


def _result(draft: _Draft, *, created: bool) -> Result:
    entry_id = ids.entry_id(draft.place.moment, draft.place.suffix)
    return Result(draft.index, "created" if created else "duplicate", id=entry_id)


def _sentence(faults: Iterable[FieldError]) -> str:
    return "; ".join(f"{fault.field or 'entry'}: {fault.message}" for fault in faults)
