"""Entries as JSON, cut into request bodies of at most 100 entries and 1 MiB: the limits of the API."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from daybook_cli.posting.json_files import Fault, Place

# As in the API's `daybook.model.entries`, which the command line does not import; a test compares the two.
MAX_ENTRIES = 100
MAX_BYTES = 1024 * 1024
_HEAD, _SEPARATOR, _TAIL = b'{"entries":[', b",", b"]}"


@dataclass(frozen=True)
class Item:
    """One entry to post, as JSON. `idempotent`: posting it again makes a duplicate, and not a second entry."""

    place: Place
    payload: bytes
    idempotent: bool


def make_item(place: Place, entry: Any) -> Item | Fault:
    """The entry as an item; a fault where it is not JSON, or too large for a request."""
    try:
        text = json.dumps(entry, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (ValueError, RecursionError) as error:
        return Fault(place, f"cannot be written as JSON: {error}")
    # Half of a character has no bytes, but an escape in JSON: the API says what it keeps of it.
    payload = text.encode(errors="backslashreplace")
    if len(_HEAD) + len(payload) + len(_TAIL) > MAX_BYTES:
        return Fault(place, f"{len(payload)} bytes, more than the {MAX_BYTES} of a whole request")
    fields = entry if isinstance(entry, dict) else {}
    return Item(place, payload, idempotent=bool(fields.get("key") or fields.get("message_id")))


def batches(items: Iterable[Item | Fault]) -> Iterator[list[Item] | Fault]:
    """Items in their order as batches that fit into a request each; faults pass through."""
    batch: list[Item] = []
    size = len(_HEAD) + len(_TAIL)
    for item in items:
        if isinstance(item, Fault):
            yield item
            continue
        added = len(item.payload) + len(_SEPARATOR)
        if batch and (len(batch) == MAX_ENTRIES or size + added > MAX_BYTES):
            yield batch
            batch, size = [], len(_HEAD) + len(_TAIL)
        batch.append(item)
        size += added
    if batch:
        yield batch


def request_body(batch: Sequence[Item]) -> bytes:
    """The body of the request that posts a batch."""
    return _HEAD + _SEPARATOR.join(item.payload for item in batch) + _TAIL
