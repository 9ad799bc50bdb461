"""Finding records by what staff know of them: a name, an id, an address, a phone number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from daybook.core import addresses, phone_numbers, text
from daybook.core.keyed_hash import KeyedHash
from daybook.model.entries import Record, RecordType, canonical_type, is_record_id
from daybook.records import known, names
from daybook.storage import values
from daybook.storage.items import entry_items
from daybook.storage.keys import index_keys, record_keys, register_keys
from daybook.storage.keys.index_keys import BY_RECIPIENT
from daybook.storage.models.register import RecordAddressItem, RecordItem
from daybook.storage.query_pages import query_value_pages
from daybook.storage.store import GET_BATCH, Range, Store

MAX_LINE = 256
MAX_FOUND = 50
# Items that a search reads of each range: with ten answers it costs less than 20 read units.
READ = 250
# Records of one id, or of one address, that are looked at.
MAX_ALIKE = 100


class RecordsQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    q: Annotated[
        str,
        Meta(
            max_length=MAX_LINE,
            description="words that each begin a word of the name; or an id, `type/id`, an address, a phone number",
        ),
    ] = ""
    type: Annotated[RecordType | None, Meta(description="records of this type only")] = None
    limit: Annotated[int, Meta(ge=1, le=MAX_FOUND, description="10 unless told")] = 10


class FoundRecord(Struct, frozen=True):
    """A record, and its name: the latest of audit entries; of a family without one, of who acted. Absent if unknown."""

    type: str
    id: str
    name: str | UnsetType = UNSET


class FoundRecords(Struct, frozen=True):
    """The first records found. `more`: there are others, or may be; a longer line finds them. There are no pages."""

    entries: list[FoundRecord]
    more: bool
    next: None = None
    prev: None = None


class RecordFinder:
    """Finds the records of an org; `clock` returns an aware datetime. Eventually consistent, as the register is."""

    def __init__(self, *, table: Store, keyed_hash: KeyedHash, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._keyed_hash = keyed_hash
        self._clock = clock

    def find(self, org: str, query: RecordsQuery, is_readable: Callable[[str], bool]) -> FoundRecords:
        """The records that the line finds, of types that are readable. StoreBusyError.

        Three requests; one more where nothing is found by then, and one for each record whose last known entry should
        have expired.
        """
        wanted = None if query.type is None else canonical_type(query.type)
        types = () if wanted is None else (wanted,)
        search = _Search(query.limit, types, lambda of: is_readable(of.type) and wanted in (None, of.type))
        self._propose(org, query.q.strip(), search)
        items = self._table.get(RecordItem, [register_keys.record(org, of) for of in search.found], consistent=False)
        entries = [
            found
            for record, by_name in search.found.items()
            if (item := items.get(register_keys.record(org, record))) is not None
            and (found := self._found(org, record, item, query.q if by_name else None)) is not None
        ]
        return FoundRecords(entries[: query.limit], search.more or len(entries) > query.limit)

    def with_recipient(self, org: str, recipient: str, types: Sequence[str]) -> list[Record]:
        """The records of these types whose messages went to this mailbox or number (E.164). StoreBusyError.

        A hundred of each type at most.
        """
        return self._with_recipient(org, recipient, types)[0]

    def _with_recipient(self, org: str, recipient: str, types: Sequence[str]) -> tuple[list[Record], bool]:
        def stands(record: Record, expires_at: int | None) -> bool:
            return self._has_address(org, record, recipient, expires_at)

        return self._with_address(org, self._keyed_hash(recipient), types, stands)

    def with_recipients(self, org: str, recipients: Sequence[str]) -> dict[str, list[Record]]:
        """By each of these mailboxes and numbers, the records whose messages went to it. StoreBusyError."""
        partitions = {register_keys.of_address(org, self._keyed_hash(recipient)): recipient for recipient in recipients}
        found: dict[str, list[Record]] = {}
        for item in self._table.partitions(RecordAddressItem, list(partitions)):
            record, recipient = Record.from_path(item.sk), partitions[item.pk]
            if self._has_address(org, record, recipient, item.expires_at):
                found.setdefault(recipient, []).append(record)
        return found

    def _with_national_number(self, org: str, line: str, types: Sequence[str]) -> tuple[list[Record], bool]:
        """The records whose SMS went to this number, in whatever country."""
        wanted = names.national(self._keyed_hash, line)

        def stands(record: Record, expires_at: int | None) -> bool:
            now = self._clock()
            span = Range(record_keys.partition(org, record), *record_keys.log_bounds("sms"), consistent=False)
            return known.is_certain(expires_at, now.timestamp()) or any(
                names.national(self._keyed_hash, item["recipient"]) == wanted
                for item in self._table.query_values(span, READ).items
                if values.is_visible(item, now)
            )

        return self._with_address(org, wanted, types, stands)

    def _with_address(
        self, org: str, address_hash: str, types: Sequence[str], stands: Callable[[Record, int | None], bool]
    ) -> tuple[list[Record], bool]:
        """The records with this hash of an address that `stands`, by when its item expires; whether there are more.

        Of these types, or of any where there are none.
        """
        pk, bounds = register_keys.of_address(org, address_hash), map(register_keys.paths_of_type, sorted({*types}))
        spans = [Range(pk, *each, forward=True, consistent=False) for each in (*bounds,) or (register_keys.ALL_PATHS,)]
        pages = [self._table.query_values(span, MAX_ALIKE) for span in spans]
        records = [
            (Record.from_path(item["sk"]), values.number(item, "expires_at")) for page in pages for item in page.items
        ]
        found = [record for record, expires_at in records if stands(record, expires_at)]
        return found, any(page.more for page in pages)

    def _has_address(self, org: str, record: Record, recipient: str, expires_at: int | None) -> bool:
        """Whether a message of the record to a mailbox or number is still shown."""
        now, pk = self._clock(), record_keys.partition(org, record)
        return known.is_certain(expires_at, now.timestamp()) or any(
            self._has_visible(Range(pk, *index_keys.recipient_bounds(log, recipient), BY_RECIPIENT), now)
            for log in ("email", "sms")
        )

    def _has_visible(self, span: Range, now: datetime) -> bool:
        """Whether one of the items of a range, in the table or an index of keys only, is still shown."""
        for page in query_value_pages(self._table, span, lambda passed: GET_BATCH if passed else 1):
            items = self._table.get_values([values.key_of(item) for item in page.items])
            if any(values.is_visible(item, now) for item in items.values()):
                return True
        return False

    def _propose(self, org: str, line: str, search: _Search) -> None:
        """Add the records that the line may mean: a name, where it is neither an address nor an id or number found."""
        record_type, slash, record_id = line.rpartition("/")
        is_id = is_record_id(record_id)
        if is_id:
            search.add(
                of for of in self._with_id(org, record_id) if not slash or of.type == canonical_type(record_type)
            )
        is_mailbox = addresses.is_mailbox(mailbox := addresses.mailbox(line))
        if is_mailbox:
            search.add_some(*self._with_recipient(org, mailbox, search.types))
            if search.found or len(line.split()) == 1:
                return
        is_number = phone_numbers.may_be_number(line)
        if is_number:
            search.add_some(*self._with_number(org, line, search.types))
        if not search.found or not (slash or is_number):
            self._with_name(org, line, search)
        if not (search.found or is_mailbox or is_number):
            # As an odd recipient was written.
            search.add_some(*self._with_recipient(org, entry_items.canonical_recipient("sms", line), search.types))

    def _with_id(self, org: str, record_id: str) -> Iterator[Record]:
        span = Range(
            register_keys.id_partition(org, record_id), *register_keys.ALL_TYPES, forward=True, consistent=False
        )
        for item in self._table.query_values(span, MAX_ALIKE).items:
            yield Record(item["sk"], record_id)

    def _with_number(self, org: str, line: str, types: Sequence[str]) -> tuple[list[Record], bool]:
        number = phone_numbers.e164(line)
        if number:
            return self._with_recipient(org, number, types)
        return self._with_national_number(org, line, types)

    def _with_name(self, org: str, line: str, search: _Search) -> None:
        """By the longest word of the line first. Where too many names have it, by two of its words."""
        words = sorted(text.normal_forms(line)[0].split(), key=len, reverse=True)
        if not words:
            return
        is_whole = self._read(register_keys.word_range(org, words[0]), line, search)
        if len(words) > 1 and not is_whole and not search.is_full:
            is_whole = self._read(register_keys.pair_range(org, *words[:2]), line, search)
        search.more |= not is_whole

    def _read(self, span: tuple[str, str, str], line: str, search: _Search) -> bool:
        """Add those of a range whose name is found; whether the range was read to its end."""
        page = self._table.query_values(Range(*span, forward=True, consistent=False), READ)
        search.add(
            (
                Record.from_path(register_keys.path_of(item["sk"]))
                for item in page.items
                if names.is_found(line, known.texts(item["names"]))
            ),
            by_name=True,
        )
        return not page.more

    def _found(self, org: str, record: Record, item: RecordItem, line: str | None) -> FoundRecord | None:
        """The record as it is answered; None where the register has it no more, or not by that name."""
        now = self._clock()
        known_of = known.of_item(item)
        if known_of is None:
            return None
        if line is not None and not names.is_found(line, [name.text for name in known_of.names]):
            return None
        if not known.is_certain(item.expires_at, now.timestamp()) and not self._has_entries(org, record, now):
            return None
        return FoundRecord(record.type, record.id, UNSET if known_of.shown is None else known_of.shown.text)

    def _has_entries(self, org: str, record: Record, now: datetime) -> bool:
        """Whether the record still has an entry that is shown. The newest of a log stays longest."""
        pk = record_keys.partition(org, record)
        return any(self._has_visible(Range(pk, *record_keys.log_bounds(log)), now) for log in sorted(record_keys.LOGS))


class _Search:
    """The records that were found so far, in order, each with whether it was by its name alone.

    `types` are those to look for; any where there are none.
    """

    def __init__(self, limit: int, types: Sequence[str], is_wanted: Callable[[Record], bool]) -> None:
        self._limit = limit
        self.types = types
        self._is_wanted = is_wanted
        self.found: dict[Record, bool] = {}
        self.more = False

    @property
    def is_full(self) -> bool:
        """Whether there is one more than is asked for."""
        return len(self.found) > self._limit

    def add_some(self, records: Iterable[Record], more: bool) -> None:
        """Add records of which there are `more`."""
        self.add(records)
        self.more |= more

    def add(self, records: Iterable[Record], *, by_name: bool = False) -> None:
        for record in records:
            if self.is_full:
                break
            if self._is_wanted(record):
                self.found.setdefault(record, by_name)
