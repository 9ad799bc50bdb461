"""When a job that failed is tried again, and when it is given up.

A job notes an attempt before it works, since that may take the invocation along. Progress removes the note.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from daybook.core import timestamps
from daybook.core.errors import DaybookError
from daybook.core.timestamps import Instant

# Before the second attempt, the third, and so on: a day together. After that many and one the job is given up.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (5, 10, 20, 40, 80, 160, 320, 805))

# As long as an invocation may take: an attempt that says nothing may be under way until then.
LONGEST_ATTEMPT = timedelta(minutes=15)

# The reason of an attempt that said nothing.
BROKE_OFF = "it took longer than an invocation may, or more memory than the function has"


class Attempts(Struct, frozen=True):
    """The attempts since the job last got on, `since` the first of them. Stored as JSON.

    `next_at` is None where the job was given up. `reason`, without personal data, is why the last attempt failed that
    is over; None during the first one. While `is_under_way` an attempt has been noted, and has said nothing.
    """

    count: int
    since: Instant
    next_at: Instant | None
    reason: str | None = None
    is_under_way: bool = True


def is_due(earlier: Attempts | None, now: datetime) -> bool:
    """Whether an attempt is to be made: of a job that has not failed, or whose pause is over."""
    return earlier is None or (earlier.next_at is not None and earlier.next_at <= timestamps.instant(now))


def begin(earlier: Attempts | None, now: datetime) -> Attempts:
    """The note of an attempt, to be stored before it. The job is given up instead where its last attempt broke off."""
    if earlier is None:
        return Attempts(1, timestamps.instant(now), _after_pause(1, now + LONGEST_ATTEMPT))
    if earlier.is_under_way:
        earlier = fail(earlier, now, BROKE_OFF)
    if earlier.next_at is None:
        return earlier
    count = earlier.count + 1
    return replace(earlier, count=count, next_at=_after_pause(count, now + LONGEST_ATTEMPT), is_under_way=True)


def fail(noted: Attempts, now: datetime, reason: str) -> Attempts:
    """What is stored once the attempt that `begin` noted has failed; after the last one the job is given up."""
    next_at = _after_pause(noted.count, now) if noted.count <= len(PAUSES) else None
    return replace(noted, next_at=next_at, reason=reason, is_under_way=False)


def reason_of(error: Exception) -> str:
    """Why an attempt failed, in words for clients: messages of other errors than these may quote what is stored."""
    if isinstance(error, DaybookError):
        return error.detail
    return f"an unforeseen error, {type(error).__name__}; the log of the function has more"


def _after_pause(count: int, now: datetime) -> Instant:
    return timestamps.instant(now + PAUSES[min(count, len(PAUSES)) - 1])
