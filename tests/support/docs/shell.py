"""A shell in a folder that looks like the root of the repository, in which the commands of a page are typed."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from daybook_local.private_files import write_json
from msgspec import Struct

from tests.support.docs.pages import REPOSITORY

# The address of `make run`, which pages show; the tests' stack has another port.
SHOWN_API = "http://127.0.0.1:4580"
COLUMNS, LINES = 120, 50
SECONDS = 300

# jq colours what it prints on a terminal.
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_CURL = re.compile(r"^@curl (\d+) (\w+) (\S+)$", re.MULTILINE)
_SHIM = """\
#!/bin/bash
exec {curl} --silent --show-error --write-out '%{{stderr}}@curl %{{http_code}} %{{method}} %{{url_effective}}\\n' "$@"
"""
_TRAP = r"""
set -E -o pipefail
trap 'echo "@failed $? $BASH_COMMAND" >&2' ERR
"""


class Call(Struct, frozen=True):
    """A request of curl: its status, method and URL."""

    status: int
    method: str
    url: str


class Outcome(Struct, frozen=True):
    """What a block of commands printed, which of them failed, and the requests that curl made."""

    printed: str
    errors: str
    failed: list[str]
    calls: list[Call]


class PageShell:
    """bash with the repository's commands on its path, on a terminal of 120 columns; variables last to its end.

    Close it, or use it as a context manager.
    """

    def __init__(self, folder: Path, stack: dict[str, Any]) -> None:
        self._folder, self._api = folder, stack["api"]
        self._make_folder(stack)
        self._terminal, inner = pty.openpty()
        _plain_terminal(inner)
        self._done, done = os.pipe()
        environment = {
            "PATH": f"{folder / 'shims'}:{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(folder), "LANG": "C.UTF-8", "NO_COLOR": "1", "TERM": "xterm", "TZ": "UTC",
        }  # fmt: skip
        self._bash = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=inner,
            stderr=subprocess.DEVNULL,
            pass_fds=[done],
            text=True,
        )
        os.close(inner)
        self._signal = done
        self._type(_TRAP)

    def __enter__(self) -> PageShell:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._bash.stdin
        self._bash.stdin.close()
        self._bash.wait(SECONDS)
        for end in (self._terminal, self._done, self._signal):
            os.close(end)

    def run(self, commands: str) -> Outcome:
        """Type a block, and wait for its end; AssertionError where that takes over five minutes."""
        script, errors = self._folder / "block.sh", self._folder / "block.err"
        script.write_text(commands.replace(SHOWN_API, self._api) + "\n")
        self._type(f"source {script} 2> {errors} < /dev/null; echo >&{self._signal}\n")
        printed, told = self._printed(commands), errors.read_text()
        calls = [Call(int(status), method, url) for status, method, url in _CURL.findall(told)]
        failed = re.findall(r"^@failed (.*)$", told, re.MULTILINE)
        return Outcome(printed, re.sub(r"^@.*\n", "", told, flags=re.MULTILINE), failed, calls)

    def _type(self, text: str) -> None:
        assert self._bash.stdin
        self._bash.stdin.write(text)
        self._bash.stdin.flush()

    def _printed(self, commands: str) -> str:
        pieces, deadline = [], time.monotonic() + SECONDS
        while True:
            ready, _, _ = select.select([self._terminal, self._done], [], [], 1)
            assert time.monotonic() < deadline, f"over {SECONDS} seconds: {commands}"
            assert self._bash.poll() is None, f"the shell has ended: {commands}"
            # What was printed before the end is on the terminal by then.
            if self._terminal in ready:
                pieces.append(os.read(self._terminal, 65536))
            elif self._done in ready:
                os.read(self._done, 1)
                return _COLOUR.sub("", b"".join(pieces).decode(errors="replace"))

    def _make_folder(self, stack: dict[str, Any]) -> None:
        for name in ("docs", "examples", "infra", "tests"):
            (self._folder / name).symlink_to(REPOSITORY / name)
        bin_folder = self._folder / ".venv" / "bin"
        bin_folder.mkdir(parents=True)
        for program in ("daybook", "python"):
            (bin_folder / program).symlink_to(Path(sys.executable).with_name(program))
        (self._folder / ".local").mkdir()
        write_json(self._folder / ".local" / "stack.json", stack)
        curl = shutil.which("curl")
        assert curl, "The commands of the docs need curl. Install it, and run it again."
        assert shutil.which("jq"), "The commands of the docs need jq. Install it, and run it again."
        shims = self._folder / "shims"
        shims.mkdir()
        (shims / "curl").write_text(_SHIM.format(curl=curl))
        (shims / "curl").chmod(0o700)


def _plain_terminal(descriptor: int) -> None:
    """A terminal that neither repeats what is typed nor changes line ends."""
    attributes = termios.tcgetattr(descriptor)
    attributes[1] &= ~termios.OPOST
    attributes[3] &= ~termios.ECHO
    termios.tcsetattr(descriptor, termios.TCSANOW, attributes)
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
