"""A minute of load with functions that are killed, ten by `make soak`; then a proof of what was acknowledged."""

import os
import random
import re
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from daybook_cli.connection.aws import AwsTarget
from daybook_cli.feedback.dead_letters import DeadLetterQueue

from tests.support.local_stack.aws import aws_client, shorten_visibility, unhandled_feedback
from tests.support.local_stack.calls import make_org, soon
from tests.support.local_stack.process import LocalStack, local_stack
from tests.support.soak.checks import Checks
from tests.support.soak.clients import ORGS, Feedback, SoakClient
from tests.support.soak.kills import Killer
from tests.support.soak.ledger import Ledger
from tests.support.soak.messages import IP, PHONE

pytestmark = pytest.mark.slow

THREADS = 16
SECONDS = float(os.environ.get("SOAK_SECONDS") or 60)
SEED = int(os.environ["SEED"])
SETTLED_SECONDS = 240
# How long a message waits whose function was killed: not the minutes of the template.
VISIBILITY_SECONDS = 10


@pytest.mark.timeout(SECONDS + 900)
def test_what_was_acknowledged_is_there_once_and_true(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _print(capsys, f"A soak of {SECONDS:.0f} seconds. To repeat it: make soak SEED={SEED} SOAK_SECONDS={SECONDS:.0f}")
    mark = f"zq{SEED:08x}"
    with local_stack(tmp_path / "stack") as running:
        stack, ledger = running.described(), Ledger()
        for org in ORGS:
            make_org(stack, org)
        shorten_visibility(stack, VISIBILITY_SECONDS)
        with _timed(ledger, "load"):
            _load(running, stack, ledger, mark)
        with _timed(ledger, "settling"):
            _settle(stack, ledger)
        with _timed(ledger, "checks"):
            faults = [*Checks(stack, ledger).check(), *_personal_lines(running, mark)]
    ledger.count("faults", len(faults))
    _print(capsys, "\n".join(f"{count:10,} {name}" for name, count in sorted(ledger.counts.items())))
    assert ledger.counts["functions killed"] > SECONDS / 10
    assert ledger.counts["entries acknowledged"] > SECONDS * 5
    assert ledger.counts["rows found"] > 0
    assert len(ledger.erased) > SECONDS / 60
    assert not faults, f"{len(faults)} faults, SEED={SEED}:\n" + "\n".join(_some_of_each(faults))


@contextmanager
def _timed(ledger: Ledger, what: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    ledger.count(f"seconds of {what}", round(time.monotonic() - started))


def _load(running: LocalStack, stack: dict[str, Any], ledger: Ledger, mark: str) -> None:
    feedback, until = Feedback(stack), time.monotonic() + SECONDS
    killer = Killer(running.pid, SEED, ledger)
    clients = [SoakClient(stack, mark, number, SEED, ledger, feedback) for number in range(THREADS)]
    threads = [threading.Thread(target=client.run, args=(until,)) for client in clients]
    for thread in (killer, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    killer.stop()
    # What providers have still to say.
    rng = random.Random(SEED)
    while count := feedback.publish(rng, 100):
        ledger.count("events published", count)


def _settle(stack: dict[str, Any], ledger: Ledger) -> None:
    """Wait for what was under way; an operator redrives what became a dead letter as functions died."""
    letters = DeadLetterQueue(AwsTarget.of_stack(stack), stack["dead_letters"], stack["feedback_queue"])

    def is_settled() -> bool:
        if unhandled_feedback(stack):
            return False
        dead = letters.read_all()
        ledger.count("dead letters redriven", len(dead))
        letters.redrive({letter.id for letter in dead}, lambda _: None)
        return not dead and not _running(stack)

    settled = soon(is_settled, SETTLED_SECONDS)
    assert settled, f"{unhandled_feedback(stack)} messages in the queue, erasures: {_running(stack)}"
    # The index follows the stream within seconds.
    time.sleep(10)


def _running(stack: dict[str, Any]) -> int:
    """Erasures that are not done; those that broke off are continued, as the schedule does.

    What is noted of an attempt that was killed is removed: the next one would have to wait for 16 minutes.
    """
    dynamodb, table = aws_client(stack, "dynamodb"), stack["table"]
    erasing = {"KeyConditionExpression": "pk = :erasing", "ExpressionAttributeValues": {":erasing": {"S": "erasing"}}}
    items = dynamodb.query(TableName=table, **erasing)["Items"]
    for item in items:
        key = {name: item[name] for name in ("pk", "sk")}
        exists = {"ConditionExpression": "attribute_exists(pk)"}
        with suppress(dynamodb.exceptions.ConditionalCheckFailedException):
            dynamodb.update_item(TableName=table, Key=key, UpdateExpression="REMOVE retry", **exists)
    if items:
        aws_client(stack, "lambda").invoke(FunctionName=stack["retention_function"], Payload=b'{"erasures": true}')
    return len(items)


def _print(capsys: pytest.CaptureFixture[str], text: str) -> None:
    """Counts and seed are of interest also where the test passes."""
    with capsys.disabled():
        sys.stdout.write(f"\n{text}\n")


def _some_of_each(faults: list[str]) -> list[str]:
    """The first few of each kind, which is where a fault is and not in which entry."""
    kinds: defaultdict[str, list[str]] = defaultdict(list)
    for fault in faults:
        kinds[re.sub(r"\S*\d\S*", "", fault)[-40:]].append(fault)
    return [fault for of_kind in kinds.values() for fault in of_kind[:4]]


def _personal_lines(running: LocalStack, mark: str) -> list[str]:
    """Lines of all logs that tell of a person: with the mark, a phone number, an address of IP, or a token."""
    personal = re.compile(f"{mark}|{re.escape(PHONE)}|{re.escape(IP)}|eyJ[A-Za-z0-9_-]{{20}}", re.IGNORECASE)
    logs = running.logs()
    assert logs.count("\n") > SECONDS
    return [f"in a log: {line[:300]}" for line in logs.splitlines() if personal.search(line)][:20]
