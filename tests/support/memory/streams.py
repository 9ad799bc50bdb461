"""The table's stream, as far as the template lets a function hear of it."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from daybook.handlers.triggers.stream_records import TTL
from daybook.storage.models.item import Item, Key
from daybook.storage.store import Change, Delete
from daybook_local.deployment.template import load

from tests.support.functions.events import SEQUENCE_NUMBERS
from tests.support.memory.table import Attributes, MemoryTable

Record = dict[str, Any]


class StreamedTable(MemoryTable):
    """Keeps in `told` what the stream says of each change."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[Record] = []

    def _change(self, change: Change) -> bool:
        # What others do meanwhile is told by them.
        self._let_others()
        meanwhile, self.meanwhile = self.meanwhile, None
        key = change.key
        before = self.stored.get(key)
        done = super()._change(change)
        self.meanwhile = meanwhile
        self.told += told(
            {} if before is None else {key: before}, {key: self.stored[key]} if key in self.stored else {}
        )
        return done

    def expire(self, now: float) -> None:
        """As TTL does with all that has expired."""
        for key in list(self.stored):
            self.take(key, now)

    def take(self, key: Key, now: float) -> None:
        """As TTL does with one item, if it has expired."""
        end = self.stored.get(key, {}).get("expires_at")
        if end is None or int(end["N"]) > now:
            return
        before = len(self.told)
        self._change(Delete(key, Item.expires_at == int(end["N"])))
        for record in self.told[before:]:
            if record["eventName"] == "REMOVE" and record["dynamodb"]["Keys"] == {
                "pk": {"S": key[0]},
                "sk": {"S": key[1]},
            }:
                record["userIdentity"] = TTL
                record["dynamodb"]["ApproximateCreationDateTime"] = int(now)


def told(before: Mapping[Key, Attributes], after: Mapping[Key, Attributes]) -> list[Record]:
    """Records of what has changed."""
    found = []
    for key in {**before, **after}:
        old, new = before.get(key), after.get(key)
        if old != new:
            name = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
            images = {"OldImage": old, "NewImage": new}
            found.append(
                {
                    "eventName": name,
                    "dynamodb": {
                        "Keys": {"pk": {"S": key[0]}, "sk": {"S": key[1]}},
                        "SequenceNumber": str(next(SEQUENCE_NUMBERS)),
                        **{image: dict(item) for image, item in images.items() if item is not None},
                    },
                }
            )
    return found


def hears(function: str, record: Record) -> bool:
    """Whether a filter of the function lets the record through."""
    return any(_matches(pattern, record) for pattern in _patterns(function))


@cache
def _patterns(function: str) -> list[dict[str, Any]]:
    events = load()["Resources"][f"{function.title()}Function"]["Properties"]["Events"].values()
    (source,) = [event["Properties"] for event in events if event["Type"] == "DynamoDB"]
    return [json.loads(each["Pattern"]) for each in source["FilterCriteria"]["Filters"]]


def _matches(pattern: dict[str, Any], record: Any) -> bool:
    return isinstance(record, dict) and all(
        _matches(wanted, record.get(name))
        if isinstance(wanted, dict)
        else any(_fits(one, name, record) for one in wanted)
        for name, wanted in pattern.items()
    )


def _fits(wanted: Any, name: str, record: dict[str, Any]) -> bool:
    match wanted:
        case {"exists": exists}:
            return bool(exists) == (name in record)
        case {"prefix": prefix}:
            return str(record.get(name, "")).startswith(prefix)
        case str():
            return record.get(name) == wanted
    raise ValueError(f"{wanted} is not known here")
