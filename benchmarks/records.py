"""Finding records in a register of a million, on DynamoDB Local.

    python -m benchmarks.records --records 1000000

Only those items are filled that the searches read: words that begin with one of LETTERS, and pairs of such. What a
search costs does not depend on the others.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from itertools import product
from pathlib import Path

from daybook.records.finding import RecordFinder, RecordsQuery

from benchmarks import audit_load
from tests.support.dynamodb import local_server
from tests.support.dynamodb.metered import RequestMeter
from tests.support.dynamodb.register_filling import fill_register
from tests.support.dynamodb.service_stack import NOW
from tests.support.hashes import hashed

ORG = "riverside"
LETTERS = {*"sjz", *map("".join, product("sjz", repeat=2))}
LINES = [
    "smith",
    "jane smith",
    "smith z",
    "smi zeb",
    "smyth j",
    "smyths zeb",
    "z",
    "j s",
    "jane nobody",
    "zebulon smyth",
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    count = parser.parse_args().records
    with tempfile.TemporaryDirectory() as scratch, local_server.running(Path(scratch)) as endpoint:
        stack = audit_load.stack_at(endpoint, audit_load.TABLE)
        audit_load.create_table(stack)
        print(f"{fill_register(stack.table, ORG, count, LETTERS):,} items of {count:,} records")
        finder = RecordFinder(table=stack.table, keyed_hash=hashed, clock=lambda: NOW)
        meter = RequestMeter(stack)
        print("line | found | more | requests | units | ms")
        for line in LINES:
            started = time.perf_counter()
            found = finder.find(ORG, RecordsQuery(q=line), lambda _: True)
            milliseconds = (time.perf_counter() - started) * 1000
            requests, units = meter.take()
            print(f"{line} | {len(found.entries)} | {found.more} | {requests} | {units} | {milliseconds:.0f}")


if __name__ == "__main__":
    main()
