"""What providers say, through the real handler: to its entry, past it, or to the dead letters; each record alone."""

import base64
import gzip
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from daybook.aws.sqs import Queue
from daybook.core.errors import StoreBusyError
from daybook.storage.table import RefusedError, Table
from daybook_cli.feedback.ses_events import EmailKind, Mail, ses_event
from daybook_cli.feedback.sms_logs import SmsKind, sms_log

from tests.support import api
from tests.support.aws.clients import client
from tests.support.feedback_records import LATER, eum, ses
from tests.support.functions.events import Context, queued
from tests.support.functions.ses_stand_in import Ses
from tests.support.functions.stored import items
from tests.support.properties import is_fuzz

SENT_AT = datetime(2026, 11, 20, 9, 0, 0, 48_000, tzinfo=UTC)
SMITH, JONES = "smith@mail.example", "jones@mail.example"
PHONE = "+14155550123"
LIFE: list[EmailKind] = ["send", "delivery", "open", "click"]
Wrapping = Callable[[list[str]], dict[str, Any]]


def mail(message_id: str = "m-1", *recipients: str, **fields: Any) -> Mail:
    return Mail(message_id, recipients or (SMITH,), SENT_AT, **fields)


def said(kind: EmailKind, of: Mail | None = None, seconds: int | None = None) -> str:
    after = LIFE.index(kind) * 60 if seconds is None and kind in LIFE else seconds or 30
    return json.dumps(ses_event(kind, of or mail(), SENT_AT + timedelta(seconds=after)))


def enveloped(texts: list[str]) -> list[str]:
    common = {"Type": "Notification", "MessageId": "n", "TopicArn": "arn:aws:sns:us-east-1:1:feedback"}
    return [json.dumps({**common, "Timestamp": "2026-11-20T09:00:02.000Z", "Message": text}) for text in texts]


def topic(texts: list[str]) -> dict[str, Any]:
    return {"Records": [{"EventSource": "aws:sns", "Sns": json.loads(envelope)} for envelope in enveloped(texts)]}


def logs(texts: list[str]) -> dict[str, Any]:
    found = [{"id": str(number), "timestamp": 1763802000000, "message": text} for number, text in enumerate(texts)]
    data = {"messageType": "DATA_MESSAGE", "logGroup": "g", "logStream": "s", "logEvents": found}
    return {"awslogs": {"data": base64.b64encode(gzip.compress(json.dumps(data).encode())).decode()}}


WRAPPINGS: dict[str, Wrapping] = {
    "bare in the queue": queued,
    "enveloped in the queue": lambda texts: queued(enveloped(texts)),
    "logs in the queue": lambda texts: queued([json.dumps(logs(texts))]),
    "from a topic": topic,
    "from a log group": logs,
}


def handle(event: dict[str, Any]) -> list[str]:
    """The ids of the messages to be delivered again."""
    answer = api.function("feedback").handler(event, Context())
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def entry(message_id: str = "m-1", record: str = "family/1", log: str = "emails") -> dict[str, Any]:
    (found,) = [one for one in api.walk(log, record) if one["message_id"] == message_id]
    return found


def messages(functions: dict[str, str], name: str) -> list[dict[str, Any]]:
    answer = client("sqs").receive_message(
        QueueUrl=functions[name], MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    )
    found: list[dict[str, Any]] = answer.get("Messages", [])
    return found


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_a_life_in_every_wrapping(wrapping: str) -> None:
    api.post(api.email(message_id="m-1", occurred_at="2026-11-20T09:00:00.048Z"))
    assert handle(WRAPPINGS[wrapping]([said(kind) for kind in LIFE])) == []
    shown = entry()
    assert (shown["status"], shown["opens"], shown["clicks"]) == ("clicked", 1, 1)
    assert shown["last_activity_at"] == "2026-11-20T09:03:00.048Z"


def test_the_events_of_an_email_each_with_what_it_has() -> None:
    api.post(api.email(message_id="m-1"))
    handle(queued([said("click"), said("delivery"), said("send"), said("soft-bounce")]))
    answer = api.read(f"emails/{entry()['id']}/events")
    assert answer.status == 200
    assert [event["type"] for event in answer.body["events"]] == ["send", "bounce", "delivery", "click"]
    assert [event["occurred_at"] for event in answer.body["events"]] == sorted(
        event["occurred_at"] for event in answer.body["events"]
    )
    bounce, delivery, click = answer.body["events"][1:]
    assert (bounce["kind"], bounce["subtype"], bounce["code"]) == ("Transient", "MailboxFull", "4.2.2")
    assert delivery["diagnostic"].startswith("250 2.0.0 OK")
    assert click["link"].startswith("https://")
    assert click["user_agent"].startswith("Mozilla")


