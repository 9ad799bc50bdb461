"""Random input for posts, lists and the feedback queue: whatever it is, the answer is clear, soon, and can be read.

`make fuzz` gives each test FUZZ_SECONDS, and another seed each time.
"""

import json
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from daybook.api.routes import ROUTES
from daybook.model.posted import nesting, surrogates

from tests.support import api
from tests.support.dynamodb.local_server import LocalTable
from tests.support.functions.events import NONE_FAILED, TTL, Context, change, queued
from tests.support.functions.stored import image
from tests.support.fuzz import corpus, mutations

pytestmark = [pytest.mark.slow, pytest.mark.fuzz]

SECONDS = float(os.environ.get("FUZZ_SECONDS") or 10)
# An answer that takes longer is a finding.
MOST_SECONDS = 3
LOGS = {"email": "emails", "sms": "sms", "push": "pushes", "activity": "activity", "audit": "audit"}


class Run:
    """Inputs until the time is over. The seed and the number of an input give it again."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.counts: Counter[str] = Counter()
        self._place = ""

    def __iter__(self) -> Iterator[tuple[int, random.Random]]:
        until, number = time.monotonic() + SECONDS, 0
        while time.monotonic() < until:
            number += 1
            self._place = f"input {number} of {self.name}, SEED={os.environ['SEED']}"
            yield number, random.Random(f"{os.environ['SEED']} {self.name} {number}")
        self.counts["inputs"] = number

    @contextmanager
    def step(self, what: Any) -> Iterator[None]:
        """Says which input it was, where a step fails or takes too long."""
        started = time.perf_counter()
        try:
            yield
        except Exception as error:
            raise AssertionError(f"{self._place}: {str(what)[:2000]}") from error
        seconds = time.perf_counter() - started
        assert seconds < MOST_SECONDS, f"{self._place} took {seconds:.1f} s: {str(what)[:2000]}"


def ask(
    method: str, path: str, *, claims: dict[str, Any] = api.ADMIN, query: str = "", body: str | None = None
) -> tuple[int, Any]:
    """The status and body of an answer, which is none of an error of ours, and a document of its kind."""
    sent = api.request(method, path, claims=claims)
    sent["rawQueryString"] = query
    if body is not None:
        sent["body"] = body
    answer = api.function(ROUTES[sent["routeKey"]]).handler(sent, Context())
    assert answer["statusCode"] < 500, answer["body"]
    # As Lambda sends it: half a character would have no bytes.
    answer["body"].encode()
    document = json.loads(answer["body"])
    if answer["statusCode"] >= 400:
        assert answer["headers"]["content-type"] == "application/problem+json"
        assert document["detail"]
        assert document["status"] == answer["statusCode"]
    return answer["statusCode"], document


def items_of(table: LocalTable, record: str) -> list[dict[str, Any]]:
    """The items in the partition of a record, as the stream has them."""
    found = table.client.query(
        TableName=table.name,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"riverside/{record}"}},
    )["Items"]
    return [image(item) for item in found]


def index(table: LocalTable, record: str) -> None:
    """What the table's stream says of the audit entries of a record."""
    records = [change(item, "INSERT") for item in items_of(table, record) if "org_source" in item]
    if records:
        assert api.function("index").handler({"Records": records}, Context()) == NONE_FAILED


def expire(table: LocalTable, record: str) -> None:
    """What TTL removes of a record is archived, and leaves the index and S3."""
    records = [change(item, userIdentity=TTL) for item in items_of(table, record) if "expires_at" in item]
    if records:
        api.function("retention").handler({"Records": records}, Context())


def erase(record: str) -> None:
    """Whatever stands in a record, its people can be erased."""
    status, erasure = ask("POST", f"/v1/orgs/riverside/records/{record}/erase", body='{"reason": "asked"}')
    assert status == 202, erasure
    api.function("retention").handler({"erasures": True}, Context())
    status, erasure = ask("GET", f"/v1/orgs/riverside/erasures/{erasure['id']}")
    assert erasure["status"] == "done", erasure


def record_path(entry: dict[str, Any]) -> str | None:
    named = [entry["record"]] if "record" in entry else [each["record"] for each in entry.get("affected", [])]
    return f"{named[0]['type']}/{named[0]['id']}" if named else None


def read_back(table: LocalTable, entry: dict[str, Any], entry_id: str) -> None:
    """An acknowledged entry is shown by every list that it stands in."""
    path = record_path(entry)
    rows: list[Any] = []
    if path is not None:
        index(table, path)
        base = f"/v1/orgs/riverside/records/{path}"
        for query in ("limit=200", "limit=200&order=asc"):
            status, page = ask("GET", f"{base}/{LOGS[entry['log']]}", query=query)
            assert status == 200, page
            rows = [row for row in page["entries"] if row["id"] == entry_id]
            assert len(rows) == 1
        status, page = ask("GET", f"{base}/timeline", query="limit=200")
        assert entry_id in [row["id"] for row in page["entries"]], page
        if entry["log"] == "email":
            assert ask("GET", f"{base}/emails/{entry_id}/events")[0] == 200
            assert ask("GET", f"{base}/emails/{entry_id}/content")[0] == (200 if rows[0]["has_content"] else 404)
    if entry["log"] == "audit":
        assert ask("GET", f"/v1/orgs/riverside/audit/{entry_id}")[0] == 200


