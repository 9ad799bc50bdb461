"""The erasure job: it finds what identifies the person, then erases it, one page of work after the other.

Each page is idempotent. The progress is an item of the work list, deleted with the last page. Writing it makes the
stream invoke the next step; a schedule resumes what was interrupted or has failed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import get_args

from msgspec import UNSET
from msgspec.structs import replace

from daybook.blacklist.address_store import AddressStore
from daybook.core.keyed_hash import KeyedHash
from daybook.erasure.archive import ArchiveErasure
from daybook.erasure.audit_entries import AuditEntryErasure, by_fold
from daybook.erasure.messages import MessageErasure
from daybook.erasure.person import person_in_item
from daybook.erasure.requests import erasure_item
from daybook.erasure.work_list import Attempt, Counts, GivenUpError, Phase, Work, WorkList, reading
from daybook.exports.endings import ExportEndings
from daybook.holds.hold_state import HOLDING
from daybook.model.entries import ADDRESS, PLACEHOLDER, Record
from daybook.records.register import RecordRegister
from daybook.storage import thin_copies
from daybook.storage.keys import org_keys, record_keys
from daybook.storage.models.item import Item
from daybook.storage.models.orgs import HoldItem
from daybook.storage.store import Page, Store, Update

# Usernames, or addresses, of one page of work.
VALUES = 25

NEXT: dict[Phase, Phase] = dict(pairwise(get_args(Phase)))


class ErasureJob:
    """`archive` is None where nothing is archived. `tick` returns seconds that only grow."""

    def __init__(
        self,
        *,
        table: Store,
        work_list: WorkList,
        messages: MessageErasure,
        audit_entries: AuditEntryErasure,
        archive: ArchiveErasure | None,
        address_store: AddressStore,
        register: RecordRegister,
        exports: ExportEndings,
        keyed_hash: KeyedHash,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self._table = table
        self._work_list = work_list
        self._messages = messages
        self._audit_entries = audit_entries
        self._archive = archive
        self._address_store = address_store
        self._register = register
        self._exports = exports
        self._keyed_hash = keyed_hash
        self._tick = tick
        self._pages: dict[Phase, Callable[[str, Work], Work]] = {
            "learn": self._find_person,
            "learn_archive": self._find_person_in_archive,
            "tell_apart": self._find_usernames,
            "entries": self._erase_entries,
            "acts": self._erase_actor,
            "addresses": self._erase_addresses,
            "objects": self._erase_objects,
            "archive": self._erase_archive,
            "blacklist": self._erase_blacklist,
            "register": self._take_out,
            "exports": self._end_exports,
        }

    def step(self, org: str, erasure_id: str, seconds: float) -> None:
        """Continue an erasure for so many seconds, one page at least; does nothing where it is done or not due.

        The progress is kept whatever is raised, and a failure is noted on the erasure. GivenUpError.
        """
        attempt = self._work_list.begin(org, erasure_id)
        if attempt is None:
            return
        if attempt.is_given_up:
            # Whoever noted that was killed before the end, or noted the attempt before as killed.
            attempt.give_up()
            raise GivenUpError
        try:
            self._continue(attempt, self._tick() + seconds)
        except Exception as error:
            if attempt.fail(error):
                raise GivenUpError from error
            raise

    def _continue(self, attempt: Attempt, until: float) -> None:
        work = attempt.load()
        if work.requested_by is not UNSET:
            # The request may have broken off before it wrote this.
            self._table.insert([erasure_item(attempt.org, attempt.id, work)])
            work = replace(work, requested_by=UNSET)
        while work.phase != "done":
            work = self._pages[work.phase](attempt.org, work)
            goes_on = work.phase == "done" or self._tick() < until
            # After each page: what identifies the person can be found only as long as nothing is erased.
            if not attempt.save(work, goes_on=goes_on):
                # Another invocation continues it.
                return
            if not goes_on:
                attempt.show(work.counts)
                return
        attempt.finish(work)

    def _find_person(self, org: str, work: Work) -> Work:
        page = next(self._messages.pages(org, work.person.record, work.after))
        person = work.person
        for item in thin_copies.items_with_texts(self._table, page.items):
            with reading(f"entry {record_keys.entry_id(*item.key)}"):
                person |= person_in_item(item, person.record)
        return _advance(replace(work, person=person), _last(page))

    def _find_person_in_archive(self, org: str, work: Work) -> Work:
        if self._archive is None:
            return _advance(work, None)
        person, after = self._archive.find_person(org, work)
        return _advance(replace(work, person=person), after)

    def _find_usernames(self, org: str, work: Work) -> Work:
        """Tell usernames of the person from those of staff, and add the records that the person's addresses are."""
        usernames, after = _next(by_fold(work.person.possible_usernames), work.after)
        person = self._audit_entries.find_usernames(org, work.person, usernames)
        if after is None:
            records = frozenset(Record(ADDRESS, self._keyed_hash(address)) for address in person.addresses)
            person = replace(person, seen=frozenset(), others=records)
        return _advance(replace(work, person=person), after)

    def _erase_entries(self, org: str, work: Work) -> Work:
        page = next(self._messages.pages(org, work.person.record, work.after))
        return _advance(work, _last(page), self._messages.erase(org, page.items, work))

    def _erase_actor(self, org: str, work: Work) -> Work:
        spellings = by_fold(work.person.usernames)
        usernames, after = _next(spellings, work.after)
        counts = (self._audit_entries.erase_actor(org, spellings[username], work) for username in usernames)
        return _advance(work, after, sum(counts, Counts()))

    def _erase_addresses(self, org: str, work: Work) -> Work:
        """Audit entries about addresses of the person that no record was known of."""
        hashes, after = _next((record.id for record in work.person.others), work.after)
        pages = (page for each in hashes for page in self._messages.pages(org, Record(ADDRESS, each)))
        return _advance(work, after, sum((self._messages.erase(org, page.items, work) for page in pages), Counts()))

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
        hashes, after = _next((record.id for record in work.person.others), work.after)
        blacklisted = sum(self._address_store.erase(org, mailbox_hash) for mailbox_hash in hashes)
        record = work.person.record
        key = org_keys.holds(org), org_keys.hold(record)
        hold = self._table.get_item(HoldItem, key)
        if hold is not None and hold.status not in HOLDING:
            self._table.write([Update(key, [HoldItem.reason.set(PLACEHOLDER)], HoldItem.turn == hold.turn)])
        return _advance(work, after, Counts(blacklisted=blacklisted))

    def _take_out(self, org: str, work: Work) -> Work:
        """Take the record out of the register, but for what stands on hold, and what came after the request."""
        self._register.erase(org, work.person.record, work.asked_at)
        return _advance(work, None)

    def _end_exports(self, org: str, work: Work) -> Work:
        """Files that were begun before the entries were erased may have the person; whose they are, no index says."""
        return _advance(work, self._exports.erase(org, work.after))


def _advance(work: Work, after: str | None, counts: Counts = Counts()) -> Work:  # noqa: B008 - frozen
    """The work after this page: continued after `after`, or in the next phase where that is None."""
    phase = work.phase if after is not None else NEXT[work.phase]
    return replace(work, phase=phase, after=after, counts=work.counts + counts)


def _next(values: Iterable[str], after: str | None) -> tuple[list[str], str | None]:
    """The next of these values in order, and the one to continue after; None where they are the last."""
    left = sorted(value for value in values if after is None or value > after)
    return left[:VALUES], left[VALUES - 1] if len(left) > VALUES else None


def _last(page: Page[Item]) -> str | None:
    """The sort key to continue after; None where this page was the last."""
    return page.items[-1].sk if page.more else None
