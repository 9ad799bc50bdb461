"""Read and write units, counted by DynamoDB Local: the targets of docs/performance.md that are counts."""

import json
from typing import Any

import pytest
from daybook.audit.record_copies import RecordCopies
from daybook.blacklist.address_status import AddressState
from daybook.entries.ingest import Ingest
from daybook.entries.messages.org_messages import MessagesQuery
from daybook.entries.record_log import LOGS, PlainQuery
from daybook.model.delivery_events import DeliveryEvent
from daybook.model.entries import Record
from daybook.model.responses import AuditRow
from daybook.storage.content_store import ContentStore
from daybook.storage.models.entries import AuditItem
from daybook.storage.table import batches

from tests.support import api
from tests.support.dynamodb.lifelike_entries import SUBJECT, entry_of
from tests.support.dynamodb.metered import MeteredWrites, RequestMeter
from tests.support.dynamodb.page_costs import assert_lines_cost_no_more, assert_pages_cost_the_same
from tests.support.dynamodb.service_stack import Stack
from tools.cost.data import counts

# What docs/cost.md is computed from.
UNITS = counts()["write_units"]
FAMILY = {"type": "family", "id": "1"}


def test_a_page_costs_the_same_in_a_short_and_in_a_long_log(stack: Stack) -> None:
    assert_pages_cost_the_same(stack, LOGS, 500)
    assert_lines_cost_no_more(stack, LOGS)


@pytest.mark.parametrize(("action", "requests", "units"), [("merged", 1, 2), ("m" * 250, 2, 32)])
def test_a_page_of_thin_copies_is_one_request_more(stack: Stack, action: str, requests: int, units: float) -> None:
    affected = [{"record": {"type": "student", "id": str(number)}, "change": "merged"} for number in range(2)]
    posted = [json.dumps(api.audit(action=action, affected=affected)).encode() for _ in range(30)]
    stack.ingest().post("riverside", posted)
    bodies = ContentStore(objects=stack.objects)
    items = [item for item in stack.items() if "org_source" in item]
    assert RecordCopies(table=stack.table, bodies=bodies).write(AuditItem.from_raw_data(item) for item in items) == 30
    meter = RequestMeter(stack)
    page = stack.logs().page("riverside", Record("student", "1"), LOGS["audit"], PlainQuery())
    assert [row.action for row in page.entries if isinstance(row, AuditRow)] == [action] * 30
    assert meter.take() == (requests, units)


@pytest.mark.parametrize(
    ("status", "requests", "units"),
    # The addresses of all e-mails that failed are one request, of a unit for each.
    [("delivered", 1, 1), ("opened", 1, 1), ("bounced", 2, 3), ("complained", 2, 3), ("failed", 1, 1)],
)
def test_a_page_looks_up_the_addresses_of_e_mails_that_failed(
    stack: Stack, status: str, requests: int, units: float
) -> None:
    posted = [api.email(status=status, recipient=f"{name}@x.example") for name in ("ann", "ben", "ben")]
    stack.ingest().post("riverside", [json.dumps(entry).encode() for entry in posted])
    complaint = DeliveryEvent(type="complaint", at="2026-11-22T11:00:00.000Z")
    for address in ("ann@x.example", "ben@x.example"):
        stack.address_store().record_events("riverside", address, None, [complaint], message_id="m", sent=complaint.at)
    meter = RequestMeter(stack)
    page = stack.logs().page("riverside", Record("family", "1"), LOGS["emails"], PlainQuery())
    assert [row.verdict.code for row in page.entries] == [page.entries[0].verdict.code] * 3  # type: ignore[union-attr]
    assert meter.take() == (requests, units)


@pytest.mark.parametrize("others", [0, 300])
@pytest.mark.parametrize(
    ("log", "more", "requests", "units"),
    [
        ("emails", {"status": "opened"}, 1, 1),
        # With the address, which is listed: a unit more.
        ("emails", {"status": "bounced"}, 2, 2),
        ("sms", {}, 1, 1),
        ("pushes", {}, 1, 1),
        ("activity", {}, 1, 1),
    ],
)
def test_a_single_entry_costs_the_same_among_few_and_many(
    stack: Stack, log: str, more: dict[str, Any], requests: int, units: float, others: int
) -> None:
    posted = [{**entry_of(log, number), "record": FAMILY} for number in range(others)]
    posted.append({**entry_of(log, others), "record": FAMILY, **more})
    results = [
        result
        for batch in batches(posted, 100)
        for result in stack.ingest().post("riverside", [json.dumps(entry).encode() for entry in batch])
    ]
    recipient = posted[-1].get("recipient", "")
    bounce = DeliveryEvent(type="bounce", at="2026-11-22T11:00:00.000Z", kind="Permanent")
    stack.address_store().record_events("riverside", recipient, None, [bounce], message_id="m", sent=bounce.at)
    meter = RequestMeter(stack)
    row = stack.logs().entry("riverside", Record("family", "1"), LOGS[log], str(results[-1].id))
    assert row.id == results[-1].id
    assert meter.take() == (requests, units)


