"""The bucket of exports: files that are uploaded in parts, over many invocations, and links to download them.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import quote

from botocore.exceptions import ClientError

from daybook.aws.faults import AWS_ERRORS, as_store_error
from daybook.aws.s3 import S3Objects

NAME = "the store of exports"

# Error codes: an upload that was completed or aborted; parts that are not those that were named.
GONE = frozenset({"NoSuchUpload", "InvalidPart"})
NOT_THERE = frozenset({"404", "NoSuchKey", "NotFound"})


class UploadGoneError(Exception):
    """There is no such upload any more: it was completed or aborted. Or its parts are others by now."""


class UploadObjects(S3Objects):
    """The bucket. Every method raises StoreBusyError where S3 throttles or does not answer."""

    def __init__(self, *, bucket: str, region: str) -> None:
        super().__init__(bucket=bucket, region=region, name=NAME)

    def begin(self, name: str, content_type: str) -> str:
        """The id of a new upload of this object."""
        with self._asked():
            answer = self._client().create_multipart_upload(Bucket=self._bucket, Key=name, ContentType=content_type)
        upload: str = answer["UploadId"]
        return upload

    def put_part(self, name: str, upload: str, number: int, body: bytes) -> str:
        """Upload a part, over one of the same number, from 1 on; its tag. UploadGoneError."""
        with self._asked():
            answer = self._client().upload_part(
                Bucket=self._bucket, Key=name, UploadId=upload, PartNumber=number, Body=body
            )
        tag: str = answer["ETag"]
        return tag

    def parts(self, name: str, upload: str) -> list[tuple[int, str]]:
        """The numbers and tags of the parts, in order. UploadGoneError."""
        with self._asked():
            pages = self._client().get_paginator("list_parts").paginate(Bucket=self._bucket, Key=name, UploadId=upload)
            return [(part["PartNumber"], part["ETag"]) for page in pages for part in page.get("Parts", ())]

    def complete(self, name: str, upload: str, parts: Sequence[tuple[int, str]]) -> None:
        """Make the object of these parts. UploadGoneError."""
        listed = [{"PartNumber": number, "ETag": tag} for number, tag in parts]
        with self._asked():
            self._client().complete_multipart_upload(
                Bucket=self._bucket, Key=name, UploadId=upload, MultipartUpload={"Parts": listed}
            )

    def put_file(self, name: str, body: bytes, content_type: str) -> None:
        """Write the object in one piece, over one that exists."""
        with self._asked():
            self._client().put_object(Bucket=self._bucket, Key=name, Body=body, ContentType=content_type)

    def exists(self, name: str) -> bool:
        """Whether there is such an object."""
        try:
            self._client().head_object(Bucket=self._bucket, Key=name)
        except AWS_ERRORS as error:
            if isinstance(error, ClientError) and error.response["Error"]["Code"] in NOT_THERE:
                return False
            raise as_store_error(error, NAME) from error
        return True

    def abort_all(self, prefix: str) -> None:
        """Abort every upload of an object whose name has this prefix, and forget its parts."""
        with self._asked():
            pages = self._client().get_paginator("list_multipart_uploads").paginate(Bucket=self._bucket, Prefix=prefix)
            found = [(each["Key"], each["UploadId"]) for page in pages for each in page.get("Uploads", ())]
        for name, upload in found:
            try:
                with self._asked():
                    self._client().abort_multipart_upload(Bucket=self._bucket, Key=name, UploadId=upload)
            except UploadGoneError:
                # Somebody else was quicker.
                continue

    def url(self, name: str, seconds: int, file_name: str) -> str:
        """A link to the object, for so many seconds, under which a browser saves a file of this name.

        It ends earlier where the credentials end by which it is signed.
        """
        disposition = f"attachment; filename=\"{_ascii(file_name)}\"; filename*=UTF-8''{quote(file_name, safe='')}"
        url: str = self._client().generate_presigned_url(
            "get_object",
            Params={"Bucket": self._bucket, "Key": name, "ResponseContentDisposition": disposition},
            ExpiresIn=seconds,
        )
        return url

    @contextmanager
    def _asked(self) -> Iterator[None]:
        try:
            yield
        except AWS_ERRORS as error:
            if isinstance(error, ClientError) and error.response["Error"]["Code"] in GONE:
                raise UploadGoneError from error
            raise as_store_error(error, NAME) from error


def _ascii(file_name: str) -> str:
    """The name for browsers that do not read RFC 6266, 4.3."""
    return "".join(each if each.isascii() and each.isprintable() and each not in '"\\' else "_" for each in file_name)
