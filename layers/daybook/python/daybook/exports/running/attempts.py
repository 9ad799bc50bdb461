"""Attempts to continue an export: one at a time, each with a lease, and what it notes of its progress.

A lease ends on its own, as Lambda ends whoever holds it. So whatever kills an attempt, the next one takes over. An
attempt notes progress only as long as the lease is its own and the export is running: one that was cancelled, or
thought dead, learns of it and stops.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from daybook.core import timestamps
from daybook.exports import export_item
from daybook.exports.export_item import DONE, FAILED, RUNNING, Asker, Lease, Progress, Wanted
from daybook.model.job_retry import KILLED
from daybook.storage.models.attributes import json_text
from daybook.storage.models.orgs import ExportItem
from daybook.storage.store import Store, Update, assign

# Failures in a row after which an export is given up; the queue delivers a message once more than that.
MOST_FAILURES = 5

# A call of AWS that was under way when its function was ended.
MARGIN = timedelta(seconds=20)

# So long after its file, the item of an export expires.
KEPT_AFTER_FILE = timedelta(days=30)


class LostLeaseError(Exception):
    """The attempt may go on no more: the export has ended, or another attempt has taken over."""


class Refusal(Struct, frozen=True):
    """Why no attempt can be begun: the export is `gone` or has `ended`; it is `held`, for so many seconds still."""

    why: Literal["gone", "ended", "held"]
    seconds: float = 0.0


class Attempts:
    """`file_days` are the days that a file is kept. `clock` returns an aware datetime."""

    def __init__(self, *, table: Store, file_days: int, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._file_days = file_days
        self._clock = clock

    def begin(self, org: str, export_id: str, seconds: float) -> Attempt | Refusal:
        """An attempt that lasts so many seconds at most. StoreBusyError.

        If the one before was killed, it has failed.
        """
        item = self._table.get_item(ExportItem, export_item.key(org, export_id))
        if item is None:
            return Refusal("gone")
        if item.status != RUNNING:
            return Refusal("ended")
        now, before = self._clock(), export_item.lease(item)
        if export_item.is_held(before, timestamps.instant(now)):
            return Refusal("held", (timestamps.from_instant(before.until) - now).total_seconds())
        if before.attempt is not None:
            before = replace(before, failures=before.failures + 1, reason=KILLED)
        attempt = Attempt(table=self._table, file_days=self._file_days, clock=self._clock, org=org, item=item)
        until = timestamps.instant(now + timedelta(seconds=seconds) + MARGIN)
        taken = replace(before, attempt=secrets.token_hex(8), until=until)
        try:
            attempt.take(taken)
        except LostLeaseError:
            return Refusal("held", seconds)
        return attempt

    def has_no_file(self, org: str, export_id: str) -> bool:
        """Whether an export has ended, and not as done: what S3 has of it is to be deleted. StoreBusyError."""
        item = self._table.get_item(ExportItem, export_item.key(org, export_id))
        return item is not None and item.status not in (RUNNING, DONE)


class Attempt:
    """An attempt to continue an export. Every method raises StoreBusyError, and LostLeaseError as it says."""

    def __init__(
        self, *, table: Store, file_days: int, clock: Callable[[], datetime], org: str, item: ExportItem
    ) -> None:
        self._table = table
        self._file_days = file_days
        self._clock = clock
        self._item = item
        # As it is stored now.
        self._lease_text = item.lease
        self._lease = export_item.lease(item)
        self.org, self.id = org, item.sk
        self.wanted: Wanted = export_item.wanted(item)
        self.asker: Asker = export_item.asker(item)
        # As it was noted last.
        self.progress: Progress = export_item.progress(item)

    @property
    def is_given_up(self) -> bool:
        """Whether so many attempts have failed, or there was no progress for so long, that it is not tried again."""
        return self._lease.failures >= MOST_FAILURES or export_item.is_stuck(self._lease, self._clock())

    @property
    def failures(self) -> int:
        """How many attempts have failed in a row, and have noted no progress."""
        return self._lease.failures

    @property
    def reason(self) -> str:
        """Why the last of them has failed, in words for the asker."""
        return self._lease.reason or export_item.STUCK

    def take(self, lease: Lease) -> None:
        """Take the export over. LostLeaseError where somebody else has."""
        self._write(lease)

    def note(self, progress: Progress) -> None:
        """Note progress, after which no failure counts. LostLeaseError."""
        lease = replace(self._lease, noted_at=self._now(), failures=0, reason="")
        self._write(lease, ExportItem.progress.set(json_text(progress)))
        self.progress = progress

    def release(self) -> None:
        """End the attempt, so that the next one may begin at once. LostLeaseError."""
        self._write(replace(self._lease, attempt=None, until=""))

    def fail(self, reason: str, *, counts: bool, anew: bool) -> None:
        """End the attempt as failed; `anew` to read the list from its beginning. LostLeaseError."""
        failures = self._lease.failures + counts
        lease = replace(self._lease, attempt=None, until="", failures=failures, reason=reason)
        actions = [ExportItem.progress.set(json_text(Progress()))] if anew else []
        self._write(lease, *actions)

    def finish(self) -> None:
        """End the export as done, at the instant at which its list was read. LostLeaseError."""
        completed_at = self.progress.read_at or self._now()
        kept = timedelta(days=self._file_days) + KEPT_AFTER_FILE
        expires_at = timestamps.epoch_seconds(timestamps.from_instant(completed_at) + kept)
        # Where its bytes were does not matter any more.
        done = self.progress
        shown = Progress(rows=done.rows, size=done.size, reached=done.reached, read_at=done.read_at)
        self._end(
            DONE,
            completed_at,
            ExportItem.progress.set(json_text(shown)),
            ExportItem.expires_at.set(expires_at),
        )

    def give_up(self, reason: str) -> None:
        """End the export as failed, for a reason that its asker is told. LostLeaseError."""
        self._end(FAILED, self._now(), ExportItem.reason.set(reason))

    def _end(self, status: str, completed_at: str, *actions: Any) -> None:
        lease = Lease(noted_at=self._lease.noted_at)
        self._write(lease, ExportItem.status.set(status), ExportItem.completed_at.set(completed_at), *actions)

    def _write(self, lease: Lease, *actions: Any) -> None:
        text = json_text(lease)
        condition = (ExportItem.status == RUNNING) & (ExportItem.lease == self._lease_text)
        if not all(self._table.write([Update(self._item.key, [assign(ExportItem.lease, text), *actions], condition)])):
            raise LostLeaseError
        self._lease_text, self._lease = text, lease

    def _now(self) -> str:
        return timestamps.instant(self._clock())
