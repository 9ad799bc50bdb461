"""`python -m daybook_local.installing`: make the environment where it is missing, and install Daybook into it.

`--venv` is its folder, and the argument an extra of pyproject.toml. What tools print goes to a log, which is shown
where one fails. uv installs, since it takes a fraction of pip's time; pip does where uv cannot.
"""

import argparse
import os
import sys
from pathlib import Path

from daybook_local.installing import pip_settings
from daybook_local.installing.advice import advice
from daybook_local.installing.tools import Log, ToolError, run_tool
from daybook_local.status_line import INTERRUPTED, Show, status_line

REPOSITORY = Path(__file__).resolve().parents[3]
UV = "uv==0.13.9"
# Written last: an environment without it was not completed.
STAMP = "created.stamp"


class NoEnvironmentError(Exception):
    """The folder for the environment holds something else; the message says what to do."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="daybook_local.installing")
    parser.add_argument("--venv", type=Path, required=True)
    parser.add_argument("extra", choices=["local", "dev"])
    arguments = parser.parse_args()
    try:
        log = Log(REPOSITORY / ".local" / "install.log")
        with status_line(
            "Installing what Daybook needs", f"Installed what Daybook needs into {arguments.venv}"
        ) as show:
            install(arguments.venv, arguments.extra, log, show)
    except ToolError as error:
        print(f"\n{error.last_lines}\n\n{error}\n{advice(error.output)}", file=sys.stderr)
        print(f"Then run the same command again. {log.path} has the whole output.", file=sys.stderr)
        return 1
    except NoEnvironmentError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"\n{error}\n{advice(str(error))}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on with the installation.", file=sys.stderr)
        return INTERRUPTED
    return 0


def install(venv: Path, extra: str, log: Log, show: Show) -> None:
    """Install the extra, and what it needs, editable. ToolError, NoEnvironmentError."""
    python = str((venv / "bin" / "python").absolute())
    if not (venv / STAMP).exists():
        require_environment(venv)
        show(f"making {venv}")
        run_tool([sys.executable, "-m", "venv", "--clear", str(venv)], log)
        (venv / STAMP).touch()
    target = ["--editable", f"{REPOSITORY}[{extra}]"]
    show("getting uv")
    try:
        run_tool([python, "-m", "pip", "install", "--quiet", UV], log, show=show)
        settings = pip_settings.read(run_tool([python, "-m", "pip", "config", "list"], log))
        environment = dict(os.environ) | pip_settings.for_uv(settings)
        uv = str(Path(python).parent / "uv")
    except ToolError as error:
        # Without a network or room on the disk, pip would fail a second time.
        if advice(error.output, general=""):
            raise
        run_tool([python, "-m", "pip", "install", *target], log, show=show)
        return
    try:
        run_tool([uv, "pip", "install", "--python", python, *target], log, environment=environment, show=show)
    except ToolError:
        # It reads no settings of pip but those that are handed to it.
        show("uv cannot install here, so pip does")
        run_tool([python, "-m", "pip", "install", *target], log, show=show)


def require_environment(venv: Path) -> None:
    """NoEnvironmentError for a folder with something else than an environment: it would be emptied, as by `VENV=.`."""
    if venv.is_dir() and any(venv.iterdir()) and not (venv / "pyvenv.cfg").exists():
        raise NoEnvironmentError(
            f"{venv} has files and is no Python environment, so it is left alone. Name another folder by VENV=..., "
            "or delete it where an installation broke off."
        )


if __name__ == "__main__":
    sys.exit(main())
