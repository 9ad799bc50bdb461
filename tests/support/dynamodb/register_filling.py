"""A register of many records with names as people have them, filled without their entries."""

import random
from collections.abc import Collection, Iterator

from daybook.model.entries import Record
from daybook.records import known, names
from daybook.records.known import Address, Known, Name
from daybook.storage.keys import register_keys
from daybook.storage.models.item import Item
from daybook.storage.store import Store
from daybook.storage.table import batches

from tests.support.hashes import hashed

SYLLABLES = ["an", "ber", "chi", "dor", "el", "fa", "gon", "ha", "is", "jo", "ka", "lin", "mar", "no", "ol", "pe", "ri"]
FIRST = ["Jane", "John", "Zebulon", *(f"{one}{two}".title() for one in SYLLABLES for two in SYLLABLES[:12])]
LAST = ["Smith", "Smithson", "Smyth", *(f"{one}{two}s".title() for one in SYLLABLES for two in SYLLABLES)]


def people(count: int) -> Iterator[tuple[Record, str]]:
    """Families with a first and a last name; one in ten is called Smith."""
    drawn = random.Random(count)
    for number in range(count):
        last = "Smith" if drawn.random() < 0.1 else drawn.choice(LAST)
        yield Record("family", f"f-{number}"), f"{drawn.choice(FIRST)} {last}"


def address_of(record: Record) -> str:
    return f"{record.id}@fam.example"


def fill_register(table: Store, org: str, count: int, letters: Collection[str] | None = None) -> int:
    """Register so many records; the number of items. With `letters`, only those items of names that begin so.

    A search reads no others, so what it costs is the same.
    """
    written = 0
    for batch in batches(_items(org, count, letters), 1000):
        written += sum(table.insert(batch))
    return written


def _items(org: str, count: int, letters: Collection[str] | None) -> Iterator[Item]:
    for record, name in people(count):
        of_record = Known(
            (Name(name, "2026-11-01T10:00:00.000Z", True),), (Address(hashed(address_of(record)), None),), None
        )
        items = names.index_items(org, record, of_record)
        kept = [item for (pk, _), item in items.items() if letters is None or _begins_with(pk) in letters]
        if kept:
            yield known.item_of(register_keys.record(org, record), of_record)
            yield from kept


def _begins_with(pk: str) -> str | None:
    """The letters that the words begin with whose items are in a partition; None of another partition."""
    return pk.rpartition("/")[2] if register_keys.kind_of(pk) == register_keys.NAMES else None
