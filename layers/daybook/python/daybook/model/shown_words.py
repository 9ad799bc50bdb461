"""The words in which pages show a status or source. Staff type them, so that what a page shows can be typed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain

from daybook.model.entries import SOURCES, EmailStatus, PushStatus, SmsReason, SmsStatus, Source

_NOT_DELIVERED = ("not delivered",)
# Each wording is found from its beginning only: "delivered" is not "not delivered".
EMAIL: Mapping[EmailStatus, tuple[str, ...]] = {
    "queued": ("queued", "waiting"),
    "sent": ("sent",),
    "delayed": ("delayed",),
    "delivered": ("delivered",),
    "opened": ("opened",),
    "clicked": ("clicked",),
    "bounced": ("bounced", *_NOT_DELIVERED),
    "complained": ("complained", "complaint", "spam", "marked as spam"),
    "rejected": ("rejected", *_NOT_DELIVERED),
    "failed": ("failed", *_NOT_DELIVERED),
    "suppressed": ("suppressed", "not sent", "blacklisted", *_NOT_DELIVERED),
}
SMS: Mapping[SmsStatus, tuple[str, ...]] = {
    "delivery": ("delivery", "waiting"),
    "delivered": ("delivered",),
    "not_delivered": _NOT_DELIVERED,
}
REASON: Mapping[SmsReason, tuple[str, ...]] = {
    "rejected": ("rejected",),
    "failed": ("failed",),
    "undelivered": ("undelivered",),
}
STALE = ("no answer",)
PUSH: Mapping[PushStatus, tuple[str, ...]] = {"sent": ("sent",), "failed": ("failed", *_NOT_DELIVERED)}


def status_phrases() -> Iterator[str]:
    """Every wording of a status."""
    return chain(*EMAIL.values(), *SMS.values(), *REASON.values(), STALE, *PUSH.values())


_NO_LETTER = re.compile(r"[\W_]+")
_BY_LETTERS: Mapping[str, Source] = {_NO_LETTER.sub("", source): source for source in SOURCES}


def source_of(words: str) -> Source | None:
    """The source of these words, such as `Office Portal` or `check-in kiosk`; None where there is no such source."""
    return _BY_LETTERS.get(_NO_LETTER.sub("", words).lower())
