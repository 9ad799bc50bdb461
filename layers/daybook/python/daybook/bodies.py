"""Large values kept apart from their entries: compressed, in the table while small, in S3 when not."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Sequence
from typing import Protocol

from botocore.exceptions import ClientError

from daybook import clients, keys
from daybook.clients import AWS_ERRORS, translated
from daybook.table import Item, expiring

# In the table a KB costs a write unit and a KB-month of storage; S3 costs a request. Above a few KB S3 is the cheaper.
INLINE_BYTES = 4096
PARALLEL = 8
# As many as S3 takes in one call.
DELETE_BATCH = 1000
STORE = "the store of large bodies"


class Objects(Protocol):
    """A bucket. Both raise StoreBusyError when it does not answer."""

    def put(self, name: str, body: bytes) -> None: ...

    def get(self, name: str) -> bytes | None: ...


class S3Objects:
    """The private bucket; its client is made with the first large body, most requests have none."""

    def __init__(self, *, bucket: str, region: str) -> None:
        self._bucket = bucket
        self._client = clients.lazy("s3", region)

    def put(self, name: str, body: bytes) -> None:
        try:
            self._client().put_object(Bucket=self._bucket, Key=name, Body=body)
        except AWS_ERRORS as error:
            raise translated(error, STORE) from error

    def get(self, name: str) -> bytes | None:
        try:
            answer = self._client().get_object(Bucket=self._bucket, Key=name)
            body: bytes = answer["Body"].read()
        except AWS_ERRORS as error:
            if isinstance(error, ClientError) and error.response["Error"]["Code"] == "NoSuchKey":
                return None
            raise translated(error, STORE) from error
        return body

    def names(self, prefix: str, after: str | None, limit: int) -> list[str]:
        """The next objects' names that begin so, in order, behind that one; fewer than `limit` at the end."""
        return clients.object_names(self._client(), self._bucket, prefix, after, limit, STORE)

    def delete(self, names: Sequence[str]) -> None:
        """Delete these objects, those that there are. StoreBusyError."""
        for start in range(0, len(names), DELETE_BATCH):
            wanted = [{"Key": name} for name in names[start : start + DELETE_BATCH]]
            try:
                answer = self._client().delete_objects(Bucket=self._bucket, Delete={"Objects": wanted, "Quiet": True})
            except AWS_ERRORS as error:
                raise translated(error, STORE) from error
            if failures := answer.get("Errors"):
                raise translated(ClientError({"Error": failures[0]}, "DeleteObjects"), STORE)


class Bodies:
    """Content items beside their entries."""

    def __init__(self, *, objects: Objects) -> None:
        self._objects = objects

    def store(self, pk: str, entry_id: str, value: bytes, expires_at: int | None) -> Item:
        """Put a large body into S3, and give the content item that is still to be written."""
        packed = zlib.compress(value)
        item: Item = {"pk": {"S": pk}, "sk": {"S": keys.content(entry_id)}}
        if len(packed) > INLINE_BYTES:
            name = keys.content_object(pk, entry_id, hashlib.sha256(packed).hexdigest()[:32])
            self._objects.put(name, packed)
            item["object"] = {"S": name}
        else:
            item["body"] = {"B": packed}
        return expiring(item, expires_at)

    def load(self, item: Item) -> bytes | None:
        """The value behind a content item as read from the table; None when its object is gone."""
        packed = base64.b64decode(item["body"]["B"]) if "body" in item else self._objects.get(item["object"]["S"])
        return None if packed is None else zlib.decompress(packed)
