"""The verdict of a message: the line of `verdicts.table` that holds for it, with its dates filled in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache

from msgspec.structs import replace

from daybook.core import timestamps
from daybook.model import delivery_status
from daybook.model.delivery_status import Outcome
from daybook.model.entries import EmailStatus
from daybook.model.responses import Verdict, VerdictCode
from daybook.verdicts import email_diagnostics, phone_diagnostics, table
from daybook.verdicts.facts import AddressFacts, EmailFacts, PushFacts, SmsFacts
from daybook.verdicts.table import Line

Zone = Callable[[], tzinfo]
SOON = timedelta(hours=4)
DAY = timedelta(days=1)
NOON = 12
FAILURE = "{failure}"
REASON = "{reason}"

# The reason that SES gives for rejecting an e-mail with a virus.
HARMFUL = "bad content"
NOTHING_KNOWN = AddressFacts()

# Rows of e-mails that were not sent because of their address.
FOR_ITS_ADDRESS = frozenset({"not_sent", "not_sent_invalid", "not_sent_complained"})


def email(facts: EmailFacts, now: datetime, zone: Zone) -> Verdict:
    """The verdict of an e-mail, as it is at `now`. `zone` gives the org's time zone; only a date in it asks for that.

    Where `facts.address` is None, the verdict says nothing of the blacklist as it is now.
    """
    match facts.status:
        case "opened" | "clicked":
            return _opened(facts, zone)
        case "queued" | "sent" | "delayed" | "delivered":
            if has_arrived(facts.status, is_machine_opened=facts.is_machine_opened):
                return _plain(facts, "machine" if facts.is_machine_opened else "arrived")
            return _waiting(facts, now, zone)
        case "bounced":
            return _bounced(facts, zone)
        case "complained":
            return _with_address(facts, table.EMAIL["spam_by_somebody" if facts.is_uncertain else "spam"], zone)
        case _:
            return _not_sent(facts, zone)


def has_arrived(status: EmailStatus, *, is_machine_opened: bool) -> bool:
    """Whether an e-mail's verdict is that it arrived. Of one that was marked as spam or came back it is not."""
    status_class = delivery_status.status_class(status)
    # What a machine opened has arrived, though nobody may have told of that yet.
    return status_class == "reached" or (is_machine_opened and status_class == "waiting")


def bounce_code(outcome: Outcome) -> VerdictCode:
    """The code of the verdict of an e-mail that came back so, whatever else is known."""
    return table.BOUNCED[_cause(outcome)].code


def needs_address(facts: EmailFacts, now: datetime) -> bool:
    """Whether the verdict of this e-mail depends on the state of its address."""
    if facts.is_erased:
        return False
    if facts.status in ("sent", "delayed"):
        return not facts.is_machine_opened and _is_older(facts.last_activity, DAY, now)
    return facts.status in ("bounced", "complained", "suppressed") or _row_of_rejected(facts) in FOR_ITS_ADDRESS


def needs_later_emails(facts: EmailFacts) -> bool:
    """Whether the verdict of this e-mail, whose address was looked up, depends on later ones to the same address.

    What is known of an address that is on the blacklist, or came off it since, says more.
    """
    address = facts.address
    return address is not None and address.block is None and address.cleared_at <= facts.sent


def sms(facts: SmsFacts, now: datetime, zone: Zone) -> Verdict:
    """The verdict of a text message, as it is at `now`."""
    match facts.status:
        case "not_delivered":
            line = table.SMS_FAILED[phone_diagnostics.sms_cause(facts.reason, facts.subtype, facts.diagnostic)]
            failure = phone_diagnostics.twilio_code(facts.diagnostic) or facts.reason or "failed"
            return _phone_verdict(line, line.text, f"text message, {failure}", is_erased=facts.is_erased)
        case "delivery" if not facts.is_stale and _is_older(facts.sent, SOON, now):
            line = table.SMS["waiting_long"]
            return _phone_verdict(line, _with_date(line.text, facts.sent, zone), is_erased=facts.is_erased)
        case "delivery":
            line = table.SMS["stale" if facts.is_stale else "waiting"]
        case _:
            line = table.SMS["delivered"]
    return _phone_verdict(line, line.text, is_erased=facts.is_erased)


