"""The verdicts of the rows of a page, with look-ups of the addresses and later e-mails on which a verdict depends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from functools import cache, partial
from typing import Protocol, TypeAlias

import msgspec
from msgspec import Struct, UnsetType
from msgspec.structs import replace

from daybook.core import addresses
from daybook.model.delivery_status import NO_OUTCOME, Outcome
from daybook.model.entries import EmailStatus, Record
from daybook.model.responses import EmailRow, PushRow, Row, SmsRow, Verdict, VerdictCode
from daybook.verdicts import decide
from daybook.verdicts.decide import Zone
from daybook.verdicts.facts import AddressFacts, EmailFacts, PushFacts, SmsFacts

Facts: TypeAlias = EmailFacts | SmsFacts | PushFacts

# A record, and the mailbox that some of its e-mails went to.
RecordMailbox: TypeAlias = tuple[Record, str]

NOTHING_KNOWN = AddressFacts()
_outcome_decoder = msgspec.json.Decoder(Outcome)


class AddressLookup(Protocol):
    """Where the states of addresses are kept."""

    def facts(self, org: str, spellings: Iterable[str]) -> dict[str, AddressFacts]:
        """What is known of these addresses, by mailbox; without those of which nothing is. StoreBusyError."""


class ArrivalLookup(Protocol):
    """Where the e-mails of records are kept."""

    def newest_arrivals(self, org: str, since: Mapping[RecordMailbox, str], now: datetime) -> dict[RecordMailbox, str]:
        """The instants at which the newest e-mails that arrived were sent, of those sent after the instants `since`.

        Without a record and mailbox of which none is found. StoreBusyError.
        """


class Shown(Struct, frozen=True):
    """A row without its verdict, and the attribute `outcome` of its item: an `Outcome` in JSON."""

    row: Row
    outcome: str | None = None


class Verdicts:
    """The verdicts of pages. `zone` gives the time zone of an org, in which their dates are."""

    def __init__(
        self, *, address_lookup: AddressLookup, arrival_lookup: ArrivalLookup, zone: Callable[[str], tzinfo]
    ) -> None:
        self._address_lookup = address_lookup
        self._arrival_lookup = arrival_lookup
        self._zone = zone

    def of_page(self, org: str, page: Sequence[Shown], now: datetime) -> list[Row]:
        """The rows of a page, those of messages with their verdicts as they are at `now`. StoreBusyError.

        No request where every message arrived or still may. A verdict does not depend on the other rows: it is the same
        on a page of any size.
        """
        known = [_facts(shown) for shown in page]
        doubtful = {
            place: (shown.row, facts)
            for place, (shown, facts) in enumerate(zip(page, known, strict=True))
            if isinstance(shown.row, EmailRow) and isinstance(facts, EmailFacts) and decide.needs_address(facts, now)
        }
        if doubtful:
            for place, facts in self._looked_up(org, doubtful, now).items():
                known[place] = facts
        zone: Zone = cache(partial(self._zone, org))
        return [
            shown.row if facts is None else replace(shown.row, verdict=_verdict(facts, now, zone))
            for shown, facts in zip(page, known, strict=True)
        ]

    def _looked_up(
        self, org: str, doubtful: Mapping[int, tuple[EmailRow, EmailFacts]], now: datetime
    ) -> dict[int, EmailFacts]:
        """What is known of these e-mails, by their place, with what is known of their addresses and later e-mails."""
        sent_to = {place: (row.record, addresses.mailbox(row.recipient)) for place, (row, _) in doubtful.items()}
        states = self._address_lookup.facts(org, dict.fromkeys(mailbox for _, mailbox in sent_to.values()))
        known = {
            place: replace(facts, address=states.get(sent_to[place][1], NOTHING_KNOWN))
            for place, (_, facts) in doubtful.items()
        }
        since: dict[RecordMailbox, str] = {}
        for place, facts in known.items():
            if decide.needs_later_emails(facts):
                since[sent_to[place]] = min(facts.sent, since.get(sent_to[place], facts.sent))
        if not since:
            return known
        arrivals = self._arrival_lookup.newest_arrivals(org, since, now)
        return {
            place: replace(facts, has_later_arrival=arrivals.get(sent_to[place], "") > facts.sent)
            for place, facts in known.items()
        }


def has_arrived(status: EmailStatus, outcome: str | None) -> bool:
    """Whether an e-mail's verdict is that it arrived. `outcome` is that attribute of its item, as in `Shown`."""
    return decide.has_arrived(status, is_machine_opened=_is_machine_opened(_outcome(outcome)))


def bounce_code(shown: Shown) -> VerdictCode | None:
    """The code of a bounced e-mail's verdict, without a look-up; None of another row."""
    if not isinstance(shown.row, EmailRow) or shown.row.status != "bounced":
        return None
    return decide.bounce_code(_outcome(shown.outcome))


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
    outcome = _outcome(shown.outcome)
    if isinstance(row, EmailRow):
        return EmailFacts(
            status=row.status,
            sent=row.occurred_at,
            last_activity=row.last_activity_at,
            kind=outcome.kind,
            subtype=outcome.subtype,
            code=outcome.code,
            diagnostic=outcome.diagnostic,
            is_machine_opened=_is_machine_opened(outcome),
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


def _outcome(text: str | None) -> Outcome:
    return NO_OUTCOME if text is None else _outcome_decoder.decode(text)


def _is_machine_opened(outcome: Outcome) -> bool:
    return outcome.bot_opens + outcome.bot_clicks > 0
