"""Changing items that others change at the same time: read, change, write if unchanged, and again where it was not.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithItems.html ("Conditional writes")
https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping

from daybook.core.errors import StoreBusyError
from daybook.storage.models.item import Key
from daybook.storage.store import Change, Delete, Insert, M, Store, Update, applied

# Of that many writers who all read one item at the same moment, the last one is done with its last attempt.
ATTEMPTS = 12

# The longest pause is that long for each attempt that has failed.
PAUSE_SECONDS = 0.03


def attempts(busy: str) -> Iterator[int]:
    """The numbers of the attempts, from 0; whoever is done leaves the loop. StoreBusyError(busy) after the last one.

    The second attempt is made at once: whoever was quicker is mostly done by then. Before each later one is a pause of
    random length ("full jitter").
    """
    for number in range(ATTEMPTS):
        if number > 1:
            time.sleep(random.uniform(0, PAUSE_SECONDS * number))  # noqa: S311 - it keeps writers apart
        yield number
    raise StoreBusyError(busy)


def change_item(
    table: Store, kind: type[M], key: Key, change: Callable[[M | None], Change | None], busy: str
) -> tuple[M | None, M | None]:
    """Make the change that follows from an item as it is read; the item before and after, None where there is none.

    `change` is called in each attempt, and gives None where nothing is to be changed. Its change must have the
    condition that the item is still as it was read, and an item that it inserts is of this kind. StoreBusyError with
    the sentence `busy` after the last attempt.
    """
    for _ in attempts(busy):
        before = table.get_item(kind, key)
        wanted = change(before)
        if wanted is None or all(table.write([wanted])):
            break
    return before, _after(kind, before, wanted)


def change_keys(
    table: Store,
    kind: type[M],
    keys: Iterable[Key],
    change: Callable[[Key, M | None], Change | None],
    busy: str,
) -> dict[Key, tuple[M | None, M | None]]:
    """As `change_item` for many keys, which are read and written in batches: the item at each before and after."""
    done: dict[Key, tuple[M | None, M | None]] = {}
    left = list(keys)
    for _ in attempts(busy):
        items = table.get(kind, left)
        wanted = {key: change(key, items.get(key)) for key in left}
        changes = [each for each in wanted.values() if each is not None]
        written = table.write(changes)
        lost = {each.key for each, is_written in zip(changes, written, strict=True) if not is_written}
        done |= {
            key: (items.get(key), _after(kind, items.get(key), each)) for key, each in wanted.items() if key not in lost
        }
        left = [key for key in left if key in lost]
        if not left:
            break
    return done


def change_items(
    table: Store, kind: type[M], items: Mapping[Key, M], change: Callable[[M], Update | Delete | None], busy: str
) -> list[tuple[M, M | None]]:
    """Make the changes that follow from many items; each before and after, None where it was deleted.

    `items` are as they were read; those that somebody has changed since are read again, and left out where they are
    gone. `change` is as in `change_item`, and so is StoreBusyError.
    """
    done: list[tuple[M, M | None]] = []
    for _ in attempts(busy):
        wanted = [(item, change(item)) for item in items.values()]
        changes = [each for _, each in wanted if each is not None]
        written = table.write(changes)
        lost = [each.key for each, is_written in zip(changes, written, strict=True) if not is_written]
        done += [(item, _after(kind, item, each)) for item, each in wanted if item.key not in lost]
        if not lost:
            break
        items = table.get(kind, lost)
    return done


def _after(kind: type[M], before: M | None, change: Change | None) -> M | None:
    """The item with the change made."""
    match change:
        case Insert(item=kind() as inserted):
            return inserted
        case Update() if before is not None:
            return applied(before, change)
        case Delete():
            return None
    return before
