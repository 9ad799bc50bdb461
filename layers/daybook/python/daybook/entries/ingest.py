"""Writing entries: an entry answered as `created` is durable, and a retry after a crash completes the same items.

The order of writes is pointers, content, entry. The pointers decide the key of the entry (`entries.pointer_claims`).
A visible entry thus has its content. Last, delivery events that came before their entry are applied
(`daybook.feedback.reconcile`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Annotated, Literal, Protocol

from msgspec import UNSET, Meta, Raw, Struct, UnsetType
from msgspec.structs import replace

from daybook.core import entry_ids, timestamps
from daybook.core.errors import FieldError, sentence
from daybook.core.keyed_hash import KeyedHash
from daybook.entries import message_limit, pointer_claims
from daybook.entries.message_limit import MessageLimit
from daybook.entries.pointer_claims import Claim, NameClaims, PointerClaims
from daybook.model import delivery_status
from daybook.model.delivery_events import DeliveryEvent, TaggedSend
from daybook.model.entries import Email, Entry, Record
from daybook.model.posted import parsing
from daybook.model.retention_policy import Policy, is_expired
from daybook.storage import content_store
from daybook.storage.content_store import ContentStore
from daybook.storage.items import entry_items, entry_pointers, event_attributes
from daybook.storage.items.entry_items import EntryKey
from daybook.storage.items.entry_pointers import MessageKey
from daybook.storage.keys import message_keys, record_keys
from daybook.storage.models.entries import ContentItem, EmailItem, EntryItem
from daybook.storage.models.item import Item, Key
from daybook.storage.models.messages import NameItem, PendingEventsItem, PointerItem
from daybook.storage.optimistic_locking import change_items
from daybook.storage.store import Store, Update, difference

TOO_BUSY = "too much is happening to this message at once"


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
    warnings: Annotated[
        list[FieldError] | UnsetType, Meta(description="what of the entry could not be kept as it was posted")
    ] = UNSET
    error: Rejection | UnsetType = UNSET


class EntryResults(Struct, frozen=True):
    """A result for each entry of a request, in its order."""

    results: list[Result]


class Blacklist(Protocol):
    """The addresses that must not be written to: `blacklist.address_store.AddressStore`."""

    def blocked(self, org: str, addresses: Iterable[str]) -> Mapping[str, str]: ...

    def record_posted(
        self, org: str, address: str, record: Record, event: DeliveryEvent, message_id: str | None
    ) -> None: ...


class PendingEvents(Protocol):
    """The delivery events that came before their entries: `feedback.reconcile.Reconciler`."""

    def settle(self, posted: Mapping[MessageKey, Collection[str]]) -> None: ...


class _Draft(Struct, frozen=True):
    """A valid entry on its way to the table.

    `content` is JSON, where that is to be stored as an item of its own. `content_until` is an epoch second, and that
    of content which has expired, too. `names` are the other ids of its message that a Send event tells.
    """

    index: int
    entry: Entry
    claim: Claim
    content: bytes | None
    content_until: int | None
    sent_only: bool = False
    names: tuple[str, ...] = ()

    @property
    def entry_key(self) -> EntryKey:
        return self.claim.entry_key

    @property
    def key(self) -> Key:
        return self.claim.key


class Ingest:
    """Writes entries; `clock` returns an aware datetime."""

    def __init__(
        self,
        *,
        table: Store,
        bodies: ContentStore,
        blacklist: Blacklist,
        reconciler: PendingEvents,
        keyed_hash: KeyedHash,
        policy: Policy,
        clock: Callable[[], datetime],
    ) -> None:
        self._table = table
        self._claims = PointerClaims(table=table, clock=clock)
        self._name_claims = NameClaims(table=table, claims=self._claims, clock=clock)
        self._limit = MessageLimit(table=table, clock=clock)
        self._bodies = bodies
        self._blacklist = blacklist
        self._reconciler = reconciler
        self._keyed_hash = keyed_hash
        self._policy = policy
        self._clock = clock

    def post(
        self, org: str, payloads: Sequence[Raw | bytes], replaced: Mapping[int, Sequence[str]] | None = None
    ) -> list[Result]:
        """Write up to 100 entries of an org, each as JSON; one result each, in order.

        `replaced` are, by entry, the paths of the fields in which U+FFFD stands for half of a character.
        StoreBusyError: none of them is acknowledged.
        """
        replaced = replaced or {}
        now = self._clock()
        results: dict[int, Result] = {}
        drafts = []
        warnings: dict[int, list[FieldError]] = {}
        for index, payload in enumerate(payloads):
            posted = parsing.parse(payload, now, replaced.get(index, ()))
            if isinstance(posted, list):
                rejection = Rejection("invalid_entry", sentence(posted, "entry"), posted)
                results[index] = Result(index, "rejected", error=rejection)
            else:
                drafts.append(self._draft(org, index, posted.entry, now))
                warnings[index] = posted.warnings
        for result in self._write_all(org, drafts):
            # A duplicate has those of what was posted again, so that a retry is told the same.
            is_warned = result.status != "rejected" and warnings[result.index]
            results[result.index] = replace(result, warnings=warnings[result.index]) if is_warned else result
        return [results[index] for index in range(len(payloads))]

    def log_sends(self, sends: Iterable[TaggedSend], *, is_late: bool = False) -> None:
        """Write the entries of e-mails whose tags name a record, where none was posted. StoreBusyError.

        `is_late`: events after the sending tell of them. So their entries may have expired, and are not written again.
        """
        now = self._clock()
        drafts: dict[str, list[_Draft]] = defaultdict(list)
        for send in sends:
            sent = timestamps.from_instant(send.sent_at)
            if is_late and is_expired(self._policy.expiry("email", sent, sent), now):
                continue
            for recipient in send.recipients:
                entry = Email(
                    record=Record(send.record_type, send.record_id),
                    recipient=recipient,
                    subject=send.subject,
                    message_id=send.message_id,
                    sender=send.sender,
                    occurred_at=sent,
                )
                index = len(drafts[send.org])
                draft = self._draft(send.org, index, entry, now)
                drafts[send.org].append(replace(draft, sent_only=True, names=send.names))
        for org, of_org in drafts.items():
            self._write_sent(org, of_org)

    def _write_sent(self, org: str, drafts: list[_Draft]) -> None:
        """Write those of these entries that the record has under none of the message's other names."""
        while drafts:
            # Of two sends of one request that tell one name, the first has it.
            wave, drafts = _distinct(drafts)
            claims = self._name_claims.claim([draft.claim for draft in wave], [draft.names for draft in wave])
            named = {draft.index: claim for draft, claim in zip(wave, claims, strict=True) if claim is not None}
            new = [replace(draft, claim=named[draft.index].claim) for draft in wave if draft.index in named]
            results = {result.index: result for result in self._write_all(org, new)}
            self._name_claims.finish(named.values(), [_sort_key(results[index]) for index in named])

    def record(self, org: str, entry: Entry) -> None:
        """Write an audit entry about a call of this API; durable when this returns. StoreBusyError."""
        self._write(org, [self._draft(org, 0, entry, self._clock())])

    def _draft(self, org: str, index: int, entry: Entry, now: datetime) -> _Draft:
        occurred = entry.occurred_at or now
        instant, log = timestamps.instant(occurred), entry_items.log_of(entry)
        pk = record_keys.entry_partition(org, entry.record, instant)
        content = entry_items.content(entry)
        content_until = None if content is None else self._policy.content_expiry(log, occurred, now)
        return _Draft(
            index=index,
            entry=entry,
            claim=Claim(
                EntryKey(pk, log, instant, entry_ids.new_suffix(timestamps.millis(now), index)),
                entry_pointers.keys_of(entry, pk, instant, self._keyed_hash),
                self._policy.expiry(log, occurred, now),
            ),
            # Content whose time was over when it came is not stored; its entry says when that was.
            content=None if is_expired(content_until, now) else content,
            content_until=content_until,
        )

    def _write_all(self, org: str, drafts: list[_Draft]) -> list[Result]:
        results: list[Result] = []
        while drafts:
            wave, drafts = _distinct(drafts)
            results += self._write(org, wave)
        return results

    def _write(self, org: str, drafts: list[_Draft]) -> list[Result]:
        refused = self._refused(drafts)
        taken = [draft for draft in drafts if draft.index not in refused]
        rejections = [_beyond_limit(draft) for draft in drafts if draft.index in refused]
        return rejections + (self._write_taken(org, taken) if taken else [])

    def _refused(self, drafts: list[_Draft]) -> set[int]:
        """The indexes of drafts that are beyond the limit of a message that is posted as bounced or complained.

        They are rejected before anything is written: what is rejected is to block no address.
        """
        failed = {entry_pointers.message_of(draft.entry) for draft in drafts if _failure(draft) is not None}
        concerned = [draft for draft in drafts if failed and entry_pointers.message_of(draft.entry) in failed]
        beyond = self._limit.beyond([draft.claim for draft in concerned])
        return {draft.index for place, draft in enumerate(concerned) if place in beyond}

    def _write_taken(self, org: str, drafts: list[_Draft]) -> list[Result]:
        claims, stored = self._claims.claim([draft.claim for draft in drafts])
        drafts = [replace(draft, claim=claim) for draft, claim in zip(drafts, claims, strict=True)]
        # Where a key and a message of two entries lead to one place, the first of them is stored.
        new = list({draft.key: draft for draft in reversed(drafts) if draft.key not in stored}.values())[::-1]
        self._write_contents(new)
        items = {item.key: item for item in self._items(org, new)}
        self._record_failures(org, new)
        inserted = self._table.insert(list(items.values()))
        # Nobody else can have put an entry whose key only this request knows: then it was our own repeated call.
        created = {
            draft.index for draft, done in zip(new, inserted, strict=True) if done or not any(draft.claim.pointers)
        }
        overtaken = [draft.key for draft in new if draft.index not in created]
        known = stored | (self._table.get(EntryItem, overtaken) if overtaken else {})
        self._complete(org, drafts, known)
        own = {draft.index: items[draft.key] for draft in drafts if draft.index in created}
        rejected = self._settle(drafts, own, known)
        return [
            _beyond_limit(draft) if draft.index in rejected else _result(draft, created=draft.index in created)
            for draft in drafts
        ]

    def _items(self, org: str, drafts: list[_Draft]) -> list[EntryItem]:
        """The entries' items; an e-mail that was to be sent to a blacklisted address is `suppressed`."""
        waiting = [entry_items.recipient(email) for email in map(_waiting, drafts) if email is not None]
        blocked = self._blacklist.blocked(org, waiting) if waiting else {}
        items = []
        for draft in drafts:
            entry, email = draft.entry, _waiting(draft)
            if email is not None and entry_items.recipient(email) in blocked:
                entry = replace(email, status="suppressed")
            items.append(
                entry_items.make(
                    org,
                    entry,
                    draft.entry_key,
                    keyed_hash=self._keyed_hash,
                    expires_at=draft.claim.expires_at,
                    content_until=draft.content_until,
                    has_content=draft.content is not None,
                    sent_only=draft.sent_only,
                )
            )
        return items

    def _record_failures(self, org: str, drafts: Iterable[_Draft]) -> None:
        """Block the addresses of e-mails that are posted as bounced or complained, before their entries show it."""
        for draft in drafts:
            event = _failure(draft)
            if isinstance(draft.entry, Email) and event is not None:
                email = draft.entry
                self._blacklist.record_posted(org, email.recipient, email.record, event, email.message_id)

    def _complete(self, org: str, drafts: list[_Draft], stored: Mapping[Key, EntryItem]) -> None:
        """Add what is posted now to entries that tagged events had created: subject, sender, body, status."""
        # A key and a message may lead to one entry.
        posted: dict[Key, tuple[_Draft, Email]] = {}
        items: dict[Key, EmailItem] = {}
        for draft in reversed(drafts):
            match draft, stored.get(draft.key):
                case _Draft(entry=Email() as email, sent_only=False), EmailItem(sent_only=True) as item:
                    posted[draft.key], items[draft.key] = (draft, email), item
        if not items:
            return
        lacking = [draft for draft, _ in posted.values()]
        self._write_contents(lacking)
        self._record_failures(org, lacking)

        def completion(item: EmailItem) -> Update | None:
            draft, email = posted[item.key]
            # Where another writer of the same message was first, that is as good.
            return event_attributes.completion(item, email, draft.content_until) if item.sent_only else None

        change_items(self._table, EmailItem, items, completion, TOO_BUSY)

    def _settle(
        self, drafts: list[_Draft], created: Mapping[int, EntryItem], known: Mapping[Key, EntryItem]
    ) -> set[int]:
        """Apply the events that came before their entries; of duplicates too, whose first writer may have died.

        Returns the indexes of drafts that are beyond the limit of their message. `created` are new entries by index,
        `known` those that were there.
        """
        of_messages = [draft for draft in drafts if draft.claim.pointers.message is not None]
        messages = [draft.claim.pointers.message for draft in of_messages]
        partitions = {message[0]: list[Item]() for message in messages if message is not None}
        for item in self._table.partitions(Item, list(partitions)):
            partitions[item.pk].append(item)
        counts = self._limit.counts(item for items in partitions.values() for item in items)
        # What has blocked its address was within the limit before it was written, and stays.
        limited = [draft for draft in of_messages if _failure(draft) is None]
        by_place = {place: created[draft.index] for place, draft in enumerate(limited) if draft.index in created}
        beyond = self._limit.enforce([draft.claim for draft in limited], by_place, counts)
        rejected = {limited[place].index for place in beyond}
        own = {draft.key for draft in drafts if draft.index in created}
        duplicates = [draft for draft in drafts if draft.key not in own and draft.index not in rejected]
        self._limit.keep([(draft.claim, known.get(draft.key)) for draft in duplicates], counts)
        posted: dict[MessageKey, set[str]] = defaultdict(set)
        for draft in of_messages:
            message, pointer = entry_pointers.message_of(draft.entry), draft.claim.pointers.message
            if message is None or pointer is None or draft.index in rejected:
                continue
            recipient_hash = entry_items.recipient_hash(draft.entry, self._keyed_hash)
            if any(_is_of_events(item, message[0], recipient_hash, pointer) for item in partitions[pointer[0]]):
                posted[message].add(recipient_hash)
        if posted:
            self._reconciler.settle(posted)
        return rejected

    def _write_contents(self, drafts: list[_Draft]) -> None:
        contents = [
            (draft.entry_key.pk, draft.entry_key.entry_id, draft.content, draft.content_until)
            for draft in drafts
            if draft.content is not None
        ]
        if contents:
            with ThreadPoolExecutor(min(content_store.PARALLEL, len(contents))) as pool:
                items = list(pool.map(lambda content: self._bodies.store(*content), contents))
            inserted = self._table.insert(items)
            self._replace_expired([item for item, done in zip(items, inserted, strict=True) if not done])

    def _replace_expired(self, contents: list[ContentItem]) -> None:
        """Write these contents over those that were left of entries that were taken back; others are as they are."""
        if not contents:
            return
        now = self._clock()
        stored = self._table.get(ContentItem, [content.key for content in contents])
        expired = [content for content in contents if content.key in stored and not stored[content.key].is_visible(now)]
        changes = [difference(stored[content.key], content) for content in expired]
        self._table.write([change for change in changes if change is not None])


