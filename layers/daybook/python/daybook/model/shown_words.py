"""The words by which staff find a status or source: those of pages, so that what a page shows can be typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from daybook.model import page_words
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
STALE = ("no answer", page_words.STALE)
PUSH: Mapping[PushStatus, tuple[str, ...]] = {"sent": ("sent",), "failed": ("failed", *_NOT_DELIVERED)}


def status_phrases() -> Iterator[str]:
    """Every wording of a status."""
    return chain(*EMAIL.values(), page_words.BOUNCES.values(), *SMS.values(), *REASON.values(), STALE, *PUSH.values())


def spelled_as(words: str, values: Iterable[str]) -> str | None:
    """The one of the values that is written so, in any letter case, with blanks or dashes for `_`; None of none."""
    wanted = _folded(words)
    return next((value for value in values if _folded(value) == wanted), None)


def status_of(words: str, log: str) -> str | None:
    """The status that these words mean in the log, or the reason of a text message; None where they mean none, or
    several: `not delivered` is one status of text messages, and may be any of four of an e-mail.
    """
    return _STATUSES.get(log, {}).get(_folded(words))


def any_status_of(words: str) -> str | None:
    """As `status_of`, where the words mean the same in the logs of e-mails and text messages."""
    meant = {status for log in ("email", "sms") if (status := status_of(words, log)) is not None}
    return meant.pop() if len(meant) == 1 else None


_SEPARATORS = re.compile(r"[\s_:–—-]+")


def _folded(words: str) -> str:
    return _SEPARATORS.sub("", words).lower()


def _by_words(phrases: Iterable[tuple[str, tuple[str, ...]]]) -> Mapping[str, str]:
    """By words, what they alone mean."""
    meant: dict[str, set[str]] = {}
    for value, wordings in phrases:
        for words in (value, *wordings):
            meant.setdefault(_folded(words), set()).add(value)
    return {words: values.pop() for words, values in meant.items() if len(values) == 1}


def _shown_of_emails() -> Iterator[tuple[str, tuple[str, ...]]]:
    yield from EMAIL.items()
    yield from ((status, (words,)) for status, words in page_words.EMAIL_STATUS.items())
    yield "bounced", tuple(page_words.email_status("bounced", code) for code in page_words.BOUNCES)


def _shown_of_texts() -> Iterator[tuple[str, tuple[str, ...]]]:
    yield from chain[tuple[str, tuple[str, ...]]](SMS.items(), REASON.items())
    yield from ((reason, (page_words.sms_text("not_delivered", reason),)) for reason in REASON)
    yield "delivery", (page_words.sms_text("delivery", None, stale=True),)


_STATUSES: Mapping[str, Mapping[str, str]] = {
    "email": _by_words(_shown_of_emails()),
    "sms": _by_words(_shown_of_texts()),
    "push": _by_words(PUSH.items()),
}

_NO_LETTER = re.compile(r"[\W_]+")
_BY_LETTERS: Mapping[str, Source] = {_NO_LETTER.sub("", source): source for source in SOURCES}


def source_of(words: str) -> Source | None:
    """The source of these words, such as `Office Portal` or `check-in kiosk`; None where there is no such source."""
    return _BY_LETTERS.get(_NO_LETTER.sub("", words).lower())
