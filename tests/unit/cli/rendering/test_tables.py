from __future__ import annotations

import io

from daybook_cli.rendering import tables
from daybook_cli.rendering.columns import RECORD_LOGS
from rich.console import Console


def test_rows_of_odd_types_are_shown_somehow() -> None:
    odd = {"bounce": "x", "names": 5, "affected": [3, {"change": None}], "last_activity_at": 7, "subject": {"a": 1}}
    for log_columns in RECORD_LOGS.values():
        console = Console(file=io.StringIO())
        tables.show_rows(console, log_columns, [odd, {}], as_json=False, heading=True)
        assert console.file.getvalue().count("\n") == 3  # type: ignore[attr-defined]
