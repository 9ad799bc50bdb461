"""Audit entries of what callers change through this API itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from daybook.access.callers import Caller
from daybook.model.entries import Affected, Audit, Entry

MAX_NAME = 256


class Recorder(Protocol):
    """The audit log of an org: `entries.ingest.Ingest`, and in tests a list in memory."""

    def record(self, org: str, entry: Entry) -> None:
        """Write an entry; durable when this returns. StoreBusyError."""


def audit(caller: Caller, ip: str | None, action: str, affected: Sequence[Affected] = ()) -> Audit:
    """The entry that this caller has taken an action that affected those records.

    Its source is the portal of the office for a staff member, and the system for a service of the platform.
    """
    return Audit(
        member_name=caller.name[:MAX_NAME],
        username=caller.username[:MAX_NAME],
        source="system" if caller.is_service else "office_portal",
        action=action[:MAX_NAME],
        ip=ip,
        affected=list(affected),
    )
