"""The archive of expired entries in a bucket: gzipped lines of JSON, by org and by the day of the entry.

The line of an entry is its last state as callers read it, with further attributes of its item. Offloaded changes of an
audit entry are a line of their own. Contents of e-mails are not kept, nor an audit entry's copies.
"""

from __future__ import annotations

import gzip
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias

import msgspec

from daybook.aws.s3 import ArchiveObjects
from daybook.core import timestamps
from daybook.model.entries import Record
from daybook.storage import attributes
from daybook.storage.content_store import PARALLEL, ContentStore
from daybook.storage.items import audit_items, entry_items, entry_rows, event_attributes
from daybook.storage.keys import object_names, org_keys, record_keys
from daybook.storage.store import Item, key_of

# A line of the archive, as JSON has it.
Line: TypeAlias = dict[str, Any]


class Archive:
    """`erased` gives the records of an org that were erased lately, with the instants of the requests.

    `redact` removes the people of these records from a line.
    """

    def __init__(
        self,
        *,
        objects: ArchiveObjects,
        contents: ContentStore,
        erased: Callable[[str], Mapping[Record, str]],
        redact: Callable[[Line, Mapping[Record, str]], Line],
    ) -> None:
        self._objects = objects
        self._contents = contents
        self._erased = erased
        self._redact = redact

    def keep(self, removed: Sequence[Item]) -> int:
        """Archive these expired items, but for contents of e-mails and copies; returns the number of entries.

        StoreBusyError: then the same call may be made again. The same items, in any order, make the same objects. An
        existing object stays as it is: by the second time, offloaded contents may be deleted.
        """
        batches: dict[tuple[str, str], list[Item]] = defaultdict(list)
        for item in removed:
            day = _day(item)
            if day is not None:
                batches[org_keys.org_of(attributes.text(item, "pk")), day].append(item)
        # The stream may report items that expired before their person was erased.
        erased = {org: self._erased(org) for org in {org for org, _ in batches}}
        with ThreadPoolExecutor(PARALLEL) as pool:
            for (org, day), batch in batches.items():
                batch.sort(key=key_of)
                lines = [self._redact(line, erased[org]) for line in pool.map(self._line, batch) if line is not None]
                if lines:
                    self._objects.put_new(object_names.archive(org, day, _batch_id(batch)), packed(lines))
        return sum(_is_entry(item) for item in removed)

    def _line(self, item: Item) -> Line | None:
        if _is_entry(item):
            return line(item)
        body = self._contents.load(item)
        return None if body is None else changes_line(item, body)


def packed(lines: Iterable[Line]) -> bytes:
    """Lines of JSON, gzip; the same lines make the same bytes."""
    return gzip.compress(b"".join(msgspec.json.encode(line) + b"\n" for line in lines), mtime=0)


def unpacked(body: bytes) -> list[Line]:
    """The lines of an object of the archive."""
    return [msgspec.json.decode(line) for line in gzip.decompress(body).splitlines()]


def line(item: Item) -> Line:
    """An entry as it was when it expired; `affected_apart` where changes of it are offloaded."""
    row: Line
    if record_keys.log_of(*key_of(item)) == "audit":
        affected = audit_items.affected(item)
        row = msgspec.to_builtins(entry_rows.org_audit_entry(item, affected))
        if audit_items.OFFLOADED in item:
            row["affected_apart"] = True
    else:
        expired = timestamps.from_instant(timestamps.from_epoch_seconds(int(item["expires_at"]["N"])))
        record = record_keys.split_partition(attributes.text(item, "pk"))[1]
        row = msgspec.to_builtins(entry_rows.row(item, record, expired))
    if "events" in item:
        row["events"] = [entry_rows.event_row(event, "recipient") for event in event_attributes.events(item)]
    if "posted" in item:
        row["posted_status"] = attributes.text(item, "posted")
    builtins: Line = msgspec.to_builtins(row)
    return builtins


def changes_line(content: Item, body: bytes) -> Line | None:
    """The changes that were offloaded from an audit entry; None where the content is an e-mail's."""
    # An e-mail's is an object, an audit entry's a list (`entry_items.content`).
    if not body.startswith(b"["):
        return None
    return {
        "changes_of": record_keys.content_id(*key_of(content)),
        "record": msgspec.to_builtins(audit_items.record(content)),
        "affected": msgspec.json.decode(body),
    }


def _is_entry(item: Item) -> bool:
    log = record_keys.log_of(*key_of(item))
    return log is not None and (log != "audit" or audit_items.is_entry(item))


def _day(item: Item) -> str | None:
    """The day under which an item is archived, if it is one of those: an entry's own day, in UTC."""
    if _is_entry(item):
        return entry_items.entry_key(item).instant[:10]
    parts = record_keys.split_content(*key_of(item))
    return parts[0][:10] if parts else None


def _batch_id(batch: Sequence[Item]) -> str:
    """The same for the same items: 32 hexadecimal digits of a hash of their keys."""
    return hashlib.sha256("\n".join("\t".join(key_of(item)) for item in batch).encode()).hexdigest()[:32]
