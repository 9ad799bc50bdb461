"""Reading the blacklist: a page of it, one address, the addresses of a record, and a check before sending."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from daybook.blacklist.address_status import Block, BlockStatus
from daybook.blacklist.address_store import AddressStore
from daybook.core import addresses
from daybook.core.errors import NotFoundError
from daybook.core.keyed_hash import KeyedHash
from daybook.core.paging import MAX_LIMIT, READ_BUDGET, Cursor, Cursors, Limit
from daybook.model.entries import Record
from daybook.storage import values
from daybook.storage.keys import index_keys, org_keys, record_keys
from daybook.storage.keys.index_keys import BY_RECIPIENT
from daybook.storage.query_pages import query_value_pages
from daybook.storage.store import GET_BATCH, Range, Store, start_key
from daybook.storage.values import Values

MAX_CHECKED = 100

# Characters of an address as it is given; a display name may be beside it.
MAX_SPELLING = 1000

Spelling = Annotated[str, Meta(min_length=1, max_length=MAX_SPELLING, description="an address, in any spelling")]

# Entries of a record that one query reads for their recipients, before it skips to behind the last recipient.
RECIPIENTS_CHUNK = 50


class BlacklistQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    limit: Limit = 50
    cursor: Cursor | None = None
    status: Annotated[
        list[BlockStatus], Meta(description="one or more, any of which it may have: repeated, or comma-separated")
    ] = []
    address: Annotated[
        Spelling | None, Meta(description="this one alone, in any spelling; goes without cursor and status")
    ] = None


class RecordBlacklistQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    limit: Limit = MAX_LIMIT
    cursor: Cursor | None = None


class Check(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of POST /blacklist/check: addresses in any spelling."""

    addresses: Annotated[
        list[Annotated[str, Meta(max_length=MAX_SPELLING)]], Meta(min_length=1, max_length=MAX_CHECKED)
    ]


class Checked(Struct, frozen=True):
    """Those of the addresses, as they were given, that must not be written to."""

    blocked: dict[str, BlockStatus]


class BlacklistPage(Struct, frozen=True):
    """One page; `next` is the cursor of the following one, null at the end."""

    entries: list[Block]
    next: str | None


class BlacklistQueries:
    """Reads of an org's blacklist; `clock` returns an aware datetime."""

    def __init__(
        self,
        *,
        table: Store,
        address_store: AddressStore,
        keyed_hash: KeyedHash,
        cursors: Cursors,
        clock: Callable[[], datetime],
    ) -> None:
        self._table = table
        self._address_store = address_store
        self._keyed_hash = keyed_hash
        self._cursors = cursors
        self._clock = clock

    def page(self, org: str, query: BlacklistQuery) -> BlacklistPage:
        """One page of the org's blacklisted addresses, in their order; erased ones are not listed.

        With an address, that one alone, also where it was erased. InvalidCursorError, StoreBusyError.
        """
        if query.address is not None:
            return BlacklistPage(list(self._address_store.blocks(org, [query.address]).values()), None)
        span = Range(org_keys.blacklist(org), *org_keys.BLOCKED, BY_RECIPIENT, forward=True)
        bound_to = [org, "blacklist", ",".join(sorted(set(query.status)))]
        after = None
        if query.cursor is not None:
            (address,) = self._cursors.open(query.cursor, bound_to)
            after = start_key(span, self._keyed_hash(address), org_keys.blocked(address))
        shown: list[Block] = []
        left = READ_BUDGET
        for page in query_value_pages(self._table, span, query.limit + 1, after):
            for block in self._blocks(org, page.items, query.status):
                if len(shown) == query.limit:
                    return BlacklistPage(shown, self._cursors.seal([shown[-1].address], bound_to))
                shown.append(block)
            left -= len(page.items)
            if page.more and left <= 0:
                return BlacklistPage(shown, self._cursors.seal([_mailbox(page.items[-1])], bound_to))
        return BlacklistPage(shown, None)

    def get(self, org: str, address: str) -> Block:
        """The blacklist entry of an address, in any spelling. NotFoundError, StoreBusyError."""
        block = self._address_store.blocks(org, [address]).get(addresses.normalize(address))
        if block is None:
            raise NotFoundError("this address is not on the blacklist")
        return block

    def for_record(self, org: str, record: Record, query: RecordBlacklistQuery) -> BlacklistPage:
        """One page of the addresses in the record's e-mail log that are on the blacklist, in their order.

        InvalidCursorError, StoreBusyError.
        """
        pk = record_keys.partition(org, record)
        bound_to = [org, record.type, record.id, "blacklist"]
        after = None if query.cursor is None else self._cursors.open(query.cursor, bound_to)[0]
        shown: list[Block] = []
        read = 0
        for mailboxes in self._recipients(pk, after):
            blocks = self._address_store.blocks(org, mailboxes)
            for mailbox in mailboxes:
                if mailbox not in blocks or not self._is_shown(pk, mailbox):
                    continue
                if len(shown) == query.limit:
                    return BlacklistPage(shown, self._cursors.seal([shown[-1].address], bound_to))
                shown.append(blocks[mailbox])
            read += len(mailboxes)
            if read >= READ_BUDGET:
                return BlacklistPage(shown, self._cursors.seal([mailboxes[-1]], bound_to))
        return BlacklistPage(shown, None)

    def check(self, org: str, spellings: Sequence[str]) -> Checked:
        """The status of each of the addresses that is on the blacklist. StoreBusyError."""
        blocked = self._address_store.blocked(org, spellings)
        statuses = {spelling: blocked.get(addresses.normalize(spelling)) for spelling in spellings}
        return Checked({spelling: status for spelling, status in statuses.items() if status is not None})

    def _blocks(self, org: str, rows: list[Values], statuses: Sequence[BlockStatus]) -> Iterator[Block]:
        mailboxes = [_mailbox(item) for item in rows]
        blocks = self._address_store.blocks(org, mailboxes)
        for mailbox in mailboxes:
            block = blocks.get(mailbox)
            # None where it was taken off since the index was read.
            if block is not None and (not statuses or block.status in statuses):
                yield block

    def _is_shown(self, pk: str, mailbox: str) -> bool:
        """Whether the record's log still shows an e-mail to the address. The newest is read first, as the likeliest."""
        span = Range(pk, *index_keys.recipient_bounds("email", mailbox), BY_RECIPIENT)
        now = self._clock()
        for page in query_value_pages(self._table, span, lambda passed: GET_BATCH if passed else 1):
            emails = self._table.get_values([values.key_of(item) for item in page.items])
            if any(values.is_visible(item, now) for item in emails.values()):
                return True
        return False

    def _recipients(self, pk: str, after: str | None) -> Iterator[list[str]]:
        """The mailboxes that a record's e-mails went to, in order behind `after`, each once; a list for each request.

        Not all e-mails to the same one are read.
        """
        low, high = record_keys.log_bounds("email")
        if after is not None:
            low = index_keys.after_recipient("email", after)
        while True:
            # Not the next page of one range: what is left of the last recipient's e-mails is skipped.
            page = self._table.query_values(Range(pk, low, high, BY_RECIPIENT, forward=True), RECIPIENTS_CHUNK)
            recipients = [index_keys.recipient_of(item["recipient_key"]) for item in page.items]
            if recipients:
                yield list(dict.fromkeys(recipients))
            if not page.more:
                return
            low = index_keys.after_recipient("email", recipients[-1])


def _mailbox(item: Values) -> str:
    return org_keys.blocked_mailbox(item["recipient_key"])
