"""What is wrong with a request, in words for people: what a field takes, and never how the check is written.

msgspec finds the fault and names its type or pattern. What the field takes is read from the type that was expected.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec import Meta, Raw, Struct, structs

from daybook.core.errors import FieldError
from daybook.model.entries import RECORD_ID, RECORD_TYPE

TIME = "a time with an offset, such as 2026-01-05T17:10:00-06:00"
NO_TIME = f"must be {TIME}"
OUT_OF_RANGE = "has a number that is out of range: send it as a text"
RECORD_TYPE_FORM = "not a type of record: a letter, then up to 63 letters, digits or _.:-"
RECORD_ID_FORM = "not an id: 1 to 128 letters, digits or -._~:@!$&'()*+,;="

# What a text in the form of a pattern is, for each pattern that a request's type has.
FORMS = {RECORD_TYPE: RECORD_TYPE_FORM, RECORD_ID: RECORD_ID_FORM}

# What a field of a query string is to the caller.
PARAMETER = "parameter"

# In the place of a parameter's name: `?=1`.
NO_NAME = "a parameter without a name"

_TYPES = {
    "str": "a text", "object": "an object", "array": "a list", "int": "a whole number", "float": "a number",
    "bool": "true or false", "null": "null", "datetime": TIME,
    # As msgspec names the type of a tag.
    "NoneType": "null", "list": "a list", "dict": "an object",
}  # fmt: skip

_PLACE = re.compile(r"^(?P<message>.*?)(?: - at (?P<key>`key` in )?`\$\.?(?P<path>[^`]*)`)?$", re.DOTALL)
_STEP = re.compile(r"\[(?P<item>[^\]]*)\]|(?P<name>[^.\[]+)")
# In the place of an index: the names in an object, not the values.
_KEY = "key"
_FIELD = re.compile(r"(?P<problem>missing required|contains unknown) field `(?P<name>.*)`", re.DOTALL)
_TYPE = re.compile(r"Expected `(?P<expected>[^`]+)`(?:, got `(?P<found>[^`]+)`)?")
_LENGTH = re.compile(r"Expected `(?P<of>\w+)` of length (?P<bound><=|>=) (?P<length>\d+)")
_NUMBER = re.compile(r"Expected `\w+` (?P<bound><=|>=) (?P<limit>-?\d+)")
_BYTE = re.compile(r"JSON is malformed: (?P<why>.*) \(byte (?P<byte>\d+)\)")
_NO_NUMBERS = (b"NaN", b"Infinity")
_NO_LETTER = re.compile(r"[\W_]+")

# How alike a name must be to one that is known, for it to be taken for a slip (difflib's own default).
_LIKENESS = 0.65


def not_json(error: msgspec.DecodeError | RecursionError, data: bytes | Raw) -> str:
    """Why the data is no JSON, in words."""
    match = _BYTE.match(str(error))
    if match is None:
        return "it ends before it is complete" if "truncated" in str(error) else str(error)
    place = int(match["byte"])
    found = bytes(data)[place:]
    if found.startswith(_NO_NUMBERS):
        why = "it has no NaN and no Infinity: send null"
    elif found.startswith(b"'"):
        why = "names and texts stand in double quotes"
    elif found[:1] in (b"\n", b"\r", b"\t"):
        why = "in a text, a line break or tab is an escape such as \\n"
    else:
        why = match["why"]
    return f"{why} (byte {place})"


def fault(message: str, kind: Any, *, tag: str | None = None, noun: str = "field") -> FieldError:
    """The field and message of a msgspec error: `Expected ... - at `$.record.id``.

    `kind` is the type that was expected; of a union, `tag` tells which. `noun` is what its fields are to the caller.
    """
    match = _PLACE.match(message)
    text, path = (match["message"], match["path"] or "") if match else (message, "")
    # In the place of a name that may be any.
    path = path.partition("[...]")[0]
    field = _FIELD.search(text)
    if field is None:
        place = f"{path}[{_KEY}]" if match and match["key"] else path
        return FieldError(path, _told(text, lambda: _types_at(kind, place, tag), noun))
    inside = f"{path}.{field['name']}".lstrip(".")
    if field["problem"].startswith("missing"):
        return FieldError(inside, "required")
    return FieldError(inside, unknown(field["name"], _field_names(_types_at(kind, path, tag)), noun))


def unknown(name: str, known: Sequence[str], noun: str = "field") -> str:
    """The message for a name that is none of those known: it names the nearest, and all of them."""
    likely = nearest(name, known)
    hint = f"did you mean {likely}? " if likely else ""
    return f"unknown {noun}: {hint}allowed are {', '.join(known)}"


def nearest(name: str, known: Sequence[str]) -> str | None:
    """The known name that this is a slip of: another way to write it, or a mistyped one."""
    from difflib import get_close_matches  # noqa: PLC0415 - a fault only needs it

    letters = {_NO_LETTER.sub("", each).lower(): each for each in known}
    found = get_close_matches(_NO_LETTER.sub("", name).lower()[:100], letters, 1, _LIKENESS)
    return letters[found[0]] if found else None


def choice(values: Sequence[object]) -> str:
    """The message for a value that is none of these."""
    return f"must be one of {', '.join(map(str, values))}"


def too_long(limit: int, unit: str = "characters") -> str:
    """The message for a text over its limit."""
    return f"must have at most {limit:,} {unit}: shorten it"


def _told(text: str, types: Callable[[], list[Any]], noun: str) -> str:
    """The message in words; `types` gives the types that were expected."""
    told = text[:1].lower() + text[1:]
    if match := _LENGTH.match(text):
        told = _length(match["of"], match["bound"], int(match["length"]))
        if noun == PARAMETER and match["bound"] == ">=":
            told += ", or be left out"
    elif match := _NUMBER.match(text):
        told = f"must be at {'most' if match['bound'] == '<=' else 'least'} {match['limit']}"
    elif text.startswith("Expected `str` matching regex"):
        told = next(FORMS[each.pattern] for each in types() if isinstance(each, Meta) and each.pattern)
    elif text.startswith(("Invalid enum value", "Invalid value")):
        told = choice([value for each in types() if get_origin(each) is Literal for value in get_args(each)])
    elif text.startswith(("Invalid RFC3339", "Expected `datetime")):
        told = NO_TIME
    elif text.startswith(("Number out of range", "Integer value out of range")):
        told = OUT_OF_RANGE
    elif noun == PARAMETER and text.startswith("Expected `int`"):
        # All of a query string is text.
        told = next((_whole_number(each) for each in types() if isinstance(each, Meta)), "must be a whole number")
    elif match := _TYPE.match(text):
        told = _mistyped(match["expected"].split(" | "), match["found"])
    return told


def _length(of: str, bound: str, length: int) -> str:
    unit = "character" if of == "str" else "item"
    if bound == ">=":
        return f"must have at least {length:,} {unit}{'' if length == 1 else 's'}"
    if of == "str":
        return too_long(length)
    return f"must have at most {length:,} items: spread them over several"


def _whole_number(limits: Meta) -> str:
    return f"must be a whole number from {limits.ge} to {limits.le}"


def _mistyped(expected: list[str], found: str | None) -> str:
    # What may be null may be left out, which goes without saying.
    wanted = [_TYPES.get(name, name) for name in expected if name != "null"]
    instead = f", not {_TYPES.get(found, found)}" if found else ""
    return f"must be {' or '.join(wanted)}{instead}"


def _types_at(kind: Any, path: str, tag: str | None) -> list[Any]:
    """The types that may stand at a path, as in `affected[0].record`, and what `Meta` says of them."""
    types = list(_alternatives(kind))
    for step in _STEP.finditer(path):
        found = (inner for outer in types for inner in _inner(outer, step["name"], step["item"], tag))
        types = [each for inner in found for each in _alternatives(inner)]
    return [each for each in types if not _is_struct(each) or _has_tag(each, tag)]


def _inner(outer: Any, name: str | None, item: str | None, tag: str | None) -> Iterator[Any]:
    """The type of the field of that name; where it is None, that of the items, or with `_KEY` of an object's names."""
    if name is None and get_origin(outer) in (list, dict):
        yield get_args(outer)[0 if item == _KEY else -1]
    elif name is not None and _is_struct(outer):
        if name == outer.__struct_config__.tag_field:
            yield Literal[outer.__struct_config__.tag]
        elif _has_tag(outer, tag):
            yield from (field.type for field in structs.fields(outer) if field.encode_name == name)


def _alternatives(kind: Any) -> Iterator[Any]:
    """The types of which it may be, and what `Meta` says of them."""
    origin = get_origin(kind)
    if origin is Annotated:
        yield from kind.__metadata__
        yield from _alternatives(kind.__origin__)
    elif origin in (Union, UnionType):
        yield from (each for inner in get_args(kind) for each in _alternatives(inner))
    else:
        yield kind


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct)


def _has_tag(kind: type[Struct], tag: str | None) -> bool:
    """Whether what names this tag is read as this type; without a tag it may be any."""
    return tag is None or kind.__struct_config__.tag in (None, tag)


def _field_names(types: Sequence[Any]) -> list[str]:
    names = dict.fromkeys(
        name
        for each in types
        if _is_struct(each)
        for name in (each.__struct_config__.tag_field, *each.__struct_encode_fields__)
        if name is not None
    )
    return list(names)
