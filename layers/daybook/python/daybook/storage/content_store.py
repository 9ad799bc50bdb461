"""Content items, which hold large values of entries: compressed, in the table while small, else in S3."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from typing import Protocol

from daybook.storage.keys import object_names, record_keys
from daybook.storage.models.entries import ContentItem

# In the table a KB costs a write unit and a KB-month of storage; S3 costs a request. Above a few KB S3 is the cheaper.
INLINE_BYTES = 4096

# As many objects are put or read at once.
PARALLEL = 8


class Objects(Protocol):
    """The bucket of large values: `aws.s3.S3Objects`, and in tests a bucket in memory.

    Every method raises StoreBusyError when the bucket does not answer.
    """

    def put(self, name: str, body: bytes) -> None: ...

    def get(self, name: str) -> bytes | None:
        """The object's body; None where there is no such object."""

    def names(self, prefix: str, after: str | None, limit: int) -> list[str]:
        """The next names with this prefix, in order, behind `after`; fewer than `limit` at the end."""

    def delete(self, names: Sequence[str]) -> None:
        """Delete those of these objects that there are."""


class ContentStore:
    """Makes content items of values, and reads values of content items."""

    def __init__(self, *, objects: Objects) -> None:
        self._objects = objects

    def store(self, pk: str, entry_id: str, value: bytes, expires_at: int | None) -> ContentItem:
        """The content item of a value, for the caller to write; a large value is put into S3 by this. StoreBusyError.

        `expires_at` is in epoch seconds; None for never.
        """
        packed = zlib.compress(value)
        item = ContentItem(pk, record_keys.content(entry_id), expires_at=expires_at)
        if len(packed) > INLINE_BYTES:
            item.object = object_names.content(pk, entry_id, hashlib.sha256(packed).hexdigest()[:32])
            self._objects.put(item.object, packed)
        else:
            item.body = packed
        return item

    def load(self, item: ContentItem) -> bytes | None:
        """The value of a content item; None where its object in S3 was deleted. StoreBusyError."""
        packed = item.body if item.object is None else self._objects.get(item.object)
        return None if packed is None else zlib.decompress(packed)
