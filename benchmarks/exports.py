"""A large audit log as a file, from DynamoDB Local: rows a second, memory, and the same bytes however often killed.

.venv/bin/python -m benchmarks.exports --folder F [--kills 10] [--seed 1]

F is the folder that `python -m benchmarks.search load --folder F` filled, with a million entries unless told otherwise.
Its `run` adds an entry to that log, so it comes after this.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import sys
import tempfile
import time
from pathlib import Path

import msgspec
from msgspec import Struct

from benchmarks import audit_load, measure
from benchmarks.audit_load import TABLE, Costs
from tests.support.aws.clients import REGION
from tests.support.dynamodb.large_exports import LargeExports

# Rows a second on two cores, and MB.
SPEED, MEMORY = 5_000, 300
# Seconds after which an attempt is killed: some before its first note, some behind several.
KILLED_AFTER = (2.0, 40.0)


class Row(Struct):
    id: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.environ.update(audit_load.CREDENTIALS)
    entries = msgspec.json.decode((options.folder / audit_load.LOADED).read_bytes(), type=Costs).entries
    with tempfile.TemporaryDirectory(dir=options.folder) as files, audit_load.server(options.folder) as endpoint:
        exports = LargeExports(endpoint, REGION, TABLE, Path(files))
        for file_format in ("jsonl", "csv"):
            export_id = exports.ask(file_format)
            figures = exports.run(export_id)
            size = exports.file(export_id, file_format).stat().st_size
            measure.say(
                f"{file_format}: {figures.outcome}, {figures.rows:,} rows, {size:,} bytes, "
                f"{figures.rows / figures.seconds:,.0f} rows a second (target {SPEED:,}), "
                f"{figures.memory:.0f} MB (target {MEMORY})"
            )
            if figures.rows != entries or (file_format == "jsonl" and _ids(exports, export_id) != entries):
                sys.exit("a row is missing, or is there twice")
        _kill(exports, export_id, options.kills, random.Random(options.seed))


def _ids(exports: LargeExports, export_id: str) -> int:
    """How many different entries the file of JSON lines has."""
    with exports.file(export_id, "jsonl").open("rb") as lines:
        return len({msgspec.json.decode(line, type=Row).id for line in lines})


def _kill(exports: LargeExports, undisturbed: str, kills: int, chance: random.Random) -> None:
    """Another export, killed again and again, has the bytes of the one that was not."""
    export_id, attempt = exports.ask("csv"), 0
    for attempt in range(kills):
        process = exports.process(export_id, attempt)
        time.sleep(chance.uniform(*KILLED_AFTER))
        process.kill()
        process.communicate()
    outcome = exports.run(export_id, attempt + 1).outcome
    digests = [hashlib.sha256(exports.file(each, "csv").read_bytes()).hexdigest() for each in (undisturbed, export_id)]
    measure.say(f"killed {kills} times: {outcome}, {'the same bytes' if len({*digests}) == 1 else 'OTHER BYTES'}")
    if len({*digests}) > 1:
        sys.exit(1)


if __name__ == "__main__":
    main()
