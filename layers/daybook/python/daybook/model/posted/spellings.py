"""Other ways to write the fields of a post: an optional one that is empty counts as not given."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from msgspec import Raw

# Those of an entry that cannot be empty. An empty `key` or `occurred_at` is told, as the caller relies on it.
OPTIONAL = frozenset({"message_id", "body", "status", "reason", "affected"})
OPTIONAL_OF_AFFECTED = frozenset({"name"})

_NOT_GIVEN = (b'""', b"null")

_fields_decoder = msgspec.json.Decoder(dict[str, Raw])
_list_decoder = msgspec.json.Decoder(list[Raw])


def usual(payload: bytes | Raw) -> bytes:
    """A posted entry (JSON) in the form that its type has; what is no JSON object stays as it is."""
    fields = _fields(payload)
    if fields is None:
        return bytes(payload)
    given = _given(fields, OPTIONAL)
    if "affected" in given:
        given["affected"] = _usual_affected(given["affected"])
    return msgspec.json.encode(given)


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
    return {name: value for name, value in fields.items() if name not in optional or bytes(value) not in _NOT_GIVEN}
