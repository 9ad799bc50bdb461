"""The command line as a process: its version, and the ways in which its output can end."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path
from threading import Event, Thread
from types import ModuleType

import pytest
from daybook_cli import start
from daybook_cli.main import app
from daybook_cli.runtime import INTERRUPTED
from typer.testing import CliRunner

DAYBOOK = [sys.executable, "-c", "from daybook_cli.start import main; main()"]
JWT = "e30.eyJhIjogMX0.c2ln"
ENTRIES = 3_000


@pytest.fixture
def entries(tmp_path: Path) -> Path:
    """A file of entries, larger than a pipe holds."""
    file = tmp_path / "entries.jsonl"
    line = '{"log": "activity", "record": {"type": "family", "id": "%d"}, "name": "a", "action": "b", '
    line += '"occurred_at": "2026-11-01T00:00:00Z"}\n'
    file.write_text("".join(line % number for number in range(ENTRIES)))
    return file


def arguments_of(file: Path) -> dict[str, list[str]]:
    """A command with a short output, and one with a long one; none calls an API."""
    return {
        "short": ["token", "--token", JWT],
        "long": ["import", "jsonl", str(file), "--dry-run", "--rows", str(ENTRIES)],
    }


def into_a_closed_pipe(command: list[str], cwd: Path) -> tuple[int, bytes]:
    """Exit status and standard error of a command whose reader has gone before it begins."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, cwd=cwd, check=False, timeout=60)
    finally:
        os.close(writing)
    return done.returncode, done.stderr


def test_the_version_is_that_of_the_package() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.stdout) == (0, f"daybook {version('daybook')}\n")


class Interrupted(ModuleType):
    """A module in whose reading Ctrl-C falls."""

    def __getattr__(self, name: str) -> object:
        raise KeyboardInterrupt


def test_ctrl_c_while_its_modules_are_read_ends_it_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setitem(sys.modules, "daybook_cli.main", Interrupted("daybook_cli.main"))
    try:
        with pytest.raises(SystemExit) as end:
            start.main()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert end.value.code == INTERRUPTED


def test_help_lists_every_command_by_its_name() -> None:
    text = CliRunner().invoke(app, ["--help"]).stdout
    listed = re.findall(r"^  ([a-z-]+)  +[A-Z]", text.partition("Commands:")[2], re.MULTILINE)
    assert listed == sorted(listed)
    assert {"records", "timeline", "messages", "events", "content", "blacklist", "access", "settings"} <= {*listed}
    assert {"export", "exports", "holds", "erase", "token", "log", "audit", "post"} <= {*listed}


@pytest.mark.parametrize("output", ["short", "long"])
def test_a_reader_that_has_gone_ends_it_as_it_ends_cat(entries: Path, output: str) -> None:
    cat = into_a_closed_pipe(["cat", str(entries)], entries.parent)
    daybook = into_a_closed_pipe([*DAYBOOK, *arguments_of(entries)[output]], entries.parent)
    assert daybook == cat


def test_a_reader_that_goes_meanwhile_ends_it_too(entries: Path) -> None:
    command = [*DAYBOOK, *arguments_of(entries)["long"]]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=entries.parent) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b"{")
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == -13


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is full")
@pytest.mark.parametrize("output", ["short", "long"])
def test_a_full_disk_is_a_sentence(entries: Path, output: str) -> None:
    with Path("/dev/full").open("wb") as full:
        command = [*DAYBOOK, *arguments_of(entries)[output]]
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, cwd=entries.parent, check=False, timeout=60, text=True
        )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "The command stopped: No space left on device."
    assert "Traceback" not in done.stderr


class RunningExport(BaseHTTPRequestHandler):
    """An API whose export never ends, unless it is cancelled."""

    asked: list[str]
    polled: Event

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self._answer(202, b'{"id": "x-1", "status": "running"}')

    def do_GET(self) -> None:
        self._answer(200, b'{"id": "x-1", "status": "running"}')
        self.polled.set()

    def do_DELETE(self) -> None:
        self._answer(204, b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Nothing is logged."""

    def _answer(self, status: int, body: bytes) -> None:
        self.asked.append(f"{self.command} {self.path}")
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def exporting() -> Iterator[ThreadingHTTPServer]:
    RunningExport.asked, RunningExport.polled = [], Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), RunningExport) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_an_export_that_is_terminated_is_cancelled(exporting: ThreadingHTTPServer, tmp_path: Path) -> None:
    api = ["--api", f"http://127.0.0.1:{exporting.server_port}", "--token", JWT, "--org", "riverside"]
    command = [*DAYBOOK, "export", "audit", *api]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path, text=True) as process:
        assert RunningExport.polled.wait(60)
        process.terminate()
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output, errors) == (130, "", "The export was cancelled.\n")
    assert RunningExport.asked[-1] == "DELETE /v1/orgs/riverside/exports/x-1"
