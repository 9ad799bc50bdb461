"""The local stack, as `make run` starts it, on a free port and in a folder of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.dynamodb.local_server import free_port
from tests.support.local_stack.aws import unhandled_feedback
from tests.support.local_stack.calls import soon

# The demonstration data take 40 s of CPU, of which a busy machine gives a fifth.
START_SECONDS = 240
STOP_SECONDS = 60
LEAVING_SECONDS = 5


class LocalStack:
    """`python -m daybook_local`, in a process group of its own, so that it is interrupted as by a terminal."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.file = folder / "stack.json"
        self._output = folder / f"output-{time.monotonic_ns()}.txt"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "daybook_local"],
            stdin=subprocess.DEVNULL,
            stdout=self._output.open("w"),
            stderr=subprocess.STDOUT,
            env={**os.environ, "DAYBOOK_LOCAL_FOLDER": str(folder), **environment},
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def output(self) -> str:
        return self._output.read_text()

    def logs(self) -> str:
        """All that the emulator and the functions have logged so far."""
        return (self.file.parent / "state" / "emulator.log").read_text()

    def described(self) -> dict[str, Any]:
        """The content of stack.json, once it is there."""
        deadline = time.monotonic() + START_SECONDS
        while not self.file.exists():
            assert self._process.poll() is None, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.1)
        stack: dict[str, Any] = json.loads(self.file.read_text())
        return stack

    @property
    def has_processes(self) -> bool:
        """The stack itself or one that it has started: all are of one process group."""
        try:
            os.killpg(self._process.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def leaves_processes(self) -> bool:
        """Whether some are there still, seconds after it has stopped: on a busy machine a killed one takes a moment."""
        return not soon(lambda: not self.has_processes, LEAVING_SECONDS)

    def interrupt(self) -> int:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGINT)
        return self._process.wait(STOP_SECONDS)

    def wait_for(self, text: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while text not in self.output:
            assert self._process.poll() is None, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.05)

    def wait(self) -> int:
        return self._process.wait(START_SECONDS)


@contextmanager
def local_stack(folder: Path, **environment: str) -> Iterator[LocalStack]:
    folder.mkdir(parents=True, exist_ok=True)
    stack = LocalStack(folder, **{"PORT": str(free_port()), **environment})
    try:
        yield stack
    finally:
        stack.interrupt()


@contextmanager
def demonstration_stack(folder: Path) -> Iterator[dict[str, Any]]:
    """What stack.json says of a stack with the demonstration, whose feedback has all been reconciled."""
    with local_stack(folder) as started:
        stack = started.described()
        assert soon(lambda: not unhandled_feedback(stack), START_SECONDS)
        yield stack
