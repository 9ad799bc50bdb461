"""What staff do about a blacklisted address: reset it, or have it verified. Both write an audit entry."""

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
from daybook.blacklist.address_status import AddressState, Block, PastReset, Validation
from daybook.blacklist.address_store import AddressStore, RecordsOf
from daybook.core import addresses, timestamps
from daybook.core.errors import ConflictError, FieldError, InvalidRequestError, NotFoundError, StoreBusyError
from daybook.core.timestamps import Instant
from daybook.model.entries import RESET_BLACKLIST, VALIDATE_ADDRESS, Affected

# Seconds. The delay before a retry is the time since the request, but at least this.
MIN_RETRY_DELAY = 30
GIVE_UP_AFTER = timedelta(days=1)


class ValidationRequest(Struct, frozen=True):
    """The queue's message: verify this address, as was requested at the instant `asked`."""

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
    """Resets and verifications; `clock` returns an aware datetime."""

    def __init__(
        self,
        *,
        address_store: AddressStore,
        records_of: RecordsOf,
        provider: EmailProvider,
        queue: Queue,
        recorder: Recorder,
        clock: Callable[[], datetime],
    ) -> None:
        self._address_store = address_store
        self._records_of = records_of
        self._provider = provider
        self._queue = queue
        self._recorder = recorder
        self._clock = clock

    def reset(self, org: str, address: str, reason: str | None, caller: Caller, ip: str | None) -> Reset:
        """Take an address off the blacklist, and off SES's list unless another org blocks it too.

        NotFoundError where it is not on the blacklist. StoreBusyError: nothing was reset.
        """
        mailbox = addresses.mailbox(address)
        state = self._state(org, mailbox)
        if self._address_store.block(mailbox, state) is None:
            raise NotFoundError("this address is not on the blacklist")
        # Each step can be done twice, and the last one ends the retries: after a crash before it the address still is
        # on the blacklist, and whoever asks again completes what is missing. A second audit entry is better than none.
        released = self._release(org, mailbox, state)
        self._record(org, RESET_BLACKLIST, mailbox, state, reason, caller, ip)
        # The reset covers all known events, even those of a clock that was ahead of ours.
        at = max(self._now(), state.latest)
        past = PastReset(at, caller.username[: own_audit.MAX_NAME], caller.name[: own_audit.MAX_NAME], reason or "")
        self._address_store.reset(org, mailbox, past)
        if not released:
            # The other org may have reset the address meanwhile, and have left it to us. Where this fails, SES reports
            # the next message as suppressed: the address is on the blacklist again and can be reset.
            with suppress(StoreBusyError):
                self._release(org, mailbox, state)
        return Reset(mailbox, at)

    def validate(self, org: str, address: str, caller: Caller, ip: str | None) -> Block:
        """Request a verification; until it is answered, the address is on the blacklist as `validate`.

        InvalidRequestError for what cannot be an address. ConflictError after a complaint or a block by hand, and where
        it is reset at the same time. StoreBusyError.
        """
        mailbox = addresses.mailbox(address)
        problem = None if address_status.can_be_blocked(mailbox) else "longer than 254 octets"
        problem = problem or addresses.email_error(mailbox)
        if problem:
            raise InvalidRequestError([FieldError("address", problem)])
        state = self._state(org, mailbox)
        _refuse_by_reset_only(state)
        asked = address_status.after(max(state.latest, state.reset_at), self._now())

        def request(state: AddressState) -> AddressState:
            _refuse_by_reset_only(state)
            return address_status.validation_requested(state, asked, caller.name[: own_audit.MAX_NAME])

        self._record(org, VALIDATE_ADDRESS, mailbox, state, None, caller, ip)
        block = self._address_store.merge(org, mailbox, request)
        if block is None:
            raise ConflictError("this address was reset in this very moment")
        # Last: whoever receives it must find the pending verification. A caller that gets an error asks again.
        self._send(ValidationRequest(org, mailbox, asked))
        return block

    def verify(self, request: ValidationRequest) -> None:
        """Ask SES once. Without an answer, queue a retry; after GIVE_UP_AFTER, give up. StoreBusyError."""
        org, mailbox = request.org, request.address
        state = self._state(org, mailbox)
        if _pending(state, request) is None:
            return
        try:
            verdict = self._provider.verify(mailbox)
        except NoVerdictError as error:
            self._retry_later(request, error)
            return
        if verdict.is_valid and not state.causes:
            # Before the answer is stored: after that nothing would retry it.
            self._release(org, mailbox, state)
        at = self._now()
        self._finish(
            request,
            lambda pending: address_status.validation_answered(pending, at=at, invalid_reason=_invalid_reason(verdict)),
        )

    def _retry_later(self, request: ValidationRequest, error: NoVerdictError) -> None:
        age = self._clock() - timestamps.from_instant(request.asked)
        if error.final:
            self._give_up(request, f"not verified: SES refused: {error.reason}")
        elif age >= GIVE_UP_AFTER:
            self._give_up(request, f"not verified: SES did not answer within a day: {error.reason}")
        else:
            self._send(request, delay=min(MAX_DELAY, max(MIN_RETRY_DELAY, int(age.total_seconds()))))

    def _give_up(self, request: ValidationRequest, reason: str) -> None:
        self._finish(request, lambda pending: address_status.validation_given_up(pending, reason))

    def _finish(self, request: ValidationRequest, finished: Callable[[Validation], AddressState]) -> None:
        """End a verification, unless it was reset or requested again meanwhile."""

        def change(state: AddressState) -> AddressState:
            validation = _pending(state, request)
            return address_status.EMPTY if validation is None else finished(validation)

        self._address_store.merge_unlisted(request.org, request.address, change)

    def _release(self, org: str, mailbox: str, state: AddressState) -> bool:
        """Take an address off SES's list; False where another org keeps it there."""
        if self._address_store.is_blocked_elsewhere(org, mailbox):
            return False
        for spelling in sorted({mailbox, *state.spellings}):
            self._provider.release(spelling)
        return True

    def _record(
        self,
        org: str,
        action: str,
        mailbox: str,
        state: AddressState,
        reason: str | None,
        caller: Caller,
        ip: str | None,
    ) -> None:
        details: dict[str, str] = {"address": mailbox}
        if reason:
            details["reason"] = reason
        block = self._address_store.block(mailbox, state)
        if block:
            details |= {"status": block.status, "since": block.since, "blocked_for": block.reason}
        registered = self._records_of(org, [mailbox]).get(mailbox, [])
        # The name of each: a row shows what it was about, and the erasure of any of the records takes it out.
        affected = [
            Affected(record, action, mailbox, details)
            for record in self._address_store.records(mailbox, state, registered)
        ]
        self._recorder.record(org, own_audit.audit(caller, ip, action, affected))

    def _send(self, request: ValidationRequest, delay: int = 0) -> None:
        self._queue.send(msgspec.json.encode({"validation": request}).decode(), delay=delay)

    def _state(self, org: str, mailbox: str) -> AddressState:
        return self._address_store.read(org, [mailbox]).get(mailbox, address_status.EMPTY)

    def _now(self) -> str:
        return timestamps.instant(self._clock())


def _pending(state: AddressState, request: ValidationRequest) -> Validation | None:
    """The pending verification of a request; None where it was answered, reset or requested again."""
    validation = state.validation
    return validation if validation and validation.is_pending and validation.asked == request.asked else None


def _refuse_by_reset_only(state: AddressState) -> None:
    if state.has("complaint"):
        raise ConflictError("a complaint is taken off by a reset only")
    if state.has("manual"):
        raise ConflictError("a block by hand is taken off by a reset only")


def _invalid_reason(verdict: Verdict) -> str | None:
    if verdict.is_valid:
        return None
    return f"SES finds it invalid: {', '.join(verdict.doubts)}" if verdict.doubts else "SES finds it invalid"
