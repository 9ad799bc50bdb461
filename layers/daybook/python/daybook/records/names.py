"""Names of records: the items that one is found by, and whether a line finds it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, permutations

from daybook.core import text
from daybook.core.keyed_hash import KeyedHash
from daybook.core.phone_numbers import digits_at_home
from daybook.model.entries import Record
from daybook.records.known import Known, expiry
from daybook.storage.keys import register_keys
from daybook.storage.models.attributes import json_text
from daybook.storage.models.item import Item, Key
from daybook.storage.models.register import RecordAddressItem, RecordNameItem

# Words of a name that have an item each, and those of them that have one with each other.
MAX_WORDS = 20
MAX_PAIRED = 6


# What is written as a word of its own, or with the word behind it: `Mc Donald`, `McDonald`.
_PARTICLES = frozenset([
    "da", "de", "del", "della", "der", "di", "du", "el", "fitz", "la", "las", "le", "los", "mac", "mc", "o", "san",
    "st", "van", "von",
])  # fmt: skip
_WITHIN_WORD = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])")


def words(name: str) -> list[str]:
    """The words of a name that it is found by, without case and accents; `O'Brien` has `obrien`, `o`, `brien`.

    `McDonald` has `mcdonald`, `mc`, `donald`, and so has `Mc Donald`.
    """
    forms = [form.split() for form in (*text.normal_forms(name), *text.normal_forms(_WITHIN_WORD.sub(" ", name)))]
    joined = ("".join(form[first:end]) for form in forms for first, end in _with_particles(form))
    return list(dict.fromkeys([*chain(*forms), *joined]))[:MAX_WORDS]


def _with_particles(form: Sequence[str]) -> Iterator[tuple[int, int]]:
    """From where to where particles stand with the word behind them: of `de la cruz` all three, and the last two."""
    for first, word in enumerate(form[:-1]):
        if word in _PARTICLES:
            behind = next((index for index in range(first, len(form)) if form[index] not in _PARTICLES), len(form) - 1)
            yield first, behind + 1


def is_found(line: str, names: Iterable[str]) -> bool:
    """Whether every word of the line begins a word of one of the names."""
    forms = [form.split() for form in text.normal_forms(line)]
    of_names = [words(name) for name in names]
    return any(
        all(any(word.startswith(prefix) for word in of_name) for prefix in form)
        for form in forms
        if form
        for of_name in of_names
    )


def index_items(org: str, record: Record, known: Known) -> dict[Key, Item]:
    """The items by which a record is found, by their keys."""
    expires_at = expiry(known.until)
    items: dict[Key, Item] = {
        # In an order of their own: who has two names in turn does not have all of these written each time.
        key: RecordNameItem(*key, names=json_text(sorted(names)), expires_at=expires_at)
        for key, names in _names_by_key(org, record.path, [name.text for name in known.names]).items()
    }
    for address in known.addresses:
        for found_by in filter(None, (address.hash, address.national)):
            key = register_keys.address(org, found_by, record.path)
            items[key] = RecordAddressItem(*key, expires_at=expiry(address.until))
    return items


def _names_by_key(org: str, path: str, names: Sequence[str]) -> dict[Key, list[str]]:
    """By the key of each word, and of each two, the names that have it: a line finds no other name by that."""
    by_key: dict[Key, list[str]] = {}
    for name in names:
        of_name = words(name)
        pairs = permutations(of_name[:MAX_PAIRED], 2)
        for key in dict.fromkeys(
            [
                *(register_keys.word(org, word, path) for word in of_name),
                *(register_keys.pair(org, first, second, path) for first, second in pairs),
            ]
        ):
            by_key.setdefault(key, []).append(name)
    return by_key


def national(keyed_hash: KeyedHash, number: str) -> str:
    """What a phone number is found by where its country code is left out; "" of a text without digits."""
    digits = digits_at_home(number)
    return register_keys.national_hash(keyed_hash, digits) if digits else ""
