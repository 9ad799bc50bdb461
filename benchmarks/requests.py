"""The CPU of whole handlers against the raw boto3 call, on DynamoDB Local: python -m benchmarks.requests.

Targets 3 to 6 of docs/performance.md.
"""

from __future__ import annotations

import json
import os
import tempfile
import uuid
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
from daybook.handlers import settings, wiring
from daybook.handlers.settings import IngestSettings
from daybook_cli.feedback.ses_events import EmailKind, Mail, ses_event
from daybook_local.deployment.template import function_environment, table_definition

from benchmarks import measure
from tests.support import api
from tests.support.dynamodb import local_server
from tests.support.dynamodb.lifelike_entries import entry_of
from tests.support.functions.events import NONE_FAILED, Context
from tests.support.hashes import ADDRESS_KEY


def environment(endpoint: str, table: str) -> dict[str, str]:
    resolved = {
        "Table": table,
        "Bodies": "none",
        "AddressKey": ADDRESS_KEY,
        "ServiceClients": "portal,platform",
        "FeedbackQueue": "none",
        "DeadLetters": "none",
    }
    variables = function_environment(service="feedback", resolved=resolved)
    variables |= {"EXPORTS_BUCKET": "none", "EXPORT_DAYS": "7", "EXPORT_QUEUE_URL": "none"}
    keys = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_REGION": "us-east-1"}
    return variables | keys | {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL_DYNAMODB": endpoint}


def make_org() -> None:
    """The org that is measured. Where it is there already, nothing is written."""
    answer = api.call("PUT", "/v1/orgs/riverside", claims=api.PLATFORM, body={"name": "Riverside Gymnastics"})
    assert answer.status == 200, answer.text


class Requests:
    """Handlers called with ready events, so that only they are measured."""

    def __init__(self, table: str) -> None:
        self.client = boto3.client("dynamodb")
        self.table = table
        self.ingest, self.query = api.function("ingest").handler, api.function("query").handler
        self.handle = api.function("feedback").handler

    def post(self, entries: list[dict[str, Any]], *, keyed: bool) -> Callable[[], None]:
        """Posts these entries; the event stands ready, and only the keys in it are new each time."""
        if keyed:
            entries = [{**entry, "key": f"{{key{place}}}"} for place, entry in enumerate(entries)]
        body = json.dumps({"entries": entries})
        event = api.event("POST /v1/orgs/{org}/entries", "/", {"org": "riverside"}, "", body, api.SERVICE)

        def action() -> None:
            sent = event | {"body": body.replace("{key", uuid.uuid4().hex)} if keyed else event
            assert self.ingest(sent, Context())["statusCode"] == 201

        return action

    def page(self, log: str, sort: str, record_id: str = "1") -> Callable[[], None]:
        route = f"GET /v1/orgs/{{org}}/records/{{type}}/{{id}}/{log}"
        event = api.event(
            route, "/", {"org": "riverside", "type": "family", "id": record_id}, f"sort={sort}", None, api.ADMIN
        )

        def action() -> None:
            assert self.query(event, Context())["statusCode"] == 200

        return action

    def feedback(self, size: int, runs: int, kinds: Sequence[EmailKind]) -> Callable[[], None]:
        """Takes in a queue's batch of events, `size` messages with one of each kind, that are news each time."""
        sent = datetime(2026, 11, 22, 9, tzinfo=UTC)
        names = [f"{'-'.join(kinds)}-{size}-{number}" for number in range(size * (runs + measure.WARMING))]
        for start in range(0, len(names), 100):
            self.post(
                [entry_of("emails", 1) | {"message_id": name} for name in names[start : start + 100]], keyed=False
            )()
        to = entry_of("emails", 1)["recipient"]
        bodies = [
            json.dumps(ses_event(kind, Mail(name, [to], sent), sent + timedelta(seconds=30 * step)))
            for name in names
            for step, kind in enumerate(kinds, 1)
        ]
        records = [{"messageId": "r", "body": body, "eventSource": "aws:sqs", "attributes": {}} for body in bodies]
        taken = size * len(kinds)
        batches = iter([{"Records": records[start : start + taken]} for start in range(0, len(records), taken)])

        def action() -> None:
            assert self.handle(next(batches), Context()) == NONE_FAILED

        return action

    def put_item(self) -> None:
        """One boto3 put of an item like that of an audit entry."""
        names = ("member_name", "username", "source", "action", "ip", "org_staff", "org_source", "at", "change")
        item = {name: {"S": f"{name} of an entry"} for name in names} | {"expires_at": {"N": "1900000000"}}
        self.client.put_item(TableName=self.table, Item={"pk": {"S": "raw"}, "sk": {"S": uuid.uuid4().hex}, **item})

    def make_bounces(self, record_id: str) -> list[str]:
        """Sends 52 e-mails to as many addresses, of which every fourth comes back; the addresses of those."""
        sent = datetime(2026, 11, 22, 9, tzinfo=UTC)
        record = {"type": "family", "id": record_id}
        mails = [Mail(f"of-{record_id}-{number}", [f"parent{number}@mail.example"], sent) for number in range(52)]
        entries = [
            entry_of("emails", 1) | {"record": record, "message_id": mail.message_id, "recipient": mail.recipients[0]}
            for mail in mails
        ]
        self.post(entries, keyed=False)()
        bounced = mails[::4]
        for mail in bounced:
            body = json.dumps(ses_event("bounce", mail, sent + timedelta(seconds=30)))
            event = {"messageId": "r", "body": body, "eventSource": "aws:sqs", "attributes": {}}
            assert self.handle({"Records": [event]}, Context()) == NONE_FAILED
        return [mail.recipients[0] for mail in bounced]

    def look_up(self, mailboxes: list[str]) -> Callable[[], None]:
        """What the page asks of the states of these addresses: one request, and what is made of its answer."""
        config = settings.read(os.environ, IngestSettings)
        store = wiring.address_store(config, wiring.table(config))

        def action() -> None:
            assert len(store.facts("riverside", mailboxes)) == len(mailboxes)

        return action

    def raw_query(self, log: str, index: str | None, record_id: str = "1") -> Callable[[], None]:
        """One boto3 query of the same 50 items."""
        values = {":pk": {"S": f"riverside/family/{record_id}"}, ":low": {"S": f"{log}/"}, ":high": {"S": f"{log}0"}}
        range_key = "activity_key" if index else "sk"
        more: dict[str, Any] = {"IndexName": index} if index else {}

        def action() -> None:
            answer = self.client.query(
                TableName=self.table,
                KeyConditionExpression=f"pk = :pk AND {range_key} BETWEEN :low AND :high",
                ExpressionAttributeValues=values,
                Limit=50,
                ScanIndexForward=False,
                ConsistentRead=True,
                **more,
            )
            assert len(answer["Items"]) == 50

        return action


def run(requests: Requests) -> None:
    audit, email = entry_of("audit", 1), entry_of("emails", 1)
    del email["message_id"]
    measure.say(f"{'':<44} {'ours':>10} {'boto3':>10}   ratio")
    base = requests.put_item
    one = [audit]
    measure.show("ingest, one audit entry", 1.30, measure.ratio(requests.post(one, keyed=False), base))
    measure.show("ingest, one audit entry with a key", 1.30, measure.ratio(requests.post(one, keyed=True), base))
    measure.show("ingest, one e-mail", 1.30, measure.ratio(requests.post([email], keyed=False), base))
    for size in (25, 100):
        for name, entry in (("audit", audit), ("e-mail", email)):
            for keyed in (False, True):
                measured = measure.ratio(requests.post([entry] * size, keyed=keyed), base, runs=20)
                said = f"ingest, batch of {size}, {name}{' with a key' if keyed else ''}, each"
                measure.show(said, 0.20, measured, entries=size)
    for log, kind, index in (("emails", "email", "by_activity"), ("audit", "audit", None)):
        measured = measure.ratio(requests.page(log, "date"), requests.raw_query(kind, index))
        measure.show(f"a page of 50 of {log}, by date", 0.80, measured)
    bounced = requests.make_bounces("2")
    query = requests.raw_query("email", "by_activity", "2")
    measured = measure.ratio(requests.page("emails", "date", "2"), query)
    measure.show("a page of 50 of emails, a quarter bounced", None, measured)
    measure.show("of it: the request for their addresses", None, measure.ratio(requests.look_up(bounced), query))

    for size, target in ((1, None), (10, 0.50)):
        measured = measure.ratio(requests.feedback(size, 40, ["delivery"]), base, runs=40)
        measure.show(f"feedback, batch of {size}, each event", target, measured, entries=size)


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch, local_server.running(Path(scratch)) as endpoint:
        table = "benchmark"
        os.environ.update(environment(endpoint, table))
        boto3.client("dynamodb").create_table(**table_definition(table))
        # The handlers' own lines and metrics would be most of what one sees.
        with Path(os.devnull).open("w") as silent, redirect_stdout(silent):
            make_org()
            requests = Requests(table)
            for log in ("emails", "audit"):
                for start in range(0, 200, 100):
                    requests.post([entry_of(log, number) for number in range(start, start + 100)], keyed=False)()
            run(requests)


if __name__ == "__main__":
    main()
