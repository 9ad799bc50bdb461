"""Several writers on one table in memory, whose reads and writes happen in every order."""

import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any

from daybook.storage.models.item import Item

from tests.support.memory.table import CrashError, MemoryTable

# A writer is given the table by which it is to read and write.
Writer = Callable[[Any], object]


class _Turns:
    """Lets one of several threads go on at a time: until its next call of the table."""

    def __init__(self) -> None:
        self.may_go = threading.Semaphore(0)
        self.has_stopped = threading.Semaphore(0)
        self.is_done = False
        self.dies = False

    def wait(self) -> None:
        self.has_stopped.release()
        self.may_go.acquire()
        if self.dies:
            raise CrashError

    def finish(self) -> None:
        self.is_done = True
        self.has_stopped.release()

    def step(self, *, dies: bool = False) -> None:
        self.dies = dies
        self.may_go.release()
        self.has_stopped.acquire()


class _SteppedTable:
    """The table as one of the writers has it; every call waits for the writer's turn, but for reads of `unstepped`."""

    def __init__(self, table: MemoryTable, turns: _Turns, unstepped: type[Item] | None) -> None:
        self._table, self._turns, self._unstepped = table, turns, unstepped

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._table, name)

        def call(*arguments: Any, **options: Any) -> Any:
            if self._unstepped not in arguments:
                self._turns.wait()
            return method(*arguments, **options)

        return call


def run(
    table: MemoryTable,
    writers: Sequence[Writer],
    choose: Callable[[int], int],
    dies_at: dict[int, int] | None = None,
    unstepped: type[Item] | None = None,
) -> list[object]:
    """What each writer has returned; None for one that died before its call of the table in place `dies_at`.

    `choose` is given how many writers are not done, at least two of them, and tells whose turn it is. Reads of the
    kind `unstepped`, on which nothing depends, are no turns.
    """
    dies_at = dies_at or {}
    results: list[object] = [None] * len(writers)
    faults: list[BaseException] = []
    turns = [_Turns() for _ in writers]

    def act(number: int) -> None:
        try:
            results[number] = writers[number](_SteppedTable(table, turns[number], unstepped))
        except CrashError:
            pass
        except BaseException as error:  # noqa: BLE001 - of whatever kind it is, the test is to raise it
            faults.append(error)
        turns[number].finish()

    threads = [threading.Thread(target=act, args=(number,), daemon=True) for number in range(len(writers))]
    for thread, turn in zip(threads, turns, strict=True):
        thread.start()
        turn.has_stopped.acquire()
    steps = [count() for _ in writers]
    while waiting := [number for number, turn in enumerate(turns) if not turn.is_done]:
        number = waiting[choose(len(waiting)) if len(waiting) > 1 else 0]
        turns[number].step(dies=next(steps[number]) == dies_at.get(number))
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return results


def every_order(attempt: Callable[[Callable[[int], int]], None]) -> int:
    """Make the attempt with every possible series of choices; how many there were.

    The attempt must do the same where it is given the same choices.
    """
    made: list[int] = []
    for tried in count(1):
        left: Iterator[int] = iter(made)
        choices: list[tuple[int, int]] = []

        def choose(size: int, left: Iterator[int] = left, choices: list[tuple[int, int]] = choices) -> int:
            choice = next(left, 0)
            choices.append((choice, size))
            return choice

        attempt(choose)
        while choices and choices[-1][0] == choices[-1][1] - 1:
            choices.pop()
        if not choices:
            return tried
        made = [choice for choice, _ in choices[:-1]] + [choices[-1][0] + 1]
    raise AssertionError("counts without end")
