"""The CSV of a list, which a spreadsheet opens as it is: RFC 4180, UTF-8 with a byte order mark."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from daybook.exports.export_item import RowsOf
from daybook.exports.spreadsheets.cells import cell
from daybook.exports.spreadsheets.columns import Column, Names, Value, layout
from daybook.exports.spreadsheets.local_times import LocalTimes
from daybook.model.entries import Record


class CsvLines:
    """The lines of one file. The bytes of a row do not depend on the rows before, or on where a call begins.

    `path` is that of the list in the API, behind the org: `audit`, or `records/family/101/emails`. `rows` is what has
    a line: each row, or of an audit log each changed field. `zone` is the org's. `names_of` gives the names of those
    records that have one, for messages of the whole org; without it, they have type and id. ValueError where `path` is
    of no list that has these.
    """

    def __init__(
        self, path: str, rows: RowsOf, zone: ZoneInfo, names_of: Callable[[Sequence[Record]], Names] = lambda _: {}
    ) -> None:
        self._layout = layout(path, rows)
        self._decoder = msgspec.json.Decoder(self._layout.row)
        self._times = LocalTimes(zone)
        self._names_of = names_of

    @property
    def header(self) -> bytes:
        """The byte order mark, and the line of titles."""
        return codecs.BOM_UTF8 + _encoded([[column.title for column in self._layout.columns]])

    def lines(self, rows: Sequence[msgspec.Raw]) -> bytes:
        """The lines of these rows of the list, each the JSON of the API.

        For `changes` each row is a whole entry, as `GET /audit/{entry}` answers it.
        """
        made = self._layout
        decoded = list(map(self._decoder.decode, rows))
        names: Names = {}
        if made.named is not None:
            names = self._names_of(list(dict.fromkeys(map(made.named, decoded))))
        lines = [line for row in decoded for line in made.lines(row, names)]
        return _encoded(zip(*(self._cells(column, lines) for column in made.columns), strict=True))

    def _cells(self, column: Column, lines: Sequence[Any]) -> Iterable[Value]:
        values = [column.value(line, self._times) for line in lines]
        return values if column.is_own else [cell(value) if isinstance(value, str) else value for value in values]


def _encoded(lines: Iterable[Sequence[Value]]) -> bytes:
    text = io.StringIO()
    # Texts are quoted and numbers are not: so a separator within is none, whichever one a spreadsheet looks for.
    csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_NONNUMERIC).writerows(lines)
    return text.getvalue().encode()
