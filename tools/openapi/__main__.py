"""Write docs/openapi.json, or check that it is up to date: python -m tools.openapi [--check]."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tools.openapi import document

PATH = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"


def is_current(path: Path) -> bool:
    """Whether the file holds what the types say now; one that is missing does not."""
    return path.is_file() and path.read_bytes() == document.file_content()


def main(arguments: list[str]) -> str | None:
    """The exit status, as `sys.exit` takes it: a message is printed and means failure."""
    parser = argparse.ArgumentParser(prog="python -m tools.openapi", description="Write the OpenAPI document.")
    parser.add_argument("--check", action="store_true", help="write nothing, fail when the file is not up to date")
    parser.add_argument("--path", type=Path, default=PATH, help="the file, instead of docs/openapi.json")
    options = parser.parse_args(arguments)
    if not options.check:
        options.path.write_bytes(document.file_content())
    elif not is_current(options.path):
        return f"{options.path} is missing or lags behind the types. Run: make openapi"
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
