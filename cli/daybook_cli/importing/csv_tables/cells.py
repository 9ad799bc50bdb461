"""The text of a cell to the value of a field, and the names by which a table calls the fields."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from daybook_cli.importing.csv_tables import times
from daybook_cli.importing.entry_fields import LOGS, Field, Json, Many, Moment, Object

# A field by the names that lead to it: `body.text` is ("body", "text"), `affected.id` ("affected", "record", "id").
Path = tuple[str, ...]
# Above it, a reader of JSON may take an integer for its neighbour (RFC 8259, 6).
_LARGEST_INTEGER = 2**53 - 1


def path_of(name: str, log: str | None) -> Path | None:
    """The field that has this name in a log, or, without one, in any; None where it is no field of one cell."""
    path = tuple(name.split("."))
    if path[0] == "affected" and path[1:] in {("type",), ("id",)}:
        path = ("affected", "record", path[1])
    return None if _rule(path, log) is None else path


@dataclass(frozen=True)
class Cells:
    """How cells are read: times without an offset in `zone`, days before months or not, and what stands for nothing."""

    zone: ZoneInfo | None = None
    day_first: bool = False
    nulls: frozenset[str] = frozenset()

    def is_empty(self, text: str) -> bool:
        return not text or text.isspace() or text in self.nulls

    def reader(self, path: Path, log: str | None) -> Callable[[str], Any]:
        """Reads the cells of this field; ValueError from it where a text cannot be one.

        A text stays as it is, whatever it begins with.
        """
        match _rule(path, log):
            case Moment():
                return lambda text: times.instant(text, self.zone, day_first=self.day_first)
            case Many():
                return _list
            case Json() as rule:
                return _json if rule.most is None else _details
        return str


def _rule(path: Path, log: str | None) -> Field | None:
    logs = LOGS.values() if log is None else [LOGS[log]]
    return next((found for fields in logs if (found := _inside(fields, path))), None)


def _inside(rule: Field, path: Path) -> Field | None:
    match rule:
        case Object():
            inner = rule.fields.get(path[0]) if path else None
            return inner and _inside(inner, path[1:])
        case Many() if path:
            return _inside(rule.of, path)
        case Json() if path:
            # Below it, the names are the caller's.
            return Json() if all(path) else None
    return None if path else rule


def _list(text: str) -> Any:
    value = _json(text)
    if not isinstance(value, list):
        raise ValueError("not a list in JSON; a single record has columns of its own, as affected.type")  # noqa: TRY004
    return value


def _details(text: str) -> Any:
    """An object, or a text: what else could be JSON, such as a number, is a text here."""
    value = _json(text)
    return value if isinstance(value, dict | str) else text


def _json(text: str) -> Any:
    """JSON, or the text itself where it is none, or is a number that would lose something, as 1.10 or a long id."""
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return text
    if isinstance(value, int | float) and (abs(value) > _LARGEST_INTEGER or json.dumps(value) != text):
        return text
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")
