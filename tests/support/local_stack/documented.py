"""The commands of the documentation, made to reach the local stack of a test."""

import re
import shlex
import sys
from pathlib import Path

from tests.support.docs import pages
from tests.support.local_stack.process import LocalStack

API = "http://127.0.0.1:4580"
DAYBOOK = ".venv/bin/daybook"


def commands_of(document: Path) -> list[str]:
    """The lines that call the command line, without the remarks behind them."""
    lines = [line for block in _commands(document) for line in block.splitlines()]
    return [re.sub(r" +# .*", "", line) for line in lines if line.startswith(f"{DAYBOOK} ")]


def calls_to_copy(document: Path) -> list[str]:
    """The calls of curl, each with all of its lines."""
    calls = (call for block in _commands(document) for call in re.split(r"^(?=curl )", block, flags=re.MULTILINE))
    return [call for call in calls if call.startswith("curl ")]


def of_stack(command: str, started: LocalStack) -> str:
    """The command for that stack, with the command line that is being tested."""
    daybook = shlex.quote(str(Path(sys.executable).parent / "daybook"))
    api = started.described()["api"]
    folder = shlex.quote(str(started.file.parent))
    return f"export DAYBOOK_LOCAL_FOLDER={folder}\n" + command.replace(DAYBOOK, daybook).replace(API, api)


def _commands(document: Path) -> list[str]:
    return [block.text for block in pages.blocks(document) if block.has_commands]
