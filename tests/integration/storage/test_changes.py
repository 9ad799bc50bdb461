"""The same story of changes in batches and one by one, on DynamoDB Local, on moto and in memory: the same table."""

import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from daybook.aws.dynamodb import Connection
from daybook.storage import table as storage_table
from daybook.storage.models.entries import EmailItem
from daybook.storage.models.item import Item, Key
from daybook.storage.models.messages import PendingEventsItem, PointerItem
from daybook.storage.models.orgs import HoldItem
from daybook.storage.store import Change, Delete, Insert, Update, assign, unchanged
from daybook.storage.table import Table

from tests.support.aws.clients import REGION
from tests.support.aws.lambda_environment import TABLE
from tests.support.dynamodb.local_server import LocalTable
from tests.support.memory.table import Attributes, MemoryTable, as_read

# Each a batch of changes about different items.
STEPS, CHANGES = 30, 12
TEXTS = ("", "a", "b", 'quoted "text"', "ünï", "?", "#0", ":0")
NUMBERS = (0, 1, -5, 10**15)


def stories(seed: int) -> list[list[Change]]:
    chance = random.Random(seed)
    return [[change(chance, place) for place in chance.sample(range(16), CHANGES)] for _ in range(STEPS)]


def change(chance: random.Random, place: int) -> Change:
    item = any_item(chance, place)
    condition = None if chance.random() < 0.4 else unchanged(any_item(chance, place), *attributes_of(chance, item))
    match chance.choice(["insert", "update", "update", "delete"]):
        case "insert":
            return Insert(item)
        case "update":
            actions = [assign(each, value_of(chance, item, each)) for each in attributes_of(chance, item)]
            return Update(item.key, actions, condition)
    return Delete(item.key, condition)


def any_item(chance: random.Random, place: int) -> Item:
    """An item at this place, which is always of the same kind."""
    number, text = chance.choice([None, *NUMBERS]), chance.choice(TEXTS)
    match place % 4:
        case 0:
            return PointerItem("message/m", f"p{place}", entry=text, expires_at=number)
        case 1:
            return PendingEventsItem("message/m", f"event/email/{place}", events=text.encode(), held_until=number)
        case 2:
            return HoldItem(
                "org/holds",
                f"family/{place}",
                status=text,
                turn="t",
                reason="r",
                placed_at="x",
                placed_by="y",
                held=number,
            )
    return EmailItem(
        "org/family/1",
        f"email/2026-01-01T00:00:00.000Z/{place}",
        activity_key=f"email/{place}",
        status_key=f"email/{place}",
        org_status="o",
        at="a",
        recipient=text,
        recipient_hash="h",
        status="s",
        subject=text,
        sent_only=chance.choice([None, True]),
        content_until=number,
        outcome=chance.choice([None, text]),
    )


def attributes_of(chance: random.Random, item: Item) -> list[Any]:
    """Some attributes that may change, one at least."""
    names = {
        PointerItem: ("entry", "expires_at"),
        PendingEventsItem: ("events", "held_until"),
        HoldItem: ("status", "held"),
        EmailItem: ("subject", "sent_only", "content_until", "outcome"),
    }[type(item)]
    return [item.get_attributes()[name] for name in chance.sample(names, chance.randint(1, len(names)))]


def value_of(chance: random.Random, item: Item, attribute: Any) -> Any:
    value = any_item(chance, int("".join(filter(str.isdigit, item.sk[-2:])))).attribute_values.get(attribute.attr_name)
    return None if attribute.null and chance.random() < 0.3 else value


def told(write: Callable[[Sequence[Change]], list[bool]], steps: Sequence[Sequence[Change]]) -> list[list[bool]]:
    return [write(changes) for changes in steps]


def stored(table: Table, keys: Sequence[Key]) -> dict[Key, Attributes]:
    return {key: as_read(item) for key, item in table.get(Item, keys).items()}


@pytest.mark.parametrize("seed", range(2))
def test_the_same_story_ends_in_the_same_table(
    seed: int, table: LocalTable, aws: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = stories(seed)
    keys = list({change.key: None for changes in steps for change in changes})
    memory = MemoryTable()
    outcomes = told(memory.write, steps)
    assert {True, False} == {done for each in outcomes for done in each}

    # moto has set others, and a table of DynamoDB Local is one account's.
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    local = Table(name=table.name, connection=Connection(region=REGION, endpoint=table.endpoint))
    for batch in (1, 25):
        monkeypatch.setattr(storage_table, "WRITE_BATCH", batch)
        assert told(local.write, steps) == outcomes
        assert stored(local, keys) == memory.stored
        local.write([Delete(key) for key in keys])

    monkeypatch.setattr(storage_table, "WRITE_BATCH", 1)
    on_moto = Table(name=TABLE, connection=Connection(region=REGION))
    assert told(on_moto.write, steps) == outcomes
    assert stored(on_moto, keys) == memory.stored
