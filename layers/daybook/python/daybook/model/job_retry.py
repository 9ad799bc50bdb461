"""When a job that failed is tried again, and when it is given up.

A job notes an attempt before it works, since whatever kills the attempt cannot note it. Progress removes the note.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from daybook.core import timestamps

# No invocation lasts longer (15 minutes): an attempt that has not ended by then was killed.
LEASE = timedelta(minutes=16)

# The pause after a failure; it doubles with each one.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=4)
GIVEN_UP_AFTER = timedelta(days=1)
KILLED = "the last attempt was cut off: it ran out of time or memory"


class Retry(Struct, frozen=True, omit_defaults=True):
    """Who works on a job, and what failed. Stored as JSON.

    Nobody begins an attempt before the instant `due_at`. `is_under_way`: an attempt has begun and not ended.
    `failures` are those in a row, the first at `failed_at`, the last for `reason`, which is without personal data.
    """

    due_at: str = ""
    is_under_way: bool = False
    failures: int = 0
    failed_at: str = ""
    reason: str = ""
    is_given_up: bool = False

    def begun(self, now: datetime) -> Retry:
        """With an attempt that begins now. If it is killed, it has failed, and the pause is as after a failure."""
        before = self.failed(now, KILLED) if self.is_under_way else self
        due_at = max(timestamps.instant(now + LEASE), before.failed(now, KILLED).due_at)
        return replace(before, is_under_way=True, due_at=due_at)

    def failed(self, now: datetime, reason: str) -> Retry:
        """With an attempt that fails now. The last attempt is made GIVEN_UP_AFTER the first failure."""
        failed_at = self.failed_at or timestamps.instant(now)
        end = timestamps.from_instant(failed_at) + GIVEN_UP_AFTER
        return Retry(
            due_at=timestamps.instant(min(now + pause(self.failures + 1), end)),
            failures=self.failures + 1,
            failed_at=failed_at,
            reason=reason,
            is_given_up=self.is_given_up or now >= end,
        )

    def as_seen(self, now: datetime) -> Retry:
        """With the failure of an attempt that was killed, though nobody has noted it yet."""
        if not self.is_under_way or timestamps.instant(now) < self.due_at:
            return self
        return replace(self.failed(now, KILLED), due_at=self.due_at)


def retry_of(text: str | None) -> Retry:
    """Of the JSON in an item; of None, which a new job has, and one that goes on without a failure.

    What cannot be read is that of a new job as well: it must not keep other jobs from theirs.
    """
    if text is None:
        return Retry()
    try:
        retry = msgspec.json.decode(text, type=Retry)
        for moment in filter(None, (retry.due_at, retry.failed_at)):
            timestamps.from_instant(moment)
    except (msgspec.DecodeError, TypeError, ValueError):
        return Retry()
    return retry


def pause(failures: int) -> timedelta:
    """How long to wait after so many failures in a row, up to a half less by chance: they are not to come together."""
    longest: timedelta = min(FIRST_PAUSE * 2 ** min(failures - 1, 16), LONGEST_PAUSE)
    return longest * random.uniform(0.5, 1)  # noqa: S311 - it keeps attempts apart
