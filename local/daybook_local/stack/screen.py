"""What `make run` prints once the stack is ready: at most 20 lines, which fit a terminal of 80 by 24."""

import shlex
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from daybook_local.deployment.template import REPOSITORY
from daybook_local.issuer.callers import ADMIN
from daybook_local.stack.settings import Settings
from daybook_local.status_line import Show

WIDTH = 80
# Entries between two figures of a progress.
COUNTED = 200
# Each shows something of the demonstration data.
COMMANDS = ("records nguyen", "log family/101 emails --limit 5", 'audit "priya deleted smith"')


def print_text(text: str) -> None:
    print(text, flush=True)


def counting(text: str, show: Show) -> Callable[[int, int], None]:
    """A function that takes how many of how many are done, and shows it with the text."""

    def count(done: int, total: int) -> None:
        if done == total or done % COUNTED == 0:
            show(f"{text}, {done:,} of {total:,}")

    return count


def print_screen(stack: Mapping[str, Any], settings: Settings) -> None:
    """Print the screen; `stack` as in stack.json."""
    print_text("\n" + "\n".join(lines(stack, settings, REPOSITORY, Path(sys.prefix))))


def lines(stack: Mapping[str, Any], settings: Settings, repository: Path, venv: Path) -> list[str]:
    """The lines of the screen; `venv` is the environment that the command line is in."""
    inside = venv.relative_to(repository) if venv.is_relative_to(repository) else venv
    daybook = shlex.quote(str(inside / "bin" / "daybook"))
    return [
        "Daybook is running.",
        "",
        f"  Console   {stack['console']}",
        f"            Choose {ADMIN.name} to sign in: there are no passwords.",
        f"  API       {stack['api']}",
        "",
        *_beginning(settings, repository),
        *(f"  {daybook} {command}" for command in COMMANDS),
        "",
        f"  Tokens    {daybook} token admin",
        f"            All of them are in {_stack_file(settings, repository)}.",
        "  Next      docs/tutorial.md: ten minutes, from a first entry to a first search",
        "            docs/README.md has all pages, docs/local.md curl lines to copy.",
        "",
        "Ctrl-C stops all of it. `make run KEEP=1` then goes on with the same data.",
    ]


def _beginning(settings: Settings, repository: Path) -> list[str]:
    """How the commands find this stack from another terminal."""
    folder = f"  cd {shlex.quote(str(repository))}"
    fits = len(folder) <= WIDTH
    found = "Try in another terminal:" if fits else "Try in another terminal, in this folder:"
    other = [] if settings.folder == repository / ".local" else [f"  export DAYBOOK_LOCAL_FOLDER={settings.folder}"]
    return [found, "", *([folder] if fits else []), *other]


def _stack_file(settings: Settings, repository: Path) -> Path:
    path = settings.stack_file
    return path.relative_to(repository) if path.is_relative_to(repository) else path
