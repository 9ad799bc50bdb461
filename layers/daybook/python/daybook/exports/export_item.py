"""What the item of an export holds: what was asked for, by whom, how far it is, and who works on it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, get_args

import msgspec
from msgspec import Struct

from daybook.access.callers import SCOPES, Caller, Permission
from daybook.core import timestamps
from daybook.core.usernames import fold
from daybook.storage.keys import org_keys
from daybook.storage.models.item import Key
from daybook.storage.models.orgs import ExportItem

Format = Literal["csv", "jsonl"]
RowsOf = Literal["entries", "changes"]
Status = Literal["running", "done", "failed", "expired"]

# Without progress for so long, an export is taken for failed.
STUCK_AFTER = timedelta(days=1)
STUCK = "there was no progress for a day: ask for it again"
RUNNING, DONE, FAILED, EXPIRED = get_args(Status)


class Wanted(Struct, frozen=True, omit_defaults=True):
    """The list that is exported, with its parameters as they were given, and the form of the file.

    `start` and `end` are the instants of `from` and `to`. `permissions` are those by which the asker read the list when
    it was asked for: they decide what the list holds. `zone` is the org's time zone at that moment.
    """

    path: str
    query: dict[str, list[str]]
    format: Format
    rows: RowsOf
    zone: str
    permissions: tuple[Permission, ...] = ()
    start: str | None = None
    end: str | None = None

    @property
    def as_asked(self) -> dict[str, str | list[str]]:
        """The parameters with one value as a text, with several as a list."""
        return {name: values[0] if len(values) == 1 else values for name, values in self.query.items()}


class Asker(Struct, frozen=True, omit_defaults=True):
    """Who asked for an export: a staff member, or a service by its client id as username."""

    username: str
    name: str
    is_service: bool = False
    groups: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    ip: str | None = None

    def is_same(self, caller: Caller) -> bool:
        """Whether that is who calls."""
        if self.is_service or caller.is_service:
            return self.is_service == caller.is_service and self.username == caller.username
        return fold(self.username) == fold(caller.username)

    def caller(self, org: str) -> Caller:
        """The asker as a caller, whose permissions are still to be looked up."""
        scopes = SCOPES.intersection(self.scopes)
        return Caller(None if self.is_service else org, self.username, self.name, frozenset(self.groups), scopes)


class Progress(Struct, frozen=True, omit_defaults=True):
    """How far an export is. Its bytes are in the parts of an upload, and what is short of a part in the object `tail`.

    `cursor` is the list's own, behind the last row. `digest` is of the tags of all parts (`exports.files`). `read_at`
    is the instant at which the list had been read to its end: then all bytes are in parts or, without an upload, in the
    file.
    """

    rows: int = 0
    size: int = 0
    reached: str | None = None
    cursor: str | None = None
    parts: int = 0
    digest: str = ""
    upload: str | None = None
    tail: str | None = None
    read_at: str | None = None


class Lease(Struct, frozen=True, omit_defaults=True):
    """Who works on an export: the attempt `attempt` until the instant `until`, or nobody where there is none.

    `failures` are those in a row, of which the last had the reason `reason`. `noted_at` is the instant of
    the last progress.
    """

    noted_at: str
    attempt: str | None = None
    until: str = ""
    failures: int = 0
    reason: str = ""


def key(org: str, export_id: str) -> Key:
    """The key of an export's item."""
    return org_keys.exports(org), export_id


def asker_of(caller: Caller, ip: str | None) -> Asker:
    """The asker that this caller is."""
    groups, scopes = tuple(sorted(caller.groups)), tuple(sorted(caller.scopes))
    return Asker(caller.username, caller.name, caller.is_service, groups, scopes, ip)


def wanted(item: ExportItem) -> Wanted:
    return msgspec.json.decode(item.wanted, type=Wanted)


def asker(item: ExportItem) -> Asker:
    return msgspec.json.decode(item.asker, type=Asker)


def progress(item: ExportItem) -> Progress:
    return msgspec.json.decode(item.progress, type=Progress)


def lease(item: ExportItem) -> Lease:
    return msgspec.json.decode(item.lease, type=Lease)


def is_held(held: Lease, now: str) -> bool:
    """Whether an attempt may still be working at this instant."""
    return held.attempt is not None and now < held.until


def is_stuck(held: Lease, now: datetime) -> bool:
    """Whether there has been no progress for so long that there will be none."""
    return timestamps.instant(now - STUCK_AFTER) >= held.noted_at
