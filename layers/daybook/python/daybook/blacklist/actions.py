"""What staff do about a blacklisted address: take it off, or have it verified. Each of it is an audit entry."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
from msgspec import Struct

from daybook.access import own_audit
from daybook.access.callers import Caller
from daybook.access.own_audit import Recorder
from daybook.aws.ses import NoVerdictError, Verdict
from daybook.aws.sqs import MAX_DELAY
from daybook.blacklist import address_status
from daybook.blacklist.address_status import AddressState, Block, Instant, Validation
from daybook.blacklist.address_store import AddressStore
from daybook.core import addresses, timestamps
from daybook.core.errors import ConflictError, FieldError, InvalidRequestError, NotFoundError, StoreBusyError
from daybook.model import entries
from daybook.model.entries import Affected, Record

RESET = "reset blacklist"
VALIDATE = "validate address"

# SES is asked again after so many seconds as it has been asked for already, but not sooner than this.
SOONEST = 30
PATIENCE = timedelta(days=1)


class ValidationRequest(Struct, frozen=True):
    """What the queue brings back: verify this address, as was asked for at the instant `asked`."""

    org: str
    address: str
    asked: str


class Reset(Struct, frozen=True):
    """An address that is off the blacklist, and the instant up to which nothing counts against it."""

    address: str
    reset_at: Instant


class EmailProvider(Protocol):
    """SES: `aws.ses.EmailProvider`, and in tests a stand-in that needs no network."""

    def release(self, spelling: str) -> None: ...

    def verify(self, address: str) -> Verdict: ...


class Queue(Protocol):
    """The feedback queue: `aws.sqs.Queue`, and in tests a list in memory."""

    def send(self, body: str, *, delay: int = 0) -> None: ...


class BlacklistActions:
    def __init__(
        self,
        *,
        address_store: AddressStore,
        provider: EmailProvider,
        queue: Queue,
        recorder: Recorder,
        clock: Callable[[], datetime],
    ) -> None:
        self._standings = address_store
        self._provider = provider
        self._queue = queue
        self._recorder = recorder
        self._clock = clock

    def reset(self, org: str, address: str, reason: str | None, who: Caller, ip: str | None) -> Reset:
        """Take an address off the blacklist, and off SES's list unless another org blocks it too.

        NotFoundError where it is not on it. StoreBusyError: nothing was reset.
        """
        mailbox = addresses.mailbox(address)
        known = self._known(org, mailbox)
        if self._standings.block(mailbox, known) is None:
            raise NotFoundError("this address is not on the blacklist")
        # Each step can be done twice, and the last one ends the retries: after a crash before it the address still is
        # on the blacklist, and whoever asks again completes what is missing. A second audit entry is better than none.
        released = self._release(org, mailbox, known)
        self._record(org, RESET, mailbox, known, reason, who, ip)
        # What is known already is forgotten even where its clock was ahead of ours.
        at = max(self._now(), known.latest)
        self._standings.add(org, mailbox, lambda _: AddressState(reset_at=at))
        if not released:
            # The other org may have been reset meanwhile, and have left it to us. Where this fails, SES reports the
            # next message as suppressed, and the address is on the blacklist again, to be seen and reset.
            with suppress(StoreBusyError):
                self._release(org, mailbox, known)
        return Reset(mailbox, at)

    def validate(self, org: str, address: str, who: Caller, ip: str | None) -> Block:
        """Ask for a verification; until it has answered, the address is on the blacklist as `validate`.

        InvalidRequestError for what cannot be an address; ConflictError where somebody complained; StoreBusyError.
        """
        mailbox = addresses.mailbox(address)
        fault = None if address_status.can_be_blocked(mailbox) else "longer than 254 octets"
        fault = fault or addresses.email_fault(mailbox)
        if fault:
            raise InvalidRequestError("the path is wrong", [FieldError("address", fault)])
        known = self._known(org, mailbox)
        _refuse_complaint(known)
        asked = _after(known, self._now())

        def ask(standing: AddressState) -> AddressState:
            _refuse_complaint(standing)
            return address_status.asking(standing, asked, who.name[: own_audit.MAX_NAME])

        self._record(org, VALIDATE, mailbox, known, None, who, ip)
        block = self._standings.block(mailbox, self._standings.add(org, mailbox, ask))
        if block is None:
            raise ConflictError("this address was reset in this very moment")
        # Last, so that it finds what it is about; whoever hears that this failed asks again.
        self._send(ValidationRequest(org, mailbox, asked))
        return block

    def verify(self, request: ValidationRequest) -> None:
        """Ask SES, once; when it does not answer, again later, and after a day no more. StoreBusyError."""
        org, mailbox = request.org, request.address
        known = self._known(org, mailbox)
        if _pending(known, request) is None:
            return
        try:
            verdict = self._provider.verify(mailbox)
        except NoVerdictError as error:
            self._put_off(request, error)
            return
        if verdict.is_valid and not known.facts:
            # Before the answer is noted: after that nobody would come back for it.
            self._release(org, mailbox, known)
        at = self._now()
        self._settle(request, lambda asked: address_status.answer(asked, at=at, doubt=_doubt(verdict)))

    def _put_off(self, request: ValidationRequest, error: NoVerdictError) -> None:
        age = self._clock() - timestamps.from_instant(request.asked)
        if error.final:
            self._give_up(request, f"not verified: SES refused: {error.reason}")
        elif age >= PATIENCE:
            self._give_up(request, f"not verified: SES did not answer within a day: {error.reason}")
        else:
            self._send(request, delay=min(MAX_DELAY, max(SOONEST, int(age.total_seconds()))))

    def _give_up(self, request: ValidationRequest, reason: str) -> None:
        self._settle(request, lambda asked: address_status.giving_up(asked, reason))

    def _settle(self, request: ValidationRequest, settled: Callable[[Validation], AddressState]) -> None:
        """End a verification, unless it was reset or asked for anew meanwhile."""

        def news(standing: AddressState) -> AddressState:
            validation = _pending(standing, request)
            return address_status.NOTHING if validation is None else settled(validation)

        self._standings.add_unlisted(request.org, request.address, news)

    def _release(self, org: str, mailbox: str, known: AddressState) -> bool:
        """Take an address off SES's list; False where another org keeps it there."""
        if self._standings.is_blocked_elsewhere(org, mailbox):
            return False
        for spelling in sorted({mailbox, *known.spellings}):
            self._provider.release(spelling)
        return True

    def _record(
        self, org: str, action: str, mailbox: str, known: AddressState, reason: str | None, who: Caller, ip: str | None
    ) -> None:
        details: dict[str, str] = {"address": mailbox}
        if reason:
            details["reason"] = reason
        block = self._standings.block(mailbox, known)
        if block:
            details |= {"status": block.status, "since": block.since, "blocked_for": block.reason}
        # Where no record is known, the address is one itself, to be found by it and to be erased.
        itself = Affected(Record(entries.ADDRESS, self._standings.recipient_hash(mailbox)), action, mailbox, details)
        affected = [Affected(record, action, details=dict(details)) for record in known.records] or [itself]
        self._recorder.record(org, own_audit.audit(who, ip, action, affected))

    def _send(self, request: ValidationRequest, delay: int = 0) -> None:
        self._queue.send(msgspec.json.encode({"validation": request}).decode(), delay=delay)

    def _known(self, org: str, mailbox: str) -> AddressState:
        return self._standings.read(org, [mailbox]).get(mailbox, address_status.NOTHING)

    def _now(self) -> str:
        return timestamps.instant(self._clock())


def _pending(standing: AddressState, request: ValidationRequest) -> Validation | None:
    """The verification that a request is about; None where it is answered, was reset or was asked for anew."""
    validation = standing.validation
    return validation if validation and validation.is_pending and validation.asked == request.asked else None


def _after(known: AddressState, now: str) -> str:
    """Now, or the next moment after all that is known where a clock was ahead of ours."""
    latest = max(known.latest, known.reset_at)
    return now if latest < now else timestamps.instant(timestamps.from_instant(latest) + timedelta(milliseconds=1))


def _refuse_complaint(standing: AddressState) -> None:
    # Whether the mailbox exists says nothing about whether its owner wants the mail.
    if standing.has_complaint:
        raise ConflictError("a complaint is taken off by a reset only")


def _doubt(verdict: Verdict) -> str | None:
    if verdict.is_valid:
        return None
    return f"SES finds it invalid: {', '.join(verdict.doubts)}" if verdict.doubts else "SES finds it invalid"
