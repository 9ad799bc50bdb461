"""A large audit log as a file: every entry once, little memory, and the same bytes however often it was killed."""

import random
import time
from pathlib import Path

import msgspec
import pytest

from tests.support.dynamodb.large_exports import LargeExports
from tests.support.dynamodb.lifelike_entries import fill_log
from tests.support.dynamodb.service_stack import Stack

pytestmark = pytest.mark.slow

ROWS, KILLS = 20_000, 4
MEMORY = 300


def test_a_large_log_is_a_file_with_each_entry_once_however_often_the_work_is_killed(
    stack: Stack, tmp_path: Path
) -> None:
    fill_log(stack, "1", "audit", ROWS)
    exports = LargeExports(stack.local.endpoint, stack.local.region, stack.local.name, tmp_path)
    undisturbed = exports.ask("jsonl")
    figures = exports.run(undisturbed)
    assert (figures.outcome, figures.rows) == ("done", ROWS)
    assert figures.memory < MEMORY
    expected = exports.file(undisturbed, "jsonl").read_bytes()
    found = [msgspec.json.decode(line)["id"] for line in expected.splitlines()]
    assert len(found) == len({*found}) == ROWS
    killed = exports.ask("jsonl")
    chance = random.Random(19)
    for attempt in range(KILLS):
        process = exports.process(killed, attempt)
        time.sleep(chance.uniform(0.5, 1.0) * (figures.seconds + 1))
        process.kill()
        process.communicate()
    last = exports.run(killed, KILLS)
    assert last.outcome in ("done", "ended")
    assert exports.file(killed, "jsonl").read_bytes() == expected