def posted_entries(body: str) -> list[msgspec.Raw]:
    """The entries of a body, each by itself: one that is rejected may be nested too deeply to be decoded."""
    readable = surrogates.replace_escapes(nesting.cut(body.encode()))
    return msgspec.json.decode(readable, type=dict[str, list[msgspec.Raw]])["entries"]


def test_posts(functions: LocalTable) -> None:
    run = Run("posts")
    for number, rng in run:
        entries = [corpus.entry({"type": "family", "id": f"z{number}"}, number * 10 + at, rng) for at in range(3)]
        entries = [mutations.mutated(entry, rng, rng.choice([0, 1, 1, 2, 3])) for entry in entries]
        body = mutations.dumped({"entries": entries})
        if rng.random() < 0.15:
            body = mutations.dumped(mutations.mutated({"entries": entries}, rng, 1))
        if rng.random() < 0.2:
            body = mutations.mutated_text(body, rng, rng.randint(1, 3))
        with run.step(body):
            status, document = ask("POST", "/v1/orgs/riverside/entries", claims=api.SERVICE, body=body)
        run.counts[f"answers {status}"] += 1
        if status not in (201, 207):
            continue
        for result, entry in zip(document["results"], posted_entries(body), strict=True):
            run.counts[result["status"]] += 1
            if result["status"] != "rejected":
                with run.step(bytes(entry)):
                    read_back(functions, json.loads(bytes(entry)), result["id"])
        with run.step(body):
            again, document = ask("POST", "/v1/orgs/riverside/entries", claims=api.SERVICE, body=body)
            assert again in (201, 207), document
        if number % 10 == 0:
            with run.step(body):
                erase(f"family/z{number}")
            with run.step(body):
                expire(functions, f"family/z{number}")
            run.counts["erased and expired"] += 1
    assert run.counts["created"] > run.counts["inputs"] / 4, run.counts
    assert run.counts["rejected"] > run.counts["inputs"] / 4, run.counts


def test_lists(functions: LocalTable) -> None:
    """Search lines, and the other parameters of every list."""
    rng = random.Random(os.environ["SEED"])
    for number in range(60):
        entry = corpus.entry({"type": "family", "id": "1"}, number, rng)
        api.posted(entry)
    index(functions, "family/1")
    lists = ["audit", "audit/staff", "messages", "holds", "blacklist", "records/family/1/timeline"]
    lists += [f"records/family/1/{log}" for log in LOGS.values()]
    run = Run("lists")
    for _, rng in run:
        parameters = {
            "q": corpus.line(rng), "from": rng.choice(corpus.TIMES), "to": rng.choice(corpus.TIMES), "limit": "10",
            "cursor": "AAAA", "order": "asc", "sort": "status", "status": "bounced", "staff": "ada", "source": "system",
            "log": "email", "address": "x1@mail.example",
        }  # fmt: skip
        chosen = {name: parameters[name] for name in rng.sample(list(parameters), rng.choice([0, 1, 1, 1, 2, 3]))}
        if rng.random() < 0.5:
            chosen["q"] = mutations.mutated_text(corpus.line(rng), rng, rng.randint(0, 3))
        if chosen and rng.random() < 0.5:
            name = rng.choice(list(chosen))
            chosen[name] = mutations.mutated_text(chosen[name], rng, 1)
        query = urlencode(chosen, errors="surrogatepass")
        path = f"/v1/orgs/riverside/{rng.choice(lists)}"
        with run.step(f"{path}?{query}"):
            status, _ = ask("GET", path, query=query)
        run.counts[f"answers {status}"] += 1
    assert run.counts["answers 200"] > run.counts["inputs"] / 10, run.counts
    assert run.counts["answers 422"] > run.counts["inputs"] / 10, run.counts


def test_provider_records(functions: LocalTable) -> None:
    """None fails, which would come again and again; what was posted with them is shown."""
    run = Run("records")
    for number, rng in run:
        record = {"type": "family", "id": f"z{number}"}
        message = api.email(record=record, recipient=f"x{number}@mail.example", message_id=f"message-{number}")
        entries = rng.choice([[], [message], [message], [corpus.entry(record, number, rng)]])
        posted = [(entry, api.posted(entry)) for entry in entries]
        texts = []
        for _ in range(rng.randint(1, 5)):
            text = mutations.dumped(mutations.mutated(corpus.record(number, rng), rng, rng.choice([0, 1, 1, 2, 3])))
            texts.append(mutations.mutated_text(text, rng, 1) if rng.random() < 0.2 else text)
        for again in (texts, rng.sample(texts, len(texts))):
            with run.step(again):
                assert api.function("feedback").handler(queued(again), Context()) == NONE_FAILED
        for entry, (entry_id,) in posted:
            with run.step([entry, texts]):
                read_back(functions, entry, entry_id)
                run.counts["read back"] += 1
        with run.step(texts):
            status, page = ask("GET", f"/v1/orgs/riverside/records/family/z{number}/emails", query="limit=200")
            assert status == 200, page
            run.counts["events"] += sum(row["status"] != "queued" for row in page["entries"])
    assert run.counts["events"] > run.counts["inputs"] / 20, run.counts
    assert run.counts["read back"] > run.counts["inputs"] / 10, run.counts
