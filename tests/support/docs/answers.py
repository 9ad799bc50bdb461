"""Whether what a command printed is what its page shows. Only what changes from run to run may differ."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

# Of a CSV; pages do not show it.
BYTE_ORDER_MARK = "\ufeff"
# Ids, times, days, cursors, links and the width of a table are others each time: one sign stands for each.
_CHANGING = re.compile(
    r"https?://\S+"
    r"|\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(?:Z| ?[+-]\d\d:\d\d| [A-Z]{3,5}\b)?"
    r"|\b\d{1,2}/\d{1,2}/\d{4}\b"
    r"|\b[0-9a-zA-Z_-]{19,}={0,2}"
    r"|─+"
)


def lasting(text: str) -> str:
    """A text without what changes, each run of blanks and lines of a table as one blank."""
    return " ".join(_CHANGING.sub("~", text).replace(BYTE_ORDER_MARK, "").split())


def faults(shown: str, language: str, printed: str) -> list[str]:
    """What of a shown answer, of the language `json` or `text`, is not as it was printed; empty where all is."""
    if language == "text":
        lines = [lasting(line) for line in shown.splitlines()]
        real = lasting(printed)
        return [f"not printed: {line}" for line in lines if line and line not in real]
    lines = [line for line in printed.splitlines() if line.strip()]
    try:
        real_json = json.loads(printed) if len(lines) != 1 else json.loads(lines[0])
    except ValueError:
        try:
            real_json = json.loads(lines[-1]) if lines else None
        except ValueError:
            return [f"printed no JSON: {printed[:500]}"]
    return list(_faults(json.loads(shown), real_json, "answer"))


def _faults(shown: Any, real: Any, place: str) -> Iterator[str]:
    if isinstance(shown, dict) and isinstance(real, dict):
        for key in sorted(shown.keys() - real.keys()):
            yield f"{place}.{key} is shown, and not answered"
        for key in sorted(real.keys() - shown.keys()):
            yield f"{place}.{key} is answered, and not shown"
        for key in shown.keys() & real.keys():
            yield from _faults(shown[key], real[key], f"{place}.{key}")
    elif isinstance(shown, list) and isinstance(real, list):
        yield from _faults_of_list(shown, real, place)
    elif _kind(shown) != _kind(real):
        yield f"{place} is shown as {json.dumps(shown)}, and answered as {json.dumps(real)[:300]}"
    elif isinstance(shown, str) and lasting(shown) != lasting(real):
        yield f"{place} is shown as {shown!r}, and answered as {real[:300]!r}"


def _faults_of_list(shown: list[Any], real: list[Any], place: str) -> Iterator[str]:
    """A page may show some of the elements: each of them has to be like one that is answered."""
    if bool(shown) != bool(real):
        yield f"{place} has {len(real)} elements, and {len(shown)} are shown"
        return
    for number, element in enumerate(shown):
        found = min((list(_faults(element, one, f"{place}[{number}]")) for one in real), key=len)
        yield from found


def _kind(value: Any) -> type:
    return float if isinstance(value, int) and not isinstance(value, bool) else type(value)
