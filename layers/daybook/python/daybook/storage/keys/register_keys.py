"""Keys of an org's register of records: the records themselves, and what they are found by.

`path` is that of a record, `<type>/<id>`. The partitions have four parts, so none is one of entries.
"""

from __future__ import annotations

from itertools import chain, zip_longest

from daybook.core.keyed_hash import KeyedHash
from daybook.model.entries import Record

_REGISTER = "-records"
# What a partition holds.
RECORDS, NAMES, ADDRESSES = "id", "name", "address"

# Characters of a word that are in keys: a sort key has 1,024 octets at most.
MAX_WORD = 64
_LAST = "\U0010ffff"


def id_partition(org: str, record_id: str) -> str:
    """Partition of the records that have this id, of whatever type; the sort key is the type."""
    return f"{org}/{_REGISTER}/{RECORDS}/{record_id}"


# Bounds of all types.
ALL_TYPES = ("\0", _LAST)


def record(org: str, of: Record) -> tuple[str, str]:
    """Key of a registered record."""
    return id_partition(org, of.id), of.type


def split_record(pk: str, sk: str) -> tuple[str, Record]:
    """The org, and the record that is registered under this key."""
    org, _, _, record_id = pk.split("/", 3)
    return org, Record(sk, record_id)


def kind_of(pk: str) -> str | None:
    """What a partition of the register holds: RECORDS, NAMES or ADDRESSES; None for any other partition."""
    match pk.split("/", 3):
        case [_, register, kind, _] if register == _REGISTER:
            return kind
    return None


def word(org: str, folded: str, path: str) -> tuple[str, str]:
    """Key by which a record is found by a word of its name."""
    partition, prefix = _of_word(org, folded)
    return partition, f"{prefix}/{path}"


def word_range(org: str, prefix: str) -> tuple[str, str, str]:
    """Partition and bounds of the keys of all words that begin with this prefix, in the order of the words."""
    partition, low = _of_word(org, prefix)
    return partition, low, low + _LAST


def pair(org: str, first: str, second: str, path: str) -> tuple[str, str]:
    """Key by which a record is found by two words of its name.

    Their letters alternate, so that a range finds the beginnings of both.
    """
    letters = chain.from_iterable(zip_longest(first[:MAX_WORD], second[:MAX_WORD], fillvalue=""))
    return _of_pair(org, first, second), f"{''.join(letters)}/{path}"


def pair_range(org: str, longer: str, shorter: str) -> tuple[str, str, str]:
    """Partition and bounds of the keys of all pairs whose words begin with these prefixes.

    Beyond the shorter one's length a key says nothing of the longer one: whoever reads it checks the names.
    """
    letters = list(chain.from_iterable(zip(longer, shorter, strict=False)))
    following = longer[len(shorter) : len(shorter) + 1]
    low = "".join([*letters, following])[: 2 * MAX_WORD]
    return _of_pair(org, longer, shorter), low, low + _LAST


def path_of(sk: str) -> str:
    """The record's path in a key that `word` or `pair` made."""
    return sk.partition("/")[2]


def address(org: str, recipient_hash: str, path: str) -> tuple[str, str]:
    """Key by which a record is found by an address of its messages."""
    return of_address(org, recipient_hash), path


def of_address(org: str, recipient_hash: str) -> str:
    """Partition of the records whose messages went to an address or number; the sort key is the record's path."""
    return f"{org}/{_REGISTER}/{ADDRESSES}/{recipient_hash}"


# Bounds of all paths.
ALL_PATHS = ("\0", _LAST)


def paths_of_type(record_type: str) -> tuple[str, str]:
    """Bounds of the paths of records of a type."""
    return f"{record_type}/", f"{record_type}/{_LAST}"


def national_hash(keyed_hash: KeyedHash, digits: str) -> str:
    """What stands for a phone number without its country code in the place of a `recipient_hash`."""
    return keyed_hash(f"national/{digits}")


def _of_word(org: str, folded: str) -> tuple[str, str]:
    return f"{org}/{_REGISTER}/{NAMES}/{folded[0]}", folded[:MAX_WORD]


def _of_pair(org: str, first: str, second: str) -> str:
    return f"{org}/{_REGISTER}/{NAMES}/{first[0]}{second[0]}"