def test_the_events_are_for_those_who_may_read_the_log() -> None:
    api.post(api.email(message_id="m-1"))
    path = f"emails/{entry()['id']}/events"
    assert api.read(path, claims=api.STAFF).status == 403
    assert api.read(path, claims=api.OTHER_ADMIN).status == 403
    assert api.read(f"emails/{'0' * 35}/events").status == 404
    assert api.read("emails/nonsense/events").status == 404
    assert api.read(path.replace("emails", "emails"), "family/2").status == 404


def test_the_events_of_a_text_are_for_those_who_may_read_its_log() -> None:
    api.posted(api.sms(message_id="sms-1", occurred_at="2026-03-02T09:00:00Z"))
    blocked = eum("TEXT_BLOCKED", messageStatusDescription="blocked by the carrier")
    assert handle(queued([json.dumps(each) for each in (blocked, eum("TEXT_PENDING", isFinal=False))])) == []
    path = f"sms/{entry('sms-1', log='sms')['id']}/events"
    answer = api.read(path)
    assert answer.status == 200
    assert answer.body["events"] == [
        {
            "type": "failure",
            "occurred_at": LATER,
            "kind": "rejected",
            "subtype": "TEXT_BLOCKED",
            "diagnostic": "blocked by the carrier",
        },
        {
            "type": "pending",
            "occurred_at": LATER,
            "subtype": "TEXT_PENDING",
            "diagnostic": "Message has been accepted by phone",
        },
    ]
    assert api.read(path, claims=api.STAFF).status == 403
    assert api.read(path, claims=api.OTHER_ADMIN).status == 403
    assert api.read(path, "family/2").status == 404
    assert api.read(path.replace("sms/", "emails/")).status == 404
    assert api.read(f"sms/{'0' * 35}/events").status == 404


def test_a_machines_opens_count_apart_and_a_late_report_of_failure_is_shown() -> None:
    api.posted(api.email(message_id="m-1", occurred_at="2026-03-02T09:00:00Z"))
    of_it = {"messageId": "m-1", "destination": [SMITH]}
    handle(queued([
        json.dumps(ses("Delivery", mail=of_it, recipients=[SMITH])),
        *(json.dumps(ses("Open", mail=of_it, isBotEvent="Likely", timestamp=at))
          for at in ("2026-03-02T09:00:08Z", "2026-03-02T09:00:09Z")),
    ]))  # fmt: skip
    shown = entry()
    assert (shown["status"], shown["opens"], shown["bot_opens"]) == ("delivered", 0, 2)
    assert "bot_clicks" not in shown
    failed = {"emailAddress": SMITH, "action": "failed", "status": "5.2.2", "diagnosticCode": "smtp; 552 full"}
    late = ses("Bounce", mail=of_it, bounceType="Transient", bounceSubType="MailboxFull", bouncedRecipients=[failed],
               timestamp="2026-03-02T10:00:00Z")  # fmt: skip
    handle(queued([json.dumps(late)]))
    shown = entry()
    assert shown["status"] == "bounced"
    assert shown["bounce"] == {"type": "Transient", "subtype": "MailboxFull", "diagnostic": "smtp; 552 full"}
    assert shown["bot_opens"] == 2


def test_an_open_of_a_message_to_two_is_shown_as_the_messages() -> None:
    both = mail("m-1", SMITH, JONES)
    api.post(api.email(message_id="m-1"))
    handle(queued([said("open", both), said("delivery", both)]))
    shown = entry()
    assert (shown["status"], shown["opens"]) == ("delivered", 0)
    events = api.read(f"emails/{shown['id']}/events").body["events"]
    assert [(event["type"], event.get("of", "recipient")) for event in events] == [
        ("delivery", "recipient"),
        ("open", "message"),
    ]


def test_events_are_shown_in_the_order_of_their_time_however_they_came() -> None:
    """The open of a message to two is kept apart from the events of the entry."""
    both = mail("m-1", SMITH, JONES)
    api.post(api.email(message_id="m-1"))
    for body in (said("click", seconds=90), said("open", both, seconds=45), said("send"), said("delivery", seconds=60)):
        assert handle(queued([body])) == []
    events = api.read(f"emails/{entry()['id']}/events").body["events"]
    assert [event["type"] for event in events] == ["send", "open", "delivery", "click"]
    assert [event["occurred_at"][14:19] for event in events] == ["00:00", "00:45", "01:00", "01:30"]
    assert entry()["status"] == "clicked"


