"""CPU of the CSV of audit entries as a ratio to `csv.writer` of the same cells, and rows a second.

.venv/bin/python -m benchmarks.csv_lines
"""

from __future__ import annotations

import csv
import io
import random
from zoneinfo import ZoneInfo

import msgspec
from daybook.core import entry_ids
from daybook.exports.spreadsheet import CsvLines
from daybook.model.entries import SOURCES, Record
from daybook.model.responses import OrgAuditRow

from benchmarks import measure

# More than texts are remembered, in pages as large as the list has them.
ROWS, PAGE = 10_000, 200
RUNS = 20
TARGET = 10.0
NAMES = ("Maria Delgado", "Jordan Lee", "Thomas Nguyen", "Priya Shah", "Anna O'Brien", "Sam Ortiz")
ACTIONS = ("signed in", "changed the address", "deleted the enrollment in Gym 3", "moved to the waiting list")


def row(choose: random.Random) -> msgspec.Raw:
    moment = f"2026-{choose.randint(1, 12):02}-{choose.randint(1, 28):02}T{choose.randint(0, 23):02}:50:00.123Z"
    name = choose.choice(NAMES)
    suffix = entry_ids.new_suffix(1_795_000_000_000, 0, choose.getrandbits(entry_ids.RANDOM_BITS))
    made = OrgAuditRow(
        id=entry_ids.entry_id(moment, suffix), record=Record("family", str(choose.randrange(10_000))),
        occurred_at=moment, member_name=name, username=name[0].lower() + name.split()[1].lower(),
        source=choose.choice(SOURCES), action=choose.choice(ACTIONS), affected_count=2,
        names=choose.sample(NAMES, 2), ip=f"10.0.{choose.randrange(256)}.{choose.randrange(256)}",
    )  # fmt: skip
    return msgspec.Raw(msgspec.json.encode(made))


def main() -> None:
    choose = random.Random(1)
    rows = [row(choose) for _ in range(ROWS)]
    lines = CsvLines("audit", "entries", ZoneInfo("America/Chicago"))
    cells = list(csv.reader(io.StringIO(lines.lines(rows).decode(), newline="")))

    def exported() -> None:
        for start in range(0, ROWS, PAGE):
            lines.lines(rows[start : start + PAGE])

    def plain() -> None:
        for start in range(0, ROWS, PAGE):
            text = io.StringIO()
            csv.writer(text, quoting=csv.QUOTE_ALL).writerows(cells[start : start + PAGE])
            text.getvalue().encode()

    measured = measure.ratio(exported, plain, runs=RUNS)
    measure.show(f"CSV of {ROWS:,} audit entries, to csv.writer", TARGET, measured)
    measure.say(f"{ROWS / measured[0]:,.0f} rows a second")


if __name__ == "__main__":
    main()
