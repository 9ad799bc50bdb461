"""What providers say about messages, from the topic and the logs to what staff see, on the running stack."""

import json
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from daybook_cli.connection.settings import STACK_FILE
from typer.testing import Result

from tests.support import api
from tests.support.cli.api_stand_in import run
from tests.support.local_stack.aws import aws_client
from tests.support.local_stack.calls import VISIBLE_SECONDS, client, soon, walk

pytestmark = pytest.mark.slow

# For what goes through the queue more than once.
SETTLED_SECONDS = 15


class Message:
    """A message of its own for a test: posted to a family of its own, and looked at."""

    def __init__(self, stack: dict[str, Any], log: str = "email") -> None:
        self.stack = stack
        self.id = f"m-{uuid.uuid4()}"
        self.record = {"type": "family", "id": uuid.uuid4().hex}
        self.address = f"{uuid.uuid4().hex}@mail.example.com" if log == "email" else "+14155550123"
        self._log = {"email": "emails", "sms": "sms"}[log]
        self._made = {"email": api.email, "sms": api.sms}[log]

    def post(self, **more: Any) -> dict[str, Any]:
        entry = self._made(record=self.record, recipient=self.address, message_id=self.id, **more)
        with client(self.stack, "service") as service:
            answer = service.post("/entries", json={"entries": [entry]})
        assert answer.status_code == 201, answer.text
        result: dict[str, Any] = answer.json()["results"][0]
        return result

    def entry(self) -> dict[str, Any]:
        with client(self.stack, "admin") as admin:
            (found,) = walk(admin, f"/records/family/{self.record['id']}/{self._log}")
        return found

    def has_status(self, status: str) -> bool:
        return bool(self.entry()["status"] == status)

    def events(self) -> list[dict[str, Any]]:
        with client(self.stack, "admin") as admin:
            path = f"/records/family/{self.record['id']}/emails/{self.entry()['id']}/events"
            answer = admin.get(path)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["events"]
        return found


@pytest.fixture
def daybook(stack: dict[str, Any], tmp_path: Path) -> Callable[..., Result]:
    """The command line, beside a running stack."""
    (tmp_path / STACK_FILE).parent.mkdir()
    (tmp_path / STACK_FILE).write_text(json.dumps(stack))

    def command(*arguments: str) -> Result:
        done = run(tmp_path, httpx.HTTPTransport(), *arguments)
        assert done.exit_code == 0, done.output
        return done

    # The first call makes AWS's client, which is none of the times that are looked at.
    command("dead-letters", "list")
    return command


def blocked(stack: dict[str, Any], address: str) -> dict[str, str]:
    with client(stack, "service") as service:
        answer = service.post("/blacklist/check", json={"addresses": [address]})
    assert answer.status_code == 200, answer.text
    found: dict[str, str] = answer.json()["blocked"]
    return found


def test_what_is_simulated_is_seen_within_two_seconds(stack: dict[str, Any], daybook: Callable[..., Result]) -> None:
    message = Message(stack)
    message.post(status="queued")
    for event, status in (("send", "sent"), ("delay", "delayed"), ("delivery", "delivered"), ("open", "opened")):
        daybook("simulate", event, message.id)
        assert soon(partial(message.has_status, status), VISIBLE_SECONDS)
    daybook("simulate", "open", message.id)
    daybook("simulate", "click", message.id, "--link", "https://a.example/x", "--user-agent", "Reader/1")
    assert soon(lambda: message.entry()["status"] == "clicked" and message.entry()["opens"] == 2, VISIBLE_SECONDS)
    events = message.events()
    assert [event["type"] for event in events] == ["send", "delivery_delay", "delivery", "open", "open", "click"]
    assert (events[-1]["link"], events[-1]["user_agent"]) == ("https://a.example/x", "Reader/1")
    daybook("simulate", "delivery", message.id)
    assert soon(lambda: len(message.events()) == 7, VISIBLE_SECONDS)
    assert message.entry()["status"] == "clicked", "a later delivery takes nothing back"


