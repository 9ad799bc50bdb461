"""What the API would refuse in an entry, found before it is posted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from daybook_cli.importing.entry_fields import (
    LOGS,
    SMS_REASON,
    SMS_STATUS,
    Field,
    Json,
    ListOf,
    Object,
    Text,
    Timestamp,
)

# Limits of the API: bytes of JSON, and how far from now an entry may be.
_MAX_JSON_BYTES = 16 * 1024
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_MAX_AHEAD = timedelta(days=1)
# Optional fields that count as not given where they are empty.
_MAY_BE_EMPTY = frozenset({"message_id", "name"})
# Blanks that `str.strip` does not know.
_ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u200e\u200f"
# RFC 3339, 5.6; the offset with or without its colon.
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:?\d\d)", re.ASCII)


def faults(entry: Any, now: datetime) -> list[str]:
    """A sentence for each fault, as far as can be told without the API; empty where there is none."""
    if not isinstance(entry, dict):
        return ["not a JSON object"]
    log = entry.get("log")
    if not (isinstance(log, str) and log in LOGS):
        return [f"log: must be one of {', '.join(LOGS)}"]
    sentences = list(_object_faults(entry, LOGS[log], ""))
    if entry.get("key") is not None and entry.get("occurred_at") is None:
        sentences.append("occurred_at: required with a key")
    if log == "sms" and not sentences and not _is_one_outcome(entry.get("status"), entry.get("reason")):
        sentences.append("reason: only with the status not_delivered")
    return sentences or list(_range_faults(entry.get("occurred_at"), now))


def _is_one_outcome(status: str | None, reason: str | None) -> bool:
    """Whether a text message may have both: a reason goes with `not_delivered`, or is its own status."""
    return reason is None or SMS_STATUS.folded(status or "") in ("not_delivered", SMS_REASON.folded(reason))


def _object_faults(value: dict[str, Any], rule: Object, prefix: str) -> Iterator[str]:
    yield from (f"{prefix}{name}: unknown field" for name in value.keys() - rule.fields.keys())
    for name, field in rule.fields.items():
        if name in value:
            yield from _faults(value[name], field, f"{prefix}{name}")
        elif field.required:
            yield f"{prefix}{name}: required"


def _faults(value: Any, rule: Field, path: str) -> Iterator[str]:
    is_empty = value == "" and path.rpartition(".")[2] in _MAY_BE_EMPTY
    if not rule.required and (value is None or is_empty):
        return
    match rule:
        case Object():
            inside = _object_faults(value, rule, f"{path}.") if isinstance(value, dict) else [f"{path}: not an object"]
            yield from inside
        case ListOf():
            yield from _list_faults(value, rule, path)
        case Json():
            yield from _json_faults(value, rule, path)
        case _:
            fault = _string_fault(value, rule) if isinstance(value, str) else "not a text"
            yield from [f"{path}: {fault}"] if fault else []


def _list_faults(value: Any, rule: ListOf, path: str) -> Iterator[str]:
    if not isinstance(value, list) or len(value) > rule.max_items:
        yield f"{path}: not a list of at most {rule.max_items}"
        return
    for index, item in enumerate(value):
        yield from _faults(item, Object(rule.item.fields, required=True), f"{path}[{index}]")


def _json_faults(value: Any, rule: Json, path: str) -> Iterator[str]:
    if rule.max_length is not None and not isinstance(value, dict | str):
        yield f"{path}: neither an object nor a text"
    elif rule.max_length is not None and isinstance(value, str) and len(value) > rule.max_length:
        yield f"{path}: longer than {rule.max_length} characters"
    elif (size := len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())) > _MAX_JSON_BYTES:
        yield f"{path}: {size} bytes of JSON, over the limit of {_MAX_JSON_BYTES}"


def _string_fault(value: str, rule: Text | Timestamp) -> str | None:
    match rule:
        case Timestamp():
            is_timestamp = _parse_timestamp(value) is not None
            return None if is_timestamp else "a time needs a date and an offset, as in 2026-05-01T09:00:00Z or -06:00"
        case Text():
            return _text_fault(value, rule) or _size_fault(value, rule)


def _text_fault(value: str, rule: Text) -> str | None:
    if rule.choices and rule.folded(value) not in rule.choices:
        return f"must be one of {', '.join(rule.choices)}"
    if rule.pattern and not re.fullmatch(rule.pattern, value):
        return f"not {rule.description}"
    return "empty" if not rule.blank and not value.strip().strip(_ZERO_WIDTH).strip() else None


def _size_fault(value: str, rule: Text) -> str | None:
    if len(value) < rule.min_length:
        return "empty" if not value else f"shorter than {rule.min_length} characters"
    if rule.max_length is not None and len(value) > rule.max_length:
        return f"longer than {rule.max_length} characters"
    is_large = rule.max_bytes is not None and len(value.encode(errors="replace")) > rule.max_bytes
    return f"longer than {rule.max_bytes} octets in UTF-8" if is_large else None


def _range_faults(value: Any, now: datetime) -> Iterator[str]:
    moment = _parse_timestamp(value) if isinstance(value, str) else None
    if moment and moment < _EARLIEST:
        yield f"occurred_at: absurdly long ago: before {_EARLIEST.date()}"
    elif moment and moment > now + _MAX_AHEAD:
        yield "occurred_at: absurdly far ahead"


def _parse_timestamp(text: str) -> datetime | None:
    if not _RFC_3339.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(re.sub(r"\.(\d+)", lambda match: f".{match[1][:6]}", text.upper()))
    except ValueError:
        return None
