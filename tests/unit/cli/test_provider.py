"""`daybook simulate`: what it publishes is what a provider would, as the functions' own reader of it finds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from daybook.feedback.dispatch import read
from daybook.feedback.envelopes import unwrap
from daybook.model.delivery_events import RecipientEvent
from daybook_cli import demo, demo_feedback, provider, provider_records
from daybook_cli.aws import AwsError, Site
from daybook_cli.connection import STACK_FILE
from daybook_cli.provider import SmsLogs, Topic
from daybook_cli.provider_records import EmailKind, Kind, Mail, Record, SmsKind
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from tests.conftest import REGION, client
from tests.support.cli_stand_in import StandIn, run

AT = datetime(2026, 3, 1, 10, 0, 0, 125000, tzinfo=UTC)
INSTANT = "2026-03-01T10:00:00.125Z"
MAIL = Mail("0100-m", ["Ann@mail.example.com"], AT - timedelta(seconds=2))
GROUP = "sns/us-east-1/000000000000/DirectPublishToPhoneNumber"
TYPES = {
    "send": "send", "delivery": "delivery", "delay": "delivery_delay", "open": "open", "click": "click",
    "bounce": "bounce", "soft-bounce": "bounce", "complaint": "complaint", "reject": "reject",
}  # fmt: skip


def events_in(record: Record) -> list[RecipientEvent]:
    """What the feedback function makes of a record that came through topic and queue."""
    queued = {"Records": [{"messageId": "1", "body": json.dumps(record) + "\n", "attributes": {}}]}
    (found,) = unwrap(queued)
    return read(found).events


@pytest.mark.parametrize("kind", get_args(EmailKind))
def test_an_event_of_ses_is_read_as_what_it_was_meant_to_be(kind: EmailKind) -> None:
    (event,) = events_in(provider_records.ses_event(kind, MAIL, AT))
    assert (event.log, event.message_id, event.recipient) == ("email", "0100-m", "ann@mail.example.com")
    assert (event.what.type, event.what.at, event.what.sent_at) == (TYPES[kind], INSTANT, None)


def test_every_kind_of_event_is_simulated() -> None:
    assert TYPES.keys() == set(get_args(EmailKind))
    assert set(get_args(Kind)) == {*get_args(EmailKind), *get_args(SmsKind)}


def test_bounces_are_hard_and_soft_and_a_complaint_is_one_of_abuse() -> None:
    said = {
        kind: events_in(provider_records.ses_event(kind, MAIL, AT))[0].what
        for kind in ("bounce", "soft-bounce", "complaint")
    }
    assert (said["bounce"].kind, said["bounce"].subtype, said["bounce"].code) == ("Permanent", "General", "5.1.1")
    assert (said["soft-bounce"].kind, said["soft-bounce"].subtype) == ("Transient", "MailboxFull")
    assert (said["complaint"].kind, said["complaint"].subtype) == ("abuse", None)
    assert said["bounce"].diagnostic == (
        "smtp; 550 5.1.1 <Ann@mail.example.com>: Recipient address rejected: no such user here"
    )


def test_link_and_user_agent_are_told() -> None:
    click = provider_records.ses_event("click", MAIL, AT, link="https://a.example/x", user_agent="Reader/1")
    (event,) = events_in(click)
    assert (event.what.link, event.what.user_agent) == ("https://a.example/x", "Reader/1")


def test_a_tagged_send_names_its_record() -> None:
    mail = Mail("m", ["a@b.example"], AT, subject="News", tags={"daybook-org": "o", "daybook-record": "family.101"})
    (found,) = unwrap({"Records": [{"body": json.dumps(provider_records.ses_event("send", mail, AT))}]})
    (send,) = read(found).sends
    assert (send.org, send.record_type, send.record_id, send.subject) == ("o", "family", "101", "News")


def test_it_befalls_those_who_are_named_among_all_that_the_mail_went_to() -> None:
    mail = Mail("m", ["a@b.example", "c@d.example"], AT)
    bounce = provider_records.ses_event("bounce", mail, AT, recipients=["c@d.example"])
    assert bounce["mail"]["destination"] == ["a@b.example", "c@d.example"]
    assert [event.recipient for event in events_in(bounce)] == ["c@d.example"]
    (opened,) = events_in(provider_records.ses_event("open", mail, AT, recipients=["c@d.example"]))
    assert opened.recipient == "", "an open of a mail to several is nobody's"


@pytest.mark.parametrize(("kind", "type_"), [("sms-delivered", "delivery"), ("sms-failed", "failure")])
def test_a_line_of_snss_log_is_read_with_the_time_at_which_the_fate_was_known(kind: SmsKind, type_: str) -> None:
    (event,) = events_in(provider_records.sms_log(kind, "s-1", "+14155550123", AT))
    assert (event.log, event.message_id, event.what.type, event.what.at) == ("sms", "s-1", type_, INSTANT)
    assert event.what.kind == (None if type_ == "delivery" else "failed")


@given(st.sampled_from(get_args(EmailKind)), st.integers(min_value=10_000, max_value=10**12))
def test_the_same_at_the_same_time_is_the_same_event_and_at_another_time_another(kind: EmailKind, after: int) -> None:
    at = AT + timedelta(milliseconds=after)
    said, again, later = (
        events_in(provider_records.ses_event(kind, MAIL, moment))[0].what
        for moment in (at, at, at + timedelta(milliseconds=1))
    )
    assert said == again
    assert said.identity != later.identity


@pytest.fixture
def provider_side(aws_environment: None) -> Iterator[dict[str, str]]:
    """A topic with a queue that hears it, and the two log groups, on moto."""
    with mock_aws():
        topic = client("sns").create_topic(Name="feedback")["TopicArn"]
        queue = client("sqs").create_queue(QueueName="feedback")["QueueUrl"]
        client("sns").subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=f"arn:aws:sqs:{REGION}:123456789012:feedback",
            Attributes={"RawMessageDelivery": "true"},
        )
        for group in (GROUP, f"{GROUP}/Failure"):
            client("logs").create_log_group(logGroupName=group)
        yield {"topic": topic, "queue": queue}


def heard(queue: str) -> list[Record]:
    found: list[Record] = []
    while messages := client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(message["Body"]) for message in messages]
    return found


def logged(group: str) -> list[Record]:
    events = client("logs").filter_log_events(logGroupName=group)["events"]
    return [json.loads(event["message"]) for event in events]


def test_more_than_a_batch_is_published_whole(provider_side: dict[str, str]) -> None:
    records = [provider_records.ses_event("open", MAIL, AT + timedelta(seconds=number)) for number in range(23)]
    Topic(Site(REGION), provider_side["topic"]).publish(records)
    said = sorted(heard(provider_side["queue"]), key=lambda record: record["open"]["timestamp"])
    assert said == records


def test_successes_and_failures_are_logged_apart_and_the_stream_may_be_there_already(
    provider_side: dict[str, str],
) -> None:
    logs = SmsLogs(Site(REGION), GROUP)
    delivered, failed = (
        provider_records.sms_log(kind, kind, "+14155550123", AT) for kind in ("sms-delivered", "sms-failed")
    )
    logs.write([delivered, failed])
    logs.write([delivered])
    assert logged(GROUP) == [delivered, delivered]
    assert logged(f"{GROUP}/Failure") == [failed]


def test_what_aws_says_is_an_error_for_people(provider_side: dict[str, str]) -> None:
    with pytest.raises(AwsError, match=r"AWS: .*(not exist|NotFound)"):
        Topic(Site(REGION), provider_side["topic"] + "-gone").publish([provider_records.ses_event("open", MAIL, AT)])


def test_recipients_are_those_of_a_messages_entries_and_not_what_else_is_known_of_it(aws: dict[str, str]) -> None:
    message, of_101, of_7 = "message/m", "riverside/family/101", "hilltop/family/7"
    for pk, sk, told in (
        (message, f"{of_101}/{'0' * 32}", {"entry": "email/x"}),
        (message, f"{of_7}/{'0' * 32}", {"entry": "email/y"}),
        (message, f"{of_101}/{'1' * 32}", {"entry": "email/z"}),
        (message, f"{of_101}/{'2' * 32}", {"entry": "email/erased"}),
        (message, f"{of_101}/{'3' * 32}", {"entry": "email/not here"}),
        (message, f"{of_101}/", {"entry": "push/x"}),
        (message, f"event/email/{'4' * 32}", {}),
        (of_101, "email/x", {"recipient": "a@b.example"}),
        (of_7, "email/y", {"recipient": "a@b.example"}),
        (of_101, "email/z", {"recipient": "c/d@e.example"}),
        (of_101, "email/erased", {"erased": "2026-11-22T12:00:00.000Z"}),
        (of_101, "push/x", {}),
    ):
        item = {name: {"S": value} for name, value in {"pk": pk, "sk": sk, **told}.items()}
        client("dynamodb").put_item(TableName=aws["TABLE_NAME"], Item=item)
    stack = {"table": aws["TABLE_NAME"], "region": REGION, "aws": f"https://dynamodb.{REGION}.amazonaws.com"}
    assert sorted(provider.recipients_of("m", stack)) == ["a@b.example", "c/d@e.example"]
    assert provider.recipients_of("other", stack) == []


def simulate(folder: Path, *arguments: str) -> Any:
    return run(folder, StandIn(), "simulate", *arguments)


def test_the_command_publishes_to_a_deployments_topic(tmp_path: Path, provider_side: dict[str, str]) -> None:
    where = ["--topic", provider_side["topic"], "--recipient", "a@b.example", "--recipient", "c@d.example"]
    done = simulate(tmp_path, "bounce", "m-1", *where, "--at", "2026-03-01T11:00:00.125+01:00")
    assert (done.exit_code, done.stdout) == (0, ""), done.output
    assert done.stderr == f"bounce of m-1 at {INSTANT}: published\n"
    (record,) = heard(provider_side["queue"])
    assert [(event.recipient, event.what.at) for event in events_in(record)] == [
        ("a@b.example", INSTANT),
        ("c@d.example", INSTANT),
    ]


def test_the_command_writes_to_a_deployments_log_group(tmp_path: Path, provider_side: dict[str, str]) -> None:
    done = simulate(tmp_path, "sms-failed", "s-1", "--log-group", GROUP, "--recipient", "+14155550123")
    assert done.exit_code == 0, done.output
    (line,) = logged(f"{GROUP}/Failure")
    assert (line["notification"]["messageId"], line["delivery"]["destination"]) == ("s-1", "+14155550123")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["open", "m"], "No local stack was found here. Start one with `make run`, or give --topic"),
        (["sms-failed", "m", "--recipient", "+1"], "or give --log-group of a test deployment"),
        (["open", "m", "--topic", "feedback", "--recipient", "a"], "'feedback' is not an ARN with a region."),
        (["open", "m", "--topic", "arn:aws:sns:us-east-1:1:t"], "To whom m went is not known here: give --recipient."),
    ],
)
def test_what_is_missing_is_said(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    done = simulate(tmp_path, *arguments)
    assert (done.exit_code, done.stdout) == (1, "")
    assert sentence in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [["sneeze", "m"], ["open", "m", "--at", "yesterday"], ["open", "m", "--at", "2026-01-01T00:00:00"]],
)
def test_a_wrong_command_is_refused_as_such(tmp_path: Path, arguments: list[str]) -> None:
    assert simulate(tmp_path, *arguments).exit_code == 2


def test_a_stack_of_before_is_none(tmp_path: Path) -> None:
    (tmp_path / STACK_FILE).parent.mkdir()
    (tmp_path / STACK_FILE).write_text(json.dumps({"aws": "http://127.0.0.1:1", "region": REGION}))
    assert "No local stack was found here" in simulate(tmp_path, "open", "m").stderr


@pytest.mark.parametrize("days", [0, 1, 200])
def test_the_demonstration_has_something_of_every_fate(days: int) -> None:
    today = datetime(2026, 11, 22, tzinfo=UTC) + timedelta(days=days)
    shown = [demo.demonstration(org, today, demo.SEED) for org in ("riverside", "hilltop")]
    events = [event for each in shown for event in demo_feedback.email_events(each.entries, each.fates)]
    lines = [line for each in shown for line in demo_feedback.sms_lines(each.entries)]
    whats = [event.what for record in events for event in events_in(record)]
    assert {what.type for what in whats} >= {
        "send",
        "delivery",
        "delivery_delay",
        "open",
        "click",
        "bounce",
        "complaint",
    }
    assert {what.kind for what in whats if what.type == "bounce"} == {"Permanent", "Transient"}
    assert {line["status"] for line in lines} == {"SUCCESS", "FAILURE"}
    assert 200 <= len(events) + len(lines) <= 400
    assert all(what.at < today.isoformat() for what in whats)


def test_the_demonstrations_provider_says_the_same_every_time() -> None:
    today = datetime(2026, 11, 22, tzinfo=UTC)
    first, second = (demo.demonstration("riverside", today, demo.SEED) for _ in range(2))
    assert list(demo_feedback.email_events(first.entries, first.fates)) == list(
        demo_feedback.email_events(second.entries, second.fates)
    )
    assert list(demo_feedback.sms_lines(first.entries)) == list(demo_feedback.sms_lines(second.entries))
