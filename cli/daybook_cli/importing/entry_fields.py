"""The fields of an entry of each log, with their limits: to name columns after, and to check before posting.

The API has the last word, and takes odd recipients and IP addresses with a warning. A test compares the two.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """Lengths are in characters, `max_bytes` is of UTF-8. `description` names the pattern in messages.

    A value is a choice if `folded` makes it one. `blank` is whether blanks alone are a text.
    """

    required: bool = False
    min_length: int = 0
    max_length: int | None = None
    pattern: str | None = None
    description: str = ""
    choices: tuple[str, ...] = ()
    folded: Callable[[str], str] = str
    blank: bool = True
    max_bytes: int | None = None


@dataclass(frozen=True)
class Timestamp:
    required: bool = False


@dataclass(frozen=True)
class Json:
    """Any JSON of at most 16 KiB; with `max_length`, an object, or a text of so many characters."""

    required: bool = False
    max_length: int | None = None


@dataclass(frozen=True)
class Object:
    fields: Mapping[str, Field]
    required: bool = False


@dataclass(frozen=True)
class ListOf:
    item: Object
    max_items: int
    required: bool = False


Field = Text | Timestamp | Json | Object | ListOf

_ACTION = Text(required=True, min_length=1, max_length=256)
_NAME = Text(required=True, min_length=1, max_length=256, blank=False)
# `.` and `..` are steps in a path.
_ID = r"(?!\.{1,2}\Z)[A-Za-z0-9._~:@!$&'()*+,;=-]{1,128}"
_TYPE = r"[A-Za-z][A-Za-z0-9_.:-]{0,63}"
_MESSAGE_ID = Text(min_length=1, max_length=256)
_DETAILS = Json(max_length=4096)


def _record(*types: str) -> Object:
    record_type = Text(
        required=True,
        pattern=_TYPE,
        description="a type of record: a letter, then letters, digits or _.:-",
        choices=types,
        folded=str.lower,
    )
    record_id = Text(
        required=True,
        pattern=_ID,
        description="an id: 1 to 128 letters, digits or -._~:@!$&'()*+,;=, and neither . nor ..",
    )
    return Object({"type": record_type, "id": record_id}, required=True)


_COMMON: dict[str, Field] = {
    "log": Text(required=True),
    "occurred_at": Timestamp(),
    "key": Text(min_length=1, max_length=128),
}
_STATUSES = (
    "queued", "sent", "delayed", "delivered", "opened", "clicked",
    "bounced", "complained", "rejected", "failed", "suppressed",
)  # fmt: skip
_PUSH_STATUSES = ("sent", "failed")
_SMS_REASONS = ("rejected", "failed", "undelivered")
# A reason alone says that the message was not delivered.
_SMS_STATUSES = ("delivery", "delivered", "not_delivered", *_SMS_REASONS)
_SOURCES = (
    "office_portal", "staff_portal", "customer_portal", "mobile_app", "check_in_kiosk", "time_clock_kiosk", "system",
    "support",
)  # fmt: skip


def _one_of(values: tuple[str, ...]) -> Callable[[str], str]:
    """What gives the value of these words, such as `Office Portal`; the words where there is none."""

    def value_of(words: str) -> str:
        letters = _letters(words)
        return next((value for value in values if _letters(value) == letters), words)

    return value_of


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()


_AFFECTED: dict[str, Field] = {
    "record": _record(),
    "change": Text(required=True, min_length=1, max_length=64),
    "name": Text(min_length=1, max_length=256),
    "details": _DETAILS,
    "before": Json(),
    "after": Json(),
}
SMS_REASON = Text(choices=_SMS_REASONS, folded=_one_of(_SMS_REASONS))
SMS_STATUS = Text(choices=_SMS_STATUSES, folded=_one_of(_SMS_STATUSES))
_EMAIL_ADDRESS = Text(required=True, min_length=1, max_length=254, max_bytes=254, blank=False)
_PHONE_NUMBER = Text(required=True, min_length=1, max_length=64, blank=False)
_IP_ADDRESS = Text(max_length=1000)
LOGS: dict[str, Object] = {
    "email": Object({
        **_COMMON,
        "record": _record("family", "staff"),
        "recipient": _EMAIL_ADDRESS,
        "subject": Text(required=True, max_length=998),
        "message_id": _MESSAGE_ID,
        "sender": Text(max_length=320),
        "body": Object({"text": Text(), "html": Text()}),
        "status": Text(choices=_STATUSES, folded=_one_of(_STATUSES)),
    }),
    "sms": Object({
        **_COMMON,
        "record": _record("family", "staff"),
        "recipient": _PHONE_NUMBER,
        "text": Text(required=True, max_length=1600),
        "message_id": _MESSAGE_ID,
        "status": SMS_STATUS,
        "reason": SMS_REASON,
    }),
    "push": Object({
        **_COMMON,
        "record": _record("family"),
        "subject": Text(required=True, max_length=998),
        "text": Text(required=True, max_length=4096),
        "message_id": _MESSAGE_ID,
        "status": Text(choices=_PUSH_STATUSES, folded=_one_of(_PUSH_STATUSES)),
    }),
    "activity": Object({
        **_COMMON,
        "record": _record("family", "student", "staff"),
        "name": _NAME,
        "action": _ACTION,
        "ip": _IP_ADDRESS,
        "details": _DETAILS,
    }),
    "audit": Object({
        **_COMMON,
        "member_name": _NAME,
        "username": _NAME,
        "source": Text(required=True, choices=_SOURCES, folded=_one_of(_SOURCES), max_length=64),
        "action": _ACTION,
        "ip": _IP_ADDRESS,
        "affected": ListOf(Object(_AFFECTED), max_items=50),
    }),
}  # fmt: skip
