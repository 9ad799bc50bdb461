"""The fields of an entry, as far as a caller must know them: to name a column after one, and to look before sending.

The API has the last word: it alone knows which e-mail addresses and phone numbers can be. A test compares the two.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

LARGEST_JSON = 16 * 1024
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = timedelta(days=1)


@dataclass(frozen=True)
class Text:
    """A text of `least` to `most` characters; `pattern` has a name for people beside it."""

    required: bool = False
    least: int = 0
    most: int | None = None
    pattern: str | None = None
    called: str = ""
    choices: tuple[str, ...] = ()
    nullable: bool = True


@dataclass(frozen=True)
class Moment:
    required: bool = False


@dataclass(frozen=True)
class Ip:
    required: bool = False


@dataclass(frozen=True)
class Json:
    """Any JSON of at most 16 KiB, or, where `most` is given, an object or a text of so many characters."""

    required: bool = False
    most: int | None = None


@dataclass(frozen=True)
class Object:
    fields: Mapping[str, Field]
    required: bool = False


@dataclass(frozen=True)
class Many:
    """A list of objects."""

    of: Object
    most: int
    required: bool = False


Field = Text | Moment | Ip | Json | Object | Many

_NAME = Text(required=True, least=1, most=256)
_ID = r"[A-Za-z0-9._~:@!$&'()*+,;=-]{1,128}"
_TYPE = r"[A-Za-z][A-Za-z0-9_.:-]{0,63}"
_MESSAGE_ID = Text(least=1, most=256)
_DETAILS = Json(most=4096)


def _record(*types: str) -> Object:
    kind = Text(
        required=True, pattern=_TYPE, called="a type of record: a letter, then letters, digits or _.:-", choices=types
    )
    identity = Text(required=True, pattern=_ID, called="an id: 1 to 128 letters, digits or -._~:@!$&'()*+,;=")
    return Object({"type": kind, "id": identity}, required=True)


_EVERY: dict[str, Field] = {
    "log": Text(required=True),
    "occurred_at": Moment(),
    "key": Text(least=1, most=128),
}
_STATUSES = (
    "queued", "sent", "delayed", "delivered", "opened", "clicked",
    "bounced", "complained", "rejected", "failed", "suppressed",
)  # fmt: skip
_SOURCES = (
    "office_portal", "staff_portal", "customer_portal", "mobile_app", "check_in_kiosk", "time_clock_kiosk", "system",
)  # fmt: skip
_AFFECTED: dict[str, Field] = {
    "record": _record(),
    "change": Text(required=True, least=1, most=64),
    "name": Text(least=1, most=256),
    "details": _DETAILS,
    "before": Json(),
    "after": Json(),
}
LOGS: dict[str, Object] = {
    "email": Object({
        **_EVERY,
        "record": _record("family", "staff"),
        "recipient": Text(required=True, pattern=r".+@.+", called="an e-mail address", least=3, most=254),
        "subject": Text(required=True, most=998),
        "message_id": _MESSAGE_ID,
        "sender": Text(most=320),
        "body": Object({"text": Text(), "html": Text()}),
        "status": Text(choices=_STATUSES, nullable=False),
    }),
    "sms": Object({
        **_EVERY,
        "record": _record("family", "staff"),
        "recipient": Text(required=True, pattern=r"\+[1-9][0-9]{1,14}", called="an E.164 number, as in +14155550123"),
        "text": Text(required=True, most=1600),
        "message_id": _MESSAGE_ID,
    }),
    "push": Object({
        **_EVERY,
        "record": _record("family"),
        "subject": Text(required=True, most=998),
        "text": Text(required=True, most=4096),
        "message_id": _MESSAGE_ID,
    }),
    "activity": Object({
        **_EVERY,
        "record": _record("family", "student", "staff"),
        "name": _NAME,
        "action": _NAME,
        "ip": Ip(),
        "details": _DETAILS,
    }),
    "audit": Object({
        **_EVERY,
        "member_name": _NAME,
        "username": _NAME,
        "source": Text(required=True, choices=_SOURCES),
        "action": _NAME,
        "ip": Ip(),
        "affected": Many(Object(_AFFECTED), most=50),
    }),
}  # fmt: skip


def faults(entry: Any, now: datetime) -> list[str]:
    """What the API would refuse in an entry, as far as can be told from here; empty where nothing is."""
    if not isinstance(entry, dict):
        return ["not a JSON object"]
    log = entry.get("log")
    if not (isinstance(log, str) and log in LOGS):
        return [f"log: must be one of {', '.join(LOGS)}"]
    found = list(_object_faults(entry, LOGS[log], ""))
    if entry.get("key") is not None and entry.get("occurred_at") is None:
        found.append("occurred_at: required with a key")
    return found or list(_range_faults(entry.get("occurred_at"), now))


def _object_faults(value: dict[str, Any], rule: Object, path: str) -> Iterator[str]:
    yield from (f"{path}{name}: unknown field" for name in value.keys() - rule.fields.keys())
    for name, field in rule.fields.items():
        if name in value:
            yield from _faults(value[name], field, f"{path}{name}")
        elif field.required:
            yield f"{path}{name}: required"


def _faults(value: Any, rule: Field, path: str) -> Iterator[str]:
    if value is None and not rule.required and not isinstance(rule, Many) and getattr(rule, "nullable", True):
        return
    match rule:
        case Object():
            inside = _object_faults(value, rule, f"{path}.") if isinstance(value, dict) else [f"{path}: not an object"]
            yield from inside
        case Many():
            yield from _list_faults(value, rule, path)
        case Json():
            yield from _json_faults(value, rule, path)
        case _:
            fault = _text_fault(value, rule) if isinstance(value, str) else "not a text"
            yield from [f"{path}: {fault}"] if fault else []


def _list_faults(value: Any, rule: Many, path: str) -> Iterator[str]:
    if not isinstance(value, list) or len(value) > rule.most:
        yield f"{path}: not a list of at most {rule.most}"
        return
    for place, each in enumerate(value):
        yield from _faults(each, Object(rule.of.fields, required=True), f"{path}[{place}]")


def _json_faults(value: Any, rule: Json, path: str) -> Iterator[str]:
    if rule.most is not None and not isinstance(value, dict | str):
        yield f"{path}: neither an object nor a text"
    elif rule.most is not None and isinstance(value, str) and len(value) > rule.most:
        yield f"{path}: longer than {rule.most} characters"
    elif (size := len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())) > LARGEST_JSON:
        yield f"{path}: {size} bytes of JSON, over the limit of {LARGEST_JSON}"


def _text_fault(value: str, rule: Text | Moment | Ip) -> str | None:
    match rule:
        case Moment():
            return None if _moment(value) else "a time needs a date and an offset, as in 2026-05-01T09:00:00Z or -06:00"
        case Ip():
            return None if _is_ip(value) else "not an IPv4 or IPv6 address"
    if rule.choices and value not in rule.choices:
        return f"must be one of {', '.join(rule.choices)}"
    if rule.pattern and not re.fullmatch(rule.pattern, value):
        return f"not {rule.called}"
    if len(value) < rule.least:
        return "empty" if not value else f"shorter than {rule.least} characters"
    return f"longer than {rule.most} characters" if rule.most is not None and len(value) > rule.most else None


def _range_faults(value: Any, now: datetime) -> Iterator[str]:
    moment = _moment(value) if isinstance(value, str) else None
    if moment and moment < EARLIEST:
        yield f"occurred_at: absurdly long ago: before {EARLIEST.date()}"
    elif moment and moment > now + LATEST:
        yield "occurred_at: absurdly far ahead"


# RFC 3339, 5.6; the offset with or without its colon.
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:?\d\d)", re.ASCII)


def _moment(text: str) -> datetime | None:
    if not _RFC_3339.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(re.sub(r"\.(\d+)", lambda match: f".{match[1][:6]}", text.upper()))
    except ValueError:
        return None


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
