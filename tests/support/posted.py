"""Entries as the API reads them from a post."""

import json
from datetime import datetime
from typing import Any

from daybook.model.entries import Entry
from daybook.model.posted import parsing


def entry_of(fields: dict[str, Any], now: datetime) -> Entry:
    """The entry that is made of these fields, without a fault or a warning."""
    posted = parsing.parse(json.dumps(fields, allow_nan=False).encode(), now)
    assert not isinstance(posted, list), (posted, fields)
    assert posted.warnings == [], fields
    return posted.entry