def push(facts: PushFacts) -> Verdict:
    """The verdict of a push message."""
    if facts.status == "failed":
        line = table.PUSH_FAILED[phone_diagnostics.push_cause(facts.reason)]
    else:
        line = table.PUSH[facts.status or "unknown"]
    return _phone_verdict(line, line.text, "push message refused", is_erased=facts.is_erased)


def _opened(facts: EmailFacts, zone: Zone) -> Verdict:
    # The last activity may be another one than their own.
    if facts.is_machine_opened or facts.kind:
        return _plain(facts, facts.status)
    return _dated(facts, f"{facts.status}_on", facts.last_activity, zone)


def _waiting(facts: EmailFacts, now: datetime, zone: Zone) -> Verdict:
    is_long = _is_older(facts.last_activity, DAY, now)
    if facts.status == "queued":
        return _dated(facts, "queued_long", facts.sent, zone) if is_long else _plain(facts, "queued")
    if facts.status == "delayed":
        if is_long:
            return _with_address(facts, table.EMAIL["delayed_long"], zone, facts.last_activity)
        is_full = _cause(facts) == "mailbox_full"
        return _plain(facts, "delayed_full" if is_full else "delayed")
    if is_long:
        return _with_address(facts, table.EMAIL["silent"], zone, facts.sent)
    if _is_older(facts.last_activity, SOON, now):
        return _dated(facts, "sent_hours_ago", facts.sent, zone)
    return _plain(facts, "sent")


def _cause(of: EmailFacts | Outcome) -> email_diagnostics.Cause:
    return email_diagnostics.cause(of.kind, of.subtype, of.code, of.diagnostic)


def _bounced(facts: EmailFacts, zone: Zone) -> Verdict:
    cause = _cause(facts)
    if cause == "suppressed" and facts.address is not None and facts.address.block is not None:
        return _not_sent_to(facts, "not_sent", zone)
    line = table.BOUNCED[cause]
    address = facts.address or NOTHING_KNOWN
    is_usable = address.cleared_at > facts.sent or facts.has_later_arrival
    if is_usable and cause not in table.ABOUT_THE_EMAIL:
        line = replace(line, next=table.STILL_NEEDED)
    return _with_address(facts, line, zone)


def _not_sent(facts: EmailFacts, zone: Zone) -> Verdict:
    row = "not_sent" if facts.status == "suppressed" else _row_of_rejected(facts)
    return _not_sent_to(facts, row, zone) if row in FOR_ITS_ADDRESS else _plain(facts, row)


def _row_of_rejected(facts: EmailFacts) -> str:
    subtype = (facts.subtype or "").strip().lower()
    if subtype == "unsubscribedrecipient":
        return "unsubscribed"
    if subtype == "emailvalidationsuppressed":
        return "not_sent_invalid"
    if email_diagnostics.CAUSE_BY_SUBTYPE.get(subtype) == "suppressed":
        return "not_sent_complained"
    diagnostic = (facts.diagnostic or "").lower()
    if facts.status == "rejected":
        # Words of other providers for what they did not attempt (SendGrid "dropped", Mailgun "suppress-...").
        if "unsubscribe" in diagnostic:
            return "unsubscribed"
        if "suppress" in diagnostic or "bounced address" in diagnostic:
            return "not_sent"
    return "harmful" if HARMFUL in diagnostic else facts.status


