"""All kinds of item, and random items of each."""

from functools import cache
from typing import Any

import daybook.storage.models.kinds  # noqa: F401 - it imports every model
from daybook.storage.models.item import Item
from hypothesis import strategies as st
from pynamodb.attributes import Attribute
from pynamodb.constants import BINARY, BOOLEAN, NUMBER, STRING

# Few values, so that two random items often have the same in an attribute, and examples are made quickly.
VALUES: dict[str, st.SearchStrategy[Any]] = {
    STRING: st.sampled_from(["", "a", "b", "Zoë \N{GRINNING FACE}", '["x"]', "a/b", "?", '"a" = ?']),
    NUMBER: st.sampled_from([0, 1, -1, 253_402_300_799, 10**20]),
    BINARY: st.sampled_from([b"", b"a", b"\0\xff", b"YQ=="]),
    BOOLEAN: st.booleans(),
}


def kinds(of: type[Item] = Item) -> list[type[Item]]:
    """The kinds of item that are stored: the models of the package that no other derives from."""
    derived = [kind for kind in of.__subclasses__() if kind.__module__.startswith("daybook.")]
    return [kind for each in derived for kind in kinds(each)] if derived else [of]


@cache
def values_of_kind(kind: type[Item]) -> st.SearchStrategy[dict[str, Any]]:
    """Values of a kind's attributes, but for the key, by their names in the model; None where one is absent."""

    def value(attribute: Attribute[Any]) -> st.SearchStrategy[Any]:
        known = VALUES[attribute.attr_type]
        return st.none() | known if attribute.null else known

    attributes = {name: each for name, each in kind.get_attributes().items() if name not in ("pk", "sk")}
    return st.fixed_dictionaries({name: value(each) for name, each in attributes.items()})
