"""Reading a list to its end, and storing the bytes of its rows: in parts, and what is short of one in a tail.

What a file holds does not depend on where attempts and parts ended. Progress is noted only of bytes that are stored. So
an attempt that was killed is followed by one that reads on from the last note, and each row is in the file once. Memory
holds a page and a part, however long the list is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from daybook.access.callers import Caller
from daybook.audit.entry import ListedEntry
from daybook.core import timestamps
from daybook.exports import lists
from daybook.exports.export_item import RowsOf, Wanted
from daybook.exports.files import PART_BYTES, ExportFiles
from daybook.exports.listing import ListPage, ListReader
from daybook.exports.running.attempts import Attempt

# Before the invocation ends: a page of a slow search, and a part.
STOP_SECONDS = 60.0

# Between two notes at most: what is lost of an attempt that is killed, and how old the progress is that is shown.
NOTE_SECONDS = 15.0

# Audit entries whose changes are read at once: each may have 50 records with texts before and after.
CHANGES_BATCH = 25


class Lines(Protocol):
    """The bytes of a file: `header`, and those of rows."""

    @property
    def header(self) -> bytes: ...

    def lines(self, rows: Sequence[Raw]) -> bytes: ...


class JsonLines:
    """JSON lines: the API's rows, one a line. https://jsonlines.org"""

    header = b""

    def lines(self, rows: Sequence[Raw]) -> bytes:
        """The bytes of these rows."""
        return b"".join(bytes(row) + b"\n" for row in rows)


# The lines of a CSV file, by the org, the list, what a line is of, and the time zone of its times.
CsvLinesOf = Callable[[str, str, RowsOf, ZoneInfo], Lines]


class WholeEntries(Protocol):
    """Audit entries with all that they affected: `audit.entry.AuditEntries`."""

    def read_many(self, org: str, rows: Sequence[ListedEntry]) -> Iterable[object]: ...


class ListExport:
    """`csv_lines` makes the lines of a CSV file. `clock` returns an aware datetime, `tick` seconds that only grow."""

    def __init__(
        self,
        *,
        reader: ListReader,
        audit_entries: WholeEntries,
        csv_lines: CsvLinesOf,
        files: ExportFiles,
        clock: Callable[[], datetime],
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reader = reader
        self._audit_entries = audit_entries
        self._csv_lines = csv_lines
        self._files = files
        self._clock = clock
        self._tick = tick

    def read(self, attempt: Attempt, caller: Caller, seconds_left: Callable[[], float]) -> bool:
        """Read on from where the last note is; False where the list is not at its end, and there is no time left.

        What was read is noted in either case. Raises as the list does, and LostLeaseError, LostPartsError.
        """
        if attempt.progress.read_at is not None:
            return True
        wanted = attempt.wanted
        zone = ZoneInfo(wanted.zone)
        walk = lists.walk(wanted.path, wanted.query, wanted.start, wanted.end, zone)
        lines = self._lines(attempt.org, wanted, zone)
        stored = _Stored(files=self._files, attempt=attempt, header=lines.header, tick=self._tick)
        while True:
            page = self._reader.page(attempt.org, wanted.path, walk.query, caller, stored.progress.cursor)
            rows = page.rows if walk.is_match is None else [row for row in page.rows if walk.is_match(row)]
            for batch in self._batches(attempt, rows):
                stored.add(lines.lines(batch))
            stored.advance(page, len(rows))
            if page.next is None:
                stored.finish(timestamps.instant(self._clock()))
                return True
            if seconds_left() < STOP_SECONDS:
                stored.note()
                return False
            stored.note_if_due()

    def _lines(self, org: str, wanted: Wanted, zone: ZoneInfo) -> Lines:
        return JsonLines() if wanted.format == "jsonl" else self._csv_lines(org, wanted.path, wanted.rows, zone)

    def _batches(self, attempt: Attempt, rows: Sequence[Raw]) -> Iterator[Sequence[Raw]]:
        """The rows; where the file is of changes, their entries whole, a few at a time."""
        if attempt.wanted.rows == "entries":
            yield rows
            return
        listed = [msgspec.json.decode(row, type=ListedEntry) for row in rows]
        for start in range(0, len(listed), CHANGES_BATCH):
            entries = self._audit_entries.read_many(attempt.org, listed[start : start + CHANGES_BATCH])
            yield [Raw(msgspec.json.encode(entry)) for entry in entries]


class _Stored:
    """The bytes behind the last part, and the progress with them; `header` begins the file."""

    def __init__(self, *, files: ExportFiles, attempt: Attempt, header: bytes, tick: Callable[[], float]) -> None:
        self._files = files
        self._attempt = attempt
        self._tick = tick
        self.progress = noted = attempt.progress
        is_begun = noted.parts > 0 or noted.tail is not None
        self._bytes = bytearray(b"" if is_begun else header)
        if noted.tail is not None:
            self._bytes += files.load_tail(noted.tail)
        self._noted_at = tick()

    def add(self, lines: bytes) -> None:
        self._bytes += lines
        if len(self._bytes) >= PART_BYTES:
            self._put_part()

    def advance(self, page: ListPage, rows: int) -> None:
        """So many rows of a page have been added, all that are meant."""
        reached = page.reached or self.progress.reached
        self.progress = replace(self.progress, rows=self.progress.rows + rows, reached=reached, cursor=page.next)

    def note_if_due(self) -> None:
        """Note the progress after each part, and every few seconds."""
        if self.progress.parts > self._attempt.progress.parts or self._tick() - self._noted_at >= NOTE_SECONDS:
            self.note()

    def note(self) -> None:
        """Note the progress, with what is short of a part in a tail of its own: the one before stays until then."""
        attempt, before = self._attempt, self._attempt.progress.tail
        tail = None
        if self._bytes:
            tail = self._files.put_tail(attempt.org, attempt.id, bytes(self._bytes))
        attempt.note(replace(self.progress, tail=tail))
        if before is not None:
            self._files.delete_tail(before)
        self._noted_at = self._tick()

    def finish(self, now: str) -> None:
        """Store all that is left, at the end of the list."""
        attempt, file_format = self._attempt, self._attempt.wanted.format
        if self.progress.parts == 0:
            self._files.put_file(attempt.org, attempt.id, file_format, bytes(self._bytes))
            self.progress = replace(self.progress, size=len(self._bytes))
        elif self._bytes:
            self._put_part()
        attempt.note(replace(self.progress, tail=None, read_at=now))

    def _put_part(self) -> None:
        attempt = self._attempt
        body = bytes(self._bytes)
        self.progress = self._files.put_part(attempt.org, attempt.id, attempt.wanted.format, self.progress, body)
        self._bytes.clear()
