"""The verdict of each line of the table, and what holds for the verdicts of all combinations."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from daybook.core import timestamps
from daybook.model.entries import EmailStatus, PushStatus, SmsReason, SmsStatus
from daybook.model.responses import Verdict, VerdictCode
from daybook.verdicts import decide, table
from daybook.verdicts.facts import AddressFacts, BlockStatus, EmailFacts, PushFacts, SmsFacts
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.unit.verdicts.test_email_diagnostics import SAMPLES

NOW = datetime(2026, 11, 29, 18, tzinfo=UTC)
CHICAGO = ZoneInfo("America/Chicago")
CODES = set(get_args(VerdictCode))
MAX_LENGTH = 200
JARGON = re.compile(r"bounc|smtp|dsn|suppress|hard|soft|\bmx\b|!|[{}]|permanent|transient|diagnos", re.IGNORECASE)
STILL_SENDS = re.compile(r"\bsend (it|this|this one) again\b", re.IGNORECASE)


def ago(**age: float) -> str:
    return timestamps.instant(NOW - timedelta(**age))


SENT = ago(days=2)
# The address after the e-mail.
BLOCKED = AddressFacts(block="bounce", since="2026-10-05T03:00:00.000Z")
COMPLAINED = AddressFacts(block="complaint", since=ago(days=1))
BY_HAND = AddressFacts(block="manual", since=ago(days=1))
INVALID = AddressFacts(block="invalid", since=ago(days=1))
BEING_CHECKED = AddressFacts(block="validate", since=ago(days=1))
CLEARED = AddressFacts(cleared_at="2026-11-28T05:59:59.999Z")
CLEARED_BEFORE = AddressFacts(cleared_at=ago(days=3))
FREE = AddressFacts()
# The address where a later e-mail arrived.
ARRIVES: dict[str, Any] = {"address": FREE, "has_later_arrival": True}
GONE = {"kind": "Permanent", "subtype": "General", "code": "5.1.1"}
FULL = {"kind": "Transient", "subtype": "MailboxFull"}
SPAM = {"kind": "Transient", "subtype": "General", "diagnostic": "smtp; 550 5.7.1 looks like spam"}

E_MAILS: tuple[tuple[dict[str, Any], VerdictCode, str, str | None], ...] = (
    (
        {"status": "opened", "last_activity": "2026-11-28T05:59:00.000Z"},
        "opened",
        "They opened it on 11/27/2026.",
        None,
    ),
    (
        {"status": "clicked", "last_activity": "2026-11-28T06:00:00.000Z"},
        "opened",
        "They opened it and followed a link in it on 11/28/2026.",
        None,
    ),
    ({"status": "opened", "is_machine_opened": True}, "opened", "They opened it.", None),
    ({"status": "clicked", "kind": "Transient"}, "opened", "They opened it and followed a link in it.", None),
    (
        {"status": "delivered"},
        "arrived",
        "Their mail server accepted it.",
        "If they cannot find it, ask them to look in spam or promotions.",
    ),
    (
        {"status": "delivered", "is_machine_opened": True},
        "arrived_opened_by_machine",
        "It arrived, and a machine opened it. Whether a person read it, we cannot tell.",
        "Ask them whether they have seen it.",
    ),
    (
        {"status": "sent", "last_activity": ago(hours=30), "is_machine_opened": True},
        "arrived_opened_by_machine",
        "It arrived, and a machine opened it. Whether a person read it, we cannot tell.",
        "Ask them whether they have seen it.",
    ),
    (
        {"status": "rejected", "diagnostic": "Bounced Address"},
        "not_sent_blacklisted",
        "It was not sent, because the address was blacklisted.",
        "See whether the address is blacklisted now. If it is, ask for another address.",
    ),
    (
        {"status": "queued", "last_activity": ago(hours=23)},
        "on_its_way",
        "It is waiting to be sent.",
        "Look again in an hour.",
    ),
    (
        {"status": "queued", "last_activity": ago(hours=24)},
        "silent",
        "It has been waiting to be sent since 11/27/2026.",
        "Tell your administrator: e-mail is waiting to be sent.",
    ),
    ({"status": "sent", "last_activity": ago(hours=3.9)}, "on_its_way", "It is on its way.", "Look again in an hour."),
    (
        {"status": "sent", "sent": ago(hours=4), "last_activity": ago(hours=4)},
        "on_its_way",
        "It was sent on 11/29/2026 at 8:00 AM. Their mail server has not answered yet.",
        "Look again tomorrow.",
    ),
    (
        {"status": "sent"},
        "silent",
        "It was sent on 11/27/2026, and their mail server has not answered since.",
        "Ask them whether they got it. If not, send it again.",
    ),
    (
        {"status": "sent", "address": BLOCKED},
        "silent",
        (
            "It was sent on 11/27/2026, and their mail server has not answered since. The address "
            "has been blacklisted since 10/04/2026."
        ),
        "Ask them whether they got it.",
    ),
    (
        {"status": "sent", **ARRIVES},
        "silent",
        (
            "It was sent on 11/27/2026, and their mail server has not answered since. A later e-mail to"
            " this address arrived."
        ),
        "Ask them whether they got it. If not, send it again.",
    ),
    (
        {"status": "delayed", "last_activity": ago(hours=1)},
        "delayed",
        "Their mail server asks to wait. We keep trying.",
        "Look again in an hour.",
    ),
    (
        {"status": "delayed", "last_activity": ago(hours=1), "subtype": "MailboxFull"},
        "delayed",
        "Their mailbox is full. We keep trying.",
        "Ask them to make room.",
    ),
    (
        {"status": "delayed", "last_activity": ago(hours=30)},
        "delayed",
        "Their mail server asked to wait on 11/28/2026, and has not answered since.",
        "Ask them whether they got it. If not, send it again.",
    ),
    (
        {"status": "delayed", "last_activity": ago(hours=30), **ARRIVES},
        "delayed",
        (
            "Their mail server asked to wait on 11/28/2026, and has not answered since. A later e-mail to this address"
            " arrived."
        ),
        "Ask them whether they got it. If not, send it again.",
    ),
    (
        {"status": "bounced", **GONE},
        "no_mailbox",
        "It did not arrive. Their mail server says that this mailbox does not exist.",
        "Check the spelling, or ask for another address.",
    ),
    (
        {"status": "bounced", **GONE, "address": BLOCKED},
        "no_mailbox",
        (
            "It did not arrive. Their mail server says that this mailbox does not exist. The address"
            " has been blacklisted since 10/04/2026."
        ),
        "Check the spelling, or ask for another address.",
    ),
    (
        {"status": "bounced", **GONE, "address": CLEARED},
        "no_mailbox",
        (
            "It did not arrive. Their mail server says that this mailbox does not exist. The address"
            " has been off the blacklist since 11/27/2026."
        ),
        "Send it again if it is still needed.",
    ),
    (
        {"status": "bounced", **GONE, "address": CLEARED_BEFORE},
        "no_mailbox",
        "It did not arrive. Their mail server says that this mailbox does not exist.",
        "Check the spelling, or ask for another address.",
    ),
    (
        {"status": "bounced", **GONE, "address": BEING_CHECKED},
        "no_mailbox",
        (
            "It did not arrive. Their mail server says that this mailbox does not exist. The address is"
            " blacklisted while it is being checked."
        ),
        "Check the spelling, or ask for another address.",
    ),
    (
        {"status": "bounced", **FULL, "address": FREE},
        "mailbox_full",
        "It did not arrive, because their mailbox is full.",
        "Ask them to make room, then send it again.",
    ),
    (
        {"status": "bounced", **FULL, "address": BLOCKED},
        "mailbox_full",
        "It did not arrive, because their mailbox is full. The address has been blacklisted since 10/04/2026.",
        "Ask them to make room, then reset the address.",
    ),
    (
        {"status": "bounced", **FULL, **ARRIVES},
        "mailbox_full",
        "It did not arrive, because their mailbox is full. A later e-mail to this address arrived.",
        "Send it again if it is still needed.",
    ),
    (
        {"status": "bounced", **SPAM, **ARRIVES},
        "refused_content",
        "It did not arrive. Their mail server took it for spam. A later e-mail to this address arrived.",
        "Call them, and tell your administrator: e-mail refused, 5.7.1.",
    ),
    (
        {"status": "bounced", **FULL, "address": BLOCKED, "has_later_arrival": True},
        "mailbox_full",
        "It did not arrive, because their mailbox is full. The address has been blacklisted since 10/04/2026.",
        "Ask them to make room, then reset the address.",
    ),
    (
        {"status": "bounced", **FULL, "address": CLEARED, "has_later_arrival": True},
        "mailbox_full",
        "It did not arrive, because their mailbox is full. The address has been off the blacklist since 11/27/2026.",
        "Send it again if it is still needed.",
    ),
    (
        {"status": "bounced", "subtype": "Suppressed", **ARRIVES},
        "not_sent_blacklisted",
        ("It was not sent. Our mail service no longer writes to this address. A later e-mail to this address arrived."),
        "Send it again if it is still needed.",
    ),
    (
        {"status": "bounced", "diagnostic": "550 5.7.26 unauthenticated"},
        "refused_by_policy",
        ("It did not arrive. Their mail server does not accept e-mail from us. Their address may be right."),
        "Tell your administrator: e-mail refused, 5.7.26.",
    ),
    (
        {"status": "bounced", "subtype": "Suppressed"},
        "not_sent_blacklisted",
        "It was not sent. Our mail service no longer writes to this address.",
        "Ask for another address. If this one works, tell your administrator.",
    ),
    (
        {"status": "bounced", "subtype": "Suppressed", "address": BLOCKED},
        "not_sent_blacklisted",
        ("It was not sent: the address has been blacklisted since 10/04/2026, because an e-mail to it did not arrive."),
        "Ask for another address. Reset this one only if they say that it works.",
    ),
    (
        {"status": "suppressed"},
        "not_sent_blacklisted",
        "It was not sent, because the address was blacklisted.",
        "See whether the address is blacklisted now. If it is, ask for another address.",
    ),
    (
        {"status": "suppressed", "address": BLOCKED},
        "not_sent_blacklisted",
        ("It was not sent: the address has been blacklisted since 10/04/2026, because an e-mail to it did not arrive."),
        "Ask for another address. Reset this one only if they say that it works.",
    ),
    (
        {"status": "suppressed", "address": COMPLAINED},
        "not_sent_blacklisted",
        ("It was not sent: the address has been blacklisted since 11/28/2026, because they marked an e-mail as spam."),
        "Ask for another address. Reset this one only if they ask for e-mail from us.",
    ),
    (
        {"status": "suppressed", "address": BY_HAND},
        "not_sent_blacklisted",
        "It was not sent: the address has been blacklisted since 11/28/2026, because it was blocked by hand.",
        "See on the blacklist why. Reset the address only if that no longer holds.",
    ),
    (
        {"status": "bounced", "kind": "Transient", "subtype": "MailboxFull", "address": BY_HAND},
        "mailbox_full",
        "It did not arrive, because their mailbox is full. The address has been blacklisted since 11/28/2026.",
        "See on the blacklist why. Reset the address only if that no longer holds.",
    ),
    (
        {"status": "suppressed", "address": INVALID},
        "not_sent_blacklisted",
        (
            "It was not sent: the address has been blacklisted since 11/28/2026, because a check found that it does"
            " not work."
        ),
        "Ask for another address. Reset this one only if they say that it works.",
    ),
    (
        {"status": "suppressed", "address": BEING_CHECKED},
        "not_sent_blacklisted",
        "It was not sent: the address is blacklisted while it is being checked, since 11/28/2026.",
        "Look at the blacklist again in an hour.",
    ),
    (
        {"status": "suppressed", "address": CLEARED},
        "not_sent_blacklisted",
        "It was not sent, because the address was blacklisted. It has been off the blacklist since 11/27/2026.",
        "Send it again if it is still needed.",
    ),
    (
        {"status": "suppressed", "address": FREE},
        "not_sent_blacklisted",
        "It was not sent, because the address was on a blacklist then. It is not on Daybook's blacklist now.",
        "Send it again if it is still needed.",
    ),
    (
        {"status": "suppressed", **ARRIVES},
        "not_sent_blacklisted",
        (
            "It was not sent, because the address was on a blacklist then. It is not on Daybook's blacklist now. A"
            " later e-mail to this address arrived."
        ),
        "Send it again if it is still needed.",
    ),
    (
        {"status": "complained"},
        "marked_as_spam",
        "They marked it as spam.",
        "Ask whether they want e-mail from us, and for another address.",
    ),
    (
        {"status": "complained", "address": COMPLAINED},
        "marked_as_spam",
        "They marked it as spam. The address has been blacklisted since 11/28/2026.",
        "Ask whether they want e-mail from us. If they do, reset the address or enter another one.",
    ),
    (
        {"status": "complained", "address": CLEARED},
        "marked_as_spam",
        "They marked it as spam. The address has been off the blacklist since 11/27/2026.",
        "Ask whether they want e-mail from us, and for another address.",
    ),
    (
        {"status": "complained", "is_uncertain": True, "address": COMPLAINED},
        "marked_as_spam",
        (
            "Somebody who got this e-mail marked it as spam. It is not known who. The address "
            "has been blacklisted since 11/28/2026."
        ),
        "Ask whether they want e-mail from us. If they do, reset the address.",
    ),
    (
        {"status": "rejected"},
        "not_accepted",
        "It was not sent, because our mail service did not take it.",
        "Tell your administrator: e-mail rejected.",
    ),
    (
        {"status": "rejected", "diagnostic": "Bad content"},
        "not_accepted",
        "It was not sent, because our mail service found something harmful in it, such as a virus.",
        "Tell your administrator: e-mail rejected.",
    ),
    (
        {"status": "failed"},
        "not_accepted",
        "It was not sent, because it could not be put together from its template.",
        "Tell your administrator: e-mail failed.",
    ),
    (
        {"status": "rejected", "subtype": "UnsubscribedRecipient"},
        "not_sent_unsubscribed",
        "It was not sent, because they unsubscribed from our e-mail.",
        "If they want e-mail again, tell your administrator.",
    ),
    (
        {"status": "rejected", "subtype": "EmailValidationSuppressed"},
        "not_sent_blacklisted",
        "It was not sent, because a check found that this address does not work.",
        "Check the spelling, or ask for another address.",
    ),
    (
        {"status": "rejected", "subtype": "OnAccountSuppressionList"},
        "not_sent_blacklisted",
        "It was not sent, because they once marked an e-mail as spam.",
        "Ask for another address. If they want e-mail at this one, tell your administrator.",
    ),
    (
        {"status": "rejected", "subtype": "EmailValidationSuppressed", **ARRIVES},
        "not_sent_blacklisted",
        (
            "It was not sent, because a check found that this address does not work. A later e-mail to this address"
            " arrived."
        ),
        "Send it again if it is still needed.",
    ),
    (
        {"status": "rejected", "subtype": "OnAccountSuppressionList", **ARRIVES},
        "not_sent_blacklisted",
        "It was not sent, because they once marked an e-mail as spam. A later e-mail to this address arrived.",
        "Ask for another address. If they want e-mail at this one, tell your administrator.",
    ),
)

TEXT_MESSAGES: tuple[tuple[dict[str, Any], VerdictCode, str, str | None], ...] = (
    ({"status": "delivery", "sent": ago(hours=3)}, "sms_waiting", table.SMS["waiting"].text, "Look again in an hour."),
    (
        {"status": "delivery", "sent": ago(hours=30)},
        "sms_waiting",
        "The phone network has not answered since 11/28/2026. Their phone may be off.",
        "Look again tomorrow, or call them.",
    ),
    (
        {"status": "delivery", "sent": ago(hours=73), "is_stale": True},
        "sms_no_answer",
        "The phone network has not answered for 3 days. It is not known whether it arrived.",
        "Call them, or send an e-mail.",
    ),
    ({"status": "delivered"}, "sms_delivered", "The phone network says that it was delivered.", None),
    (
        {"status": "not_delivered", "reason": "rejected", "diagnostic": "Twilio 30007"},
        "sms_blocked",
        table.SMS_FAILED["spam"].text,
        "Call them, and tell your administrator: text message, 30007.",
    ),
    (
        {"status": "not_delivered", "reason": "rejected", "diagnostic": "No quota left for account"},
        "sms_failed",
        table.SMS_FAILED["not_accepted"].text,
        "Tell your administrator: text message, rejected.",
    ),
)


@pytest.mark.parametrize(("known", "code", "text", "next_"), E_MAILS)
def test_what_is_known_of_an_e_mail_gives_its_verdict(
    known: dict[str, Any], code: VerdictCode, text: str, next_: str | None
) -> None:
    facts = EmailFacts(**{"sent": SENT, "last_activity": SENT} | known)
    assert decide.email(facts, NOW, lambda: CHICAGO) == Verdict(code, text, next_)


@pytest.mark.parametrize(("known", "code", "text", "next_"), TEXT_MESSAGES)
def test_what_is_known_of_a_text_gives_its_verdict(
    known: dict[str, Any], code: VerdictCode, text: str, next_: str | None
) -> None:
    facts = SmsFacts(**{"sent": SENT} | known)
    assert decide.sms(facts, NOW, lambda: CHICAGO) == Verdict(code, text, next_)


@pytest.mark.parametrize(
    ("status", "reason", "code", "line"),
    [
        ("sent", None, "push_sent", table.PUSH["sent"]),
        (None, None, "unknown", table.PUSH["unknown"]),
        ("failed", '{"reason":"Unregistered"}', "push_failed", table.PUSH_FAILED["app_removed"]),
        ("failed", "whatever", "push_failed", table.PUSH_FAILED["other"]),
    ],
)
def test_what_is_known_of_a_push_gives_its_verdict(
    status: PushStatus | None, reason: str | None, code: VerdictCode, line: table.Line
) -> None:
    assert decide.push(PushFacts(status=status, reason=reason)) == Verdict(code, line.text, line.next)


def test_a_push_that_was_not_set_up_right_goes_to_the_administrator() -> None:
    verdict = decide.push(PushFacts(status="failed", reason="MismatchSenderId"))
    assert verdict.next == "Tell your administrator: push message refused."


def test_every_line_of_the_table_of_e_mails_is_in_these_rows() -> None:
    texts = {text for _, _, text, _ in E_MAILS}
    lines = [*table.EMAIL.values(), *table.NOT_SENT_BLOCKED.values()]
    patterns = [re.sub(r"\\{\w+\\}", ".+", re.escape(line.text)) for line in lines]
    assert [pattern for pattern in patterns if not any(re.match(pattern, text) for text in texts)] == []


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_of_the_contract_has_a_line(code: str) -> None:
    tables = (
        table.EMAIL,
        table.NOT_SENT_BLOCKED,
        table.BOUNCED,
        table.SMS,
        table.SMS_FAILED,
        table.PUSH,
        table.PUSH_FAILED,
    )
    assert code in {line.code for lines in tables for line in lines.values()}


INSTANTS = st.integers(-400, 4000).map(lambda hours: ago(hours=hours))
ADDRESSES = st.builds(
    AddressFacts,
    block=st.sampled_from([None, *get_args(BlockStatus)]),
    since=INSTANTS,
    cleared_at=st.just("") | INSTANTS,
)
SES_TERMS = ("Permanent", "Transient", "Undetermined", "General", "NoEmail", "MailboxFull", "Suppressed", "abuse")
NOT_SENT_TERMS = ("UnsubscribedRecipient", "EmailValidationSuppressed", "OnAccountSuppressionList")
WORDS = st.sampled_from([None, "", "TEXT_UNKNOWN", *SES_TERMS, *NOT_SENT_TERMS])
DIAGNOSTICS = st.none() | st.sampled_from([sample.diagnostic for sample in SAMPLES]) | st.text(max_size=60)
# Any words, of any length and in any alphabet.
E_MAIL_FACTS = st.builds(
    EmailFacts,
    status=st.sampled_from(get_args(EmailStatus)),
    sent=INSTANTS,
    last_activity=INSTANTS,
    kind=WORDS | st.text(max_size=9),
    subtype=WORDS | st.text(max_size=9),
    code=st.sampled_from([None, "5.0.0", "5.1.1", "4.2.2", "5.7.1", "4.999.999", "x"]) | st.text(max_size=9),
    diagnostic=DIAGNOSTICS,
    is_machine_opened=st.booleans(),
    is_uncertain=st.booleans(),
    is_erased=st.booleans(),
    address=st.none() | ADDRESSES,
    has_later_arrival=st.booleans(),
)
SMS_FACTS = st.builds(
    SmsFacts,
    status=st.sampled_from(get_args(SmsStatus)),
    sent=INSTANTS,
    reason=st.sampled_from([None, *get_args(SmsReason)]),
    subtype=WORDS | st.text(max_size=9),
    diagnostic=DIAGNOSTICS,
    is_stale=st.booleans(),
    is_erased=st.booleans(),
)
PUSH_FACTS = st.builds(
    PushFacts, status=st.sampled_from([None, *get_args(PushStatus)]), reason=DIAGNOSTICS, is_erased=st.booleans()
)
ZONES: st.SearchStrategy[tzinfo] = st.sampled_from([CHICAGO, ZoneInfo("Pacific/Kiritimati"), UTC])


def check(verdict: Verdict) -> None:
    sentences = [verdict.text] if verdict.next is None else [verdict.text, verdict.next]
    assert verdict.code in CODES
    for sentence in sentences:
        assert 0 < len(sentence) <= MAX_LENGTH
        assert sentence.endswith(".")
        assert not JARGON.search(sentence), sentence


@given(E_MAIL_FACTS, ZONES)
def test_any_e_mail_has_a_verdict_that_agrees_with_what_is_known(facts: EmailFacts, zone: tzinfo) -> None:
    verdict = decide.email(facts, NOW, lambda: zone)
    check(verdict)
    if facts.status not in ("opened", "clicked", "delivered"):
        assert verdict.code not in ("opened", "arrived")
        is_known_to_have_arrived = facts.is_machine_opened and facts.status in ("queued", "sent", "delayed")
        assert (verdict.code == "arrived_opened_by_machine") == is_known_to_have_arrived
    if facts.address is not None and facts.address.block is not None and facts.status not in ("queued", "delivered"):
        assert not STILL_SENDS.search(verdict.next or "")
    if facts.is_erased:
        assert verdict.next is None
    if not decide.needs_address(facts, NOW):
        unknown = replace(facts, address=None, has_later_arrival=False)
        assert decide.email(unknown, NOW, lambda: zone) == verdict or facts.is_erased


@given(E_MAIL_FACTS.filter(lambda facts: facts.address is not None), ZONES)
def test_later_e_mails_decide_nothing_where_they_are_not_needed(facts: EmailFacts, zone: tzinfo) -> None:
    without, with_arrival = (replace(facts, has_later_arrival=has) for has in (False, True))
    if not decide.needs_later_emails(facts):
        assert decide.email(without, NOW, lambda: zone) == decide.email(with_arrival, NOW, lambda: zone)
    elif decide.needs_address(facts, NOW):
        text = decide.email(without, NOW, lambda: zone).text + table.ARRIVED_LATER
        assert decide.email(with_arrival, NOW, lambda: zone).text == text


@given(E_MAIL_FACTS)
def test_what_has_arrived_is_what_is_told_to_have(facts: EmailFacts) -> None:
    has_arrived = decide.has_arrived(facts.status, is_machine_opened=facts.is_machine_opened)
    code = decide.email(facts, NOW, lambda: UTC).code
    assert has_arrived == (code in ("opened", "arrived", "arrived_opened_by_machine"))


@given(SMS_FACTS, ZONES)
def test_any_text_message_has_a_verdict(facts: SmsFacts, zone: tzinfo) -> None:
    verdict = decide.sms(facts, NOW, lambda: zone)
    check(verdict)
    assert (verdict.code == "sms_delivered") == (facts.status == "delivered")


@given(PUSH_FACTS)
def test_any_push_has_a_verdict(facts: PushFacts) -> None:
    verdict = decide.push(facts)
    check(verdict)
    assert (verdict.code == "push_sent") == (facts.status == "sent")
