"""Exports in memory: a list, S3, the queue and the table, any call of which may be the last one of an attempt."""

import itertools
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from daybook.access.callers import Caller
from daybook.access.grants import Grants
from daybook.aws.s3_uploads import UploadGoneError
from daybook.core.errors import InvalidCursorError, StoreBusyError
from daybook.exports.endings import ExportEndings
from daybook.exports.export_item import key
from daybook.exports.files import ExportFiles
from daybook.exports.listing import ListPage
from daybook.exports.messages import Message
from daybook.exports.queries import Export, export_of
from daybook.exports.requests import ExportRequest, ExportRequests
from daybook.exports.running.attempts import Attempts
from daybook.exports.running.job import ExportJob, Run
from daybook.exports.running.reading import ListExport
from daybook.exports.spreadsheets.csv_lines import CsvLines
from daybook.model.entries import Entry
from daybook.storage.models.orgs import ExportItem
from daybook.storage.store import Change

from tests.support.memory.table import CrashError, MemoryTable

ORG = "riverside"
START = datetime(2026, 11, 22, 12, tzinfo=UTC)
ADA = Caller(ORG, "ada", "Ada Admin", frozenset({"admin"}), frozenset())
VISIBILITY = timedelta(seconds=960)
FILE_DAYS = 7

# Rows of a page, and seconds that a page takes of the 900 of an invocation.
PAGE_ROWS, PAGE_SECONDS = 3, 210.0


class BrokenError(Exception):
    """Something that nobody foresaw."""


@dataclass
class Steps:
    """The calls of an attempt, counted. One of them is met by an error, before it is made or after."""

    made: int = 0
    fatal: int | None = None
    after: bool = False
    error: BaseException = field(default_factory=CrashError)

    def call(self, action: Callable[[], Any]) -> Any:
        self.made += 1
        is_fatal = self.made == self.fatal
        if is_fatal and not self.after:
            raise self.error
        result = action()
        if is_fatal:
            raise self.error
        return result


class StepTable(MemoryTable):
    def __init__(self, steps: Steps) -> None:
        super().__init__()
        self._steps = steps

    def write(self, changes: Sequence[Change]) -> list[bool]:
        written: list[bool] = self._steps.call(lambda: super(StepTable, self).write(changes))
        return written


