"""The verdicts of the rows of a page, and the one look-up of addresses for them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from daybook.model.entries import Record
from daybook.model.responses import ActivityRow, EmailRow, PushRow, Row, SmsRow
from daybook.verdicts.facts import AddressFacts
from daybook.verdicts.rows import Shown, Verdicts

NOW = datetime(2026, 11, 29, 18, tzinfo=UTC)
SENT = "2026-11-27T15:00:00.000Z"
COMMON: dict[str, Any] = {"id": "e-1", "record": Record("family", "1"), "occurred_at": SENT}
ADDRESSED = COMMON | {"last_activity_at": SENT}


class Lookup:
    """An address that arrives since; notes what is looked up."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[str]]] = []

    def facts(self, org: str, spellings: Iterable[str]) -> dict[str, AddressFacts]:
        self.asked.append((org, sorted(spellings)))
        return {"jane@x.example": AddressFacts(delivered="2026-11-28T15:00:00.000Z")}


def e_mail(status: str, recipient: str = "Jane@x.example", **more: Any) -> EmailRow:
    counts: dict[str, Any] = {"opens": 0, "clicks": 0, "has_content": False, "subject": "Due"}
    return EmailRow(status=status, recipient=recipient, **ADDRESSED, **counts, **more)  # type: ignore[arg-type]


def codes(page: list[Row]) -> list[str | None]:
    return [None if isinstance(row, ActivityRow) else row.verdict.code for row in page]  # type: ignore[union-attr]


def of_page(lookup: Lookup, *shown: Shown) -> list[Row]:
    return Verdicts(address_lookup=lookup, zone=lambda _: UTC).of_page("riverside", shown, NOW)


def test_each_message_of_a_page_has_its_verdict_in_place() -> None:
    lookup = Lookup()
    sms = SmsRow(recipient="+1", text="Hi", status="not_delivered", reason="failed", stale=False, **ADDRESSED)
    page = of_page(
        lookup,
        Shown(e_mail("delivered")),
        Shown(e_mail("delivered"), '{"bot_opens":1}'),
        Shown(ActivityRow(name="Ann", action="signed in", **COMMON)),
        Shown(sms, '{"diagnostic":"Invalid phone number"}'),
        Shown(PushRow(subject="Due", text="Pay", status="failed", reason="NotRegistered", **COMMON)),
    )
    expected = ["arrived", "arrived_opened_by_machine", None, "sms_invalid_number", "push_failed"]
    assert codes(page) == expected
    assert lookup.asked == []


def test_the_addresses_of_failed_e_mails_are_looked_up_at_once() -> None:
    lookup = Lookup()
    outcome = '{"kind":"Transient","subtype":"MailboxFull"}'
    full, opened, spam = of_page(
        lookup,
        Shown(e_mail("bounced"), outcome),
        Shown(e_mail("opened", "no@x.example")),
        Shown(e_mail("complained", "ann@x.example"), '{"uncertain":true}'),
    )
    assert lookup.asked == [("riverside", ["ann@x.example", "jane@x.example"])]
    assert codes([full, opened, spam]) == ["mailbox_full", "opened", "marked_as_spam"]
    assert isinstance(full, EmailRow)
    assert isinstance(spam, EmailRow)
    assert full.verdict.text.endswith("A later e-mail to this address arrived.")  # type: ignore[union-attr]
    assert "not known who" in spam.verdict.text  # type: ignore[union-attr]


def test_the_address_of_an_erased_e_mail_is_not_looked_up() -> None:
    lookup = Lookup()
    (row,) = of_page(lookup, Shown(e_mail("bounced", "[erased]", erased_at=SENT)))
    assert isinstance(row, EmailRow)
    assert (row.verdict.code, row.verdict.next) == ("bounced_other", None)  # type: ignore[union-attr]
    assert lookup.asked == []
