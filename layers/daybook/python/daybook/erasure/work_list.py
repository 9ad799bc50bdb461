"""The work list of erasures: how far each one is, whom it erases, and when it is tried again or given up.

An erasure under way is an item of one partition for all orgs. What identifies the person is in that item while it is
little, and beyond that in items of its own. All of them are deleted when the erasure is done. After a failed one they
are kept for a new request, which could not learn again what entries said that are erased; then TTL deletes them.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from daybook.aws import faults
from daybook.core import entry_ids, timestamps
from daybook.core.errors import StoreBusyError
from daybook.erasure.person import Person
from daybook.model.entries import Record
from daybook.model.job_retry import Retry, retry_of
from daybook.storage.keys import job_keys, org_keys
from daybook.storage.models.attributes import json_text
from daybook.storage.models.item import Key
from daybook.storage.models.jobs import ErasureSubjectItem, ErasureWorkItem
from daybook.storage.models.orgs import ErasureItem
from daybook.storage.query_pages import query_pages, query_value_pages
from daybook.storage.store import Delete, Range, Store, Update, difference
from daybook.storage.table import RefusedError

# Items, or objects, of one page of work.
PAGE = 200
TOO_BUSY = "too many are changing the same entries at once"

# Of what identifies the person: bytes of JSON with the progress, and in an item of its own. An item has 400 KB.
INLINE_BYTES, PART_BYTES = 4_096, 200_000

# Names, addresses and usernames that are looked for at once: 200,000 of 250 characters take 700 MB of the function's
# 1,769.
MOST_IDENTIFIERS = 200_000

# So long after it was learnt, TTL deletes what identifies the person of a failed erasure.
KEPT_FOR = timedelta(days=30)
UNFORESEEN = "an error that nobody foresaw: the log of the retention function has it with the erasure's id"

# The steps of an erasure, in order: the first three find what identifies the person, the others erase it.
Phase = Literal[
    "learn",
    "learn_archive",
    "tell_apart",
    "entries",
    "acts",
    "addresses",
    "objects",
    "archive",
    "blacklist",
    "register",
    "exports",
    "done",
]
Ended = Literal["done", "incomplete", "failed"]


class TooManyIdentifiersError(Exception):
    """More identifies the person than can be looked for at once."""


class GivenUpError(Exception):
    """An erasure was given up: it has been failing for a day."""


# Of JSON, of what zlib packed, of objects of the archive that are no gzip or are cut off.
UNREADABLE = (msgspec.DecodeError, zlib.error, gzip.BadGzipFile, EOFError)
REASONS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (RefusedError, "DynamoDB refuses a request as invalid, as it does with an item over 400 KB"),
    (TooManyIdentifiersError, f"more than {MOST_IDENTIFIERS:,} names, addresses and usernames identify the person"),
    (RecursionError, "an entry, or a line of the archive, is nested too deeply to be read"),
    (MemoryError, "an entry, or an object of the archive, is too large for the function's memory"),
    (UNREADABLE, "an entry, or a line of the archive, cannot be read"),
)


class Counts(Struct, frozen=True):
    """What was found of the person, erased by this erasure or an earlier one. `on_hold`: entries left as they are."""

    entries: int = 0
    contents: int = 0
    objects: int = 0
    archived: int = 0
    blacklisted: int = 0
    on_hold: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, name) + getattr(other, name) for name in self.__struct_fields__))


class Work(Struct, frozen=True):
    """The progress of an erasure: its phase, and after which item, object or name it continues. Stored as JSON.

    `requested_by` until it is known that the erasure's item for its asker is there.
    """

    person: Person
    asked_at: str
    phase: Phase = "learn"
    after: str | None = None
    counts: Counts = Counts()
    requested_by: str | UnsetType = UNSET


class WorkList:
    """`clock` returns an aware datetime. Every method raises StoreBusyError."""

    def __init__(self, *, table: Store, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._clock = clock

    def due(self) -> list[tuple[str, str]]:
        """The orgs and ids of all erasures that may be continued now, those that have failed last."""
        span, now = Range(job_keys.ERASURES, *job_keys.ALL_ERASURES, forward=True), timestamps.instant(self._clock())
        rows = [row for page in query_value_pages(self._table, span, PAGE) for row in page.items]
        found = sorted(
            (retry.failures, row["sk"]) for row in rows if (retry := retry_of(row.get("retry"))).due_at <= now
        )
        return [job_keys.split_erasure(sk) for _, sk in found]

    def begin(self, org: str, erasure_id: str) -> Attempt | None:
        """An attempt to continue an erasure; None where it has ended, is not due, or somebody else has begun one.

        It is noted before anything is done: so whatever kills it counts as its failure.
        """
        item = self._table.get_item(ErasureWorkItem, work_key(org, erasure_id))
        now = self._clock()
        if item is None or timestamps.instant(now) < (retry := retry_of(item.retry)).due_at:
            return None
        attempt = Attempt(table=self._table, clock=self._clock, item=item)
        return attempt if attempt.change(retry=json_text(retry.begun(now))) else None


class Attempt:
    """An attempt to continue an erasure. Every method raises StoreBusyError."""

    def __init__(self, *, table: Store, clock: Callable[[], datetime], item: ErasureWorkItem) -> None:
        self._table = table
        self._clock = clock
        # As it is stored now.
        self._item = item
        self.org, self.id = job_keys.split_erasure(item.sk)
        # What of the person stands in items of its own; `load` reads it.
        self._apart: Person

    @property
    def is_given_up(self) -> bool:
        return retry_of(self._item.retry).is_given_up

    def load(self) -> Work:
        """The work left, with all that identifies the person."""
        work = msgspec.json.decode(self._item.work, type=Work)
        self._apart = Person(work.person.record)
        for item in self._table.partitions(ErasureSubjectItem, self._subjects(work.person.record)):
            self._apart |= msgspec.json.decode(item.part, type=Person)
        return replace(work, person=work.person | self._apart)

    def save(self, work: Work, *, goes_on: bool) -> bool:
        """Store the progress; False where another attempt has stored one. Without `goes_on` the attempt ends.

        What failed before is over. TooManyIdentifiersError.
        """
        if work.person.size > MOST_IDENTIFIERS:
            raise TooManyIdentifiersError
        rest = work.person - self._apart
        if rest.size and len(json_text(rest)) > INLINE_BYTES:
            self._store_apart(rest)
            self._apart |= rest
            rest = Person(rest.record)
        due_at = retry_of(self._item.retry).due_at
        retry = json_text(Retry(due_at=due_at, is_under_way=True)) if goes_on else None
        return self.change(work=json_text(replace(work, person=rest)), retry=retry)

    def _store_apart(self, person: Person) -> None:
        """Store this of the person in items of its own: the same in the same items, however often."""
        pk, expires_at = job_keys.erasure_subject(self.org, self.id), timestamps.epoch_seconds(self._clock() + KEPT_FOR)
        parts = {hashlib.sha256(part).hexdigest()[:32]: part.decode() for part in person.parts(PART_BYTES)}
        self._table.insert(
            [ErasureSubjectItem(pk, name, part=part, expires_at=expires_at) for name, part in parts.items()]
        )

    def _subjects(self, record: Record) -> list[str]:
        """The partitions of what identifies the person: by this erasure, and by those of the record that failed."""
        since = entry_ids.entry_id(timestamps.instant(self._clock() - KEPT_FOR), "")
        span = Range(org_keys.erasures(self.org), since, org_keys.AFTER_ERASURES, forward=True)
        erasures = (item for page in query_pages(self._table, ErasureItem, span, PAGE) for item in page.items)
        failed = [item.sk for item in erasures if item.record == record.path and item.status == "failed"]
        return [job_keys.erasure_subject(self.org, each) for each in {self.id, *failed}]

    def fail(self, error: Exception) -> bool:
        """Note that the attempt has failed; whether the erasure is given up."""
        failed = retry_of(self._item.retry).failed(self._clock(), reason_of(error))
        if not self.change(retry=json_text(failed)) or not failed.is_given_up:
            return False
        self.give_up()
        return True

    def give_up(self) -> None:
        """End the erasure as failed, and keep what identifies the person for a while."""
        # Of work that cannot be read nobody knows whom it is about.
        with suppress(msgspec.DecodeError):
            self._store_apart(msgspec.json.decode(self._item.work, type=Work).person)
        self._end("failed", ErasureItem.reason.set(retry_of(self._item.retry).reason))

    def finish(self, work: Work) -> None:
        """End the erasure as done: nothing in the table identifies the person after this."""
        for pk in self._subjects(work.person.record):
            for page in query_pages(self._table, ErasureSubjectItem, Range(pk, *job_keys.ALL_ERASURES), PAGE):
                self._table.write([Delete(item.key) for item in page.items])
        counts = ErasureItem.counts.set(json_text(work.counts))
        self._end("incomplete" if work.counts.on_hold else "done", counts)

    def show(self, counts: Counts) -> None:
        """Show how far the erasure is."""
        self._update(ErasureItem.counts.set(json_text(counts)))

    def _end(self, status: Ended, action: Any) -> None:
        now = timestamps.instant(self._clock())
        self._update(action, ErasureItem.status.set(status), ErasureItem.completed_at.set(now))
        # The work goes last: so whoever is killed is followed.
        self._table.write([Delete(self._item.key)])

    def _update(self, *actions: Any) -> None:
        key = org_keys.erasures(self.org), self.id
        self._table.write([Update(key, actions, ErasureItem.completed_at.does_not_exist())])

    def change(self, **values: str | None) -> bool:
        """Change attributes of the item of the work; False where somebody else has changed them."""
        after = ErasureWorkItem(**self._item.attribute_values | values)
        update = difference(self._item, after)
        if update is not None and not all(self._table.write([update])):
            return False
        self._item = after
        return True


def work_key(org: str, erasure_id: str) -> Key:
    """The key of the item of an erasure under way."""
    return job_keys.ERASURES, job_keys.erasure(org, erasure_id)


def reason_of(error: Exception) -> str:
    """Why an attempt failed, for whoever asked for the erasure: nothing of the person, nothing of the code."""
    if isinstance(error, StoreBusyError):
        return error.detail
    reason = faults.refusal(error) or next((reason for kind, reason in REASONS if isinstance(error, kind)), UNFORESEEN)
    return ": ".join([reason, *getattr(error, "__notes__", ())])


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Notes in an error what was being read, for `reason_of`: an id or a name without anything personal."""
    try:
        yield
    except Exception as error:
        error.add_note(what)
        raise
