"""The files of exports in S3: their names, their parts, what is short of a part, and links to them."""

from __future__ import annotations

import hashlib
import secrets
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from daybook.aws.s3_uploads import UploadGoneError, UploadObjects
from daybook.core.timestamps import from_instant
from daybook.exports.export_item import Format, Progress, Wanted
from daybook.storage.keys import object_names

# Larger than the 5 MiB that S3 asks for: parts are fewer, and a file of 10,000 parts has 80 GB.
PART_BYTES = 8 * 1024 * 1024
LINK_SECONDS = 15 * 60
CONTENT_TYPES: dict[Format, str] = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
DELETED_AT_ONCE = 1000


class LostPartsError(Exception):
    """Parts of an export are gone, or are not those that were noted: the list has to be read from its beginning."""


class ExportFiles:
    """Every method raises StoreBusyError."""

    def __init__(self, *, objects: UploadObjects) -> None:
        self._objects = objects

    def load_tail(self, name: str) -> bytes:
        """What is short of a part. LostPartsError."""
        tail = self._objects.get(name)
        if tail is None:
            raise LostPartsError
        return tail

    def put_tail(self, org: str, export_id: str, body: bytes) -> str:
        """Write what is short of a part, as an object of its own; its name."""
        name = object_names.export_tail(org, export_id, secrets.token_hex(8))
        self._objects.put(name, body)
        return name

    def delete_tail(self, name: str) -> None:
        self._objects.delete([name])

    def put_part(self, org: str, export_id: str, file_format: Format, progress: Progress, body: bytes) -> Progress:
        """Upload the next part, in a new upload where there is none; the progress with it. LostPartsError."""
        name, upload = object_names.export_file(org, export_id, file_format), progress.upload
        if upload is None:
            upload = self._objects.begin(name, CONTENT_TYPES[file_format])
        try:
            tag = self._objects.put_part(name, upload, progress.parts + 1, body)
        except UploadGoneError as error:
            raise LostPartsError from error
        return replace(
            progress,
            size=progress.size + len(body),
            parts=progress.parts + 1,
            digest=_digest(progress.digest, tag),
            upload=upload,
        )

    def put_file(self, org: str, export_id: str, file_format: Format, body: bytes) -> None:
        """Write a file that is short of a part."""
        self._objects.put_file(object_names.export_file(org, export_id, file_format), body, CONTENT_TYPES[file_format])

    def complete(self, org: str, export_id: str, file_format: Format, progress: Progress) -> None:
        """Make the file of its parts, which may have been done already. LostPartsError.

        An attempt that was thought dead may have written over a part: then its tag is another one.
        """
        name = object_names.export_file(org, export_id, file_format)
        if progress.upload is None:
            return
        try:
            parts = self._objects.parts(name, progress.upload)
            digest = ""
            for _, tag in parts:
                digest = _digest(digest, tag)
            if len(parts) != progress.parts or digest != progress.digest:
                raise LostPartsError
            self._objects.complete(name, progress.upload, parts)
        except UploadGoneError as error:
            if not self._objects.exists(name):
                raise LostPartsError from error

    def delete(self, org: str, export_id: str) -> None:
        """Delete all there is of an export: its file, its uploads and what is short of a part."""
        self._objects.abort_all(object_names.export_folder(org, export_id))
        self._delete_objects(object_names.export_folder(org, export_id))

    def delete_leftovers(self, org: str, export_id: str) -> None:
        """Delete all but the file: what attempts that were killed have left."""
        self._objects.abort_all(object_names.export_folder(org, export_id))
        self._delete_objects(object_names.export_tails(org, export_id))

    def link(self, org: str, export_id: str, wanted: Wanted, completed_at: str) -> str:
        """A link to the file, for LINK_SECONDS."""
        file_name = f"{_file_name(org, wanted, completed_at)}.{wanted.format}"
        return self._objects.url(object_names.export_file(org, export_id, wanted.format), LINK_SECONDS, file_name)

    def _delete_objects(self, prefix: str) -> None:
        while names := self._objects.names(prefix, None, DELETED_AT_ONCE):
            self._objects.delete(names)


def _file_name(org: str, wanted: Wanted, completed_at: str) -> str:
    """What tells it from other exports of the org: the list, what a line is of, and when it was read, by its clock."""
    path = wanted.path.removeprefix("records/").split("/")
    moment = from_instant(completed_at).astimezone(ZoneInfo(wanted.zone))
    kinds = wanted.query.get("log", []) if wanted.path == "messages" else []
    rows = [] if wanted.rows == "entries" else [wanted.rows]
    return "-".join([org, *path, *kinds, *rows, f"{moment:%Y-%m-%d-%H%M%S}"])


def _digest(before: str, tag: str) -> str:
    """Of the tags of all parts up to this one."""
    return hashlib.sha256(f"{before} {tag}".encode()).hexdigest()
