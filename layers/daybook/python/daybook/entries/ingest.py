"""Writing entries: what is answered `created` is durable, and a retry after any crash completes the same items.

The order of writes is pointers, content, entry. A pointer is written only if there is none, so of any number of writers
one decides the entry's place and all others find it there; and an entry that is seen has its content. After that comes
a look for what was said about a message before it was here (`feedback.reconcile`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Literal, Protocol, TypeGuard

from msgspec import UNSET, Raw, Struct, UnsetType
from msgspec.structs import replace

from daybook.core import addresses, entry_ids, timestamps
from daybook.core.errors import FieldError, StoreBusyError
from daybook.core.keyed_hash import KeyedHash
from daybook.model import entries
from daybook.model.delivery_events import TaggedSend
from daybook.model.entries import Email, Entry, Record
from daybook.model.retention_policy import Policy
from daybook.storage import attributes, content_store, entry_items
from daybook.storage.content_store import ContentStore
from daybook.storage.entry_items import MessageKey, Place
from daybook.storage.keys import record_keys
from daybook.storage.store import Item, Key, Store


class Rejection(Struct, frozen=True):
    """Why an entry was not taken: every fault that could be told, by field."""

    code: Literal["invalid_entry"]
    detail: str
    errors: list[FieldError]


class Result(Struct, frozen=True):
    """What became of the entry in place `index` of the request."""

    index: int
    status: Literal["created", "duplicate", "rejected"]
    id: str | UnsetType = UNSET
    error: Rejection | UnsetType = UNSET


class Results(Struct, frozen=True):
    """A result for each entry of a request, in its order."""

    results: list[Result]


class Blacklist(Protocol):
    """The addresses that must not be written to: `blacklist.address_store.AddressStore`."""

    def blocked(self, org: str, addresses: Iterable[str]) -> Mapping[str, str]: ...


class PendingEvents(Protocol):
    """The delivery events that came before their entries: `feedback.reconcile.Reconciler`."""

    def settle(self, messages: Iterable[MessageKey]) -> None: ...


class _Draft(Struct, frozen=True):
    """A checked entry on its way: where it is to stand, and whether an earlier writer had decided that."""

    index: int
    entry: Entry
    place: Place
    pointers: list[Key]
    expires_at: int | None
    apart: bytes | None
    content_until: int | None
    found: bool = False
    sent_only: bool = False

    @property
    def at(self) -> Key:
        return self.place.pk, self.place.sk


class Ingest:
    def __init__(
        self,
        *,
        table: Store,
        bodies: ContentStore,
        blacklist: Blacklist,
        reconciler: PendingEvents,
        digest: KeyedHash,
        policy: Policy,
        clock: Callable[[], datetime],
    ) -> None:
        self._table = table
        self._bodies = bodies
        self._blacklist = blacklist
        self._reconciler = reconciler
        self._digest = digest
        self._policy = policy
        self._clock = clock

    def post(self, org: str, payloads: Sequence[Raw | bytes]) -> list[Result]:
        """Write up to 100 entries of an org; a result for each, in order. StoreBusyError: none is acknowledged."""
        now = self._clock()
        results: dict[int, Result] = {}
        drafts = []
        for index, payload in enumerate(payloads):
            entry = entries.parse(payload, now)
            if isinstance(entry, list):
                rejection = Rejection("invalid_entry", _sentence(entry), entry)
                results[index] = Result(index, "rejected", error=rejection)
            else:
                drafts.append(self._draft(org, index, entry, now))
        results |= {result.index: result for result in self._write_all(org, drafts)}
        return [results[index] for index in range(len(payloads))]

    def log_sends(self, sends: Iterable[TaggedSend]) -> None:
        """Make the entries of e-mails whose tags name their record, where nobody has posted them. StoreBusyError."""
        now = self._clock()
        drafts: dict[str, list[_Draft]] = defaultdict(list)
        for send in sends:
            for recipient in send.recipients:
                entry = Email(
                    record=Record(send.record_type, send.record_id),
                    recipient=recipient,
                    subject=send.subject,
                    message_id=send.message_id,
                    sender=send.sender,
                    occurred_at=timestamps.from_instant(send.sent_at),
                )
                place = len(drafts[send.org])
                drafts[send.org].append(replace(self._draft(send.org, place, entry, now), sent_only=True))
        for org, found in drafts.items():
            self._write_all(org, found)

    def record(self, org: str, entry: Entry) -> None:
        """Write an entry of our own, about what was done through this API; durable when this returns."""
        self._write(org, [self._draft(org, 0, entry, self._clock())])

    def _draft(self, org: str, index: int, entry: Entry, now: datetime) -> _Draft:
        occurred = entry.occurred_at or now
        moment, log = timestamps.instant(occurred), entry_items.log_of(entry)
        pk = entry_items.partition(org, entry.record, moment)
        expires_at = self._policy.expiry(log, occurred, now)
        apart = entry_items.apart(entry)
        return _Draft(
            index=index,
            entry=entry,
            place=Place(pk, log, moment, entry_ids.new_suffix(timestamps.millis(now), index)),
            pointers=entry_items.pointers(entry, pk, moment, self._digest),
            expires_at=expires_at,
            apart=apart,
            content_until=self._policy.content_expiry(log, occurred, now) if apart is not None else None,
        )

    def _write_all(self, org: str, drafts: list[_Draft]) -> list[Result]:
        results: list[Result] = []
        while drafts:
            wave, drafts = _distinct(drafts)
            results += self._write(org, wave)
        return results

    def _write(self, org: str, drafts: list[_Draft]) -> list[Result]:
        drafts = self._claim(drafts)
        standing = self._table.get(list({draft.at for draft in drafts if draft.found}))
        fresh = list({draft.place: draft for draft in drafts if draft.at not in standing}.values())
        self._write_contents(fresh)
        made = self._table.insert(self._made(org, fresh))
        # Nobody else can have put an entry whose place only this request knows: then it was our own repeated call.
        created = {draft.index for draft, put in zip(fresh, made, strict=True) if put or not draft.pointers}
        overtaken = [draft.at for draft in fresh if draft.index not in created]
        self._complete(drafts, standing | (self._table.get(overtaken) if overtaken else {}))
        self._settle(drafts)
        return [_result(draft, created=draft.index in created) for draft in drafts]

    def _made(self, org: str, drafts: list[_Draft]) -> list[Item]:
        """The entries' items; an e-mail that was to be sent to a blacklisted address is `suppressed`."""
        waiting = [draft.entry.recipient for draft in drafts if _is_waiting(draft.entry)]
        blocked = self._blacklist.blocked(org, waiting) if waiting else {}
        found = []
        for draft in drafts:
            entry = draft.entry
            if _is_waiting(entry) and addresses.mailbox(entry.recipient) in blocked:
                entry = replace(entry, status="suppressed")
            found.append(
                entry_items.make(
                    org,
                    entry,
                    draft.place,
                    digest=self._digest,
                    expires_at=draft.expires_at,
                    content_until=draft.content_until,
                    apart=draft.apart is not None,
                    sent_only=draft.sent_only,
                )
            )
        return found

    def _complete(self, drafts: list[_Draft], standing: dict[Key, Item]) -> None:
        """Give the entries that a Send event has made what is posted of them now: subject, sender, body."""
        lacking = [
            draft for draft in drafts if not draft.sent_only and entry_items.SENT_ONLY in standing.get(draft.at, {})
        ]
        if lacking:
            self._write_contents(lacking)
            # Where it fails another writer of the same message was first, which is as good.
            self._table.write(
                [entry_items.completed(standing[draft.at], draft.entry, draft.content_until) for draft in lacking]
            )

    def _settle(self, drafts: list[_Draft]) -> None:
        """Look for what was said about these messages before; for duplicates too, whose first writer may have died."""
        early = {key: draft for draft in drafts for key in entry_items.early_events(draft.entry, self._digest)}
        parked = self._table.get(list(early)) if early else {}
        if parked:
            found = {entry_items.message_of(early[key].entry) for key in parked}
            self._reconciler.settle(message for message in found if message is not None)

    def _claim(self, drafts: list[_Draft]) -> list[_Draft]:
        """Write the pointers; a draft whose pointer another writer was first with moves to the place in that.

        One that has expired is nobody's any more, whether or not TTL has taken it.
        """
        now = self._clock()
        for rank in range(max(len(draft.pointers) for draft in drafts)):
            claims = [(place, draft) for place, draft in enumerate(drafts) if len(draft.pointers) > rank]
            made = self._table.insert(
                [entry_items.pointer(draft.pointers[rank], draft.place, draft.expires_at) for _, draft in claims]
            )
            lost = [(place, draft) for (place, draft), put in zip(claims, made, strict=True) if not put]
            while lost:
                found = self._table.get([draft.pointers[rank] for _, draft in lost])
                outlived = []
                for place, draft in lost:
                    pointer = found.get(draft.pointers[rank])
                    if pointer is not None and not attributes.is_visible(pointer, now):
                        outlived.append((place, draft))
                    else:
                        drafts[place] = _moved(draft, pointer)
                taken = self._table.write(
                    [
                        entry_items.repointed(found[draft.pointers[rank]], draft.place, draft.expires_at)
                        for _, draft in outlived
                    ]
                )
                lost = [claim for claim, done in zip(outlived, taken, strict=True) if not done]
        return drafts

    def _write_contents(self, drafts: list[_Draft]) -> None:
        apart = [
            (
                draft.place.pk,
                entry_ids.entry_id(draft.place.moment, draft.place.suffix),
                draft.apart,
                draft.content_until,
            )
            for draft in drafts
            if draft.apart is not None
        ]
        if apart:
            with ThreadPoolExecutor(min(content_store.PARALLEL, len(apart))) as pool:
                self._table.insert(list(pool.map(lambda body: self._bodies.store(*body), apart)))