class MemoryObjects:
    """The bucket of exports."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._numbers = itertools.count()
        self.objects: dict[str, bytes] = {}
        self.uploads: dict[tuple[str, str], dict[int, tuple[str, bytes]]] = {}

    def put(self, name: str, body: bytes) -> None:
        self._steps.call(lambda: self.objects.update({name: body}))

    def put_file(self, name: str, body: bytes, content_type: str) -> None:  # noqa: ARG002
        self.put(name, body)

    def get(self, name: str) -> bytes | None:
        found: bytes | None = self._steps.call(lambda: self.objects.get(name))
        return found

    def names(self, prefix: str, after: str | None, limit: int) -> list[str]:  # noqa: ARG002
        return sorted(name for name in self.objects if name.startswith(prefix))[:limit]

    def delete(self, names: Sequence[str]) -> None:
        self._steps.call(lambda: [self.objects.pop(name, None) for name in names])

    def exists(self, name: str) -> bool:
        return name in self.objects

    def begin(self, name: str, content_type: str) -> str:  # noqa: ARG002
        upload = f"upload-{next(self._numbers)}"
        self._steps.call(lambda: self.uploads.update({(name, upload): {}}))
        return upload

    def put_part(self, name: str, upload: str, number: int, body: bytes) -> str:
        tag = f"tag-{next(self._numbers)}"
        self._steps.call(lambda: self._parts(name, upload).update({number: (tag, body)}))
        return tag

    def parts(self, name: str, upload: str) -> list[tuple[int, str]]:
        return [(number, tag) for number, (tag, _) in sorted(self._parts(name, upload).items())]

    def complete(self, name: str, upload: str, parts: Sequence[tuple[int, str]]) -> None:
        found = self._parts(name, upload)
        if any(found[number][0] != tag for number, tag in parts):
            raise UploadGoneError

        def complete() -> None:
            self.objects[name] = b"".join(found[number][1] for number, _ in parts)
            del self.uploads[name, upload]

        self._steps.call(complete)

    def abort_all(self, prefix: str) -> None:
        found = [each for each in self.uploads if each[0].startswith(prefix)]
        self._steps.call(lambda: [self.uploads.pop(each) for each in found])

    def url(self, name: str, seconds: int, file_name: str) -> str:  # noqa: ARG002
        return f"https://s3.example/{name}"

    def _parts(self, name: str, upload: str) -> dict[int, tuple[str, bytes]]:
        if (name, upload) not in self.uploads:
            raise UploadGoneError
        return self.uploads[name, upload]


class MemoryList:
    """A list of numbered activities, newest first, as `records/family/1/activity` answers them."""

    def __init__(self, steps: Steps, rows: int) -> None:
        self._steps = steps
        self.numbers = list(range(rows, 0, -1))
        self.refuses: Exception | None = None
        # What happens before each page.
        self.before_page: Callable[[], object] = lambda: None

    def page(
        self,
        org: str,  # noqa: ARG002
        path: str,  # noqa: ARG002
        query: Mapping[str, list[str]],  # noqa: ARG002
        caller: Caller,  # noqa: ARG002
        cursor: str | None,
        rows: int = PAGE_ROWS,
    ) -> ListPage:
        self._steps.call(self.before_page)
        if self.refuses is not None:
            raise self.refuses
        if cursor is not None and not cursor.isdecimal():
            raise InvalidCursorError(cursor)
        left = [number for number in self.numbers if cursor is None or number < int(cursor)]
        shown = left[:rows]
        more = str(shown[-1]) if len(left) > len(shown) else None
        listed = [msgspec.Raw(json.dumps(row(number)).encode()) for number in shown]
        return ListPage(listed, more, instant(shown[-1]) if shown else None)


def instant(number: int) -> str:
    return f"2026-11-20T09:{number // 60:02}:{number % 60:02}.000Z"


def row(number: int) -> dict[str, Any]:
    return {
        "log": "activity",
        "id": f"{number:035}",
        "record": {"type": "family", "id": "1"},
        "occurred_at": instant(number),
        "name": f"Sam {number}",
        "action": "signed in",
    }


class World:
    """The services on stores in memory; `rows` are those of the list."""

    def __init__(self, rows: int) -> None:
        self.now = START
        self.steps = Steps()
        self.table = StepTable(self.steps)
        self.objects = MemoryObjects(self.steps)
        self.list = MemoryList(self.steps, rows)
        # Messages with the moment from which on they are delivered.
        self.messages: list[tuple[datetime, str]] = []
        self.entries: list[Entry] = []
        self.left = 900.0
        files = ExportFiles(objects=self.objects)  # type: ignore[arg-type]
        grants = Grants(table=self.table, timer=self._seconds, admin_group="admin")
        self.requests = ExportRequests(
            table=self.table,
            reader=self.list,
            recorder=self,
            queue=self,
            zone=lambda _: ZoneInfo("America/Chicago"),
            file_days=FILE_DAYS,
            clock=self.clock,
        )
        self.endings = ExportEndings(table=self.table, files=files, clock=self.clock)
        self.job = ExportJob(
            attempts=Attempts(table=self.table, file_days=FILE_DAYS, clock=self.clock),
            lists=ListExport(
                reader=self.list,
                audit_entries=None,  # type: ignore[arg-type]
                csv_lines=lambda _, path, rows, zone: CsvLines(path, rows, zone),
                files=files,
                clock=self.clock,
                tick=lambda: 0.0,
            ),
            files=files,
            grants=grants,
            services=frozenset({"portal"}),
            recorder=self,
            queue=self,
        )

    def clock(self) -> datetime:
        return self.now

    def _seconds(self) -> float:
        return self.now.timestamp()

    def record(self, org: str, entry: Entry) -> None:  # noqa: ARG002
        """The audit log, in which a key is once."""

        def write() -> None:
            if entry.key is None or entry.key not in {each.key for each in self.entries}:
                self.entries.append(entry)

        self.steps.call(write)

    def send(self, body: str, *, delay: int = 0, tenant: str) -> None:
        assert tenant == ORG
        at = self.now + timedelta(seconds=delay)
        self.steps.call(lambda: self.messages.append((at, body)))

    def ask(self, file_format: str = "csv", caller: Caller = ADA) -> str:
        body = ExportRequest(list="records/family/1/activity", format=file_format)  # type: ignore[arg-type]
        return self.requests.create(ORG, body, caller, "203.0.113.7").id

    def export(self, export_id: str) -> Export:
        item = self.table.get_item(ExportItem, key(ORG, export_id))
        assert item is not None
        return export_of(item, FILE_DAYS, self.now)

    def file(self, export_id: str) -> bytes:
        (body,) = (body for name, body in self.objects.objects.items() if name.startswith(f"{ORG}/{export_id}/export"))
        return body

    def seconds_left(self) -> float:
        self.left -= PAGE_SECONDS
        return self.left

    def deliver(self, body: str) -> Run | None:
        """One invocation; None where it was killed. Then the message comes again."""
        self.left = 900.0
        message = msgspec.json.decode(body, type=Message)
        try:
            return self.job.run(message, self.seconds_left)
        except (CrashError, StoreBusyError):
            self.messages.append((self.now + VISIBILITY, body))
            return None

    def work(self, rounds: int = 200) -> list[str]:
        """Deliver until no message is left; the outcomes of all invocations."""
        outcomes: list[str] = []
        for _ in range(rounds):
            if not self.messages:
                return outcomes
            self.messages.sort()
            at, body = self.messages.pop(0)
            self.now = max(self.now, at)
            run = self.deliver(body)
            outcomes.append("killed" if run is None else run.outcome)
        raise AssertionError("it never ends")

    def kill(self, drawn: random.Random) -> None:
        """Let one of the next calls be the last one of its attempt."""
        self.steps.fatal, self.steps.after = self.steps.made + drawn.randint(1, 12), drawn.random() < 0.5
