"""The index function: what the table's stream tells of new audit entries goes where else they are to be found.

That is the logs of further affected records, the search index and the register of staff. And what stands in a held
record is kept from expiring: all of it when the hold is placed, and from then on what is written. A batch may come any
number of times, in part and late; all of it is written so that this changes nothing.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec
from aws_lambda_powertools import Logger

from daybook.audit.record_copies import RecordCopies
from daybook.audit.staff import StaffRegister
from daybook.handlers import settings, wiring
from daybook.handlers.settings import IngestSettings
from daybook.holds.enforcement import HoldEnforcer
from daybook.search import index_writer
from daybook.search.by_time import EntriesByTime
from daybook.search.index_remover import IndexRemover
from daybook.search.index_writer import IndexWriter
from daybook.search.reindex import Progress, Reindexer
from daybook.search.segments import Doc
from daybook.storage import attributes, entry_items, keys
from daybook.storage.store import Item, Key, key_of

# What an erasure changes of an entry; a second one leaves the first one's instant.
WORDS = (entry_items.ERASED, "action", "change", "others", "names", "username")


class Copying(Protocol):
    """See `daybook.copies.Copies`."""

    def write(self, entries: Sequence[Item]) -> int: ...

    def complete(self, entries: Sequence[Item]) -> int: ...

    def renew(self, entries: Sequence[Item]) -> int: ...


class Adding(Protocol):
    """See `daybook.indexing.Indexing`."""

    def add(self, org: str, docs: Sequence[Doc]) -> None: ...


class Replacing(Protocol):
    """See `daybook.forgetting.Forgetting`."""

    def replace(self, org: str, docs: Iterable[Doc]) -> None: ...


class Noting(Protocol):
    """See `daybook.staff_register.StaffRegister`."""

    def note(self, entries: Sequence[Item]) -> int: ...


class Keeping(Protocol):
    """See `daybook.holding.Holding`."""

    def handle(self, written: Sequence[Item]) -> int: ...

    def step(self, org: str, record: str) -> None: ...


class Stepping(Protocol):
    """See `daybook.reindexing.Reindexer`."""

    def step(self, org: str) -> Progress: ...


class Indexer:
    """A Lambda handler."""

    def __init__(
        self,
        *,
        copies: Copying,
        index: Adding,
        forgetting: Replacing,
        register: Noting,
        holding: Keeping,
        reindexing: Stepping,
        logger: Logger,
        clock: Callable[[], datetime],
    ) -> None:
        self._copies = copies
        self._index = index
        self._forgetting = forgetting
        self._register = register
        self._holding = holding
        self._reindexing = reindexing
        self._logger = logger
        self._clock = clock

    def __call__(self, event: Mapping[str, Any], context: object) -> dict[str, Any] | None:  # noqa: ARG002 - Lambda's
        """Whatever is raised makes Lambda deliver the batch again, or its halves until the one record is found.

        `{"reindex": ORG}`, which the command line sends, does the next month of that and answers with the progress.
        """
        if "reindex" in event:
            progress: dict[str, Any] = msgspec.to_builtins(self._reindexing.step(event["reindex"]))
            return progress
        self._take_in(event["Records"])
        return None

    def _take_in(self, records: Sequence[Mapping[str, Any]]) -> None:
        started = time.perf_counter()
        entries = self._entries(records)
        by_org: dict[str, list[Item]] = defaultdict(list)
        for item in entries:
            by_org[keys.org_of(item["pk"]["S"])].append(item)
        written = _written(records)
        kept = {key_of(record["dynamodb"]["Keys"]) for record in records if _is_kept_anew(record["dynamodb"])}
        # What is to be kept for another time is likely to have its copies.
        copied = self._copies.write([item for item in entries if key_of(item) in written])
        erased = [item for item in entries if entry_items.ERASED in item]
        completed = self._copies.complete(
            [item for item in entries if key_of(item) not in written and entry_items.ERASED not in item]
        )
        # The erasure may have come before what this function makes of an entry, and found none of it.
        renewed = self._copies.renew(erased)
        noted = self._register.note(entries)
        for org, found in by_org.items():
            self._forgetting.replace(org, [index_writer.doc(item) for item in found if entry_items.ERASED in item])
            if docs := [index_writer.doc(item) for item in found if key_of(item) in kept]:
                self._index.add(org, docs)
        held = self._holding.handle(list(written.values()))
        holds = _holds(records)
        for org, record in holds:
            self._holding.step(org, record)
        # Figures only.
        self._logger.info(
            "indexed",
            extra={
                "stream_records": len(records),
                "entries_indexed": len(entries),
                "copies_written": copied + completed + renewed,
                "staff_noted": noted,
                "items_held": held,
                "holds_swept": len(holds),
                "milliseconds": round((time.perf_counter() - started) * 1000, 1),
            },
        )

    def _entries(self, records: Sequence[Mapping[str, Any]]) -> list[Item]:
        """The audit entries of stream records that are new, kept for another time than before, or erased in part.

        Each once, as it was last: a batch may hold several records of one.
        """
        now = self._clock()
        images = [
            record["dynamodb"]["NewImage"]
            for record in records
            if _is_entry(record["dynamodb"].get("NewImage", {})) and _is_news(record["dynamodb"])
        ]
        latest = {key_of(image): image for image in images}
        return [image for image in latest.values() if attributes.is_visible(image, now)]


def _is_entry(image: Item) -> bool:
    # A copy has its record's key, too, but does not stand in the org's log.
    return "org_source" in image


def _is_news(change: Mapping[str, Any]) -> bool:
    return _is_kept_anew(change) or any(change["OldImage"].get(name) != change["NewImage"].get(name) for name in WORDS)


def _is_kept_anew(change: Mapping[str, Any]) -> bool:
    """Whether it has been written, or is to be kept for another time."""
    before, after = change.get("OldImage"), change.get("NewImage", {})
    return before is None or before.get("expires_at") != after.get("expires_at")


def _written(records: Sequence[Mapping[str, Any]]) -> dict[Key, Item]:
    """What stands in a record and has been written: all that is new, and e-mails that have their content only now."""
    found = {}
    for record in records:
        image: Item = record["dynamodb"].get("NewImage", {})
        if image and (record["eventName"] == "INSERT" or entry_items.SENT_ONLY in record["dynamodb"]["OldImage"]):
            key = key_of(image)
            if keys.stands_in_record(*key):
                found[key] = image
    return found


def _holds(records: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """The orgs and records of the holds among them, each once."""
    found = []
    for record in records:
        pk, sk = key_of(record["dynamodb"]["Keys"])
        org = keys.org_of_holds(pk)
        if org is not None:
            found.append((org, sk))
    return list(dict.fromkeys(found))


def indexer(environ: Mapping[str, str]) -> Indexer:
    config = settings.read(environ, IngestSettings)
    table = wiring.table(config)
    copies, register = RecordCopies(table=table, bodies=wiring.bodies(config)), StaffRegister(table=table)
    index = IndexWriter(table=table, clock=wiring.now)
    reindexing = Reindexer(
        table=table, merged=EntriesByTime(table=table), index=index, copies=copies, register=register, clock=wiring.now
    )
    return Indexer(
        copies=copies,
        index=index,
        forgetting=IndexRemover(table=table, clock=wiring.now),
        register=register,
        holding=HoldEnforcer(table=table, policy=config.policy, clock=wiring.now),
        reindexing=reindexing,
        logger=wiring.logger(),
        clock=wiring.now,
    )
