"""Doing what an erasure asks for, page by page: first all that names the person is found, then it goes.

Each page bears being done twice, and how far it is stands in an item that goes with the last one. Writing that down
makes the stream call for the next step; what broke off is taken up by the hourly schedule as well.
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
from daybook.erasure import requests
from daybook.erasure.archive import ArchiveErasure
from daybook.erasure.audit_entries import AuditEntryErasure
from daybook.erasure.messages import MessageErasure
from daybook.erasure.person import learnt
from daybook.erasure.requests import PAGE, Counts, Phase, Work
from daybook.holds.hold_state import HOLDING
from daybook.model.entries import ADDRESS, PLACEHOLDER, Record
from daybook.storage import attributes
from daybook.storage.keys import job_keys, org_keys
from daybook.storage.store import Delete, Item, QueryPage, Range, Store, Update

NEXT: dict[Phase, Phase] = {
    "learn": "learn_archive", "learn_archive": "tell_apart", "tell_apart": "entries", "entries": "acts",
    "acts": "addresses", "addresses": "objects", "objects": "archive", "archive": "blacklist", "blacklist": "done",
}  # fmt: skip


class ErasureJob:
    """`archive` is None where nothing is archived. All of it raises StoreBusyError; what is done until then is kept."""

    def __init__(
        self,
        *,
        table: Store,
        entries: MessageErasure,
        acts: AuditEntryErasure,
        archive: ArchiveErasure | None,
        address_store: AddressStore,
        keyed_hash: KeyedHash,
        clock: Callable[[], datetime],
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self._table = table
        self._entries = entries
        self._acts = acts
        self._archive = archive
        self._address_store = address_store
        self._keyed_hash = keyed_hash
        self._clock = clock
        self._tick = tick
        self._pages: dict[Phase, Callable[[str, Work], Work]] = {
            "learn": self._learn,
            "learn_archive": self._learn_from_archive,
            "tell_apart": self._tell_apart,
            "entries": self._erase_entries,
            "acts": self._erase_acts,
            "addresses": self._erase_addresses,
            "objects": self._erase_objects,
            "archive": self._erase_archive,
            "blacklist": self._unlist,
        }

    def under_way(self) -> list[tuple[str, str]]:
        """The orgs and ids of the erasures that are not done, the first ones where they are very many."""
        found = self._table.query(Range(job_keys.ERASURES, *job_keys.ALL_ERASURES, forward=True), PAGE)
        return [job_keys.split_erasure(attributes.text(item, "sk")) for item in found.items]

    def step(self, org: str, erasure_id: str, seconds: float) -> None:
        """Go on with an erasure for so long, but by a page at least; nothing where it is done."""
        key = job_keys.ERASURES, job_keys.erasure(org, erasure_id)
        item = self._table.get([key]).get(key)
        if item is None:
            return
        work, written, until = requests.unpacked(item), item["work"], self._tick() + seconds
        while work.phase != "done":
            work = self._pages[work.phase](org, work)
            before, written = written, requests.packed(work)
            # At once: whom it is about can be learnt only as long as nothing is erased.
            if not all(self._table.write([Update(key, {"work": written}, seen={"work": before})])):
                # Somebody else is going on with it.
                return
            if self._tick() >= until:
                break
        self._note(org, erasure_id, work)
        if work.phase == "done":
            # The last that the table knows of the person.
            self._table.write([Delete(key)])

    def _note(self, org: str, erasure_id: str, work: Work) -> None:
        put: Item = {"counts": {"S": msgspec.json.encode(work.counts).decode()}}
        if work.phase == "done":
            put["status"] = {"S": "incomplete" if work.counts.on_hold else "done"}
            put["completed_at"] = {"S": timestamps.instant(self._clock())}
        self._table.write([Update((org_keys.erasures(org), erasure_id), put, seen={"completed_at": None})])

    def _learn(self, org: str, work: Work) -> Work:
        page = next(self._entries.pages(org, work.person.record, work.after))
        person = work.person
        for item in page.items:
            person |= learnt(item, person.record)
        return _on(replace(work, person=person), _last(page))

    def _learn_from_archive(self, org: str, work: Work) -> Work:
        if self._archive is None:
            return _on(work, None)
        person, after = self._archive.learn(org, work)
        return _on(replace(work, person=person), after)

    def _tell_apart(self, org: str, work: Work) -> Work:
        """Who acted as a customer and is staff; and which records the person's addresses are."""
        person = self._acts.tell_apart(org, work.person)
        records = frozenset(Record(ADDRESS, self._keyed_hash(address)) for address in person.addresses)
        return _on(replace(work, person=replace(person, others=records)), None)

    def _erase_entries(self, org: str, work: Work) -> Work:
        page = next(self._entries.pages(org, work.person.record, work.after))
        return _on(work, _last(page), self._entries.erase(org, page.items, work))

    def _erase_acts(self, org: str, work: Work) -> Work:
        usernames = sorted(one for one in work.person.usernames if work.after is None or one > work.after)
        if not usernames:
            return _on(work, None)
        return _on(work, usernames[0], self._acts.erase_done_by(org, usernames[0], work))

    def _erase_addresses(self, org: str, work: Work) -> Work:
        """What was done about an address of the person that no record was known of, one after the other."""
        hashes = sorted(record.id for record in work.person.others if work.after is None or record.id > work.after)
        if not hashes:
            return _on(work, None)
        counts = Counts()
        for page in self._entries.pages(org, Record(ADDRESS, hashes[0])):
            counts += self._entries.erase(org, page.items, work)
        return _on(work, hashes[0], counts)

    def _erase_objects(self, org: str, work: Work) -> Work:
        gone, after = self._entries.delete_objects(org, work)
        return _on(work, after, Counts(objects=gone))

    def _erase_archive(self, org: str, work: Work) -> Work:
        if self._archive is None:
            return _on(work, None)
        erased, after = self._archive.erase(org, work)
        return _on(work, after, Counts(archived=erased))

    def _unlist(self, org: str, work: Work) -> Work:
        """The addresses go on blocking as hashes; and a hold that was lifted forgets why it stood."""
        hashes = sorted(record.id for record in work.person.others)
        blacklisted = sum(self._address_store.erase(org, one) for one in hashes)
        record = work.person.record
        key = org_keys.holds(org), org_keys.hold(record)
        hold = self._table.get([key]).get(key)
        if hold is not None and attributes.text(hold, "status") not in HOLDING:
            self._table.write([Update(key, {"reason": {"S": PLACEHOLDER}}, seen={"turn": hold["turn"]})])
        return _on(work, None, Counts(blacklisted=blacklisted))


def _on(work: Work, after: str | None, counts: Counts = Counts()) -> Work:  # noqa: B008 - frozen
    """The work with this page done: on behind `after`, or with what comes next."""
    phase = work.phase if after is not None else NEXT[work.phase]
    return replace(work, phase=phase, after=after, counts=work.counts + counts)


def _last(page: QueryPage) -> str | None:
    """The sort key to go on behind; None where this page was the last."""
    return attributes.text(page.items[-1], "sk") if page.more else None
