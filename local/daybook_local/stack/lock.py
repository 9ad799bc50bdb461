"""One local stack for each folder: a second one would replace the files of the first. Standard library only."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AlreadyRunningError(Exception):
    def __init__(self, folder: Path) -> None:
        super().__init__(f"A local stack is running on {folder}. Stop it first: Ctrl-C in its terminal.")


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Make the folder if it is missing, and hold its lock. AlreadyRunningError where another process holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunningError(folder) from error
        yield
