"""`daybook simulate`: what it publishes is what a provider would, as the functions' own reader of it finds."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from daybook.feedback.providers.dispatch import read
from daybook.feedback.providers.envelopes import unwrap
from daybook.model import message_ids
from daybook_cli.commands.sending.simulate import Kind
from daybook_cli.feedback import ses_events, sms_logs
from daybook_cli.feedback.ses_events import BounceType, EmailKind, Mail
from daybook_cli.feedback.sms_logs import SmsKind
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cli.simulated_feedback import events_in

AT = datetime(2026, 3, 1, 10, 0, 0, 125000, tzinfo=UTC)
INSTANT = "2026-03-01T10:00:00.125Z"
MAIL = Mail("0100-m", ["Ann@mail.example.com"], AT - timedelta(seconds=2))
TYPES = {
    "send": "send", "delivery": "delivery", "delay": "delivery_delay", "open": "open", "click": "click",
    "bounce": "bounce", "soft-bounce": "bounce", "complaint": "complaint", "reject": "reject",
}  # fmt: skip


@pytest.mark.parametrize("kind", get_args(EmailKind))
def test_an_event_of_ses_is_read_as_its_kind(kind: EmailKind) -> None:
    (event,) = events_in(ses_events.ses_event(kind, MAIL, AT))
    assert (event.log, event.message_id, event.recipient) == ("email", "0100-m", "ann@mail.example.com")
    assert (event.event.type, event.event.at, event.event.sent_at) == (TYPES[kind], INSTANT, None)


@pytest.mark.parametrize(
    ("message_id", "bare"),
    [
        ("0100-m", "0100-m"),
        ("<0100-m@email.amazonses.com>", "0100-m"),
        (" 0100-m@EU-West-1.amazonses.com ", "0100-m"),
        ("<own.1@mailer.example>", "own.1@mailer.example"),
        ("<>", "<>"),
    ],
)
def test_an_id_in_the_form_of_a_header_is_the_one_that_ses_reports(message_id: str, bare: str) -> None:
    assert ses_events.bare_message_id(message_id) == message_ids.canonical(message_id) == bare


@given(st.text(alphabet="<> @.ab", max_size=12) | st.text())
def test_the_command_and_the_functions_know_the_same_ids(message_id: str) -> None:
    for written in (message_id, f"<{message_id}@email.amazonses.com>"):
        assert ses_events.bare_message_id(written) == message_ids.canonical(written)


def test_every_kind_of_event_is_simulated() -> None:
    assert TYPES.keys() == set(get_args(EmailKind))
    assert set(get_args(Kind)) == {*get_args(EmailKind), *get_args(SmsKind)}


def test_bounces_are_hard_and_soft_and_a_complaint_is_one_of_abuse() -> None:
    events = {
        kind: events_in(ses_events.ses_event(kind, MAIL, AT))[0].event
        for kind in ("bounce", "soft-bounce", "complaint")
    }
    assert (events["bounce"].kind, events["bounce"].subtype, events["bounce"].code) == ("Permanent", "General", "5.1.1")
    assert (events["soft-bounce"].kind, events["soft-bounce"].subtype) == ("Transient", "MailboxFull")
    assert (events["complaint"].kind, events["complaint"].subtype) == ("abuse", None)
    assert events["bounce"].diagnostic == (
        "smtp; 550 5.1.1 <Ann@mail.example.com>: Recipient address rejected: no such user here"
    )


def test_a_bounce_may_be_of_another_type() -> None:
    full = BounceType("Transient", "ContentRejected", "5.7.1", "smtp; 554 5.7.1 <{}>: looks like spam")
    (event,) = events_in(ses_events.ses_event("soft-bounce", MAIL, AT, bounce=full))
    assert (event.event.kind, event.event.subtype, event.event.code) == ("Transient", "ContentRejected", "5.7.1")
    assert event.event.diagnostic == "smtp; 554 5.7.1 <Ann@mail.example.com>: looks like spam"


@pytest.mark.parametrize("kind", ["open", "click"])
@pytest.mark.parametrize("is_bot", [True, False])
def test_an_open_or_click_may_be_that_of_a_machine(kind: EmailKind, is_bot: bool) -> None:
    (event,) = events_in(ses_events.ses_event(kind, MAIL, AT, is_bot=is_bot))
    assert bool(event.event.bot) is is_bot


def test_a_click_has_its_link_and_user_agent() -> None:
    click = ses_events.ses_event("click", MAIL, AT, link="https://a.example/x", user_agent="Reader/1")
    (event,) = events_in(click)
    assert (event.event.link, event.event.user_agent) == ("https://a.example/x", "Reader/1")


def test_a_tagged_send_names_its_record() -> None:
    mail = Mail("m", ["a@b.example"], AT, subject="News", tags={"daybook-org": "o", "daybook-record": "family.101"})
    (record,) = unwrap({"Records": [{"body": json.dumps(ses_events.ses_event("send", mail, AT))}]})
    (send,) = read(record).sends
    assert (send.org, send.record_type, send.record_id, send.subject) == ("o", "family", "101", "News")


def test_an_event_is_about_the_recipients_that_are_named() -> None:
    mail = Mail("m", ["a@b.example", "c@d.example"], AT)
    bounce = ses_events.ses_event("bounce", mail, AT, recipients=["c@d.example"])
    assert bounce["mail"]["destination"] == ["a@b.example", "c@d.example"]
    assert [event.recipient for event in events_in(bounce)] == ["c@d.example"]
    (opened,) = events_in(ses_events.ses_event("open", mail, AT, recipients=["c@d.example"]))
    assert opened.recipient == "", "an open of a mail to several is nobody's"


@pytest.mark.parametrize(("kind", "type_"), [("sms-delivered", "delivery"), ("sms-failed", "failure")])
def test_a_line_of_snss_log_is_read_with_the_time_at_which_the_outcome_was_known(kind: SmsKind, type_: str) -> None:
    (event,) = events_in(sms_logs.sms_log(kind, "s-1", "+14155550123", AT))
    assert (event.log, event.message_id, event.event.type, event.event.at) == ("sms", "s-1", type_, INSTANT)
    assert event.event.kind == (None if type_ == "delivery" else "failed")


def test_a_text_fails_for_what_the_provider_says() -> None:
    said = "Phone carrier has blocked this message"
    (event,) = events_in(sms_logs.sms_log("sms-failed", "s-1", "+14155550123", AT, failure=said))
    assert (event.event.kind, event.event.diagnostic) == ("rejected", said)


@given(st.sampled_from(get_args(EmailKind)), st.integers(min_value=10_000, max_value=10**12))
def test_the_same_at_the_same_time_is_the_same_event_and_at_another_time_another(kind: EmailKind, after: int) -> None:
    at = AT + timedelta(milliseconds=after)
    first, again, later = (
        events_in(ses_events.ses_event(kind, MAIL, moment))[0].event
        for moment in (at, at, at + timedelta(milliseconds=1))
    )
    assert first == again
    assert first.identity != later.identity
