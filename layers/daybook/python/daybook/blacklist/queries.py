"""Reading the blacklist: a page of it, one address, the addresses of a record, and a check before sending."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from daybook.blacklist import address_terms
from daybook.blacklist.address_status import Block, BlockStatus
from daybook.blacklist.address_store import AddressStore, RecordsOf
from daybook.core import addresses
from daybook.core.errors import NotFoundError
from daybook.core.keyed_hash import KeyedHash
from daybook.core.paging import MAX_LIMIT, READ_BUDGET, Cursor, Cursors, Limit, Start, in_order
from daybook.model.entries import Record
from daybook.storage import values
from daybook.storage.keys import index_keys, org_keys, record_keys
from daybook.storage.keys.index_keys import BY_RECIPIENT
from daybook.storage.query_pages import query_value_pages, read_from
from daybook.storage.store import GET_BATCH, Range, StartKey, Store, start_key
from daybook.storage.table import batches
from daybook.storage.values import Values

MAX_CHECKED = 100

# Characters of an address as it is given; a display name may be beside it.
MAX_SPELLING = 1000

Spelling = Annotated[str, Meta(min_length=1, max_length=MAX_SPELLING, description="an address, in any spelling")]

NO_ADDRESS = "neither an address nor as in Jane <jane@school.example>"

# Addresses that a query with a search line reads at a time, of the index alone.
CHUNK = 500

# Entries of a record that one query reads for their recipients, before it skips to behind the last recipient.
RECIPIENTS_CHUNK = 50


class BlacklistQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    limit: Limit = 50
    cursor: Cursor | None = None
    status: Annotated[
        list[BlockStatus], Meta(description="one or more, any of which it may have: repeated, or comma-separated")
    ] = []
    address: Annotated[
        Spelling | None, Meta(description="this one alone, in any spelling; goes without cursor, status and q")
    ] = None
    q: Annotated[
        str,
        Meta(
            max_length=MAX_SPELLING,
            description="terms, each of which begins the address or a word of it, such as `smith` or `@school.example`",
        ),
    ] = ""


class RecordBlacklistQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    limit: Limit = MAX_LIMIT
    cursor: Cursor | None = None


class Check(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of POST /blacklist/check: addresses in any spelling."""

    addresses: Annotated[
        list[str],
        Meta(
            min_length=1,
            max_length=MAX_CHECKED,
            description=f"One of more than {MAX_SPELLING:,} characters is no address, so it is not blocked.",
        ),
    ]


class Checked(Struct, frozen=True):
    """Those of the addresses, as they were given, that must not be written to."""

    blocked: dict[str, BlockStatus]


class BlacklistPage(Struct, frozen=True):
    """One page; `next` and `prev` are the cursors of the following one and the one before, null where there is none."""

    entries: list[Block]
    next: str | None
    prev: str | None