def test_an_event_that_comes_twice_is_one_event(stack: dict[str, Any], daybook: Callable[..., Result]) -> None:
    message = Message(stack)
    message.post()
    at = datetime.now(UTC).isoformat()
    for _ in range(3):
        daybook("simulate", "open", message.id, "--at", at)
    daybook("simulate", "click", message.id)
    assert soon(lambda: message.entry()["clicks"] == 1, VISIBLE_SECONDS)
    assert message.entry()["opens"] == 1


def test_events_wait_for_their_entry(stack: dict[str, Any], daybook: Callable[..., Result]) -> None:
    message = Message(stack)
    daybook("simulate", "delivery", message.id, "--recipient", message.address)
    time.sleep(1)
    message.post(status="sent")
    assert soon(lambda: message.entry()["status"] == "delivered", VISIBLE_SECONDS)


def test_a_tagged_send_makes_the_entry_and_the_post_its_content(
    stack: dict[str, Any], daybook: Callable[..., Result]
) -> None:
    message = Message(stack)
    tags = [f"daybook-org={stack['orgs'][0]}", f"daybook-record=family.{message.record['id']}"]
    where = ["--recipient", message.address, "--subject", "From the mailer", "--tag", tags[0], "--tag", tags[1]]
    daybook("simulate", "send", message.id, *where)

    def is_there() -> bool:
        with client(stack, "admin") as admin:
            return walk(admin, f"/records/family/{message.record['id']}/emails") != []

    assert soon(is_there, VISIBLE_SECONDS)
    assert (message.entry()["subject"], message.entry()["has_content"]) == ("From the mailer", False)
    message.post(subject="From the mailer", body={"text": "Hi"})
    assert message.entry()["has_content"] is True


def test_an_address_that_bounced_is_blocked_until_staff_reset_it(
    stack: dict[str, Any], daybook: Callable[..., Result]
) -> None:
    message = Message(stack)
    message.post()
    daybook("simulate", "soft-bounce", message.id)
    assert soon(lambda: message.entry()["status"] == "bounced", VISIBLE_SECONDS)
    assert blocked(stack, message.address) == {}
    before = datetime.now(UTC) + timedelta(seconds=1)
    daybook("simulate", "bounce", message.id, "--at", before.isoformat())
    assert soon(lambda: blocked(stack, message.address) == {message.address: "bounce"}, VISIBLE_SECONDS)
    assert message.entry()["bounce"]["type"] == "Permanent"

    with client(stack, "admin") as admin:
        record_list = f"/records/family/{message.record['id']}/blacklist"
        for entries in (walk(admin, "/blacklist"), admin.get(record_list).json()["entries"]):
            (found,) = [entry for entry in entries if entry["address"] == message.address]
            assert (found["status"], found["message_id"]) == ("bounce", message.id)
        again = Message(stack)
        again.address = message.address
        again.post(status="queued")
        assert again.entry()["status"] == "suppressed"

        suppression = aws_client(stack, "sesv2")
        suppression.put_suppressed_destination(EmailAddress=message.address, Reason="BOUNCE")
        reason = f"asked for by {message.id}"
        time.sleep(1.5)
        reset = admin.request("DELETE", f"/blacklist/{message.address}", json={"reason": reason})
        assert reset.status_code == 200, reset.text
        assert reset.json()["address"] == message.address
        assert blocked(stack, message.address) == {}
        with pytest.raises(suppression.exceptions.NotFoundException):
            suppression.get_suppressed_destination(EmailAddress=message.address)
        assert message.address not in [entry["address"] for entry in walk(admin, "/blacklist")]
        (audit,) = admin.get(f"/records/family/{message.record['id']}/audit").json()["entries"]
        assert (audit["action"], audit["username"]) == ("reset blacklist", "admin")
        assert audit["affected"][0]["details"]["reason"] == reason

    daybook("simulate", "bounce", message.id, "--at", before.isoformat())
    late = Message(stack)
    late.address = message.address
    late.post()
    daybook("simulate", "bounce", late.id, "--at", (before - timedelta(minutes=5)).isoformat())
    assert soon(lambda: late.entry()["status"] == "bounced", VISIBLE_SECONDS)
    assert blocked(stack, message.address) == {}, "what was before the reset does not put it back"
    daybook("simulate", "bounce", late.id)
    assert soon(lambda: blocked(stack, message.address) == {message.address: "bounce"}, VISIBLE_SECONDS)


