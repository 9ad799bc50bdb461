"""The verdicts of the rows of a page, with one look-up of those addresses on which a verdict depends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, tzinfo
from functools import cache, partial
from typing import Protocol, TypeAlias

import msgspec
from msgspec import Struct, UnsetType
from msgspec.structs import replace

from daybook.core import addresses
from daybook.model.delivery_status import NO_OUTCOME, Outcome
from daybook.model.responses import EmailRow, PushRow, Row, SmsRow, Verdict
from daybook.verdicts import decide
from daybook.verdicts.decide import Zone
from daybook.verdicts.facts import AddressFacts, EmailFacts, PushFacts, SmsFacts

Facts: TypeAlias = EmailFacts | SmsFacts | PushFacts

NOTHING_KNOWN = AddressFacts()
_outcome_decoder = msgspec.json.Decoder(Outcome)


class AddressLookup(Protocol):
    """Where the states of addresses are kept."""

    def facts(self, org: str, spellings: Iterable[str]) -> dict[str, AddressFacts]:
        """What is known of these addresses, by mailbox; without those of which nothing is. StoreBusyError."""


class Shown(Struct, frozen=True):
    """A row without its verdict, and the attribute `outcome` of its item: an `Outcome` in JSON."""

    row: Row
    outcome: str | None = None


class Verdicts:
    """The verdicts of pages. `zone` gives the time zone of an org, in which their dates are."""

    def __init__(self, *, address_lookup: AddressLookup, zone: Callable[[str], tzinfo]) -> None:
        self._address_lookup = address_lookup
        self._zone = zone

    def of_page(self, org: str, page: Sequence[Shown], now: datetime) -> list[Row]:
        """The rows of a page, those of messages with their verdicts as they are at `now`. StoreBusyError.

        No request where every message arrived or still may. A verdict does not depend on the other rows: it is the same
        on a page of any size.
        """
        known = [_facts(shown) for shown in page]
        doubtful = {
            place: facts
            for place, facts in enumerate(known)
            if isinstance(facts, EmailFacts) and decide.needs_address(facts, now)
        }
        if doubtful:
            mailboxes = {place: _mailbox(page[place].row) for place in doubtful}
            found = self._address_lookup.facts(org, dict.fromkeys(mailboxes.values()))
            for place, facts in doubtful.items():
                known[place] = replace(facts, address=found.get(mailboxes[place], NOTHING_KNOWN))
        zone: Zone = cache(partial(self._zone, org))
        return [
            shown.row if facts is None else replace(shown.row, verdict=_verdict(facts, now, zone))
            for shown, facts in zip(page, known, strict=True)
        ]


def _verdict(facts: Facts, now: datetime, zone: Zone) -> Verdict:
    match facts:
        case EmailFacts():
            return decide.email(facts, now, zone)
        case SmsFacts():
            return decide.sms(facts, now, zone)
        case PushFacts():
            return decide.push(facts)


def _facts(shown: Shown) -> Facts | None:
    """What is known of a row's message; None of an entry that is none."""
    row = shown.row
    if not isinstance(row, EmailRow | SmsRow | PushRow):
        return None
    is_erased = not isinstance(row.erased_at, UnsetType)
    outcome = NO_OUTCOME if shown.outcome is None else _outcome_decoder.decode(shown.outcome)
    if isinstance(row, EmailRow):
        return EmailFacts(
            status=row.status,
            sent=row.occurred_at,
            last_activity=row.last_activity_at,
            kind=outcome.kind,
            subtype=outcome.subtype,
            code=outcome.code,
            diagnostic=outcome.diagnostic,
            is_machine_opened=outcome.bot_opens + outcome.bot_clicks > 0,
            is_uncertain=outcome.uncertain,
            is_erased=is_erased,
        )
    if isinstance(row, PushRow):
        return PushFacts(status=row.status, reason=row.reason, is_erased=is_erased)
    return SmsFacts(
        status=row.status,
        sent=row.occurred_at,
        reason=row.reason,
        subtype=outcome.subtype,
        diagnostic=outcome.diagnostic,
        is_stale=row.stale,
        is_erased=is_erased,
    )


def _mailbox(row: Row) -> str:
    return addresses.mailbox(row.recipient) if isinstance(row, EmailRow) else ""
