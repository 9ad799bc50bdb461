"""The verdicts of the rows of a page, and the look-ups of addresses and later e-mails for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from daybook.model.entries import Record
from daybook.model.responses import ActivityRow, EmailRow, PushRow, Row, SmsRow
from daybook.verdicts.facts import AddressFacts
from daybook.verdicts.rows import RecordMailbox, Shown, Verdicts

NOW = datetime(2026, 11, 29, 18, tzinfo=UTC)
SENT = "2026-11-27T15:00:00.000Z"
COMMON: dict[str, Any] = {"id": "e-1", "record": Record("family", "1"), "occurred_at": SENT}
ADDRESSED = COMMON | {"last_activity_at": SENT}


FULL = '{"kind":"Transient","subtype":"MailboxFull"}'
LATER = "A later e-mail to this address arrived."


class Lookups:
    """One blacklisted address, and one where an e-mail arrived that was sent on that day; notes what is looked up."""

    def __init__(self, arrived: str = "2026-11-28T15:00:00.000Z") -> None:
        self.addresses: list[tuple[str, list[str]]] = []
        self.arrivals: list[tuple[str, dict[RecordMailbox, str]]] = []
        self._arrived = arrived

    def facts(self, org: str, spellings: Iterable[str]) -> dict[str, AddressFacts]:
        self.addresses.append((org, sorted(spellings)))
        return {
            "blocked@x.example": AddressFacts(block="bounce", since=SENT),
            "reset@x.example": AddressFacts(cleared_at="2026-11-28T15:00:00.000Z"),
        }

    def newest_arrivals(self, org: str, since: Mapping[RecordMailbox, str], now: datetime) -> dict[RecordMailbox, str]:
        assert now == NOW
        self.arrivals.append((org, dict(since)))
        return {(Record("family", "1"), "jane@x.example"): self._arrived}


def e_mail(status: str, recipient: str = "Jane@x.example", **more: Any) -> EmailRow:
    counts: dict[str, Any] = {"opens": 0, "clicks": 0, "has_content": False, "subject": "Due"}
    return EmailRow(**{"status": status, "recipient": recipient, **ADDRESSED, **counts} | more)


def codes(page: list[Row]) -> list[str | None]:
    return [None if isinstance(row, ActivityRow) else row.verdict.code for row in page]  # type: ignore[union-attr]


def says_later(page: list[Row]) -> list[bool]:
    return [isinstance(row, EmailRow) and row.verdict.text.endswith(LATER) for row in page]  # type: ignore[union-attr]


def of_page(lookups: Lookups, *shown: Shown) -> list[Row]:
    verdicts = Verdicts(address_lookup=lookups, arrival_lookup=lookups, zone=lambda _: UTC)
    return verdicts.of_page("riverside", shown, NOW)


def test_each_message_of_a_page_has_its_verdict_in_place() -> None:
    lookups = Lookups()
    sms = SmsRow(recipient="+1", text="Hi", status="not_delivered", reason="failed", stale=False, **ADDRESSED)
    page = of_page(
        lookups,
        Shown(e_mail("delivered")),
        Shown(e_mail("delivered"), '{"bot_opens":1}'),
        Shown(ActivityRow(name="Ann", action="signed in", **COMMON)),
        Shown(sms, '{"diagnostic":"Invalid phone number"}'),
        Shown(PushRow(subject="Due", text="Pay", status="failed", reason="NotRegistered", **COMMON)),
    )
    expected = ["arrived", "arrived_opened_by_machine", None, "sms_invalid_number", "push_failed"]
    assert codes(page) == expected
    assert (lookups.addresses, lookups.arrivals) == ([], [])


def test_the_addresses_of_failed_e_mails_are_looked_up_at_once_and_so_are_later_e_mails() -> None:
    lookups = Lookups()
    page = of_page(
        lookups,
        Shown(e_mail("bounced"), FULL),
        Shown(e_mail("opened", "no@x.example")),
        Shown(e_mail("complained", "ann@x.example"), '{"uncertain":true}'),
    )
    assert lookups.addresses == [("riverside", ["ann@x.example", "jane@x.example"])]
    family = Record("family", "1")
    since = {(family, "jane@x.example"): SENT, (family, "ann@x.example"): SENT}
    assert lookups.arrivals == [("riverside", since)]
    assert codes(page) == ["mailbox_full", "opened", "marked_as_spam"]
    assert says_later(page) == [True, False, False]
    assert isinstance(page[2], EmailRow)
    assert "not known who" in page[2].verdict.text  # type: ignore[union-attr]


def test_later_e_mails_are_looked_up_once_for_each_record_and_address_since_the_earliest() -> None:
    lookups = Lookups()
    staff, before, after = Record("staff", "7"), "2026-11-26T15:00:00.000Z", "2026-11-28T15:00:00.000Z"
    page = of_page(
        lookups,
        Shown(e_mail("bounced", "JANE@x.example", occurred_at=after), FULL),
        Shown(e_mail("bounced"), FULL),
        Shown(e_mail("bounced", "Jane Doe <jane@x.example>", occurred_at=before), FULL),
        Shown(e_mail("bounced", record=staff), FULL),
    )
    since = {(Record("family", "1"), "jane@x.example"): before, (staff, "jane@x.example"): SENT}
    assert lookups.arrivals == [("riverside", since)]
    # What was sent at the very instant is not later.
    assert says_later(page) == [False, True, True, False]


def test_later_e_mails_are_not_looked_up_where_the_blacklist_says_more() -> None:
    lookups = Lookups()
    of_page(lookups, *(Shown(e_mail("bounced", f"{name}@x.example"), FULL) for name in ("blocked", "reset")))
    assert (len(lookups.addresses), lookups.arrivals) == (1, [])


def test_the_address_of_an_erased_e_mail_is_not_looked_up() -> None:
    lookups = Lookups()
    (row,) = of_page(lookups, Shown(e_mail("bounced", "[erased]", erased_at=SENT)))
    assert isinstance(row, EmailRow)
    assert (row.verdict.code, row.verdict.next) == ("bounced_other", None)  # type: ignore[union-attr]
    assert (lookups.addresses, lookups.arrivals) == ([], [])
