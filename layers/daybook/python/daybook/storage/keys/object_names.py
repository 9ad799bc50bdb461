"""Names of objects in S3: large contents, the archive, and files of exports.

A digest is the beginning of a SHA-256 in hexadecimal.
"""

from __future__ import annotations


def content(entry_pk: str, entry_id: str, digest: str) -> str:
    """Name of a large content. The digest of its bytes keeps a second, different one from replacing the first."""
    return f"{entry_pk}/{entry_id}/{digest}"


def content_prefix(entry_pk: str, entry_id: str = "") -> str:
    """What the names of the contents of a record, or of one entry, begin with."""
    return f"{entry_pk}/{entry_id}/" if entry_id else f"{entry_pk}/"


def split_content(name: str) -> tuple[str, str]:
    """The partition and the id of the entry whose content has this name."""
    entry_pk, entry_id, _ = name.rsplit("/", 2)
    return entry_pk, entry_id


def archive(org: str, day: str, digest: str) -> str:
    """Name of an object of the archive: entries of an org and of one day, as in `2026-11-21`, compressed."""
    return f"{org}/{day}/{digest}.jsonl.gz"


def archive_prefix(org: str) -> str:
    """What the names of an org's objects in the archive begin with."""
    return f"{org}/"


def export_folder(org: str, export_id: str) -> str:
    """What the names of all objects of an export begin with."""
    return f"{org}/{export_id}/"


def export_file(org: str, export_id: str, extension: str) -> str:
    """Name of the file of an export."""
    return f"{export_folder(org, export_id)}export.{extension}"


def export_tails(org: str, export_id: str) -> str:
    """What the names of the objects begin with that hold what is short of a part."""
    return f"{export_folder(org, export_id)}tails/"


def export_tail(org: str, export_id: str, name: str) -> str:
    """Name of such an object."""
    return f"{export_tails(org, export_id)}{name}"
