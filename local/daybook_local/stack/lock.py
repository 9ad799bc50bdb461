"""One stack for each folder: a second one would take the first one's files away. Standard library only."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class RunningError(Exception):
    def __init__(self, folder: Path) -> None:
        super().__init__(f"A local stack is running on {folder}. Stop it first: Ctrl-C in its terminal.")


@contextmanager
def held(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RunningError(folder) from error
        yield
