"""Write the tables of docs/cost.md, or check that they are up to date: python -m tools.cost [--check]."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tools.cost import deployed, page


def main(arguments: list[str]) -> str | None:
    """The exit status, as `sys.exit` takes it: a message is printed and means failure."""
    parser = argparse.ArgumentParser(prog="python -m tools.cost", description="Write the tables of docs/cost.md.")
    parser.add_argument("--check", action="store_true", help="write nothing, fail when the page is not up to date")
    parser.add_argument("--path", type=Path, default=page.PATH, help="the page, instead of docs/cost.md")
    options = parser.parse_args(arguments)
    before = options.path.read_text(encoding="utf-8")
    after = page.rendered(before, deployed.read())
    if not options.check:
        options.path.write_text(after, encoding="utf-8")
    elif after != before:
        return f"{options.path} is not what the counts, the prices and the template say. Run: python -m tools.cost"
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
