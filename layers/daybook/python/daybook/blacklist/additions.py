"""Addresses that callers put on the blacklist: a list brought from elsewhere, or a block by hand.

Each is a cause like a bounce or a complaint (`blacklist.address_status`): the gravest status holds, no order and no
repetition changes it, and what is older than a reset does not put an address back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from daybook.access import own_audit
from daybook.access.callers import Caller
from daybook.access.own_audit import Recorder
from daybook.blacklist import address_status
from daybook.blacklist.address_status import (
    EMPTY,
    MAX_ADDRESS_BYTES,
    MAX_REASON,
    AddressState,
    BlockCauseKind,
    BlockStatus,
)
from daybook.blacklist.address_store import AddressStore, RecordsOf
from daybook.blacklist.queries import NO_ADDRESS, Spelling
from daybook.core import addresses, timestamps
from daybook.core.errors import FieldError, sentence
from daybook.model.entries import BLACKLIST_ADDRESS, MAX_AFFECTED, Affected, Moment, Record
from daybook.model.posted import faults, nesting, spellings
from daybook.model.posted.parsing import moment_errors
from daybook.model.shown_words import spelled_as

IN_THE_FUTURE = "in the future: leave it out to block the address from now on"


class AddressPut(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """An address that is to be on the blacklist. `manual` is a block by hand, which only a reset takes off."""

    address: Spelling
    status: BlockCauseKind
    since: Annotated[
        Moment | None,
        Meta(description="RFC 3339 with an offset, since 2000 and not in the future; now, if it is left out"),
    ] = None
    reason: Annotated[
        Annotated[str, Meta(max_length=MAX_REASON)] | None, Meta(description="why, as the list shows it")
    ] = None


class PutRejection(Struct, frozen=True):
    """Why an address was not taken: every fault that could be told, by field."""

    code: Literal["invalid_address"]
    detail: str
    errors: list[FieldError]


class PutResult(Struct, frozen=True):
    """What became of the address in place `index` of the request.

    `created`: it was not on the blacklist, and is now. `updated`: it was, and something was added. `unchanged`: nothing
    was new, or a reset since then holds. `blocked` is the status that it has now, which may be a graver one; absent
    where it is not on the blacklist.
    """

    index: int
    status: Literal["created", "updated", "unchanged", "rejected"]
    blocked: BlockStatus | UnsetType = UNSET
    error: PutRejection | UnsetType = UNSET


class PutResults(Struct, frozen=True):
    """A result for each address of a request, in its order."""

    results: list[PutResult]


class _Put(Struct, frozen=True):
    """A valid address of a request: its place there, its mailbox, and the rest; `since` is an instant."""

    index: int
    mailbox: str
    status: BlockCauseKind
    since: str | None
    reason: str

    def news(self, state: AddressState, now: str) -> AddressState:
        """What is to be merged into the state of the address, at the instant `now`."""
        if self.since is None:
            return address_status.put_now(state, self.status, now, self.reason)
        return address_status.put(self.status, self.since, self.reason)


class _Step(Struct, frozen=True):
    """The state of an address before and after one of the puts about it, and what that one brings."""

    put: _Put
    before: AddressState
    news: AddressState
    after: AddressState

    @property
    def is_change(self) -> bool:
        return self.before != self.after


_SPELLED: spellings.Spellings = {"status": partial(spelled_as, values=get_args(BlockCauseKind))}
_decoder = msgspec.json.Decoder(AddressPut)


class BlacklistAdditions:
    """`clock` returns an aware datetime."""

    def __init__(
        self,
        *,
        address_store: AddressStore,
        records_of: RecordsOf,
        recorder: Recorder,
        clock: Callable[[], datetime],
    ) -> None:
        self._address_store = address_store
        self._records_of = records_of
        self._recorder = recorder
        self._clock = clock

    def put(self, org: str, payloads: Sequence[Raw], caller: Caller, ip: str | None) -> PutResults:
        """Put addresses (JSON of an AddressPut each) on the org's blacklist; each stands or falls alone.

        Idempotent. StoreBusyError: some may be on it, and the same call completes the rest.
        """
        now = self._clock()
        results: dict[int, PutResult] = {}
        puts: dict[str, list[_Put]] = {}
        for index, payload in enumerate(payloads):
            parsed = _parsed(index, payload, now)
            if isinstance(parsed, _Put):
                puts.setdefault(parsed.mailbox, []).append(parsed)
            else:
                results[index] = _rejected(index, parsed)
        steps = self._steps(puts, self._address_store.read(org, puts), timestamps.instant(now))
        # Before the change, as with a reset: a second audit entry is better than none.
        self._record(org, [step for of_one in steps.values() for step in of_one if step.is_change], caller, ip)
        steps |= self._store(org, puts, steps, timestamps.instant(now))
        results |= {step.put.index: self._result(step) for of_one in steps.values() for step in of_one}
        return PutResults([results[index] for index in range(len(payloads))])

    def _steps(
        self, puts: Mapping[str, Sequence[_Put]], states: Mapping[str, AddressState], now: str
    ) -> dict[str, list[_Step]]:
        """What each put does, by mailbox, in the order of the request."""
        return {mailbox: list(self._fold(states.get(mailbox, EMPTY), of_one, now)) for mailbox, of_one in puts.items()}

    def _fold(self, state: AddressState, puts: Sequence[_Put], now: str) -> Iterator[_Step]:
        for put in puts:
            news = put.news(state, now)
            after = self._address_store.merged(state, news)
            yield _Step(put, state, news, after)
            state = after

    def _store(
        self, org: str, puts: Mapping[str, Sequence[_Put]], steps: Mapping[str, Sequence[_Step]], now: str
    ) -> dict[str, list[_Step]]:
        """Write those that change something; what they do to the states as they are by then."""
        changed = {
            mailbox: puts[mailbox] for mailbox, of_one in steps.items() if any(step.is_change for step in of_one)
        }

        def news(mailbox: str, state: AddressState) -> AddressState:
            return list(self._fold(state, puts[mailbox], now))[-1].after

        changes = {mailbox: partial(news, mailbox) for mailbox in changed}
        return self._steps(changed, self._address_store.merge_each(org, changes), now) if changed else {}

    def _result(self, step: _Step) -> PutResult:
        before, after = (self._address_store.block(step.put.mailbox, state) for state in (step.before, step.after))
        status: Literal["created", "updated", "unchanged"] = "unchanged"
        if step.is_change:
            status = "created" if before is None else "updated"
        return PutResult(step.put.index, status, UNSET if after is None else after.status)

    def _record(self, org: str, steps: Sequence[_Step], caller: Caller, ip: str | None) -> None:
        """Audit entries of as many addresses as one can name."""
        if not steps:
            return
        registered = self._records_of(org, list(dict.fromkeys(step.put.mailbox for step in steps)))
        affected = [each for step in steps for each in self._affected(step, registered.get(step.put.mailbox, []))]
        for start in range(0, len(affected), MAX_AFFECTED):
            part = affected[start : start + MAX_AFFECTED]
            self._recorder.record(org, own_audit.audit(caller, ip, BLACKLIST_ADDRESS, part))

    def _affected(self, step: _Step, registered: Sequence[Record]) -> list[Affected]:
        (cause,) = step.news.causes
        details = {"address": step.put.mailbox, "status": cause.kind, "since": cause.at}
        if cause.reason:
            details["reason"] = cause.reason
        records = self._address_store.records(step.put.mailbox, step.before, registered)
        return [Affected(record, BLACKLIST_ADDRESS, step.put.mailbox, details) for record in records]


def _parsed(index: int, payload: Raw, now: datetime) -> _Put | list[FieldError]:
    """One address of a request, or what is wrong with it."""
    if nesting.is_too_deep(bytes(payload)):
        return [FieldError("", f"nested more than {nesting.MAX_LEVELS} levels deep")]
    try:
        put = _decoded(payload)
    except msgspec.ValidationError as error:
        return [faults.fault(str(error), AddressPut)]
    except msgspec.DecodeError as error:
        return [FieldError("", f"not valid JSON: {error}")]
    mailbox = addresses.mailbox(put.address)
    if errors := list(_errors(mailbox, put.since, now)):
        return errors
    since = None if put.since is None else timestamps.instant(put.since)
    return _Put(index, mailbox, put.status, since, (put.reason or "").strip())


def _decoded(payload: Raw) -> AddressPut:
    """The address. ValidationError, DecodeError."""
    try:
        return _decoder.decode(payload)
    except msgspec.ValidationError:
        # Only now, since few need it.
        return _decoder.decode(spellings.respelled(payload, _SPELLED))


def _errors(mailbox: str, since: datetime | None, now: datetime) -> Iterator[FieldError]:
    if not addresses.is_mailbox(mailbox):
        yield FieldError("address", NO_ADDRESS)
    elif not address_status.can_be_blocked(mailbox):
        yield FieldError("address", faults.too_long(MAX_ADDRESS_BYTES, "octets in UTF-8"))
    if since is not None and since > now:
        yield FieldError("since", IN_THE_FUTURE)
    elif since is not None:
        yield from moment_errors("since", since, now)


def _rejected(index: int, errors: list[FieldError]) -> PutResult:
    return PutResult(index, "rejected", error=PutRejection("invalid_address", sentence(errors, "address"), errors))