def _not_sent_to(facts: EmailFacts, row: str, zone: Zone) -> Verdict:
    """An e-mail that was not sent because of its address. `row` is for an address of which no more is known."""
    address = facts.address
    if address is None:
        return _plain(facts, row)
    if address.block is not None:
        line = table.NOT_SENT_BLOCKED[address.block]
        text = _with_date(line.text.replace(REASON, table.REASONS[address.block]), address.since, zone)
        return _verdict(line, text, line.next, facts)
    if address.cleared_at > facts.sent:
        return _dated(facts, "not_sent_cleared", address.cleared_at, zone)
    line = table.EMAIL["not_sent_free_now" if row == "not_sent" else row]
    if not facts.has_later_arrival:
        return _verdict(line, line.text, line.next, facts)
    # Whoever complained is asked first, though the address works.
    next_ = line.next if row == "not_sent_complained" else table.STILL_NEEDED
    return _verdict(line, line.text + table.ARRIVED_LATER, next_, facts)


def _plain(facts: EmailFacts, row: str) -> Verdict:
    """A line of the table without dates."""
    line = table.EMAIL[row]
    return _verdict(line, line.text, line.next, facts)


def _dated(facts: EmailFacts, row: str, instant: str, zone: Zone) -> Verdict:
    line = table.EMAIL[row]
    return _verdict(line, _with_date(line.text, instant, zone), line.next, facts)


def _with_address(facts: EmailFacts, line: Line, zone: Zone, instant: str = "") -> Verdict:
    """A line, and what the state of the address adds to it. `instant` is the date in the line, if it has one."""
    address = facts.address or NOTHING_KNOWN
    text = _with_date(line.text, instant, zone) if instant else line.text
    if address.block is not None:
        addition = table.BEING_CHECKED if address.block == "validate" else table.BLACKLISTED
        return _verdict(line, text + _with_date(addition, address.since, zone), _next_of_blocked(line, address), facts)
    if address.cleared_at > facts.sent:
        text += _with_date(table.CLEARED, address.cleared_at, zone)
    elif facts.has_later_arrival:
        text += table.ARRIVED_LATER
    return _verdict(line, text, line.next, facts)


def _next_of_blocked(line: Line, address: AddressFacts) -> str | None:
    """What to do about an e-mail to a blacklisted address: why it is blacklisted may matter more than this e-mail."""
    if line.next_blocked and address.block in ("complaint", "manual") and line.code != "marked_as_spam":
        return table.NOT_SENT_BLOCKED[address.block].next
    return line.next_blocked or line.next


def _verdict(line: Line, text: str, next_: str | None, facts: EmailFacts) -> Verdict:
    if next_ is not None and FAILURE in next_:
        next_ = next_.replace(FAILURE, _failure(facts))
    # Nothing is left to do about an erased person.
    return Verdict(line.code, text, None if facts.is_erased else next_)


def _phone_verdict(line: Line, text: str, failure: str = "", *, is_erased: bool) -> Verdict:
    next_ = line.next and line.next.replace(FAILURE, failure)
    return Verdict(line.code, text, None if is_erased else next_)


def _failure(facts: EmailFacts) -> str:
    """What an administrator is to be told of an e-mail that failed."""
    code = email_diagnostics.enhanced_code(facts.code, facts.diagnostic)
    word = "refused" if facts.status == "bounced" else facts.status
    return f"e-mail {word}, {code}" if code else f"e-mail {word}"


def _is_older(instant: str, age: timedelta, now: datetime) -> bool:
    return instant <= _before(now, age)


@lru_cache(maxsize=4)
def _before(now: datetime, age: timedelta) -> str:
    # Of all the rows of a page, it is the same.
    return timestamps.instant(now - age)


def _with_date(text: str, instant: str, zone: Zone) -> str:
    date, time = _date_and_time(instant, zone())
    return text.replace("{date}", date).replace("{time}", time)


@lru_cache(maxsize=256)
def _date_and_time(instant: str, zone: tzinfo) -> tuple[str, str]:
    when = timestamps.from_instant(instant).astimezone(zone)
    half = "AM" if when.hour < NOON else "PM"
    return when.strftime("%m/%d/%Y"), f"{when.hour % NOON or NOON}:{when:%M} {half}"
