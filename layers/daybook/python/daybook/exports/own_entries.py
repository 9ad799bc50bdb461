"""The audit entries of an export: that it was asked for, with its query, and that it is complete, with its rows."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from daybook.access import own_audit
from daybook.core import timestamps
from daybook.exports import lists
from daybook.exports.export_item import Asker, Progress, Wanted
from daybook.model.entries import Affected, Audit, Record

ASKED, COMPLETED = "asked for export", "completed export"
CHANGE = "exported"

# The type of record that stands for a list of the org in an audit entry.
LIST = "list"


def asked(asker: Asker, export_id: str, wanted: Wanted) -> Audit:
    """The entry that the export was asked for."""
    return _entry(asker, ASKED, export_id, wanted, {})


def completed(asker: Asker, export_id: str, wanted: Wanted, progress: Progress) -> Audit:
    """The entry that the export is complete: the same for each attempt that writes it. ValueError before it is read."""
    if progress.read_at is None:
        raise ValueError("the list has not been read to its end")
    entry = _entry(asker, COMPLETED, export_id, wanted, {"rows": progress.rows})
    occurred_at = timestamps.from_instant(progress.read_at)
    return replace(entry, occurred_at=occurred_at, key=f"export {export_id}")


def _entry(asker: Asker, action: str, export_id: str, wanted: Wanted, more: dict[str, Any]) -> Audit:
    details = {"export": export_id, "list": wanted.path, "query": wanted.as_asked, "format": wanted.format, **more}
    if wanted.rows != "entries":
        details["rows_of"] = wanted.rows
    # The changes are of what the person is known by, whatever their permissions are now.
    caller = asker.caller("")
    return own_audit.audit(caller, asker.ip, action, [Affected(_record(wanted.path), CHANGE, details=details)])


def _record(path: str) -> Record:
    of_record = lists.of_record(path)
    return Record(LIST, path) if of_record is None else Record(of_record[0], of_record[1])
