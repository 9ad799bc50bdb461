"""The erasure job: it finds what identifies the person, then erases it, one page of work after the other.

Each page is idempotent. The progress is an item of the table, deleted with the last page. Writing it makes the stream
invoke the next step; an hourly schedule resumes what was interrupted.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

import msgspec
from msgspec.structs import replace

from daybook.blacklist.address_store import AddressStore
from daybook.core import timestamps
from daybook.core.keyed_hash import KeyedHash
from daybook.erasure.archive import ArchiveErasure
from daybook.erasure.audit_entries import AuditEntryErasure, by_fold
from daybook.erasure.messages import MessageErasure
from daybook.erasure.person import person_in_item
from daybook.erasure.requests import PAGE, Counts, Phase, Work
from daybook.holds.hold_state import HOLDING
from daybook.model.entries import ADDRESS, PLACEHOLDER, Record
from daybook.storage import thin_copies
from daybook.storage.keys import job_keys, org_keys
from daybook.storage.models.attributes import json_text
from daybook.storage.models.item import Item
from daybook.storage.models.jobs import ErasureWorkItem
from daybook.storage.models.orgs import ErasureItem, HoldItem
from daybook.storage.store import Delete, Page, Range, Store, Update

NEXT: dict[Phase, Phase] = {
    "learn": "learn_archive", "learn_archive": "tell_apart", "tell_apart": "entries", "entries": "acts",
    "acts": "addresses", "addresses": "objects", "objects": "archive", "archive": "blacklist", "blacklist": "done",
}  # fmt: skip


class ErasureJob:
    """`archive` is None where nothing is archived. `clock` returns an aware datetime; `tick` seconds.

    Every method raises StoreBusyError; the progress until then is kept.
    """

    def __init__(
        self,
        *,
        table: Store,
        messages: MessageErasure,
        audit_entries: AuditEntryErasure,
        archive: ArchiveErasure | None,
        address_store: AddressStore,
        keyed_hash: KeyedHash,
        clock: Callable[[], datetime],
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self._table = table
        self._messages = messages
        self._audit_entries = audit_entries
        self._archive = archive
        self._address_store = address_store
        self._keyed_hash = keyed_hash
        self._clock = clock
        self._tick = tick
        self._pages: dict[Phase, Callable[[str, Work], Work]] = {
            "learn": self._find_person,
            "learn_archive": self._find_person_in_archive,
            "tell_apart": self._exclude_staff,
            "entries": self._erase_entries,
            "acts": self._erase_actor,
            "addresses": self._erase_addresses,
            "objects": self._erase_objects,
            "archive": self._erase_archive,
            "blacklist": self._erase_blacklist,
        }

    def running(self) -> list[tuple[str, str]]:
        """The orgs and ids of up to PAGE erasures that are not done."""
        span = Range(job_keys.ERASURES, *job_keys.ALL_ERASURES, forward=True)
        return [job_keys.split_erasure(item.sk) for item in self._table.query(ErasureWorkItem, span, PAGE).items]

    def step(self, org: str, erasure_id: str, seconds: float) -> None:
        """Continue an erasure for so many seconds, one page at least; does nothing where it is done."""
        key = job_keys.ERASURES, job_keys.erasure(org, erasure_id)
        item = self._table.get_item(ErasureWorkItem, key)
        if item is None:
            return
        written, until = item.work, self._tick() + seconds
        work = msgspec.json.decode(written, type=Work)
        while work.phase != "done":
            work = self._pages[work.phase](org, work)
            before, written = written, json_text(work)
            # After each page: what identifies the person can be found only as long as nothing is erased.
            if not all(
                self._table.write([Update(key, [ErasureWorkItem.work.set(written)], ErasureWorkItem.work == before)])
            ):
                # Another invocation continues it.
                return
            if self._tick() >= until:
                break
        self._write_status(org, erasure_id, work)
        if work.phase == "done":
            # The last item of the table that identifies the person.
            self._table.write([Delete(key)])

    def _write_status(self, org: str, erasure_id: str, work: Work) -> None:
        actions = [ErasureItem.counts.set(json_text(work.counts))]
        if work.phase == "done":
            actions.append(ErasureItem.status.set("incomplete" if work.counts.on_hold else "done"))
            actions.append(ErasureItem.completed_at.set(timestamps.instant(self._clock())))
        key = org_keys.erasures(org), erasure_id
        self._table.write([Update(key, actions, ErasureItem.completed_at.does_not_exist())])

    def _find_person(self, org: str, work: Work) -> Work:
        page = next(self._messages.pages(org, work.person.record, work.after))
        person = work.person
        for item in thin_copies.items_with_texts(self._table, page.items):
            person |= person_in_item(item, person.record)
        return _advance(replace(work, person=person), _last(page))

    def _find_person_in_archive(self, org: str, work: Work) -> Work:
        if self._archive is None:
            return _advance(work, None)
        person, after = self._archive.find_person(org, work)
        return _advance(replace(work, person=person), after)

    def _exclude_staff(self, org: str, work: Work) -> Work:
        """Drop usernames of staff, and add the records that the person's addresses are."""
        person = self._audit_entries.exclude_staff(org, work.person)
        records = frozenset(Record(ADDRESS, self._keyed_hash(address)) for address in person.addresses)
        return _advance(replace(work, person=replace(person, others=records)), None)

    def _erase_entries(self, org: str, work: Work) -> Work:
        page = next(self._messages.pages(org, work.person.record, work.after))
        return _advance(work, _last(page), self._messages.erase(org, page.items, work))

    def _erase_actor(self, org: str, work: Work) -> Work:
        spellings = by_fold(work.person.usernames)
        usernames = sorted(username for username in spellings if work.after is None or username > work.after)
        if not usernames:
            return _advance(work, None)
        counts = self._audit_entries.erase_actor(org, spellings[usernames[0]], work)
        return _advance(work, usernames[0], counts)

    def _erase_addresses(self, org: str, work: Work) -> Work:
        """Audit entries about addresses of the person that no record was known of, one address a page."""
        hashes = sorted(record.id for record in work.person.others if work.after is None or record.id > work.after)
        if not hashes:
            return _advance(work, None)
        counts = Counts()
        for page in self._messages.pages(org, Record(ADDRESS, hashes[0])):
            counts += self._messages.erase(org, page.items, work)
        return _advance(work, hashes[0], counts)

    def _erase_objects(self, org: str, work: Work) -> Work:
        deleted, after = self._messages.delete_objects(org, work)
        return _advance(work, after, Counts(objects=deleted))

    def _erase_archive(self, org: str, work: Work) -> Work:
        if self._archive is None:
            return _advance(work, None)
        erased, after = self._archive.erase(org, work)
        return _advance(work, after, Counts(archived=erased))

    def _erase_blacklist(self, org: str, work: Work) -> Work:
        """Blacklisted addresses stay blocked as keyed hashes only; a lifted hold loses its reason."""
        hashes = sorted(record.id for record in work.person.others)
        blacklisted = sum(self._address_store.erase(org, mailbox_hash) for mailbox_hash in hashes)
        record = work.person.record
        key = org_keys.holds(org), org_keys.hold(record)
        hold = self._table.get_item(HoldItem, key)
        if hold is not None and hold.status not in HOLDING:
            self._table.write([Update(key, [HoldItem.reason.set(PLACEHOLDER)], HoldItem.turn == hold.turn)])
        return _advance(work, None, Counts(blacklisted=blacklisted))


def _advance(work: Work, after: str | None, counts: Counts = Counts()) -> Work:  # noqa: B008 - frozen
    """The work after this page: continued after `after`, or in the next phase where that is None."""
    phase = work.phase if after is not None else NEXT[work.phase]
    return replace(work, phase=phase, after=after, counts=work.counts + counts)


def _last(page: Page[Item]) -> str | None:
    """The sort key to continue after; None where this page was the last."""
    return page.items[-1].sk if page.more else None
