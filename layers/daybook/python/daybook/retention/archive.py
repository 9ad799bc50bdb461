"""The archive of expired entries in a bucket: gzipped lines of JSON, by org and by the day of the entry.

The line of an entry is its last state as callers read it, with further attributes of its item. Offloaded changes of an
audit entry are a line of their own. Contents of e-mails are not kept, nor an audit entry's copies.
"""

from __future__ import annotations

import gzip
import hashlib
import operator
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias

import msgspec

from daybook.aws.s3 import ArchiveObjects
from daybook.core import timestamps
from daybook.model.entries import Record
from daybook.model.posted import nesting
from daybook.storage.content_store import PARALLEL, ContentStore
from daybook.storage.items import audit_items, entry_items, entry_rows, event_attributes
from daybook.storage.keys import object_names, org_keys, record_keys
from daybook.storage.models.entries import AuditCopyItem, AuditItem, ContentItem, EntryItem, MessageItem, SmsItem
from daybook.storage.models.item import Item
from daybook.storage.values import values_of

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
        batches: dict[tuple[str, str], list[EntryItem | ContentItem]] = defaultdict(list)
        archived: list[EntryItem | ContentItem] = [
            item
            for item in removed
            if isinstance(item, EntryItem | ContentItem) and not isinstance(item, AuditCopyItem)
        ]
        for item in archived:
            day = _day(item)
            if day is not None:
                batches[org_keys.org_of(item.pk), day].append(item)
        # The stream may report items that expired before their person was erased.
        erased = {org: self._erased(org) for org in {org for org, _ in batches}}
        archives: list[tuple[str, bytes]] = []
        with ThreadPoolExecutor(PARALLEL) as pool:
            for (org, day), batch in batches.items():
                batch.sort(key=operator.attrgetter("key"))
                lines = [self._redact(line, erased[org]) for line in pool.map(self._line, batch) if line is not None]
                if lines:
                    archives.append((object_names.archive(org, day, _batch_id(batch)), packed(lines)))
        # Nothing before all of it is made: where a line fails, parts of these items come again, and make other objects.
        for name, body in archives:
            self._objects.put_new(name, body)
        return sum(isinstance(item, EntryItem) for item in archived)

    def _line(self, item: EntryItem | ContentItem) -> Line | None:
        if isinstance(item, EntryItem):
            return line(item)
        body = self._contents.load(item)
        return None if body is None else changes_line(item, body)


def packed(lines: Iterable[Line]) -> bytes:
    """Lines of JSON, gzip; the same lines make the same bytes."""
    return gzip.compress(b"".join(msgspec.json.encode(line) + b"\n" for line in lines), mtime=0)


def unpacked(body: bytes) -> list[Line]:
    """The lines of an object of the archive."""
    return [msgspec.json.decode(line) for line in gzip.decompress(body).splitlines()]


def line(item: EntryItem) -> Line:
    """An entry as it was when it expired; `affected_apart` where changes of it are offloaded."""
    row: Line
    values = values_of(item.serialize(null_check=False))
    if isinstance(item, AuditItem):
        row = msgspec.to_builtins(entry_rows.org_audit_entry(values, audit_items.affected(item)))
        # Names only: an erasure takes what stands here for names of people.
        row["names"] = audit_items.names(values)
        if item.apart:
            row["affected_apart"] = True
    else:
        expired = timestamps.from_instant(timestamps.from_epoch_seconds(int(values["expires_at"])))
        record = record_keys.split_partition(item.pk)[1]
        row = msgspec.to_builtins(entry_rows.row(values, record, expired))
    if isinstance(item, MessageItem) and item.events is not None:
        row["events"] = [entry_rows.event_row(event, "recipient") for event in event_attributes.events(item)]
    if isinstance(item, MessageItem) and item.posted is not None:
        row["posted_status"] = item.posted
    if isinstance(item, SmsItem) and item.posted_reason is not None:
        row["posted_reason"] = item.posted_reason
    builtins: Line = msgspec.to_builtins(row)
    return builtins


def changes_line(content: ContentItem, body: bytes) -> Line | None:
    """The changes that were offloaded from an audit entry; None where the content is an e-mail's."""
    # An e-mail's is an object, an audit entry's a list (`entry_items.content`).
    if not body.startswith(b"["):
        return None
    return {
        "changes_of": record_keys.content_id(*content.key),
        "record": msgspec.to_builtins(audit_items.record(content)),
        "affected": msgspec.json.decode(nesting.readable(body.decode())),
    }


def _day(item: EntryItem | ContentItem) -> str | None:
    """The day under which an item is archived: its entry's own, in UTC. None for content without an entry's id."""
    if isinstance(item, EntryItem):
        return entry_items.entry_key(item).instant[:10]
    parts = record_keys.split_content(*item.key)
    return parts[0][:10] if parts else None


def _batch_id(batch: Sequence[Item]) -> str:
    """The same for the same items: 32 hexadecimal digits of a hash of their keys."""
    return hashlib.sha256("\n".join("\t".join(item.key) for item in batch).encode()).hexdigest()[:32]
