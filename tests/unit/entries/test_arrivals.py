"""Which later e-mail of a record to an address arrived: of any e-mails what a plain look at all of them gives."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import get_args

import pytest
from daybook.core import addresses, timestamps
from daybook.entries.messages import arrivals
from daybook.entries.messages.arrivals import Arrivals
from daybook.erasure import redaction
from daybook.erasure.person import Person
from daybook.model.delivery_status import Outcome
from daybook.model.entries import Email, EmailStatus, Record
from daybook.storage.items import entry_items
from daybook.storage.items.entry_items import EntryKey
from daybook.storage.keys import record_keys
from daybook.storage.models.entries import EmailItem
from daybook.verdicts.rows import RecordMailbox
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from tests.support import api
from tests.support.hashes import hashed
from tests.support.memory.table import MemoryTable
from tests.support.posted import entry_of

NOW = datetime(2026, 11, 29, 18, tzinfo=UTC)
FAMILY, STAFF = Record("family", "1"), Record("staff", "1")
JANE = "jane@x.example"
FEW = 5
REACHED = ("delivered", "opened", "clicked")
WAITING = ("queued", "sent", "delayed")


class Sent(Struct, frozen=True, kw_only=True):
    """An e-mail that was sent at that minute; `recipient` is any spelling."""

    minute: int
    status: EmailStatus = "delivered"
    record: Record = FAMILY
    recipient: str = JANE
    bot_opens: int = 0
    is_expired: bool = False
    is_erased: bool = False

    @property
    def record_mailbox(self) -> RecordMailbox:
        return self.record, addresses.mailbox(self.recipient)

    @property
    def has_arrived(self) -> bool:
        return self.status in REACHED or (self.status in WAITING and self.bot_opens > 0)


def at(minute: int) -> str:
    return f"2026-11-29T10:{minute:02}:00.000Z"


def stored(sent: Sent, number: int) -> EmailItem:
    record = {"type": sent.record.type, "id": sent.record.id}
    posted = api.email(record=record, recipient=sent.recipient, occurred_at=at(sent.minute))
    entry = entry_of(posted, NOW)
    assert isinstance(entry, Email), entry
    expires_at = timestamps.from_instant(at(0 if sent.is_expired else 59))
    key = EntryKey(record_keys.partition("riverside", sent.record), "email", at(sent.minute), f"{number:018}")
    item = entry_items.make(
        "riverside",
        entry,
        key,
        keyed_hash=hashed,
        expires_at=int(expires_at.timestamp()) + 86_400 * (not sent.is_expired),
        content_until=None,
        has_content=False,
    )
    assert isinstance(item, EmailItem)
    item.status = sent.status
    item.outcome = entry_items.outcome_text(Outcome(bot_opens=sent.bot_opens))
    return redaction.redact_entry(item, Person(sent.record), at(59)) if sent.is_erased else item


def filled(all_sent: Sequence[Sent]) -> MemoryTable:
    table = MemoryTable()
    assert all(table.insert([stored(sent, number) for number, sent in enumerate(all_sent)]))
    return table


def newest_arrival(
    all_sent: Sequence[Sent], since: int = 0, record: Record = FAMILY, mailbox: str = JANE
) -> str | None:
    pair = (record, mailbox)
    return Arrivals(table=filled(all_sent)).newest_arrivals("riverside", {pair: at(since)}, NOW).get(pair)


def expected(all_sent: Sequence[Sent], record_mailbox: RecordMailbox, since: int) -> str | None:
    """The newest arrival after `since`, of the newest FEW e-mails of all."""
    sent_to = [(sent.minute, number) for number, sent in enumerate(all_sent) if sent.record_mailbox == record_mailbox]
    newest = [all_sent[number] for _, number in sorted(sent_to, reverse=True) if not all_sent[number].is_erased][:FEW]
    minutes = [sent.minute for sent in newest if sent.minute > since and sent.has_arrived and not sent.is_expired]
    return at(max(minutes)) if minutes else None


SENT = st.builds(
    Sent,
    minute=st.integers(1, 30),
    status=st.sampled_from(["delivered", "sent", "bounced"]),
    record=st.sampled_from([FAMILY, STAFF]),
    recipient=st.sampled_from([JANE, JANE, "jane@x.example.org"]),
    bot_opens=st.sampled_from([0, 0, 1]),
    is_expired=st.sampled_from([False, False, False, True]),
    is_erased=st.sampled_from([False, False, False, True]),
)


@given(
    st.lists(SENT, min_size=8, max_size=20),
    st.dictionaries(st.tuples(st.sampled_from([FAMILY, STAFF]), st.just(JANE)), st.integers(0, 12), min_size=1),
)
def test_it_is_the_newest_that_arrived_of_the_newest_of_all(
    all_sent: list[Sent], minutes: dict[RecordMailbox, int]
) -> None:
    since = {pair: at(minute) for pair, minute in minutes.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrivals, "NEWEST", FEW)
        found = Arrivals(table=filled(all_sent)).newest_arrivals("riverside", since, NOW)
    assert {pair: found.get(pair) for pair in since} == {
        pair: expected(all_sent, pair, minute) for pair, minute in minutes.items()
    }


@pytest.mark.parametrize("status", get_args(EmailStatus))
def test_a_later_e_mail_counts_where_its_own_verdict_is_that_it_arrived(status: EmailStatus) -> None:
    assert newest_arrival([Sent(minute=2, status=status)], 1) == (at(2) if status in REACHED else None)


@pytest.mark.parametrize(("bot_opens", "arrived"), [(0, None), (1, at(2))])
def test_what_a_machine_opened_counts(bot_opens: int, arrived: str | None) -> None:
    assert newest_arrival([Sent(minute=2, status="sent", bot_opens=bot_opens)], 1) == arrived


def test_only_what_was_sent_later_counts() -> None:
    assert [newest_arrival([Sent(minute=2)], since) for since in (1, 2, 3)] == [at(2), None, None]


def test_what_expired_or_was_erased_does_not_count() -> None:
    assert newest_arrival([Sent(minute=2, is_expired=True), Sent(minute=3, is_erased=True)]) is None
    assert newest_arrival([Sent(minute=1), Sent(minute=2, is_expired=True), Sent(minute=3, is_erased=True)]) == at(1)


@pytest.mark.parametrize(
    ("recipient", "mailbox"),
    [
        ("JANE@X.EXAMPLE", JANE),
        ("Jose\u0301@x.example", "jos\u00e9@x.example"),
        ("jane@B\u00fccher.example", "jane@xn--bcher-kva.example"),
    ],
)
def test_spellings_of_one_mailbox_are_one(recipient: str, mailbox: str) -> None:
    assert newest_arrival([Sent(minute=2, recipient=recipient)], mailbox=mailbox) == at(2)


@pytest.mark.parametrize("sent", [Sent(minute=2, record=STAFF), Sent(minute=2, recipient="jane@x.example.org")])
def test_other_records_and_mailboxes_are_others(sent: Sent) -> None:
    assert newest_arrival([sent]) is None


@pytest.mark.parametrize(("failing", "arrived"), [(arrivals.NEWEST - 1, at(2)), (arrivals.NEWEST, None), (200, None)])
def test_an_arrival_before_many_others_is_not_found(failing: int, arrived: str | None) -> None:
    assert newest_arrival([Sent(minute=2), *[Sent(minute=3, status="bounced")] * failing]) == arrived


def test_an_arrival_after_any_number_of_others_is_found_by_reading_one() -> None:
    table = filled([*[Sent(minute=3, status="bounced")] * 200, Sent(minute=4)])
    found = Arrivals(table=table).newest_arrivals("riverside", {(FAMILY, JANE): at(1)}, NOW)
    assert found == {(FAMILY, JANE): at(4)}
    assert table.reads == 1


def test_the_others_are_read_where_the_newest_has_not_arrived() -> None:
    table = filled(
        [*(Sent(minute=minute) for minute in (2, 3, 1)), Sent(minute=4, status="sent"), Sent(minute=5, record=STAFF)]
    )
    since = {(FAMILY, JANE): at(0), (STAFF, JANE): at(0)}
    found = Arrivals(table=table).newest_arrivals("riverside", since, NOW)
    assert found == {(FAMILY, JANE): at(3), (STAFF, JANE): at(5)}
    assert table.reads == 5