def _distinct(drafts: list[_Draft]) -> tuple[list[_Draft], list[_Draft]]:
    """Split off the drafts that name what an earlier one of the same request names: they come after it."""
    claimed: set[Key] = set()
    wave: list[_Draft] = []
    rest: list[_Draft] = []
    for draft in drafts:
        (rest if claimed & set(draft.pointers) else wave).append(draft)
        claimed |= set(draft.pointers)
    return wave, rest


def _moved(draft: _Draft, pointer: Item | None) -> _Draft:
    if pointer is None:
        raise StoreBusyError("an entry of the same key expired in this very moment")
    log, moment, suffix = record_keys.split_entry(pointer["entry"]["S"])
    # A request that was sent twice by our own client finds its own pointer: nothing has moved then.
    found = (moment, suffix) != (draft.place.moment, draft.place.suffix)
    return replace(draft, place=Place(draft.place.pk, log, moment, suffix), found=found or draft.found)


def _is_waiting(entry: Entry) -> TypeGuard[Email]:
    return isinstance(entry, Email) and entry.status == "queued"


def _result(draft: _Draft, *, created: bool) -> Result:
    entry_id = entry_ids.entry_id(draft.place.moment, draft.place.suffix)
    return Result(draft.index, "created" if created else "duplicate", id=entry_id)


def _sentence(faults: Iterable[FieldError]) -> str:
    return "; ".join(f"{fault.field or 'entry'}: {fault.message}" for fault in faults)
