"""Other ways to write the fields of a post: `Not delivered` for `not_delivered`, and null for one not given."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import get_args

import msgspec
from msgspec import Raw

from daybook.model.entries import RECORD_TYPES, SmsReason
from daybook.model.shown_words import spelled_as, status_of

# By field, what a spelling of its value stands for; None where it is none.
Spellings = Mapping[str, Callable[[str], str | None]]

# Optional texts that cannot be empty. An empty `key` is told, as the caller relies on it.
OPTIONAL = frozenset({"message_id"})
OPTIONAL_OF_AFFECTED = frozenset({"name"})

# By log, the optional fields that are never null in an entry.
DEFAULTS: Mapping[str, Collection[str]] = {"email": ("status",), "sms": ("status",), "audit": ("affected",)}

_EMPTY, _NULL = b'""', b"null"

_fields_decoder = msgspec.json.Decoder(dict[str, Raw])
_text_decoder = msgspec.json.Decoder(str)
_list_decoder = msgspec.json.Decoder(list[Raw])


def usual(payload: bytes | Raw) -> bytes:
    """A posted entry (JSON) in the form that its type has; what is no JSON object stays as it is."""
    fields = _fields(payload)
    if fields is None:
        return bytes(payload)
    given = _respelled(_given(fields, OPTIONAL), {"log": partial(spelled_as, values=RECORD_TYPES)})
    log = _text(given.get("log"))
    if log is not None:
        in_log = partial(status_of, log=log)
        given = _respelled(given, {"status": in_log, "reason": in_log})
        never_null = DEFAULTS.get(log, ())
        given = {name: value for name, value in given.items() if name not in never_null or bytes(value) != _NULL}
    reason = _text(given.get("status"))
    if log == "sms" and reason in get_args(SmsReason) and _text(given.get("reason")) in (None, reason):
        # The page's words for both are one column: `Not Delivered – Failed`.
        given |= {"reason": given["status"], "status": Raw(b'"not_delivered"')}
    if "affected" in given:
        given["affected"] = _usual_affected(given["affected"])
    return msgspec.json.encode(given)


def respelled(payload: bytes | Raw, spelled: Spellings) -> bytes:
    """The JSON object with the values of those fields as they are known; what is no object stays as it is."""
    fields = _fields(payload)
    return bytes(payload) if fields is None else msgspec.json.encode(_respelled(fields, spelled))


def _respelled(fields: dict[str, Raw], spelled: Spellings) -> dict[str, Raw]:
    known = dict(fields)
    for name, value_of in spelled.items():
        words = _text(fields.get(name))
        value = None if words is None else value_of(words)
        if value is not None:
            known[name] = Raw(msgspec.json.encode(value))
    return known


def _text(value: Raw | None) -> str | None:
    """The text; None of another value, or of none."""
    if value is None:
        return None
    try:
        return _text_decoder.decode(value)
    except msgspec.DecodeError:
        return None


def _usual_affected(affected: Raw) -> Raw:
    try:
        items = _list_decoder.decode(affected)
    except msgspec.DecodeError:
        return affected
    changes = [(item, _fields(item)) for item in items]
    return Raw(
        msgspec.json.encode(
            [item if fields is None else _given(fields, OPTIONAL_OF_AFFECTED) for item, fields in changes]
        )
    )


def _fields(payload: bytes | Raw) -> dict[str, Raw] | None:
    """The fields of an object; None where it is none, or no JSON."""
    try:
        return _fields_decoder.decode(payload)
    except msgspec.DecodeError:
        return None


def _given(fields: dict[str, Raw], optional: Collection[str]) -> dict[str, Raw]:
    return {name: value for name, value in fields.items() if name not in optional or bytes(value) != _EMPTY}
