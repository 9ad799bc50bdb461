"""One entry of the org's audit log as a text to read, with what it changed of each record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import tzinfo

from daybook_cli.rendering import local_time
from daybook_cli.rendering.tables import Row, in_line, in_text, who

# What of a change is shown below it, where it is there.
_PARTS = ("details", "before", "after")


def as_text(found: Row, zone: tzinfo | None) -> str:
    fields = {
        "When": local_time.second(found.get("occurred_at"), zone),
        "Who": who(found),
        "Source": found.get("source"),
        "IP": found.get("ip"),
        "Action": found.get("action"),
        "Expires": local_time.second(found.get("expires_at"), zone),
    }
    head = [f"{name}: {in_line(value)}" for name, value in fields.items() if value]
    affected = found.get("affected")
    changes = [each for each in affected if isinstance(each, dict)] if isinstance(affected, list) else []
    return "\n".join([*head, *(line for change in changes for line in _change(change))])


def _change(change: Row) -> Iterator[str]:
    record = change.get("record")
    of = f"{record.get('type')}/{record.get('id')}" if isinstance(record, dict) else ""
    named = f"{of} ({change['name']})" if change.get("name") else of
    yield ""
    yield in_line(f"{named}: {change.get('change')}")
    for part in _PARTS:
        if change.get(part) is not None:
            yield f"  {part}: {_value(change[part])}"


def _value(value: object) -> str:
    """A text as one line; anything else as JSON, all of it as far in as its first line."""
    if isinstance(value, str):
        return in_line(value)
    return in_text(json.dumps(value, ensure_ascii=False, indent=2)).replace("\n", "\n  ")
