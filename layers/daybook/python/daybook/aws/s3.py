"""The archive's bucket: objects that are written once, and anew only when a person is erased from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from botocore.exceptions import ClientError

from daybook.aws import clients
from daybook.aws.clients import AWS_ERRORS, translated
from daybook.core.errors import StoreBusyError

# As many as S3 takes in one call.
DELETE_BATCH = 1000


BODIES = "the store of large bodies"


STORE = "the archive"


# Somebody has written the object; or is writing it at this moment.
EXISTS, CONFLICT = "PreconditionFailed", "ConditionalRequestConflict"


# Object Lock asks for a checksum of whatever is put.
CHECKSUM = "CRC32"


class ArchiveObjects:
    """Its client is made with the first object. All of it raises StoreBusyError when the bucket does not answer."""

    def __init__(self, *, bucket: str, region: str) -> None:
        self._bucket = bucket
        self._client = clients.lazy("s3", region)

    def put_new(self, name: str, body: bytes) -> None:
        """Write the object unless it is there."""
        try:
            self._client().put_object(
                Bucket=self._bucket, Key=name, Body=body, IfNoneMatch="*", ChecksumAlgorithm=CHECKSUM
            )
        except AWS_ERRORS as error:
            code = error.response["Error"]["Code"] if isinstance(error, ClientError) else None
            if code == EXISTS:
                return
            if code == CONFLICT:
                raise StoreBusyError(f"{STORE} is taking the same object from somebody else") from error
            raise translated(error, STORE) from error

    def names(self, prefix: str, after: str | None, limit: int) -> list[str]:
        """The next objects' names that begin so, in order, behind that one; fewer than `limit` at the end."""
        return object_names(self._client(), self._bucket, prefix, after, limit, STORE)

    def get(self, name: str) -> bytes:
        try:
            body: bytes = self._client().get_object(Bucket=self._bucket, Key=name)["Body"].read()
        except AWS_ERRORS as error:
            raise translated(error, STORE) from error
        return body

    def replace(self, name: str, body: bytes) -> None:
        """Write the object anew, and leave nothing of how it was (`forget_versions`)."""
        try:
            self._client().put_object(Bucket=self._bucket, Key=name, Body=body, ChecksumAlgorithm=CHECKSUM)
        except AWS_ERRORS as error:
            raise translated(error, STORE) from error
        self.forget_versions(name)

    def forget_versions(self, name: str) -> None:
        """Delete all versions of the object but the newest, though a lock in governance mode is on them."""
        try:
            old = list(self._old_versions(name))
            for start in range(0, len(old), DELETE_BATCH):
                answer = self._client().delete_objects(
                    Bucket=self._bucket,
                    Delete={
                        "Objects": [{"Key": name, "VersionId": one} for one in old[start : start + DELETE_BATCH]],
                        "Quiet": True,
                    },
                    BypassGovernanceRetention=True,
                )
                if failures := answer.get("Errors"):
                    raise translated(ClientError({"Error": failures[0]}, "DeleteObjects"), STORE)
        except AWS_ERRORS as error:
            raise translated(error, STORE) from error

    def _old_versions(self, name: str) -> Iterator[str]:
        pages = self._client().get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=name)
        for page in pages:
            for one in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                if one["Key"] == name and not one["IsLatest"]:
                    yield one["VersionId"]


def object_names(client: Any, bucket: str, prefix: str, after: str | None, limit: int, store: str) -> list[str]:
    """The next names in a bucket of S3 that begin so, in order, behind that one; fewer than `limit` at the end."""
    behind = {} if after is None else {"StartAfter": after}
    try:
        answer = client.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=limit, **behind)
    except AWS_ERRORS as error:
        raise translated(error, store) from error
    return [found["Key"] for found in answer.get("Contents", [])]


class S3Objects:
    """The private bucket; its client is made with the first large body, most requests have none."""

    def __init__(self, *, bucket: str, region: str) -> None:
        self._bucket = bucket
        self._client = clients.lazy("s3", region)

    def put(self, name: str, body: bytes) -> None:
        try:
            self._client().put_object(Bucket=self._bucket, Key=name, Body=body)
        except AWS_ERRORS as error:
            raise translated(error, BODIES) from error

    def get(self, name: str) -> bytes | None:
        try:
            answer = self._client().get_object(Bucket=self._bucket, Key=name)
            body: bytes = answer["Body"].read()
        except AWS_ERRORS as error:
            if isinstance(error, ClientError) and error.response["Error"]["Code"] == "NoSuchKey":
                return None
            raise translated(error, BODIES) from error
        return body

    def names(self, prefix: str, after: str | None, limit: int) -> list[str]:
        """The next objects' names that begin so, in order, behind that one; fewer than `limit` at the end."""
        return object_names(self._client(), self._bucket, prefix, after, limit, BODIES)

    def delete(self, names: Sequence[str]) -> None:
        """Delete these objects, those that there are. StoreBusyError."""
        for start in range(0, len(names), DELETE_BATCH):
            wanted = [{"Key": name} for name in names[start : start + DELETE_BATCH]]
            try:
                answer = self._client().delete_objects(Bucket=self._bucket, Delete={"Objects": wanted, "Quiet": True})
            except AWS_ERRORS as error:
                raise translated(error, BODIES) from error
            if failures := answer.get("Errors"):
                raise translated(ClientError({"Error": failures[0]}, "DeleteObjects"), BODIES)
