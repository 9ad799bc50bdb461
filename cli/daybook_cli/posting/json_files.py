"""JSON values out of files: whole documents or one value a line, plain or gzipped, each with its place in the file."""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import IO, Any, NoReturn

_GZIP = b"\x1f\x8b"
# A first line that ends so is the start of a document that goes on in the next line.
_UNFINISHED = (b"{", b"[", b",", b":")
_BETWEEN = re.compile(r"[\s,]*")
# What the parser says, and what is meant.
_JSON_FAULTS = {
    "Expecting value": "a value is missing or misspelt",
    "Expecting property name": "a name in double quotes is missing",
    "Expecting ':'": "a ':' is missing",
    "Expecting ','": "a ',' is missing",
    "Illegal trailing comma": "a comma has nothing behind it",
    "Extra data": "there is something behind the end",
    "Unterminated string": "a text has no end, which begins",
    "Invalid control character": "a line break or control character stands in a text",
    "Invalid \\escape": "there is an escape that JSON does not have",
    "Invalid \\uXXXX escape": "there is an escape that JSON does not have",
}
# What reading a file that `decompressed` has opened may raise.
READ_ERRORS = (OSError, EOFError, zlib.error)


@dataclass(frozen=True)
class Place:
    """Where a value stands: its line, and its number in a list that starts in that line. Both count from 1."""

    file: str
    line: int
    record: int | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" + ("" if self.record is None else f" record {self.record}")


@dataclass(frozen=True)
class Value:
    """One value of JSON."""

    place: Place
    value: Any


@dataclass(frozen=True)
class Fault:
    """Input that cannot be used, and why."""

    place: Place
    reason: str


Unwrap = Callable[[Any], Iterable[Any] | None]


def read_values(file: IO[bytes], name: str, unwrap: Unwrap) -> Iterator[Value | Fault]:
    """Every value of a file, in order; what cannot be read is a fault.

    `unwrap` gives the values inside a list or an envelope, and None for a bare value. A file with one value a line is
    read line by line; a document of several lines is held in memory.
    """
    place = Place(name, 1)
    try:
        for parsed in _values(decompressed(file), name, unwrap):
            place = replace(parsed.place, record=None)
            yield parsed
    except READ_ERRORS as error:
        yield Fault(place, f"the file cannot be read any further: {error}")


def decompressed(file: IO[bytes]) -> io.BufferedReader[Any] | gzip.GzipFile:
    """The content of a file, gzipped or not. Reading it may raise one of `READ_ERRORS`."""
    buffered = file if isinstance(file, io.BufferedReader) else io.BufferedReader(file)  # type: ignore[type-var]
    return gzip.GzipFile(fileobj=buffered) if buffered.peek(2)[:2] == _GZIP else buffered


def parse_json(text: str | bytes) -> Any:
    """The value of a JSON text. NaN and Infinity, which Python takes, are refused. ValueError, RecursionError."""
    return json.loads(text, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _values(lines: Iterable[bytes], name: str, unwrap: Unwrap) -> Iterator[Value | Fault]:
    numbered = enumerate(lines, start=1)
    filled = ((number, line) for number, line in numbered if line.strip())
    first = next(filled, None)
    if first is None:
        return
    if first[1].rstrip().endswith(_UNFINISHED):
        document = b"".join(line for _, line in chain([first], numbered))
        yield from _document(document, Place(name, first[0]), unwrap)
        return
    yield from _lines(chain([first], filled), name, unwrap)


def _lines(numbered: Iterable[tuple[int, bytes]], name: str, unwrap: Unwrap) -> Iterator[Value | Fault]:
    for number, line in numbered:
        place = Place(name, number)
        try:
            value = parse_json(line)
        except (ValueError, RecursionError) as error:
            yield Fault(place, _why_not_json(error))
        else:
            yield from _unwrapped(value, place, unwrap)


def _document(data: bytes, start: Place, unwrap: Unwrap) -> Iterator[Value | Fault]:
    """The values of a text that spans lines: one, or several behind one another as `jq` writes them."""
    decoder = json.JSONDecoder(parse_constant=_refuse_constant)
    place, position = start, 0
    try:
        text = data.decode("utf-8-sig")
        while (begin := _skip_separators(text, position)) < len(text):
            place = replace(start, line=place.line + text.count("\n", position, begin))
            value, position = decoder.raw_decode(text, begin)
            yield from _unwrapped(value, place, unwrap)
            place = replace(start, line=place.line + text.count("\n", begin, position))
    except (ValueError, RecursionError) as error:
        lines = data.split(b"\n")
        if position == 0 and _is_object(lines[1:2]):
            # A value a line after all, the first of them cut off.
            filled = ((number, line) for number, line in enumerate(lines, start.line) if line.strip())
            yield from _lines(filled, start.file, unwrap)
        else:
            yield Fault(place, _why_not_json(error))


def _why_not_json(error: ValueError | RecursionError) -> str:
    if isinstance(error, RecursionError):
        return "not JSON: nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return f"not JSON: byte {error.start + 1} is no UTF-8"
    if isinstance(error, json.JSONDecodeError):
        line = "" if error.lineno == 1 else f" of line {error.lineno}"
        reason = next((ours for theirs, ours in _JSON_FAULTS.items() if error.msg.startswith(theirs)), error.msg)
        return f"not JSON: {reason} at character {error.colno}{line}"
    return f"not JSON: {error}"


def _is_object(lines: list[bytes]) -> bool:
    try:
        return bool(lines) and isinstance(json.loads(lines[0]), dict)
    except (ValueError, RecursionError):
        return False


def _skip_separators(text: str, position: int) -> int:
    between = _BETWEEN.match(text, position)
    return between.end() if between else position


def _unwrapped(value: Any, place: Place, unwrap: Unwrap) -> Iterator[Value]:
    inside = unwrap(value)
    if inside is None:
        yield Value(place, value)
        return
    for number, each in enumerate(inside, start=1):
        yield Value(replace(place, record=number), each)
