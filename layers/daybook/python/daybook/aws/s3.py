"""Two buckets: the archive, whose objects are rewritten only for an erasure, and the store of large contents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from daybook.aws import clients
from daybook.aws.faults import AWS_ERRORS, as_store_error
from daybook.core.errors import StoreBusyError

# S3 takes so many in one call of DeleteObjects.
DELETE_BATCH = 1000
CONTENT_NAME = "the store of large bodies"
ARCHIVE_NAME = "the archive"

# The error codes of a conditional write: the object exists; or another write of it is in progress.
EXISTS, CONFLICT = "PreconditionFailed", "ConditionalRequestConflict"

# Object Lock requires a checksum with each PutObject.
CHECKSUM_ALGORITHM = "CRC32"


class ArchiveObjects:
    """The archive's bucket. Every method raises StoreBusyError where S3 throttles or does not answer."""

    def __init__(self, *, bucket: str, region: str) -> None:
        self._bucket = bucket
        self._client = partial(clients.client, "s3", region)

    def put_new(self, name: str, body: bytes) -> None:
        """Write the object unless it exists."""
        try:
            self._client().put_object(
                Bucket=self._bucket, Key=name, Body=body, IfNoneMatch="*", ChecksumAlgorithm=CHECKSUM_ALGORITHM
            )
        except AWS_ERRORS as error:
            code = error.response["Error"]["Code"] if isinstance(error, ClientError) else None
            if code == EXISTS:
                return
            if code == CONFLICT:
                raise StoreBusyError(f"{ARCHIVE_NAME} is receiving the same object from another writer") from error
            raise as_store_error(error, ARCHIVE_NAME) from error

    def names(self, prefix: str, after: str | None, limit: int) -> list[str]:
        """The next names with this prefix, in order, after `after`; fewer than `limit` (1000 at most) at the end."""
        return object_names(self._client(), self._bucket, prefix, after, limit, ARCHIVE_NAME)

    def get(self, name: str) -> bytes:
        """The object's bytes. botocore's ClientError where it does not exist."""
        try:
            body: bytes = self._client().get_object(Bucket=self._bucket, Key=name)["Body"].read()
        except AWS_ERRORS as error:
            raise as_store_error(error, ARCHIVE_NAME) from error
        return body

    def replace(self, name: str, body: bytes) -> None:
        """Overwrite the object and delete its older versions (`forget_versions`)."""
        try:
            self._client().put_object(Bucket=self._bucket, Key=name, Body=body, ChecksumAlgorithm=CHECKSUM_ALGORITHM)
        except AWS_ERRORS as error:
            raise as_store_error(error, ARCHIVE_NAME) from error
        self.forget_versions(name)

    def forget_versions(self, name: str) -> None:
        """Delete all versions of the object but the latest, bypassing Object Lock in governance mode."""
        try:
            old_versions = list(self._old_versions(name))
            for start in range(0, len(old_versions), DELETE_BATCH):
                response = self._client().delete_objects(
                    Bucket=self._bucket,
                    Delete={
                        "Objects": [
                            {"Key": name, "VersionId": version}
                            for version in old_versions[start : start + DELETE_BATCH]
                        ],
                        "Quiet": True,
                    },
                    BypassGovernanceRetention=True,
                )
                if failures := response.get("Errors"):
                    raise as_store_error(ClientError({"Error": failures[0]}, "DeleteObjects"), ARCHIVE_NAME)
        except AWS_ERRORS as error:
            raise as_store_error(error, ARCHIVE_NAME) from error

    def _old_versions(self, name: str) -> Iterator[str]:
        pages = self._client().get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=name)
        for page in pages:
            for version in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                if version["Key"] == name and not version["IsLatest"]:
                    yield version["VersionId"]


def object_names(client: Any, bucket: str, prefix: str, after: str | None, limit: int, store: str) -> list[str]:
    """The next names in a bucket with this prefix, in order, after `after`; fewer than `limit` at the end.

    `limit` is 1000 at most (ListObjectsV2). `store` is the bucket's name in a StoreBusyError.
    """
    start_after = {} if after is None else {"StartAfter": after}
    try:
        response = client.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=limit, **start_after)
    except AWS_ERRORS as error:
        raise as_store_error(error, store) from error
    return [listed["Key"] for listed in response.get("Contents", [])]


class S3Objects:
    """The bucket of large contents, or another one, named so in a StoreBusyError.

    Every method raises it where S3 throttles or does not answer.
    """

    def __init__(self, *, bucket: str, region: str, name: str = CONTENT_NAME) -> None:
        self._bucket = bucket
        self._client = partial(clients.client, "s3", region)
        self._name = name

    def put(self, name: str, body: bytes) -> None:
        """Write the object, over one that exists."""
        try:
            self._client().put_object(Bucket=self._bucket, Key=name, Body=body)
        except AWS_ERRORS as error:
            raise as_store_error(error, self._name) from error

    def get(self, name: str) -> bytes | None:
        """The object's bytes; None where it does not exist."""
        try:
            response = self._client().get_object(Bucket=self._bucket, Key=name)
            body: bytes = response["Body"].read()
        except AWS_ERRORS as error:
            if isinstance(error, ClientError) and error.response["Error"]["Code"] == "NoSuchKey":
                return None
            raise as_store_error(error, self._name) from error
        return body

    def names(self, prefix: str, after: str | None, limit: int) -> list[str]:
        """The next names with this prefix, in order, after `after`; fewer than `limit` (1000 at most) at the end."""
        return object_names(self._client(), self._bucket, prefix, after, limit, self._name)

    def delete(self, names: Sequence[str]) -> None:
        """Delete these objects; those that do not exist are ignored."""
        for start in range(0, len(names), DELETE_BATCH):
            objects = [{"Key": name} for name in names[start : start + DELETE_BATCH]]
            try:
                response = self._client().delete_objects(
                    Bucket=self._bucket, Delete={"Objects": objects, "Quiet": True}
                )
            except AWS_ERRORS as error:
                raise as_store_error(error, self._name) from error
            if failures := response.get("Errors"):
                raise as_store_error(ClientError({"Error": failures[0]}, "DeleteObjects"), self._name)