@pytest.mark.parametrize(
    ("addresses", "later", "requests", "units"),
    [
        # Nothing later: the page, the addresses, and a query for each. DynamoDB takes a unit for a query that finds
        # nothing, DynamoDB Local does not.
        (1, [], 3, 1 + 1),
        (5, [], 7, 1 + 5),
        # The newest arrived: queries of a unit, and one request more, of half a unit for each address.
        (1, ["delivered"], 4, 1 + 1 + 1 + 0.5),
        (5, ["delivered"], 8, 1 + 5 + 5 + 2.5),
        (1, ["sent"] * 200 + ["delivered"], 4, 1 + 1 + 1 + 0.5),
        # The newest did not, so the others are read.
        (1, ["delivered", "sent"], 5, 1 + 1 + 1 + 0.5 + 0.5),
        (5, ["delivered", "sent"], 9, 1 + 5 + 5 + 2.5 + 2.5),
        # The most that an address costs.
        (1, ["sent"] * 200, 5, 1 + 1 + 1 + 12.5),
    ],
)
def test_a_page_looks_for_later_e_mails_to_the_addresses_of_those_that_did_not_arrive(
    stack: Stack, addresses: int, later: list[str], requests: int, units: float
) -> None:
    names = [f"{number}@x.example" for number in range(addresses)]
    silent = [
        api.email(status="sent", recipient=name, occurred_at="2026-11-20T09:00:00Z", record=record)
        for name in names
        for record in (FAMILY, {"type": "staff", "id": "7"})
    ]
    newer = [
        api.email(status=status, recipient=name, occurred_at=f"2026-11-20T10:{number // 60:02}:{number % 60:02}Z")
        for name in names
        for number, status in enumerate(later)
    ]
    for batch in batches([*silent, *newer], 100):
        stack.ingest().post("riverside", [json.dumps(entry).encode() for entry in batch])
    for name in names:
        # DynamoDB Local counts nothing for an item that is not there.
        stack.address_store().merge("riverside", name, lambda _: AddressState(reset_at="2026-11-19T09:00:00.000Z"))
    meter, logs = RequestMeter(stack), stack.logs()
    query = PlainQuery(end="2026-11-20T10:00:00Z")
    page = logs.page("riverside", Record("family", "1"), LOGS["emails"], query)
    assert len(page.entries) == addresses
    assert meter.take() == (requests, units)
    # The list of the org reads the index, then the items, and asks for the staff's e-mails too. It finds none later.
    of_org = MessagesQuery(log="email", status=["sent"], end="2026-11-20T10:00:00Z")
    assert len(stack.org_messages().page("riverside", of_org, ["family", "staff"]).entries) == 2 * addresses
    index, items = 0.5, 0.5 * 2 * addresses
    assert meter.take() == (requests + 1 + addresses, units - 1 + index + items)


@pytest.mark.parametrize(
    ("log", "more", "units"),
    [
        ("audit", {}, UNITS["audit"]),
        ("audit", {"key": "k"}, UNITS["audit"] + UNITS["key"]),
        ("activity", {}, UNITS["activity"]),
        ("pushes", {}, UNITS["push"]),
        # Table, three local indexes, the org's statuses; and the pointer.
        ("emails", {}, UNITS["email"]),
        ("sms", {}, UNITS["sms"]),
        ("emails", {"body": {"text": SUBJECT}}, UNITS["email_with_content"]),
    ],
)
def test_write_units_of_an_entry(stack: Stack, log: str, more: dict[str, Any], units: float) -> None:
    metered = MeteredWrites(stack)
    ingest: Ingest = stack.ingest(metered)
    (result,) = ingest.post("riverside", [json.dumps({**entry_of(log, 1), **more}).encode()])
    assert result.status == "created"
    assert metered.units == units
