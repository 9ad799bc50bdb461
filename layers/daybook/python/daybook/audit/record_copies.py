"""An audit entry in the logs of the further records that it affected: under the same id, with that record's change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from daybook.model.entries import Affected
from daybook.storage import attributes, entry_items, entry_reader, keys
from daybook.storage.content_store import ContentStore
from daybook.storage.optimistic_locking import attempts
from daybook.storage.store import Item, Key, Store, Update, difference, key_of

RENEWED = entry_items.COPIED | {"change"}


class RecordCopies:
    def __init__(self, *, table: Store, bodies: ContentStore) -> None:
        self._table = table
        self._bodies = bodies

    def write(self, entries: Iterable[Item]) -> int:
        """Write the copies of these audit entries, and say how many were not there. StoreBusyError."""
        return sum(self._table.insert(self._made(entries)))

    def complete(self, entries: Iterable[Item]) -> int:
        """The same where most are likely to be there: to look costs less than to try."""
        made = {key_of(copy): copy for copy in self._made(entries)}
        standing = self._table.get(list(made))
        return sum(self._table.insert([copy for key, copy in made.items() if key not in standing]))

    def renew(self, entries: Iterable[Item]) -> int:
        """The same where a person was erased from the entries: copies that stand are made what they are to be."""
        renewed = 0
        for item in entries:
            for _ in attempts("too many are changing the same copies at once"):
                made = {key_of(copy): copy for copy in self._made([item])}
                standing = self._table.get(list(made))
                changes = [renewal(standing[key], made[key]) for key in standing]
                written = self._table.write([change for change in changes if change is not None])
                if all(written):
                    break
            renewed += len(written) + sum(self._table.insert([made[key] for key in made.keys() - standing.keys()]))
        return renewed

    def _made(self, entries: Iterable[Item]) -> list[Item]:
        several = [item for item in entries if "others" in item]
        contents = self._contents([item for item in several if entry_items.OFFLOADED in item])
        return [
            copy
            for item in several
            for copy in entry_items.copies(item, contents.get(attributes.text(item, "at")) or _affected(item))
        ]

    def _contents(self, large: Sequence[Item]) -> dict[str, list[Affected]]:
        """What is kept apart of these entries, by `at`; no longer there for what has been erased meanwhile."""
        wanted = {_content_key(item): attributes.text(item, "at") for item in large}
        bodies = {wanted[key]: self._bodies.load(item) for key, item in self._table.get(list(wanted)).items()}
        return {at: msgspec.json.decode(body, type=list[Affected]) for at, body in bodies.items() if body is not None}


def renewal(standing: Item, copy: Item) -> Update | None:
    """The update that makes a copy tell what it tells made anew; how long it is kept is not touched."""
    kept = {name: value for name, value in standing.items() if name not in RENEWED}
    return difference(standing, kept | {name: value for name, value in copy.items() if name in RENEWED})


def _content_key(item: Item) -> Key:
    place = entry_items.place_of(item)
    return place.pk, keys.content_at(place.moment, place.suffix)


def _affected(item: Item) -> list[Affected]:
    """The records that the entry's own item names."""
    return entry_reader.affected(item, "change") + entry_reader.affected(item, "others")