@pytest.mark.parametrize(("name", "status"), [("invalid", "invalid"), ("someone", None)])
def test_an_address_is_validated_in_the_background(stack: dict[str, Any], name: str, status: str | None) -> None:
    address = f"{name}.{uuid.uuid4().hex}@mail.example.com"
    with client(stack, "admin") as admin:
        answer = admin.post(f"/blacklist/{address}/validate")
        assert answer.status_code == 202, answer.text
        assert soon(lambda: blocked(stack, address) == ({address: status} if status else {}), SETTLED_SECONDS)


@pytest.mark.parametrize(
    ("event", "status", "reason"), [("sms-delivered", "delivered", None), ("sms-failed", "not_delivered", "failed")]
)
def test_what_snss_logs_say_of_an_sms_is_seen(
    stack: dict[str, Any], daybook: Callable[..., Result], event: str, status: str, reason: str | None
) -> None:
    message = Message(stack, "sms")
    message.post()
    assert message.entry()["status"] == "delivery"
    daybook("simulate", event, message.id)
    assert soon(lambda: message.entry()["status"] == status, VISIBLE_SECONDS)
    assert message.entry().get("reason") == reason


def test_a_poisoned_record_is_buried_alone_and_can_be_redriven(
    stack: dict[str, Any], daybook: Callable[..., Result]
) -> None:
    messages = [Message(stack) for _ in range(9)]
    for message in messages:
        message.post(status="sent")
    poison = f'{{"eventType": "Delivery", "mail": {{"messageId": "{uuid.uuid4()}"}}}}'
    bodies = [delivery_of(message) for message in messages]
    bodies.insert(4, poison)
    entries = [{"Id": str(number), "Message": body} for number, body in enumerate(bodies)]
    aws_client(stack, "sns").publish_batch(TopicArn=stack["feedback_topic"], PublishBatchRequestEntries=entries)
    assert soon(lambda: all(message.entry()["status"] == "delivered" for message in messages), SETTLED_SECONDS)

    def buried() -> list[dict[str, Any]]:
        lines = daybook("dead-letters", "list", "--json").stdout.splitlines()
        return [letter for letter in map(json.loads, lines) if letter["text"] == poison[:100]]

    assert soon(buried, SETTLED_SECONDS)
    (letter,) = buried()
    assert "delivery" in letter["reason"]
    assert json.loads(daybook("dead-letters", "show", letter["id"], "--json").stdout)["text"] == poison
    daybook("dead-letters", "redrive", letter["id"])

    def is_buried_again() -> bool:
        return [again["id"] for again in buried()] not in ([], [letter["id"]])

    assert soon(is_buried_again, SETTLED_SECONDS)


def test_what_could_not_be_taken_in_for_a_while_is_applied_once_it_is_redriven(
    stack: dict[str, Any], daybook: Callable[..., Result]
) -> None:
    message = Message(stack)
    message.post(status="sent")
    sqs = aws_client(stack, "sqs")
    sent = sqs.send_message(QueueUrl=stack["dead_letters"], MessageBody=delivery_of(message))["MessageId"]
    listed = daybook("dead-letters", "list").stdout
    assert f"{sent}\t" in listed
    assert "tried too often" in listed
    assert daybook("dead-letters", "redrive", sent).stdout == f"{sent}\n"
    assert soon(partial(message.has_status, "delivered"), VISIBLE_SECONDS)
    assert sent not in daybook("dead-letters", "list").stdout


def delivery_of(message: Message) -> str:
    """In the classic spelling, as an identity's notifications have it."""
    now = datetime.now(UTC).isoformat()
    mail = {"messageId": message.id, "timestamp": now, "destination": [message.address]}
    delivery = {"timestamp": now, "recipients": [message.address]}
    return json.dumps({"notificationType": "Delivery", "mail": mail, "delivery": delivery})
