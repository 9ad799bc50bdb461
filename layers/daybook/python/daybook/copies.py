"""An audit entry in the logs of the further records that it affected: under the same id, with that record's change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from daybook import ids, items, keys, rows
from daybook.bodies import Bodies
from daybook.entries import Affected
from daybook.table import Item, Key


class Store(Protocol):
    """What of the table is needed here; see `daybook.table.Table`."""

    def get(self, keys: Sequence[Key], *, consistent: bool = True) -> dict[Key, Item]: ...

    def insert(self, items: Sequence[Item]) -> list[bool]: ...


class Copies:
    def __init__(self, *, table: Store, bodies: Bodies) -> None:
        self._table = table
        self._bodies = bodies

    def write(self, entries: Iterable[Item]) -> int:
        """Write the copies of these audit entries, and say how many were not there. StoreBusyError."""
        return sum(self._table.insert(self._made(entries)))

    def complete(self, entries: Iterable[Item]) -> int:
        """The same where most are likely to be there: to look costs less than to try."""
        made = {(rows.text(copy, "pk"), rows.text(copy, "sk")): copy for copy in self._made(entries)}
        standing = self._table.get(list(made)) if made else {}
        return sum(self._table.insert([copy for key, copy in made.items() if key not in standing]))

    def _made(self, entries: Iterable[Item]) -> list[Item]:
        several = [item for item in entries if "others" in item]
        contents = self._contents([item for item in several if items.APART in item])
        return [
            copy for item in several for copy in items.copies(item, contents.get(rows.text(item, "at")) or _told(item))
        ]

    def _contents(self, large: Sequence[Item]) -> dict[str, list[Affected]]:
        """What is kept apart of these entries, by `at`; no longer there for what has been erased meanwhile."""
        wanted = {_content_key(item): rows.text(item, "at") for item in large}
        found = self._table.get(list(wanted)) if wanted else {}
        bodies = {wanted[key]: self._bodies.load(item) for key, item in found.items()}
        return {at: msgspec.json.decode(body, type=list[Affected]) for at, body in bodies.items() if body is not None}


def _content_key(item: Item) -> Key:
    place = items.place_of(item)
    return place.pk, keys.content(ids.entry_id(place.moment, place.suffix))


def _told(item: Item) -> list[Affected]:
    """What the entry's own item says."""
    return rows.affected(item, "change") + rows.affected(item, "others")