def test_early_events_wait_for_the_post() -> None:
    handle(queued([said("delivery")]))
    api.post(api.email(message_id="m-1"))
    assert entry()["status"] == "delivered"


def test_a_tagged_send_makes_the_entry_and_the_post_adds_the_body() -> None:
    tagged = mail("m-1", tags={"daybook-org": "riverside", "daybook-record": "family.1"}, subject="Camp")
    handle(queued([said("delivery", tagged)]))
    handle(queued([said("send", tagged)]))
    shown = entry()
    assert (shown["status"], shown["subject"], shown["has_content"]) == ("delivered", "Camp", False)
    (result,) = api.post(api.email(message_id="m-1", subject="Summer camp", body={"text": "Dear"})).body["results"]
    assert (result["status"], result["id"]) == ("duplicate", shown["id"])
    shown = entry()
    assert (shown["subject"], shown["has_content"], shown["status"]) == ("Summer camp", True, "delivered")
    assert api.read(f"emails/{shown['id']}/content").body["text"] == "Dear"


def test_a_reset_holds_against_late_bounces_and_not_against_new_ones(ses: Ses) -> None:
    api.post(api.email(message_id="m-1"))
    bounce = said("bounce", mail("m-1", "Sam Smith <SMITH@mail.example>"))
    handle(queued([bounce]))
    assert entry()["bounce"]["type"] == "Permanent"
    assert blocked("Sam Smith <Smith@MAIL.example>", JONES) == {"Sam Smith <Smith@MAIL.example>": "bounce"}
    api.post(api.email(message_id="m-2"))
    assert entry("m-2")["status"] == "suppressed"

    assert api.call("DELETE", f"/v1/orgs/riverside/blacklist/{SMITH}", body={"reason": "moved"}).status == 200
    (audit,) = api.walk("audit")
    assert (audit["action"], audit["username"]) == ("reset blacklist", "ada")
    assert audit["affected"][0]["details"]["reason"] == "moved"
    again = said("bounce", mail("m-1"), seconds=31)
    handle(queued([bounce, again]))
    assert blocked(SMITH) == {}
    after = ses_event("bounce", Mail("m-2", (SMITH,), datetime.now(UTC)), datetime.now(UTC))
    handle(queued([json.dumps(after)]))
    assert blocked(SMITH) == {SMITH: "bounce"}
    assert entry("m-2")["status"] == "bounced"


def blocked(*addresses: str) -> dict[str, str]:
    answer = api.call(
        "POST", "/v1/orgs/riverside/blacklist/check", claims=api.SERVICE, body={"addresses": list(addresses)}
    )
    found: dict[str, str] = answer.body["blocked"]
    return found


def test_sms_and_push_logs() -> None:
    api.post(api.sms(message_id="s-1"), api.sms(message_id="s-2"), api.push(message_id="p-1"))
    push = {
        "status": "FAILURE",
        "notification": {"messageId": "p-1", "timestamp": "2026-11-20 09:00:00.1"},
        "delivery": {
            "statusCode": 410, "dwellTimeMs": 70, "token": "secret", "attempts": 1, "providerResponse": "Unregistered",
            "destination": "arn:aws:sns:us-east-1:111122223333:endpoint/APNS/club/1",
        },
    }  # fmt: skip
    at = SENT_AT + timedelta(seconds=5)
    lines = [sms_log("sms-delivered", "s-1", PHONE, at), sms_log("sms-failed", "s-2", PHONE, at), push]
    handle(logs([json.dumps(line) for line in lines]))
    assert entry("s-1", log="sms")["status"] == "delivered"
    failed = entry("s-2", log="sms")
    assert (failed["status"], failed["reason"]) == ("not_delivered", "failed")
    shown = entry("p-1", log="pushes")
    assert (shown["status"], shown["reason"]) == ("failed", "Unregistered")
    assert api.read("pushes", q="unregistered").body["entries"] == [shown]


def test_an_sms_is_stale_while_it_waits_and_not_once_it_is_delivered() -> None:
    """Four days after it was sent."""
    sent_at = datetime.now(UTC) - timedelta(days=4)
    api.post(*[api.sms(message_id=message_id, occurred_at=sent_at.isoformat()) for message_id in ("s-1", "s-2", "s-3")])
    kinds: list[tuple[SmsKind, str]] = [("sms-delivered", "s-1"), ("sms-failed", "s-2")]
    handle(logs([json.dumps(sms_log(kind, message_id, PHONE, sent_at)) for kind, message_id in kinds]))
    shown = {row["message_id"]: (row["status"], row["stale"]) for row in api.walk("sms")}
    assert shown == {"s-1": ("delivered", False), "s-2": ("not_delivered", False), "s-3": ("delivery", True)}


