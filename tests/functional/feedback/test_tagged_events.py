"""An event whose tags name an org and a record depends on no other: it makes its entry, and blocks its address."""

import itertools
import json
from typing import Any

import pytest
from daybook.core.errors import StoreBusyError
from daybook.entries.ingest import Ingest
from daybook.feedback.reconcile import Reconciler
from daybook.storage.table import Table

from tests.support import api
from tests.support.aws.clients import client
from tests.support.feedback_records import SES_PARTS, ses
from tests.support.functions.events import Context, queued
from tests.support.functions.stored import items

TAGS = {"daybook-org": ["riverside"], "daybook-record": ["family.1"]}
SMITH, JONES = "smith@mail.example", "jones@mail.example"
NAMING = {"Bounce": "bouncedRecipients", "Complaint": "complainedRecipients", "DeliveryDelay": "delayedRecipients"}
STATUSES = {
    "Send": "sent", "Delivery": "delivered", "DeliveryDelay": "delayed", "Bounce": "bounced",
    "Complaint": "complained", "Open": "opened", "Click": "clicked", "Reject": "rejected",
    "Rendering Failure": "failed", "Subscription": "queued",
}  # fmt: skip
BLOCKED = {"Bounce": "bounce", "Complaint": "complaint"}


def told(name: str, *named: str, to: list[str] | None = None, tags: Any = TAGS) -> str:
    """An event of a tagged message to `to`, that names these recipients."""
    mail: dict[str, Any] = {"messageId": "m-1", "destination": to or [SMITH], "tags": tags}
    part: dict[str, Any] = {}
    if name in NAMING:
        part = {NAMING[name]: [{"emailAddress": address, "action": "failed"} for address in named or [SMITH]]}
    elif name == "Delivery":
        part = {"recipients": list(named or [SMITH])}
    return json.dumps(ses(name, mail=mail, **part))


def handle(*records: str) -> list[str]:
    """The ids of the messages to be delivered again."""
    answer = api.function("feedback").handler(queued(list(records)), Context())
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def rows(record: str = "family/1") -> list[dict[str, Any]]:
    return list(api.walk("emails", record))


def blocked(*addresses: str) -> dict[str, str]:
    answer = api.call(
        "POST", "/v1/orgs/riverside/blacklist/check", claims=api.SERVICE, body={"addresses": list(addresses)}
    )
    found: dict[str, str] = answer.body["blocked"]
    return found


def reasons(functions: dict[str, str]) -> list[str]:
    answer = client("sqs").receive_message(
        QueueUrl=functions["DEAD_LETTERS_URL"], MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    )
    return [letter["MessageAttributes"]["reason"]["StringValue"] for letter in answer.get("Messages", [])]


@pytest.mark.parametrize("name", SES_PARTS)
def test_every_event_makes_the_entry_alone(name: str) -> None:
    assert handle(told(name)) == []
    (row,) = rows()
    assert (row["status"], row["recipient"], row["subject"]) == (STATUSES[name], SMITH, "Hello")
    assert row["occurred_at"] == "2026-03-02T09:00:00.500Z"
    assert blocked(SMITH) == ({SMITH: BLOCKED[name]} if name in BLOCKED else {})
    # Nothing is left for a later post.
    assert [item for item in items() if item["sk"]["S"].startswith("event/")] == []


@pytest.mark.parametrize("name", sorted(SES_PARTS.keys() - {"Send"}))
def test_with_its_send_in_any_order_and_split_the_entry_is_the_same(name: str) -> None:
    shown = []
    for number, batches in enumerate(
        [[[name, "Send"]], [["Send", name]], [[name], ["Send"]], [["Send"], [name]], [[name, name], ["Send", "Send"]]]
    ):
        address = f"smith{number}@mail.example"
        tags = {**TAGS, "daybook-record": [f"family.{number}"]}
        for batch in batches:
            assert handle(*(told(each, address, to=[address], tags=tags) for each in batch)) == []
        (row,) = rows(f"family/{number}")
        varying = {"id", "record", "recipient"}
        shown.append(({key: row[key] for key in row if key not in varying}, [*blocked(address).values()]))
    assert all(each == shown[0] for each in shown)


def test_a_post_before_or_after_it_is_the_same_entry() -> None:
    handle(told("Bounce"))
    (result,) = api.post(api.email(message_id="m-1", recipient=SMITH, subject="Camp")).body["results"]
    assert result["status"] == "duplicate"
    handle(told("Complaint"))
    (row,) = rows()
    assert (row["id"], row["subject"], row["status"]) == (result["id"], "Camp", "complained")


def test_a_message_to_two_has_both_entries_whoever_the_event_is_about() -> None:
    handle(told("Bounce", SMITH, to=[SMITH, JONES]))
    assert {row["recipient"]: row["status"] for row in rows()} == {SMITH: "bounced", JONES: "queued"}
    handle(told("Open", to=[SMITH, JONES]))
    assert {row["recipient"]: row["status"] for row in rows()} == {SMITH: "bounced", JONES: "queued"}
    assert len(api.read(f"emails/{rows()[0]['id']}/events").body["events"]) in {1, 2}


