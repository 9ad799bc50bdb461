"""Exports of large logs in processes of their own, which may be killed: DynamoDB Local, and a folder in place of S3."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from daybook.aws.s3_uploads import UploadGoneError
from daybook.exports.export_item import Format
from daybook.exports.messages import Message
from daybook.storage.table import Table
from msgspec import Struct

from tests.support.dynamodb.local_server import LocalTable
from tests.support.dynamodb.service_stack import NOW, unwatched
from tests.support.dynamodb.table_exports import ORG, TableExports, audit_routes

# Longer than the lease of an attempt that was killed.
BETWEEN_ATTEMPTS = timedelta(minutes=20)
INVOCATION_SECONDS = 900.0


class Figures(Struct, frozen=True):
    """What a process made of an export: rows that it read, seconds that it took, and MB that it had at most."""

    outcome: str
    rows: int
    seconds: float
    memory: float


def peak_memory() -> float:
    """MB of this program at most. `ru_maxrss` would be that of the test's process too, from which it was started."""
    status = Path("/proc/self/status").read_text()
    peak = re.search(r"^VmHWM:\s*([0-9]+) kB$", status, re.MULTILINE)
    assert peak is not None
    return int(peak[1]) / 1024


class FolderObjects:
    """A bucket as a folder, with those calls that exports make."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, name: str, body: bytes) -> None:
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(".half")
        half.write_bytes(body)
        half.rename(path)

    def put_file(self, name: str, body: bytes, content_type: str) -> None:  # noqa: ARG002
        self.put(name, body)

    def get(self, name: str) -> bytes | None:
        path = self._path(name)
        return path.read_bytes() if path.exists() else None

    def names(self, prefix: str, after: str | None, limit: int) -> list[str]:  # noqa: ARG002
        root = self.folder / "objects"
        found = (str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() and path.suffix != ".half")
        return sorted(name for name in found if name.startswith(prefix))[:limit]

    def delete(self, names: Sequence[str]) -> None:
        for name in names:
            self._path(name).unlink(missing_ok=True)

    def exists(self, name: str) -> bool:
        return self._path(name).exists()

    def begin(self, name: str, content_type: str) -> str:  # noqa: ARG002
        upload = hashlib.sha256(f"{name} {time.time_ns()}".encode()).hexdigest()[:16]
        self._upload(name, upload).mkdir(parents=True)
        return upload

    def put_part(self, name: str, upload: str, number: int, body: bytes) -> str:
        folder = self._parts(name, upload)
        (folder / "half").write_bytes(body)
        (folder / "half").rename(folder / f"{number:05}")
        return hashlib.sha256(body).hexdigest()

    def parts(self, name: str, upload: str) -> list[tuple[int, str]]:
        found = sorted(self._parts(name, upload).glob("[0-9]*"))
        return [(int(part.name), hashlib.sha256(part.read_bytes()).hexdigest()) for part in found]

    def complete(self, name: str, upload: str, parts: Sequence[tuple[int, str]]) -> None:
        folder, path = self._parts(name, upload), self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(".half")
        with half.open("wb") as file:
            for number, _ in parts:
                file.write((folder / f"{number:05}").read_bytes())
        half.rename(path)
        shutil.rmtree(folder)

    def abort_all(self, prefix: str) -> None:
        for folder in (self.folder / "uploads").glob(f"{prefix.replace('/', '+')}*"):
            shutil.rmtree(folder)

    def _path(self, name: str) -> Path:
        return self.folder / "objects" / name

    def _upload(self, name: str, upload: str) -> Path:
        return self.folder / "uploads" / f"{name.replace('/', '+')}={upload}"

    def _parts(self, name: str, upload: str) -> Path:
        folder = self._upload(name, upload)
        if not folder.exists():
            raise UploadGoneError
        return folder


class LargeExports:
    """Exports of the org's audit log in a table of DynamoDB Local, into a folder."""

    def __init__(self, endpoint: str, region: str, table: str, folder: Path) -> None:
        self._arguments = [endpoint, region, table, str(folder)]
        local = LocalTable(name=table, endpoint=endpoint, region=region, client=None)
        stored = Table(name=table, connection=unwatched(local))
        self._exports = TableExports(stored, audit_routes(stored), FolderObjects(folder))

    def ask(self, file_format: Format) -> str:
        """The id of a new export, which nothing works on yet."""
        return self._exports.ask("audit", file_format)

    def process(self, export_id: str, attempt: int = 0) -> subprocess.Popen[str]:
        """A process that works on it, in its `attempt`th invocation."""
        command = [sys.executable, "-m", __name__, *self._arguments, export_id, str(attempt)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def run(self, export_id: str, attempt: int = 0) -> Figures:
        """What such a process made of it, which was not killed."""
        process = self.process(export_id, attempt)
        output, _ = process.communicate()
        assert process.returncode == 0
        return Figures(**json.loads(output))

    def work(self, export_id: str, attempt: int) -> Figures:
        """The same in this process."""

        def clock() -> Any:
            return NOW + attempt * BETWEEN_ATTEMPTS

        job = self._exports.job(clock)
        started = time.perf_counter()
        run = job.run(Message(ORG, export_id), lambda: INVOCATION_SECONDS)
        seconds = time.perf_counter() - started
        return Figures(run.outcome, run.rows, seconds, peak_memory())

    def file(self, export_id: str, file_format: Format) -> Path:
        return Path(self._arguments[-1]) / "objects" / ORG / export_id / f"export.{file_format}"


def main() -> None:
    endpoint, region, table, folder, export_id, attempt = sys.argv[1:]
    figures = LargeExports(endpoint, region, table, Path(folder)).work(export_id, int(attempt))
    sys.stdout.write(json.dumps({name: getattr(figures, name) for name in figures.__struct_fields__}))


if __name__ == "__main__":
    main()
