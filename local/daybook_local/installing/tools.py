"""The tools that install: run with their output in a log, and with what they are doing on the status line."""

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from daybook_local.status_line import Show

# Lines of a tool that failed that are shown.
SHOWN_LINES = 12
# The first three would take away the output that is read here, the others install elsewhere than into the environment.
_UNWANTED = ("PIP_QUIET", "PIP_VERBOSE", "UV_QUIET", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT")
# Over `user = true` in pip's own files, too: pip refuses it in an environment.
_INTO_THE_ENVIRONMENT = {"PIP_USER": "0"}
# What pip and uv print, and what is told of it.
_TOLD = (
    (re.compile(r"\s*Collecting ([\w.-]+)"), r"\1"),
    (re.compile(r"\s*Downloading (\S+ \([\d.]+ ?\w+\))$"), r"downloading \1"),
    (re.compile(r"Resolved (\d+) packages? in .*"), r"downloading \1 packages"),
    (re.compile(r"Prepared \d+ packages? in .*|Installing collected packages: .*"), "unpacking"),
    (re.compile(r"WARNING: Retrying .*"), "the package index does not answer"),
)


class Log:
    """A file with all that the tools of a run have printed; it begins empty."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")

    def add(self, line: str) -> None:
        with self.path.open("a") as file:
            file.write(line)


class ToolError(Exception):
    """A tool failed; the message says which one and how, `output` is all that it printed."""

    def __init__(self, command: Sequence[str], status: int, output: str) -> None:
        super().__init__(f"It failed with status {status}: {' '.join(command)}")
        self.output = output

    @property
    def last_lines(self) -> str:
        return "\n".join(self.output.rstrip().splitlines()[-SHOWN_LINES:])


def run_tool(
    command: Sequence[str], log: Log, *, environment: Mapping[str, str] = os.environ, show: Show | None = None
) -> str:
    """What the command printed, on both outputs; ToolError where it fails. `show` is told how far it is."""
    log.add(f"$ {' '.join(command)}\n")
    lines: list[str] = []
    kept = {name: value for name, value in environment.items() if name not in _UNWANTED} | _INTO_THE_ENVIRONMENT
    with subprocess.Popen(
        command,
        env=kept,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            log.add(line)
            lines.append(line)
            if show and (told := told_of(line)):
                show(told)
    output = "".join(lines)
    if process.returncode:
        raise ToolError(command, process.returncode, output)
    return output


def told_of(line: str) -> str:
    """What the status line says of a line that a tool printed; empty where it says nothing."""
    for pattern, text in _TOLD:
        if match := pattern.match(line.rstrip()):
            return match.expand(text)
    return ""