def test_an_event_of_an_entry_that_exists_asks_for_no_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    """So an e-mail's life costs what it costs without tags."""
    handle(told("Send"))
    asked = []
    log_sends = Ingest.log_sends

    def counting(self: Ingest, sends: Any, **more: Any) -> None:
        found = list(sends)
        asked.extend(found)
        log_sends(self, found, **more)

    monkeypatch.setattr(Ingest, "log_sends", counting)
    for name in ("Delivery", "Open", "Click"):
        handle(told(name))
    assert asked == []
    assert rows()[0]["status"] == "clicked"


@pytest.mark.parametrize("name", ["Bounce", "Delivery", "Reject"])
def test_where_the_store_is_busy_after_the_event_was_stored_the_next_try_makes_the_entry(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The event is pending by then, and a duplicate when it comes again."""
    log_sends = Ingest.log_sends

    def busy(self: Ingest, sends: Any, **more: Any) -> None:
        if list(sends):
            raise StoreBusyError("throttled")
        log_sends(self, [], **more)

    with monkeypatch.context() as patch:
        patch.setattr(Ingest, "log_sends", busy)
        assert handle(told(name)) == ["message-0"]
    assert rows() == []
    assert handle(told(name)) == []
    assert [row["status"] for row in rows()] == [STATUSES[name]]


def test_a_crash_at_any_write_ends_in_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    write, insert = Table.write, Table.insert
    for failing in itertools.count():
        left = [failing]

        def counted(of: Any, left: list[int] = left) -> Any:
            def call(self: Table, changes: Any) -> Any:
                left[0] -= 1
                if left[0] == -1:
                    raise StoreBusyError("gone")
                return of(self, changes)

            return call

        address, tags = f"crash{failing}@mail.example", {**TAGS, "daybook-record": [f"family.c{failing}"]}
        record = told("Bounce", address, to=[address], tags=tags).replace('"m-1"', f'"m-c{failing}"')
        with monkeypatch.context() as patch:
            patch.setattr(Table, "write", counted(write))
            patch.setattr(Table, "insert", counted(insert))
            handle(record)
        handle(record)
        assert [row["status"] for row in rows(f"family/c{failing}")] == ["bounced"]
        assert blocked(address) == {address: "bounce"}
        if left[0] >= 0:
            break
    assert failing > 3


def test_unusable_tags_cost_no_event() -> None:
    api.post(api.email(message_id="m-1", recipient=SMITH))
    handle(told("Bounce", tags={"daybook-org": ["riverside"]}))
    assert [row["status"] for row in rows()] == ["bounced"]


@pytest.mark.parametrize("name", ["Bounce", "Delivery", "Open", "Subscription"])
def test_an_org_that_was_not_made_is_a_dead_letter(functions: dict[str, str], name: str) -> None:
    before = items()
    assert handle(told(name, tags={**TAGS, "daybook-org": ["no-such-org"]})) == []
    assert items() == before
    (reason,) = reasons(functions)
    assert "there is no org no-such-org" in reason


def test_a_stranger_is_a_dead_letter_and_the_other_recipients_have_their_event(functions: dict[str, str]) -> None:
    for address in (SMITH, JONES):
        api.post(api.email(message_id="m-1", recipient=address))
    assert handle(told("Bounce", "jane@home.example", JONES, to=[SMITH, JONES], tags=None)) == []
    assert {row["recipient"]: row["status"] for row in rows()} == {SMITH: "queued", JONES: "bounced"}
    (reason,) = reasons(functions)
    assert "names a recipient that is none of the message's" in reason
    assert handle(told("Bounce", "jane@home.example", to=[SMITH, JONES], tags=None), told("Delivery", tags=None)) == []
    assert {row["recipient"]: row["status"] for row in rows()} == {SMITH: "delivered", JONES: "bounced"}
    assert len(reasons(functions)) == 1


def test_a_forwards_target_bounces_for_the_one_recipient() -> None:
    api.post(api.email(message_id="m-1", recipient=SMITH))
    handle(told("Delivery", tags=None), told("Bounce", "Doe, Jane <jane@home.example>", tags=None))
    assert [row["status"] for row in rows()] == ["bounced"]
    assert blocked(SMITH, "jane@home.example") == {SMITH: "bounce"}


def test_an_unmatched_outcome_is_a_dead_letter_and_counts_as_pending(
    monkeypatch: pytest.MonkeyPatch, functions: dict[str, str]
) -> None:
    api.post(api.email(message_id="m-1", recipient=SMITH))
    apply = Reconciler.apply
    monkeypatch.setattr(
        Reconciler, "apply", lambda self, events: [(apply(self, events), "unmatched")[1] for _ in events]
    )
    assert handle(told("Delivery", tags=None)) == []
    (reason,) = reasons(functions)
    assert "names a recipient that is none of the message's" in reason


def test_what_is_both_busy_and_unmatched_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, functions: dict[str, str]
) -> None:
    def busy(*_: Any) -> Any:
        raise StoreBusyError("throttled")

    record = told("Bounce", "jane@home.example", JONES, to=[SMITH, JONES], tags=None)
    with monkeypatch.context() as patch:
        patch.setattr(Table, "write", busy)
        patch.setattr(Table, "insert", busy)
        assert handle(record) == ["message-0"]
    assert reasons(functions) == []
    assert handle(record) == []
    assert len(reasons(functions)) == 1
