"""CPU of one thing as a ratio to another, in interleaved runs of one process: minima are compared, never times."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

WARMING = 5


def cpu(action: Callable[[], object]) -> float:
    started = time.process_time()
    action()
    return time.process_time() - started


def ratio(action: Callable[[], object], base: Callable[[], object], *, runs: int = 200) -> tuple[float, float, float]:
    """(least CPU seconds of the action, of the base, their ratio); both warm."""
    for _ in range(WARMING):
        action()
        base()
    pairs = [(cpu(action), cpu(base)) for _ in range(runs)]
    mine, theirs = min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)
    return mine, theirs, mine / theirs


def show(name: str, target: float | None, measured: tuple[float, float, float], *, entries: int = 1) -> None:
    mine, theirs, _ = measured
    each = mine / entries
    figures = f"{name:<44} {each * 1000:7.2f} ms {theirs * 1000:7.2f} ms   {each / theirs:5.2f}"
    if target is not None:
        figures += f"   target {target:.2f}" + ("" if each / theirs <= target else "   MISSED")
    say(figures)


def say(line: str) -> None:
    """Print a line even where what the functions print is left out."""
    print(line, file=sys.__stdout__, flush=True)