def test_one_poisoned_record_of_ten_is_dead_lettered_alone_and_works_when_sent_again(functions: dict[str, str]) -> None:
    api.post(*[api.email(message_id=f"m-{number}") for number in range(10)])
    bodies = [said("delivery", mail(f"m-{number}")) for number in range(10)]
    whole = bodies[4]
    bodies[4] = whole.replace('"messageId": "m-4"', '"messageId": 4')
    assert handle(queued(bodies)) == []
    statuses = [entry(f"m-{number}")["status"] for number in range(10)]
    assert statuses == ["delivered"] * 4 + ["queued"] + ["delivered"] * 5
    (letter,) = messages(functions, "DEAD_LETTERS_URL")
    assert letter["Body"] == bodies[4]
    assert "mail.messageId" in letter["MessageAttributes"]["reason"]["StringValue"]
    handle(queued([letter["Body"].replace('"messageId": 4', '"messageId": "m-4"')]))
    assert entry("m-4")["status"] == "delivered"


def test_what_is_no_delivery_event_is_passed_over(functions: dict[str, str]) -> None:
    passed = [
        "Successfully validated SNS topic for Amazon SES event publishing.",
        json.dumps({"notificationType": "Received", "mail": {"messageId": "m-1"}, "content": "hello"}),
        json.dumps({"eventType": "Something New", "mail": {"messageId": "m-1"}}),
        json.dumps({"Type": "SubscriptionConfirmation", "Message": "You have chosen", "SubscribeURL": "https://x"}),
    ]
    assert handle(queued(passed)) == []
    assert messages(functions, "DEAD_LETTERS_URL") == []


def tagged(message_id: str, org: str) -> str:
    tags = {"daybook-org": [org], "daybook-record": ["family.1"]}
    return json.dumps(ses("Send", mail={"messageId": message_id, "destination": ["smith@mail.example"], "tags": tags}))


@pytest.mark.parametrize("org", ["riversid", "Hilltop"])
def test_an_event_whose_tags_name_an_org_that_was_not_made_is_a_dead_letter_alone(
    functions: dict[str, str], org: str
) -> None:
    before = items()
    assert handle(queued([tagged("m-2", org)])) == []
    assert items() == before
    assert handle(queued([tagged("m-2", org), tagged("m-1", "riverside")])) == []
    assert entry("m-1")["status"] == "sent"
    letters = messages(functions, "DEAD_LETTERS_URL")
    assert [letter["Body"] for letter in letters] == [tagged("m-2", org)] * 2
    assert f"there is no org {org}" in letters[0]["MessageAttributes"]["reason"]["StringValue"]
    made = api.call("PUT", f"/v1/orgs/{org}", claims=api.PLATFORM, body={"name": "Made late"})
    assert made.status == 200
    handle(queued([letters[0]["Body"]]))
    (found,) = api.read("emails", org=org, claims={**api.ADMIN, "org": org}).body["entries"]
    assert found["message_id"] == "m-2"


@pytest.mark.parametrize("is_blocked_first", [True, False])
def test_an_email_that_was_sent_is_the_same_whether_its_address_was_blacklisted_before_or_after_it_was_told(
    is_blocked_first: bool,
) -> None:
    api.posted(api.email(message_id="m-9", occurred_at="2026-11-19T09:00:00Z"))
    blocks = said("complaint", mail("m-9"))
    for record in (blocks, tagged("m-1", "riverside")) if is_blocked_first else (tagged("m-1", "riverside"), blocks):
        assert handle(queued([record])) == []
    assert api.call("GET", "/v1/orgs/riverside/blacklist/smith@mail.example").status == 200
    (stored,) = [item for item in items() if item.get("message_id") == {"S": "m-1"} and "subject" in item]
    assert "posted" not in stored
    assert entry("m-1")["status"] == "sent"


def test_an_event_from_the_far_future_is_a_dead_letter(functions: dict[str, str]) -> None:
    ahead = datetime.now(UTC) + timedelta(days=2)
    assert handle(queued([json.dumps(ses_event("delivery", mail(), ahead))])) == []
    (letter,) = messages(functions, "DEAD_LETTERS_URL")
    assert "far ahead" in letter["MessageAttributes"]["reason"]["StringValue"]


