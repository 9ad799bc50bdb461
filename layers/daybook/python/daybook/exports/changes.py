"""What differs between the two states of a record that an audit entry has, and how a file shows any JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from daybook.exports import words
from daybook.exports.local_times import LocalTimes

# A spreadsheet keeps so many digits of a number: of what is longer it shows others.
_MAX_INTEGER = 10**15

_SEPARATORS = re.compile("[_-]+")
_HUMP = re.compile(r"(?<=[a-z\d])(?=[A-Z])", re.ASCII)
_CAPITALIZED = re.compile(r"\b[A-Z](?=[a-z])", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)", re.ASCII)


class Change(Struct, frozen=True):
    """A field that differs: the names down to it, none where the whole is one value. UNSET where it was not there."""

    path: tuple[str, ...]
    before: Any
    after: Any

    @property
    def label(self) -> str:
        """The field's name for people: `address.postal_code` is `Address › Postal code`."""
        return " › ".join(label(name) for name in self.path) if self.path else "Value"


def changes(before: Any, after: Any) -> list[Change]:
    """The fields that differ, in the order of `after`, then those that only `before` has. UNSET is no state.

    Objects are compared by their fields; lists are one value.
    """
    return list(_differing((), before, after))


def label(name: str) -> str:
    """A field's name for people: `date_of_birth` and `dateOfBirth` are `Date of birth`."""
    spaced = _HUMP.sub(" ", _SEPARATORS.sub(" ", name)).strip()
    lower = _CAPITALIZED.sub(lambda match: match[0].lower(), spaced)
    return lower[:1].upper() + lower[1:] if lower else name


def shown(value: Any, times: LocalTimes) -> str | int:
    """A value of a field as a cell; empty for null and for a field that was not there.

    Of a list each item has a line, of an object each field. What is in them has the form of JSON where it is again a
    list or an object. Numbers are text where a spreadsheet would change them, whatever language it is set to.
    """
    if value is None or value is UNSET:
        return ""
    if value in ("", [], {}):
        return words.EMPTY
    if isinstance(value, list):
        return "\n".join(_inner(item, times) for item in value)
    if isinstance(value, dict):
        return "\n".join(f"{label(name)}: {_inner(item, times)}" for name, item in value.items())
    return _scalar(value, times)


def details(value: str | Mapping[str, Any] | None) -> str:
    """Details of an activity: a text, or a line for each name with its value."""
    if value is None or isinstance(value, str):
        return value or ""
    return "\n".join(
        f"{name}: {item if isinstance(item, str) else msgspec.json.encode(item).decode()}"
        for name, item in value.items()
    )


def _differing(path: tuple[str, ...], before: Any, after: Any) -> Iterator[Change]:
    if _is_same(before, after):
        return
    fields, others = _fields(before), _fields(after)
    if fields is None or others is None or not (fields or others):
        yield Change(path, before, after)
        return
    for name in dict.fromkeys((*others, *fields)):
        yield from _differing((*path, name), fields.get(name, UNSET), others.get(name, UNSET))


def _fields(value: Any) -> dict[str, Any] | None:
    """The fields of an object, and none of what was not there; None for any other value."""
    if value is UNSET:
        return {}
    return value if isinstance(value, dict) else None


def _is_same(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON: fields are in any order, and true is not 1."""
    if one is UNSET or other is UNSET:
        return one is other
    return one == other and ((_is_number(one) and _is_number(other)) or _canonical(one) == _canonical(other))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _canonical(value: Any) -> bytes:
    return msgspec.json.encode(value, order="sorted")


def _inner(value: Any, times: LocalTimes) -> str:
    if isinstance(value, list | dict) and value:
        return msgspec.json.encode(value).decode()
    return str(shown(value, times))


def _scalar(value: Any, times: LocalTimes) -> str | int:
    if isinstance(value, bool):
        return words.YES if value else words.NO
    if isinstance(value, int) and abs(value) < _MAX_INTEGER:
        return value
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        try:
            return times.text(value)
        except ValueError:
            return value
    return str(value)