def _distinct(drafts: list[_Draft]) -> tuple[list[_Draft], list[_Draft]]:
    """Split off the drafts that name what an earlier one of the same request names: they come after it."""
    claimed: set[Key] = set()
    wave: list[_Draft] = []
    rest: list[_Draft] = []
    for draft in drafts:
        pointers = {*draft.claim.pointers, *pointer_claims.keys_of_names(draft.claim, draft.names)}
        (rest if claimed & pointers else wave).append(draft)
        claimed |= pointers
    return wave, rest


def _sort_key(result: Result) -> str | None:
    """The sort key of the e-mail that a result is about; None of one beyond the limit, which has no id."""
    parts = None if isinstance(result.id, UnsetType) else entry_ids.split(result.id)
    return None if parts is None else record_keys.entry("email", *parts)


def _is_of_events(item: Item, log: str, recipient_hash: str, pointer: Key) -> bool:
    """Whether an item of a message's partition may lead to events for an entry of this recipient.

    They are pending, or in the partition of another name, or in the recipient's entry in another record.
    """
    match item:
        case PendingEventsItem():
            return (message_keys.split_pending_events(item.sk) or ("",))[0] == log
        case NameItem():
            return log == "email"
        case PointerItem():
            of_recipient = recipient_hash and message_keys.split_pointer(item.sk)[1] == recipient_hash
            return bool(of_recipient) and item.key != pointer and record_keys.split_entry(item.entry)[0] == log
    return False


def _waiting(draft: _Draft) -> Email | None:
    """The e-mail where it is still to be sent; one that its Send event alone tells of has been."""
    match draft:
        case _Draft(entry=Email(status="queued") as email, sent_only=False):
            return email
    return None


def _failure(draft: _Draft) -> DeliveryEvent | None:
    """The bounce or complaint as which an e-mail is posted; None for every other entry."""
    match draft.entry:
        case Email() as email:
            return delivery_status.posted_event(email.status, draft.entry_key.instant)
    return None


def _result(draft: _Draft, *, created: bool) -> Result:
    return Result(draft.index, "created" if created else "duplicate", id=draft.entry_key.entry_id)


def _beyond_limit(draft: _Draft) -> Result:
    rejection = Rejection("invalid_entry", sentence([message_limit.FAULT], "entry"), [message_limit.FAULT])
    return Result(draft.index, "rejected", error=rejection)
