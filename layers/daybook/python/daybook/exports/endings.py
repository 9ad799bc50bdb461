"""Exports that are ended before their time: cancelled by their askers, or since a person was erased."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from daybook.access.callers import Caller
from daybook.core import timestamps
from daybook.exports import export_item
from daybook.exports.export_item import DONE, EXPIRED, FAILED, RUNNING
from daybook.exports.files import ExportFiles
from daybook.exports.queries import own_item
from daybook.model.entries import PLACEHOLDER
from daybook.storage.keys import org_keys
from daybook.storage.models.attributes import json_text
from daybook.storage.models.orgs import ExportItem
from daybook.storage.optimistic_locking import change_item
from daybook.storage.store import Change, Range, Store, Update, start_key, unchanged

CANCELLED = "cancelled by whoever asked for it"
ERASED = "a person was erased from the org's entries meanwhile: ask for the export again"
TOO_BUSY = "the export is changing too often at the moment"

# Exports of an org that are ended at a time.
PAGE = 25

# Parameters of lists that may name a person; the others are times, statuses and the like.
PERSONAL = frozenset({"q", "recipient", "address", "staff"})


class ExportEndings:
    """`clock` returns an aware datetime."""

    def __init__(self, *, table: Store, files: ExportFiles, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._files = files
        self._clock = clock

    def cancel(self, org: str, export_id: str, caller: Caller) -> None:
        """End the caller's own export, and delete its file; one that has ended without a file stays as it is.

        NotFoundError, also where another asked for it. StoreBusyError.
        """
        item = own_item(self._table, org, export_id, caller, self._clock())
        self._end(org, item, CANCELLED, is_erased=False)

    def erase(self, org: str, after: str | None) -> str | None:
        """End exports of the org by whoever asked, delete their files, and take out texts that may name a person.

        One page of them, those behind the id `after`; the id to continue after, None at the end. StoreBusyError.
        """
        span = Range(org_keys.exports(org), *org_keys.ALL_EXPORTS, forward=True)
        page = self._table.query(ExportItem, span, PAGE, None if after is None else start_key(span, after))
        for item in page.items:
            self._end(org, item, ERASED, is_erased=True)
        return page.items[-1].sk if page.more else None

    def _end(self, org: str, item: ExportItem, reason: str, *, is_erased: bool) -> None:
        def change(found: ExportItem | None) -> Change | None:
            if found is None:
                return None
            actions = [*self._ended(found, reason), *(_redacted(found) if is_erased else [])]
            return Update(found.key, actions, unchanged(found, ExportItem.status)) if actions else None

        change_item(self._table, ExportItem, item.key, change, TOO_BUSY)
        # Whatever its status was: the first time may have broken off before this.
        self._files.delete(org, item.sk)

    def _ended(self, item: ExportItem, reason: str) -> list[Any]:
        if item.status == DONE:
            return [ExportItem.status.set(EXPIRED), ExportItem.reason.set(reason)]
        if item.status != RUNNING:
            return []
        ended_at = timestamps.instant(self._clock())
        return [
            ExportItem.status.set(FAILED), ExportItem.completed_at.set(ended_at), ExportItem.reason.set(reason)
        ]  # fmt: skip


def _redacted(item: ExportItem) -> list[Any]:
    wanted = export_item.wanted(item)
    query = {name: [PLACEHOLDER] * len(values) if name in PERSONAL else values for name, values in wanted.query.items()}
    return [] if query == wanted.query else [ExportItem.wanted.set(json_text(replace(wanted, query=query)))]
