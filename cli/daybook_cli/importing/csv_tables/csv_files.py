"""The rows of CSV files, plain or gzipped, each with the line that it starts on; what is not a row is a fault.

A quote that is opened and never closed would swallow the rows behind it: there, only its line is given up.
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
from daybook_cli.importing.csv_tables.dialects import DialectOptions
from daybook_cli.posting import json_files
from daybook_cli.posting.batches import MAX_BYTES
from daybook_cli.posting.json_files import Fault, Place

# Characters of a row; a longer one could not be posted.
MAX_ROW_LENGTH = MAX_BYTES
_SAMPLE_LINES, _SAMPLE_LENGTH = 20, 4096
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[\r\n]*', re.IGNORECASE)
# Stands for what could not be decoded: half of a surrogate pair, which no text in any encoding holds.
_UNDECODABLE = "\udcff"
_ERROR_HANDLER = "daybook.undecodable"
codecs.register_error(_ERROR_HANDLER, lambda error: (_UNDECODABLE, getattr(error, "end", 0)))


@dataclass(frozen=True)
class Row:
    """`place` is the line that the row begins on."""

    place: Place
    cells: list[str]


def read_rows(
    file: IO[bytes], name: str, options: DialectOptions, is_heading: Callable[[str], bool]
) -> Iterator[Row | Fault]:
    """Every row that is not empty, the header first; at least one row or fault. `name` is what places call the file."""
    lines = None
    try:
        content = json_files.decompressed(file)
        begins_as_utf_16 = content.peek(2)[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}
        if begins_as_utf_16 and options.encoding.startswith("utf-8"):
            yield Fault(Place(name, 1), "begins as UTF-16 does: give --encoding utf-16")
            return
        lines = _Lines(io.TextIOWrapper(content, options.encoding, errors=_ERROR_HANDLER, newline=""))
        yield from _rows(lines, name, options, is_heading)
    except (*json_files.READ_ERRORS, UnicodeError) as error:
        yield Fault(Place(name, lines.number if lines else 1), f"the file cannot be read any further: {error}")


class _Lines:
    """Physical lines, counted. Those of the row that is being read can be put back, to be read again."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._put_back: deque[str] = deque()
        self.number = 0
        self.of_row: list[str] = []
        self._row_length = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._put_back.popleft() if self._put_back else self._read_line()
        if not line:
            raise StopIteration
        self.number += 1
        self.of_row.append(line)
        self._row_length += len(line)
        if self._row_length > MAX_ROW_LENGTH:
            raise csv.Error(f"more than {MAX_ROW_LENGTH} characters")
        return line

    def _read_line(self) -> str:
        line = self._text.readline(MAX_ROW_LENGTH + 1)
        rest = line
        while len(rest) > MAX_ROW_LENGTH and not rest.endswith(("\r", "\n")):
            rest = self._text.readline(MAX_ROW_LENGTH + 1)
        return line

    def begin_row(self) -> int:
        """The number of the next line, where a row begins."""
        self.of_row, self._row_length = [], 0
        return self.number + 1

    def put_back(self, kept: int) -> None:
        """Put back all lines of this row but the first `kept`."""
        self._put_back.extendleft(reversed(self.of_row[kept:]))
        self.number -= len(self.of_row[kept:])
        self.of_row, self._row_length = self.of_row[:kept], 0

    def sample(self) -> list[str]:
        """Some of the lines that come next."""
        self.begin_row()
        room = _SAMPLE_LENGTH
        lines: list[str] = []
        while room > 0 and len(lines) < _SAMPLE_LINES and (line := self._read_line()):
            lines.append(line)
            room -= len(line)
        self._put_back.extend(lines)
        return lines


def _rows(
    lines: _Lines, name: str, options: DialectOptions, is_heading: Callable[[str], bool]
) -> Iterator[Row | Fault]:
    csv.field_size_limit(max(csv.field_size_limit(), MAX_ROW_LENGTH))
    sample = lines.sample()
    if sample and (separator := _SEPARATOR_LINE.fullmatch(sample[0])):
        # Excel writes and reads such a line.
        options, sample = replace(options, delimiter=options.delimiter or separator[1]), sample[1:]
        next(lines)
    reader = dialects.detect(sample, options, is_heading).rows(lines)
    is_empty = True
    while (row := _next_row(reader, lines, name, options.encoding)) is not None:
        if isinstance(row, Fault) or any(cell.strip() for cell in row.cells):
            is_empty = False
            yield row
    if is_empty:
        yield Fault(Place(name, 1), "the file is empty: it has no header")


def _next_row(reader: Iterator[list[str]], lines: _Lines, name: str, encoding: str) -> Row | Fault | None:
    """None at the end of the file."""
    place = Place(name, lines.begin_row())
    try:
        cells = next(reader)
    except StopIteration:
        return None
    except csv.Error as error:
        lines.put_back(kept=1)
        return Fault(place, f"not a row of CSV, or a quote that is not closed: {error}")
    reason = _undecodable(lines.of_row, encoding)
    return Fault(place, reason) if reason else Row(place, cells)


def _undecodable(lines: list[str], encoding: str) -> str | None:
    """Why these lines are not text in the encoding; None where they are."""
    name = encoding.removesuffix("-sig")
    for line in lines:
        if "\0" in line:
            return f"character {line.index(chr(0)) + 1} of a line is NUL: not a text, or not one in {name}"
        if not line.isascii() and _UNDECODABLE in line:
            return (
                f"character {line.index(_UNDECODABLE) + 1} of a line is not {name}: --encoding names another, as cp1252"
            )
    return None
