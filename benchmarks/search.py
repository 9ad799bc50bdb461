"""The audit log's search among a million entries, on DynamoDB Local.

    python -m benchmarks.search batches                            write units an entry by size of stream batch
    python -m benchmarks.search load --entries 1000000 --folder F  fill a table that is kept in F; takes half an hour
    python -m benchmarks.search scan --folder F                    what they would cost without an index; as long
    python -m benchmarks.search run --folder F                     what searches and lists of that table cost

Targets 7, 9 and 10 of docs/performance.md. F is best on a file system in memory: DynamoDB Local writes entry by entry.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec
from daybook.aws.dynamodb import Connection
from daybook.core import entry_ids
from daybook.handlers import wiring
from daybook.model.entries import SOURCES
from daybook.search.entry_texts import texts
from daybook.search.line import matching, reading
from daybook.storage.keys import index_keys
from daybook.storage.keys.index_keys import BY_SOURCE, GLOBAL_PARTITION_KEYS
from daybook.storage.values import values_of
from msgspec import Struct

from benchmarks import audit_load, requests
from benchmarks.audit_entries import Business
from tests.support import api
from tests.support.dynamodb import local_server
from tests.support.dynamodb.service_stack import Stack
from tests.support.functions.events import Context

BATCHES = (1, 25, 100, 1000, 4000)
SAMPLE = 20_000
RUNS = 20
PAGE = 50
SCANNED = "scanned.json"
# Of the scan's read units.
TARGET = 0.004
ROUTE = "GET /v1/orgs/{org}/audit"
PACES = {"a million entries in two years": 1_000_000, "20,000 entries in two years": SAMPLE}


def batches() -> None:
    for name, pace in PACES.items():
        with tempfile.TemporaryDirectory() as scratch, local_server.running(Path(scratch)) as endpoint:
            stack = audit_load.stack_at(endpoint, audit_load.TABLE)
            audit_load.create_table(stack)
            items, units = audit_load.posted(stack, pace, SAMPLE)
            ingest = sum(units.values()) / SAMPLE
            print(f"{name}, the first {SAMPLE:,}; ingest {ingest:.4f} units an entry: {_each(units, SAMPLE)}")
            for batch in BATCHES:
                apart = audit_load.stack_at(endpoint, f"batches-of-{batch}")
                audit_load.create_table(apart)
                search, register = audit_load.index_only(apart, items, batch)
                said = f"search {search:.4f}, register of staff {register:.4f}, sum {ingest + search + register:.4f}"
                print(f"  stream batches of {batch:>4}: {said}", flush=True)


def load(folder: Path, entries: int, batch: int) -> None:
    with audit_load.server(folder) as endpoint:
        stack = audit_load.stack_at(endpoint, audit_load.TABLE)
        audit_load.create_table(stack)
        costs = audit_load.load(stack, entries, batch, lambda said: print(said, flush=True))
    print(
        f"{costs.entries:,} entries in {costs.seconds:,.0f} s: write units an entry: ingest {costs.ingest_each:.4f} "
        f"({_each(costs.ingest, costs.entries)}), search {costs.search_each:.4f}, register of staff "
        f"{costs.register_each:.4f}, sum {costs.ingest_each + costs.search_each + costs.register_each:.4f}; "
        f"index {costs.index_cpu_seconds / costs.entries * 1000:.3f} ms CPU an entry"
    )
    (folder / audit_load.LOADED).write_bytes(msgspec.json.encode(costs))


class Meter:
    """What the calls to DynamoDB take; `asks` has it told the units, which is not free."""

    def __init__(self) -> None:
        self.asks = False
        self.calls: list[dict[str, Any]] = []

    def take(self) -> tuple[int, float]:
        told = [each for call in self.calls for each in (call if isinstance(call, list) else [call])]
        requests, self.calls = len(self.calls), []
        return requests, sum(each["CapacityUnits"] for each in told)


METER = Meter()


class MeteredConnection(Connection):
    def dispatch(self, operation_name: str, operation_kwargs: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = super().dispatch(operation_name, operation_kwargs)
        if METER.asks:
            METER.calls.append(answer["ConsumedCapacity"])
        return answer


class Cost(Struct):
    """Of one page; milliseconds are medians."""

    requests: int
    units: float
    wall: float
    cpu: float
    found: list[str]
    more: bool


class Scan(Struct):
    """Of each question how many entries are asked for, and the ids of the newest."""

    units: float
    seconds: float
    hits: dict[str, int]
    newest: dict[str, list[str]]


def questions() -> dict[str, list[tuple[str, str]]]:
    """What is asked for, by what it shows."""
    business = Business()
    (name, username), (_, _, family) = business.staff[0], business.families[9]
    rare = business.families[19_998][1].split()[-1]
    june = [("from", "2025-06-01T00:00:00Z"), ("to", "2025-07-01T00:00:00Z")]
    return {
        "a common word: deleted": [("q", "deleted")],
        "two words: deleted Smith": [("q", "deleted Smith")],
        "two words, both rare: exported McCarthy": [("q", "exported McCarthy")],
        "three words, a staff filter: deleted invoice Smith": [("q", "deleted invoice Smith"), ("staff", username)],
        "two words of names: Smith and a member of staff": [("q", f"Smith {name}")],
        "a prefix of three letters: smi": [("q", "smi")],
        "a prefix of two letters: kw": [("q", "kw")],
        'a phrase: "deleted credit"': [("q", '"deleted credit"')],
        f"a rare name: {rare}": [("q", rare)],
        "a miss: zebra": [("q", "zebra")],
        "a miss of two: deleted zebra": [("q", "deleted zebra")],
        "a word within one month: deleted": [("q", "deleted"), *june],
        "the list": [],
        "the list of one member of staff": [("staff", username)],
        "the list of one family's login": [("staff", family)],
        "the list of two sources": [("source", "customer_portal"), ("source", "mobile_app")],
    }


def run(folder: Path) -> None:
    """Print what the pages cost, beside the scan where there has been one, and hold them against what that found."""
    scanned = None
    if (folder / SCANNED).exists():
        scanned = msgspec.json.decode((folder / SCANNED).read_bytes(), type=Scan)
    with audit_load.server(folder) as endpoint:
        os.environ.update(requests.environment(endpoint, audit_load.TABLE))
        requests.make_org()
        with mock.patch.object(wiring, "Connection", MeteredConnection):
            handler: Callable[..., Any] = api.function("query").handler
            handler(_event([("limit", "1")]), Context())
        with Path(os.devnull).open("w") as silent:
            for each in logging.getLogger("feedback").handlers:
                each.setStream(silent)  # type: ignore[attr-defined]
            print(f"{'a page of 50':<52} {'found':>6} {'requests':>8} {'units':>8} {'wall':>9} {'CPU':>8}   of scan")
            for name, asked in questions().items():
                print(_said(name, cost(handler, asked), scanned), flush=True)
    if scanned:
        print(f"the filtered scan: {scanned.units:,.0f} read units, {scanned.seconds:,.0f} s")


def _said(name: str, one: Cost, scanned: Scan | None) -> str:
    found = f"{len(one.found)}{'+' if one.more else ''}"
    said = f"{name:<52} {found:>6} {one.requests:>8} {one.units:>8} {one.wall:>6.0f} ms {one.cpu:>5.0f} ms"
    if scanned is None:
        return said
    if name in scanned.newest:
        assert one.found == scanned.newest[name], name
    share = one.units / scanned.units
    said += f"   {share:.5f}, of {scanned.hits[name]:,} hits" if name in scanned.hits else f"   {share:.5f}"
    return said + ("   MISSED" if share > TARGET else "")


def cost(handler: Callable[..., Any], asked: list[tuple[str, str]]) -> Cost:
    event = _event(asked)
    handler(event, Context())
    METER.asks = True
    body = json.loads(handler(event, Context())["body"])
    METER.asks = False
    taken, units = METER.take()
    walls, cpus = [], []
    for _ in range(RUNS):
        wall, cpu = time.perf_counter(), time.process_time()
        assert handler(event, Context())["statusCode"] == 200
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    found = [entry["id"] for entry in body["entries"]]
    wall, cpu = (statistics.median(times) * 1000 for times in (walls, cpus))
    return Cost(taken, units, wall, cpu, found, body["next"] is not None)


def _event(asked: list[tuple[str, str]]) -> dict[str, Any]:
    query = urlencode([*asked, ("limit", str(PAGE))] if not any(name == "limit" for name, _ in asked) else asked)
    return api.event(ROUTE, "/", {"org": audit_load.ORG}, query, None, api.ADMIN)


def scan(folder: Path) -> None:
    """Look for every question's entries without an index of words; a filter of DynamoDB's own would read as much."""
    asked = questions()
    lines = {name: reading.parse(q, ZoneInfo("UTC")) for name, given in asked.items() if (q := dict(given).get("q"))}
    hits: dict[str, list[str]] = {name: [] for name in lines}
    units, started = 0.0, time.perf_counter()
    with audit_load.server(folder) as endpoint:
        stack = audit_load.stack_at(endpoint, audit_load.TABLE)
        for source in SOURCES:
            for page in _partition(stack, source):
                units += page["ConsumedCapacity"]["CapacityUnits"]
                for item in page["Items"]:
                    at, words = item["at"]["S"], texts(values_of(item))
                    for name, line in lines.items():
                        if matching.matches(line, index_keys.instant_of(at), words) and _within(
                            item, dict(asked[name])
                        ):
                            hits[name].append(at)
            print(f"{source}: {units:,.1f} units, {time.perf_counter() - started:,.0f} s", flush=True)
    newest = {
        name: [entry_ids.entry_id(*at.split("/")) for at in sorted(ats, reverse=True)[:PAGE]]
        for name, ats in hits.items()
    }
    counts = {name: len(ats) for name, ats in hits.items()}
    found = Scan(units, time.perf_counter() - started, counts, newest)
    (folder / SCANNED).write_bytes(msgspec.json.encode(found))


def _within(item: dict[str, Any], asked: dict[str, str]) -> bool:
    at: str = item["at"]["S"]
    of_staff: bool = "staff" not in asked or item["username"]["S"] == asked["staff"]
    return of_staff and asked.get("from", "") <= at < asked.get("to", "3")


def _partition(stack: Stack, source: str) -> Iterator[dict[str, Any]]:
    """The pages of all of a source's entries, nearly 1 MB each; without a limit DynamoDB Local reads all for each."""
    partition = GLOBAL_PARTITION_KEYS[BY_SOURCE]
    values = {":of": {"S": index_keys.org_member(audit_load.ORG, source)}}
    asked: dict[str, Any] = {
        "TableName": stack.local.name,
        "IndexName": BY_SOURCE,
        "KeyConditionExpression": f"{partition} = :of",
        "ReturnConsumedCapacity": "TOTAL",
        "Limit": 2000,
        "ExpressionAttributeValues": values,
    }
    # Not by our own connection: DynamoDB Local is at some of these pages for longer than that waits.
    yield from stack.local.client.get_paginator("query").paginate(**asked)


def _each(units: Mapping[str, float], count: int) -> str:
    return ", ".join(f"{name} {units[name] / count:.4f}" for name in sorted(units))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("batches")
    for name in ("load", "scan", "run"):
        command = commands.add_parser(name)
        command.add_argument("--folder", type=Path, required=True)
        if name == "load":
            command.add_argument("--entries", type=int, default=1_000_000)
            command.add_argument("--batch", type=int, default=1000)
    given = parser.parse_args()
    if given.command == "batches":
        batches()
    elif given.command == "load":
        load(given.folder, given.entries, given.batch)
    elif given.command == "scan":
        scan(given.folder)
    else:
        run(given.folder)


if __name__ == "__main__":
    main()
