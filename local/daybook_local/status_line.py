"""What `make run` is doing, on one line of a terminal. Standard library only: it also shows the installation."""

import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# Seconds between two drawings on a terminal.
REDRAW_SECONDS = 0.25
# The exit status after Ctrl-C.
INTERRUPTED = 130
_CLEAR_LINE = "\r\x1b[K"

# Takes what is being done now, in a few words.
Show = Callable[[str], None]


@contextmanager
def status_line(doing: str, done: str) -> Iterator[Show]:
    """Show `doing` with the seconds that it takes, and what the function it gives is told; at last `done`.

    On a terminal the line is redrawn, and replaced by `done`. Elsewhere each thing that is told is a line. After an
    exception the line is cleared, and `done` is not printed.
    """
    started = time.monotonic()
    with _line_on_terminal(doing, started) if _is_terminal() else _plain_lines(doing) as show:
        yield show
    print(f"{done} in {time.monotonic() - started:.0f} s.", flush=True)


def _is_terminal() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


@contextmanager
def _plain_lines(doing: str) -> Iterator[Show]:
    print(f"{doing} ...", flush=True)
    last = ""

    def show(detail: str) -> None:
        nonlocal last
        if detail != last:
            print(f"  {detail}", flush=True)
        last = detail

    yield show


@contextmanager
def _line_on_terminal(doing: str, started: float) -> Iterator[Show]:
    told = ""
    is_over = threading.Event()

    def show(detail: str) -> None:
        nonlocal told
        told = detail

    def redraw() -> None:
        while not is_over.wait(REDRAW_SECONDS):
            draw()

    def draw() -> None:
        columns = shutil.get_terminal_size().columns
        sys.stdout.write(_CLEAR_LINE + drawn(doing, told, time.monotonic() - started, columns - 1))
        sys.stdout.flush()

    draw()
    thread = threading.Thread(target=redraw, name="status line", daemon=True)
    thread.start()
    try:
        yield show
    finally:
        is_over.set()
        thread.join()
        sys.stdout.write(_CLEAR_LINE)
        sys.stdout.flush()


def drawn(doing: str, told: str, seconds: float, width: int) -> str:
    """The line in at most `width` columns: the seconds stay, what is told is cut."""
    end = f" {seconds:.0f} s"
    text = f"{doing}: {told}" if told else f"{doing} ..."
    room = max(width - len(end), 0)
    return (text if len(text) <= room else text[: max(room - 3, 0)] + "...")[:room] + end