def test_an_event_of_no_known_shape_is_a_dead_letter(functions: dict[str, str]) -> None:
    assert handle({"hello": "there"}) == []
    (letter,) = messages(functions, "DEAD_LETTERS_URL")
    assert json.loads(letter["Body"]) == {"hello": "there"}


def test_when_the_store_is_busy_the_queue_brings_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: Any) -> Any:
        raise StoreBusyError("throttled")

    api.post(api.email(message_id="m-1"))
    bodies = [said("delivery"), "no JSON", said("send")]
    with monkeypatch.context() as patch:
        patch.setattr(Table, "write", busy)
        assert handle(queued(bodies)) == ["message-0", "message-2"]
    assert handle(queued(bodies)) == []
    assert entry()["status"] == "delivered"


def test_what_came_without_the_queue_is_sent_to_it_when_the_store_is_busy(
    monkeypatch: pytest.MonkeyPatch, functions: dict[str, str]
) -> None:
    def busy(*_: Any) -> Any:
        raise StoreBusyError("throttled")

    with monkeypatch.context() as patch:
        patch.setattr(Table, "write", busy)
        assert handle(logs([said("delivery")])) == []
    (again,) = messages(functions, "FEEDBACK_QUEUE_URL")
    handle(queued([again["Body"]]))
    api.post(api.email(message_id="m-1"))
    assert entry()["status"] == "delivered"


def test_what_the_table_refuses_is_a_dead_letter_and_the_others_are_applied(
    monkeypatch: pytest.MonkeyPatch, functions: dict[str, str]
) -> None:
    write = Table.write

    def refusing(self: Table, changes: Any) -> Any:
        if any("family/too-large" in str(change) for change in changes):
            raise RefusedError("Item size has exceeded the maximum allowed size")
        return write(self, changes)

    records = ["1", "2", "too-large", "4"]
    api.post(*[api.email(message_id=f"m-{one}", record={"type": "family", "id": one}) for one in records])
    monkeypatch.setattr(Table, "write", refusing)
    assert handle(queued([said("delivery", mail(f"m-{one}")) for one in records])) == []
    (letter,) = messages(functions, "DEAD_LETTERS_URL")
    assert '"m-too-large"' in letter["Body"]
    assert "maximum allowed size" in letter["MessageAttributes"]["reason"]["StringValue"]
    statuses = [entry(f"m-{one}", f"family/{one}")["status"] for one in records]
    assert statuses == ["delivered", "delivered", "queued", "delivered"]


def test_when_the_dead_letters_cannot_be_reached_the_record_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: Any, **__: Any) -> None:
        raise StoreBusyError("the queue does not answer")

    monkeypatch.setattr(Queue, "send", unreachable)
    assert handle(queued(["no JSON"])) == ["message-0"]
    with pytest.raises(StoreBusyError):
        handle(topic(["no JSON"]))


@pytest.mark.fuzz
def test_any_order_split_and_repetition_through_the_handler_ends_in_the_same() -> None:
    """The same property as in tests/unit/feedback/test_reconcile.py, there with crashes."""
    chance = random.Random(3)
    kinds: list[EmailKind] = ["send", "delivery", "delay", "open", "click", "bounce", "soft-bounce", "complaint"]
    for example in range(200 if is_fuzz() else 10):
        found = [(chance.choice(kinds), chance.randint(1, 90)) for _ in range(chance.randint(1, 5))]
        shown = []
        for variant in range(2):
            record, message_id, address = (
                f"v-{example}-{variant}",
                f"m-{example}-{variant}",
                f"a{example}@{variant}.example",
            )
            of = mail(message_id, address)
            post = api.email(message_id=message_id, recipient=address, record={"type": "family", "id": record},
                             occurred_at="2026-11-20T09:00:00.048Z")  # fmt: skip
            heard = [said(kind, of, seconds) for kind, seconds in found]
            if variant == 0:
                api.post(post)
                handle(queued(heard))
            else:
                heard += chance.sample(heard, chance.randint(0, len(heard)))
                chance.shuffle(heard)
                at = chance.randint(0, len(heard))
                for body in heard[:at]:
                    handle(queued([body]))
                api.post(post)
                handle(WRAPPINGS[chance.choice([*WRAPPINGS])](heard[at:]))
            (row,) = api.walk("emails", f"family/{record}")
            listed = api.call("GET", f"/v1/orgs/riverside/blacklist/{address}").body.get("status")
            varying = {"id", "record", "recipient", "message_id", "bounce"}
            shown.append(({name: value for name, value in row.items() if name not in varying}, listed))
        assert shown[0] == shown[1], found
