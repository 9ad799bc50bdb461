"""Which field a column's heading names, and how the text of a cell becomes the value of a field."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from daybook_cli.importing.csv_tables.times import parse_time
from daybook_cli.importing.entry_fields import LOGS, Field, Json, ListOf, Object, Timestamp
from daybook_cli.posting.json_files import parse_json

# A field by the names that lead to it: `body.text` is ("body", "text"), `affected.id` ("affected", "record", "id").
FieldPath = tuple[str, ...]
# Above it, a reader of JSON may take an integer for its neighbour (RFC 8259, 6).
_MAX_SAFE_INTEGER = 2**53 - 1


def field_path(name: str, log: str | None) -> FieldPath | None:
    """The field of this name in a log, or in any log; None where it is not a field that fits into one cell."""
    path = tuple(name.split("."))
    if path[0] == "affected" and path[1:] in {("type",), ("id",)}:
        path = ("affected", "record", path[1])
    return None if _rule_of(path, log) is None else path


@dataclass(frozen=True)
class CellFormat:
    """`zone` is that of times without an offset; `nulls` are the texts that stand for an empty cell."""

    zone: ZoneInfo | None = None
    day_first: bool = False
    nulls: frozenset[str] = frozenset()

    def is_empty(self, text: str) -> bool:
        return not text or text.isspace() or text in self.nulls

    def parser(self, path: FieldPath, log: str | None) -> Callable[[str], Any]:
        """A function from the text of a cell to the value of this field; it raises ValueError.

        A text stays as it is, whatever it begins with: nothing is computed.
        """
        match _rule_of(path, log):
            case Timestamp():
                return lambda text: parse_time(text, self.zone, day_first=self.day_first)
            case ListOf():
                return _parse_list
            case Json() as rule:
                return _parse_json_or_text if rule.max_length is None else _parse_object_or_text
        return str


def _rule_of(path: FieldPath, log: str | None) -> Field | None:
    logs = LOGS.values() if log is None else [LOGS[log]]
    return next((rule for fields in logs if (rule := _descend(fields, path))), None)


def _descend(rule: Field, path: FieldPath) -> Field | None:
    match rule:
        case Object():
            inner = rule.fields.get(path[0]) if path else None
            return inner and _descend(inner, path[1:])
        case ListOf() if path:
            return _descend(rule.item, path)
        case Json() if path:
            # Below it, the names are the caller's own.
            return Json() if all(path) else None
    return None if path else rule


def _parse_list(text: str) -> Any:
    value = _parse_json_or_text(text)
    if not isinstance(value, list):
        raise ValueError("not a list in JSON; a single record has columns of its own, as affected.type")  # noqa: TRY004
    return value


def _parse_object_or_text(text: str) -> Any:
    """An object, or a text: what else could be JSON, such as a number, is a text here."""
    value = _parse_json_or_text(text)
    return value if isinstance(value, dict | str) else text


def _parse_json_or_text(text: str) -> Any:
    """JSON, or the text itself where it is not JSON, or is a number that would change, as 1.10 or a long id."""
    try:
        value = parse_json(text)
    except (ValueError, RecursionError):
        return text
    if isinstance(value, int | float) and (abs(value) > _MAX_SAFE_INTEGER or json.dumps(value) != text):
        return text
    return value
