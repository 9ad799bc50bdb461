"""The archive's bucket: objects that are written once, and anew only when a person is erased from them."""

from __future__ import annotations

from collections.abc import Iterator

from botocore.exceptions import ClientError

from daybook import clients
from daybook.bodies import DELETE_BATCH
from daybook.clients import AWS_ERRORS, translated
from daybook.errors import StoreBusyError

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
        return clients.object_names(self._client(), self._bucket, prefix, after, limit, STORE)

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