class BlacklistQueries:
    """Reads of an org's blacklist; `clock` returns an aware datetime."""

    def __init__(
        self,
        *,
        table: Store,
        address_store: AddressStore,
        keyed_hash: KeyedHash,
        records_of: RecordsOf,
        cursors: Cursors,
        clock: Callable[[], datetime],
    ) -> None:
        self._table = table
        self._address_store = address_store
        self._keyed_hash = keyed_hash
        self._records_of = records_of
        self._cursors = cursors
        self._clock = clock

    def page(self, org: str, query: BlacklistQuery) -> BlacklistPage:
        """One page of the org's blacklisted addresses, in their order; erased ones are not listed.

        With an address, that one alone, also where it was erased. InvalidCursorError, StoreBusyError.
        """
        if query.address is not None:
            blocks = list(self._address_store.blocks(org, [query.address]).values())
            return BlacklistPage(self._with_records(org, blocks), None, None)
        span = Range(org_keys.blacklist(org), *org_keys.BLOCKED, BY_RECIPIENT, forward=True)
        terms = address_terms.read(query.q)
        bound_to = [org, "blacklist", ",".join(sorted(set(query.status))), *terms]
        start = self._cursors.start(query.cursor, bound_to)
        key = None
        if start is not None:
            (address,) = start.at
            key = start_key(span, self._keyed_hash(address), org_keys.blocked(address))
        shown, end = self._read(org, *read_from(span, start, key), query, terms)
        return self._page(self._with_records(org, shown), start, end, bound_to)

    def _with_records(self, org: str, blocks: Sequence[Block]) -> list[Block]:
        records = self._records_of(org, [block.address for block in blocks])
        return [replace(block, records=records.get(block.address, [])) for block in blocks]

    def _page(
        self, shown: Sequence[Block], start: Start | None, end: str | None, bound_to: Sequence[str]
    ) -> BlacklistPage:
        links = self._cursors.links(start, None if end is None else [end], bound_to)
        return BlacklistPage(in_order(shown, start), links.next, links.prev)

    def _read(
        self, org: str, span: Range, after: StartKey | None, query: BlacklistQuery, terms: Sequence[str]
    ) -> tuple[list[Block], str | None]:
        """The rows of a page in the order in which they are read, and the address where it ended; None at the end."""
        shown: list[Block] = []
        left = READ_BUDGET
        size = query.limit + 1
        for page in query_value_pages(self._table, span, max(size, CHUNK) if terms else size, after):
            mailboxes = [mailbox for mailbox in map(_mailbox, page.items) if address_terms.match(terms, mailbox)]
            # No more than a page of the items themselves, which are larger.
            for some in batches(mailboxes, size):
                for block in self._blocks(org, some, query.status):
                    if len(shown) == query.limit:
                        return shown, shown[-1].address
                    shown.append(block)
            left -= len(page.items)
            if page.more and left <= 0:
                return shown, _mailbox(page.items[-1])
        return shown, None

    def get(self, org: str, address: str) -> Block:
        """The blacklist entry of an address, in any spelling. NotFoundError, StoreBusyError."""
        block = self._address_store.blocks(org, [address]).get(addresses.mailbox(address))
        if block is None:
            raise NotFoundError("this address is not on the blacklist")
        (with_records,) = self._with_records(org, [block])
        return with_records

    def for_record(self, org: str, record: Record, query: RecordBlacklistQuery) -> BlacklistPage:
        """One page of the addresses in the record's e-mail log that are on the blacklist, in their order.

        InvalidCursorError, StoreBusyError.
        """
        pk = record_keys.partition(org, record)
        bound_to = [org, record.type, record.id, "blacklist"]
        start = self._cursors.start(query.cursor, bound_to)
        shown, end = self._read_of_record(org, pk, start, query.limit)
        return self._page(shown, start, end, bound_to)

    def _read_of_record(self, org: str, pk: str, start: Start | None, limit: int) -> tuple[list[Block], str | None]:
        """As `_read`, of the addresses in a record's e-mail log."""
        shown: list[Block] = []
        read = 0
        for mailboxes in self._recipients(pk, start):
            blocks = self._address_store.blocks(org, mailboxes)
            for mailbox in mailboxes:
                if mailbox not in blocks or not self._is_shown(pk, mailbox):
                    continue
                if len(shown) == limit:
                    return shown, shown[-1].address
                # Who reset it and why is for those who may see the org's blacklist.
                shown.append(replace(blocks[mailbox], resets=[]))
            read += len(mailboxes)
            if read >= READ_BUDGET:
                return shown, mailboxes[-1]
        return shown, None

    def check(self, org: str, spellings: Sequence[str]) -> Checked:
        """The status of each of the addresses that is on the blacklist. StoreBusyError."""
        possible = [spelling for spelling in spellings if len(spelling) <= MAX_SPELLING]
        blocked = self._address_store.blocked(org, possible)
        statuses = {spelling: blocked.get(addresses.mailbox(spelling)) for spelling in possible}
        return Checked({spelling: status for spelling, status in statuses.items() if status is not None})

    def _blocks(self, org: str, mailboxes: Sequence[str], statuses: Sequence[BlockStatus]) -> Iterator[Block]:
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

    def _recipients(self, pk: str, start: Start | None) -> Iterator[list[str]]:
        """The mailboxes that a record's e-mails went to, as they are read, each once; a list for each request.

        Not all e-mails to the same one are read.
        """
        low, high = record_keys.log_bounds("email")
        forward = start is None or not start.backward
        if start is not None:
            (mailbox,) = start.at
            before, behind = index_keys.recipient_bounds("email", mailbox)
            if forward:
                low = before if start.included else behind
            else:
                high = behind if start.included else before
        while True:
            # Not the next page of one range: what is left of the last recipient's e-mails is skipped.
            page = self._table.query_values(Range(pk, low, high, BY_RECIPIENT, forward), RECIPIENTS_CHUNK)
            recipients = [index_keys.recipient_of(item["recipient_key"]) for item in page.items]
            if recipients:
                yield list(dict.fromkeys(recipients))
            if not page.more:
                return
            before, behind = index_keys.recipient_bounds("email", recipients[-1])
            low, high = (behind, high) if forward else (low, before)


def _mailbox(item: Values) -> str:
    return org_keys.blocked_mailbox(item["recipient_key"])
