"""Functions that are killed while they work."""

from __future__ import annotations

import os
import random
import signal
import threading
from pathlib import Path

from tests.support.soak.ledger import Ledger

# A slow machine, where a function needs seconds to start, is to get some work done between two of them.
REQUESTS_BETWEEN = (5, 50)
LOOK_SECONDS = 0.05


def function_processes(stack_pid: int) -> list[int]:
    """The processes that a local stack has started: its functions."""
    return [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/stat") if _parent(path) == stack_pid]


class Killer(threading.Thread):
    """Kills a function of the stack, any, after every few requests, until it is stopped."""

    def __init__(self, stack_pid: int, seed: int, ledger: Ledger) -> None:
        super().__init__(daemon=True)
        self._stack_pid, self._ledger = stack_pid, ledger
        self._rng = random.Random(f"{seed} kills")
        self._stopping = threading.Event()

    def run(self) -> None:
        due = self._rng.randint(*REQUESTS_BETWEEN)
        while not self._stopping.wait(LOOK_SECONDS):
            if self._ledger.counts["requests"] < due:
                continue
            due = self._ledger.counts["requests"] + self._rng.randint(*REQUESTS_BETWEEN)
            functions = function_processes(self._stack_pid)
            if functions:
                try:
                    os.kill(self._rng.choice(functions), signal.SIGKILL)
                except ProcessLookupError:
                    continue
                self._ledger.count("functions killed")

    def stop(self) -> None:
        self._stopping.set()
        self.join()


def _parent(path: Path) -> int | None:
    """The parent in a `/proc/<pid>/stat`: the second field behind the name, which is in parentheses."""
    try:
        return int(path.read_text().rpartition(")")[2].split()[1])
    except OSError:
        # The process has ended meanwhile.
        return None
