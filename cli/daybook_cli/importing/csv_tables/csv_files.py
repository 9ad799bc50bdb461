"""The rows of CSV files, plain or gzipped, each with the line that it starts on; what is no row is a fault.

A quote that is opened and never closed would swallow the rows behind it: there, only the first line is given up.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import IO, TextIO

from daybook_cli.importing.csv_tables import dialects
from daybook_cli.importing.csv_tables.dialects import Asked
from daybook_cli.posting import json_files
from daybook_cli.posting.json_files import Fault, Place
from daybook_cli.posting.sending import MAX_BYTES

# Characters of a row; what is longer could not be posted.
LARGEST_ROW = MAX_BYTES
_SAMPLE_LINES, _SAMPLE_CHARACTERS = 20, 4096
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[\r\n]*', re.IGNORECASE)
# What could not be decoded becomes half of a surrogate pair, which no text in any encoding holds.
_MARK = "\udcff"
_MARKED = "daybook.marked"
codecs.register_error(_MARKED, lambda error: (_MARK, getattr(error, "end", 0)))


@dataclass(frozen=True)
class Row:
    place: Place
    cells: list[str]


def read(file: IO[bytes], name: str, asked: Asked, knows: Callable[[str], bool]) -> Iterator[Row | Fault]:
    """Every row that is not empty, the header first, or at least a fault; `knows` says what can be a heading."""
    lines = None
    try:
        plain = json_files.plain(file)
        if plain.peek(2)[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} and asked.encoding.startswith("utf-8"):
            yield Fault(Place(name, 1), "begins as UTF-16 does: give --encoding utf-16")
            return
        lines = _Lines(io.TextIOWrapper(plain, asked.encoding, errors=_MARKED, newline=""))
        yield from _rows(lines, name, asked, knows)
    except (*json_files.UNREADABLE, UnicodeError) as error:
        yield Fault(Place(name, lines.number if lines else 1), f"the file cannot be read any further: {error}")


class _Lines:
    """Physical lines, counted; those of the row that is being read can be given back."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._back: deque[str] = deque()
        self.number = 0
        self.taken: list[str] = []
        self._size = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._back.popleft() if self._back else self._next()
        if not line:
            raise StopIteration
        self.number += 1
        self.taken.append(line)
        self._size += len(line)
        if self._size > LARGEST_ROW:
            raise csv.Error(f"more than {LARGEST_ROW} characters")
        return line

    def _next(self) -> str:
        line = self._text.readline(LARGEST_ROW + 1)
        rest = line
        while len(rest) > LARGEST_ROW and not rest.endswith(("\r", "\n")):
            rest = self._text.readline(LARGEST_ROW + 1)
        return line

    def begin(self) -> int:
        """The number of the line that comes next, where a row begins."""
        self.taken, self._size = [], 0
        return self.number + 1

    def give_back(self, kept: int) -> None:
        """Have all lines of this row but the first `kept` come again."""
        self._back.extendleft(reversed(self.taken[kept:]))
        self.number -= len(self.taken[kept:])
        self.taken, self._size = self.taken[:kept], 0

    def sample(self) -> list[str]:
        """Some of what comes next."""
        self.begin()
        room = _SAMPLE_CHARACTERS
        found: list[str] = []
        while room > 0 and len(found) < _SAMPLE_LINES and (line := self._next()):
            found.append(line)
            room -= len(line)
        self._back.extend(found)
        return found


def _rows(lines: _Lines, name: str, asked: Asked, knows: Callable[[str], bool]) -> Iterator[Row | Fault]:
    csv.field_size_limit(max(csv.field_size_limit(), LARGEST_ROW))
    sample = lines.sample()
    if sample and (separator := _SEPARATOR_LINE.fullmatch(sample[0])):
        # Excel writes and reads such a line.
        asked, sample = replace(asked, delimiter=asked.delimiter or separator[1]), sample[1:]
        next(lines)
    rows = dialects.choose(sample, asked, knows).rows(lines)
    is_empty = True
    while True:
        place = Place(name, lines.begin())
        try:
            cells = next(rows)
        except StopIteration:
            break
        except csv.Error as error:
            lines.give_back(kept=1)
            found: Row | Fault = Fault(place, f"not a row of CSV, or a quote that is not closed: {error}")
        else:
            reason = _fault(lines.taken, asked.encoding)
            found = Fault(place, reason) if reason else Row(place, cells)
        if isinstance(found, Fault) or any(cell.strip() for cell in found.cells):
            is_empty = False
            yield found
    if is_empty:
        yield Fault(Place(name, 1), "the file is empty: it has no header")


def _fault(lines: list[str], encoding: str) -> str | None:
    named = encoding.removesuffix("-sig")
    for line in lines:
        if "\0" in line:
            return f"character {line.index(chr(0)) + 1} of a line is NUL: not a text, or not one in {named}"
        if not line.isascii() and _MARK in line:
            return f"character {line.index(_MARK) + 1} of a line is not {named}: --encoding names another, as cp1252"
    return None
