"""Compile a folder for the functions' Python: without .pyc files a cold start takes about four times as long.

A .pyc fits one minor version of Python only, and nothing else of the build needs that very one. So where it is not at
hand the build goes on without, and says so.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

VERSION = "3.13"
MISSING = (
    f"WARNING: no python{VERSION} found, so {{folder}} holds no .pyc files and functions that use it will start about "
    f"four times as slowly. Put python{VERSION} on PATH, or name it in PYTHON_LAMBDA, and build again.\n"
)


def find_python() -> str | None:
    candidates = [os.environ.get("PYTHON_LAMBDA"), f"python{VERSION}"]
    candidates += sorted(str(path) for path in Path.home().glob(f".pyenv/versions/{VERSION}.*/bin/python{VERSION}"))
    found = (shutil.which(candidate) for candidate in candidates if candidate)
    return next((python for python in found if python and is_version(python)), None)


def is_version(python: str) -> bool:
    """A pyenv shim is there even when it cannot run that version."""
    answer = subprocess.run([python, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    return answer.stdout.startswith(f"Python {VERSION}.")


def main(folder: str, installed_at: str) -> None:
    python = find_python()
    if python is None:
        # sam build shows what make prints, but hides its standard error unless it fails.
        sys.stdout.write(MISSING.format(folder=folder))
        return
    # Hash-based and unchecked: a zip's timestamps mean nothing, and nobody edits a source file in Lambda.
    how = ["-q", "--invalidation-mode", "unchecked-hash", "-s", folder, "-p", installed_at]
    subprocess.run([python, "-m", "compileall", *how, folder], check=True)  # noqa: S603


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
