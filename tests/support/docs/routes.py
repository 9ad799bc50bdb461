"""The routes of the API, and the pages that describe them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tests.support.docs.pages import DOCS

DOCUMENT: dict[str, Any] = json.loads((DOCS / "openapi.json").read_text())
OPERATIONS: dict[str, dict[str, Any]] = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    if method != "parameters"
}
ROUTES = frozenset(OPERATIONS)

_FOLDER = DOCS / "api"


def _in_order() -> list[Path]:
    """README, and the pages in the order of its table: they build on each other."""
    index = _FOLDER / "README.md"
    names = re.findall(r"^\| \[[^\]]+\]\(([\w-]+\.md)\)", index.read_text(), re.MULTILINE)
    return [index, *(_FOLDER / name for name in names)]


PAGES = _in_order()


def matching(method: str, path: str) -> list[str]:
    """The routes of a request: those with the fewest parameters, since `/audit/staff` is no `/audit/{entry}`."""
    fitting = [
        route
        for route in ROUTES
        if route.startswith(f"{method} ")
        and re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(route.partition(" ")[2])), path)
    ]
    fewest = min((route.count("{") for route in fitting), default=0)
    return [route for route in fitting if route.count("{") == fewest]
