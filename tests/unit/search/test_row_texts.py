"""What a page shows of a message can be typed: the words are those of `model.page_words`, as the console has them."""

from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from daybook.model import page_words
from daybook.model.entries import EmailStatus, Record, SmsReason
from daybook.model.responses import EmailRow, PushRow, Row, SmsRow, VerdictCode
from daybook.search import row_texts
from daybook.search.line import matching, reading

SENT = "2026-11-27T15:00:00.000Z"
COMMON: dict[str, Any] = {"id": "e-1", "record": Record("family", "1"), "occurred_at": SENT}
COUNTS: dict[str, Any] = {"opens": 0, "clicks": 0, "has_content": False}


def e_mail(status: EmailStatus = "sent", subject: str = "Due") -> EmailRow:
    return EmailRow(recipient="x@x.example", subject=subject, status=status, last_activity_at=SENT, **COUNTS, **COMMON)


def text_message(reason: SmsReason | None = None, *, stale: bool = False) -> SmsRow:
    status: Any = "not_delivered" if reason else "delivery"
    return SmsRow(recipient="+1", text="Hi", status=status, reason=reason, stale=stale, last_activity_at=SENT, **COMMON)


def finds(q: str, row: Row, verdict: VerdictCode | None = None) -> bool:
    line = reading.parse(q, ZoneInfo("UTC"))
    return matching.matches(line, row.occurred_at, row_texts.texts(row, verdict))


def is_found_as_shown(shown: str, row: Row, verdict: VerdictCode | None = None) -> bool:
    """By the text as it is, in quotes, of the status only, and beside another word."""
    lines = [shown, shown.upper(), f'"{shown}"', f'status:"{shown}"', f"{shown} 11/27/2026"]
    assert not finds(f'-"{shown}"', row, verdict)
    return all(finds(line, row, verdict) for line in lines)


@pytest.mark.parametrize("code", page_words.BOUNCES)
def test_a_bounce_is_found_by_what_it_was(code: VerdictCode) -> None:
    row, why = e_mail("bounced"), page_words.BOUNCES[code]

    assert is_found_as_shown(f"Bounced: {why}", row, code)
    assert is_found_as_shown(why, row, code)
    assert not finds(why, row, "bounced_other")
    assert not finds(why, e_mail("failed"), code)


@pytest.mark.parametrize("status", get_args(EmailStatus))
def test_an_e_mail_is_found_by_its_status(status: EmailStatus) -> None:
    assert is_found_as_shown(page_words.EMAIL_STATUS[status], e_mail(status))


@pytest.mark.parametrize("reason", get_args(SmsReason))
def test_a_text_message_is_found_by_its_status_with_the_reason(reason: SmsReason) -> None:
    row = text_message(reason)

    assert is_found_as_shown(f"{page_words.SMS_STATUS['not_delivered']} – {page_words.SMS_REASONS[reason]}", row)


def test_a_text_message_without_an_answer_is_found_by_how_long() -> None:
    shown = f"{page_words.SMS_STATUS['delivery']}: {page_words.STALE}"

    assert is_found_as_shown(shown, text_message(stale=True))
    assert finds("no answer", text_message(stale=True))
    assert not finds(shown, text_message())


def test_a_push_message_is_found_by_its_status() -> None:
    row = PushRow(subject="Due", text="Hi", status="failed", **COMMON)

    assert is_found_as_shown(page_words.PUSH_STATUS["failed"], row)


@pytest.mark.parametrize("q", ["(no subject)", '"(no subject)"', "no subject"])
def test_an_e_mail_without_a_subject_is_found_by_what_stands_in_its_place(q: str) -> None:
    assert finds(q, e_mail(subject=""))
    assert not finds(q, e_mail())
