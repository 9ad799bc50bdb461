"""Audit entries of what is done through this API itself."""

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


def audit(who: Caller, ip: str | None, action: str, affected: Sequence[Affected] = ()) -> Audit:
    """That somebody did this to those records.

    A person does it in the portal of the office; a service of the platform is nobody's portal.
    """
    return Audit(
        member_name=who.name[:MAX_NAME],
        username=who.username[:MAX_NAME],
        source="system" if who.is_service else "office_portal",
        action=action[:MAX_NAME],
        ip=ip,
        affected=list(affected),
    )
