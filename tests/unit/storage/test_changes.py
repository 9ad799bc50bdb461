"""Changes made of models: what they do to an item, and that a batch's statements do what single requests do."""

import base64
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError
from daybook.aws.dynamodb import Connection
from daybook.storage import partiql
from daybook.storage.models.entries import EmailItem
from daybook.storage.models.item import Item, Key
from daybook.storage.models.jobs import CheckItem
from daybook.storage.models.messages import PointerItem
from daybook.storage.models.orgs import HoldItem
from daybook.storage.store import Change, Delete, Insert, Update, applied, assign, difference, unchanged
from daybook.storage.table import Table
from hypothesis import event, given
from hypothesis import strategies as st
from pynamodb.exceptions import PynamoDBException
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from tests.support.memory import expressions
from tests.support.memory.table import Attributes, MemoryTable, as_read
from tests.support.models import kinds, values_of_kind

KEY = ("riverside/family/1", "email/2026-11-22T12:30:00.000Z/suffix")


def some_of(draw: st.DrawFn, kind: type[Item], count: int) -> list[Item]:
    """Items of one kind at one key, many of whose attributes are the same."""
    first = draw(values_of_kind(kind))
    made = [first]
    for _ in range(count - 1):
        changed = draw(st.sets(st.sampled_from(sorted(first)), min_size=min(3, len(first)), max_size=6))
        other = draw(values_of_kind(kind))
        made.append(first | {name: other[name] for name in changed})
    return [kind(*KEY, **values) for values in made]


@st.composite
def pairs(draw: st.DrawFn) -> list[Item]:
    return some_of(draw, draw(st.sampled_from(kinds())), 2)


@st.composite
def triples(draw: st.DrawFn) -> list[Item]:
    return some_of(draw, draw(st.sampled_from(kinds())), 3)


def differing(one: Item, other: Item) -> set[str]:
    """The names, in the table, of the attributes that two items differ in."""
    left, right = as_read(one), as_read(other)
    return {name for name in left.keys() | right.keys() if left.get(name) != right.get(name)}


def names_of(change: Update) -> list[str]:
    return [cast(Path, action.values[0]).path[0] for action in change.actions]


# --- what a change does ---


@given(pairs())
def test_the_difference_makes_one_item_like_another_and_changes_nothing_else(items: list[Item]) -> None:
    before, after = items
    read, wanted = as_read(before), as_read(after)
    change = difference(before, after)
    event(f"{len(differing(before, after))} attributes differ")
    if change is None:
        assert read == wanted
        return
    assert change.key == KEY
    assert sorted(names_of(change)) == sorted(differing(before, after))
    assert as_read(applied(before, change)) == wanted
    assert expressions.holds(change.condition, read)
    assert expressions.apply(change.actions, read) == wanted
    assert (as_read(before), as_read(after)) == (read, wanted), "neither is changed by it"


@given(triples())
def test_a_difference_is_for_an_item_in_which_nobody_changed_the_same_attributes(items: list[Item]) -> None:
    before, after, meanwhile = items
    change = difference(before, after)
    if change is None:
        return
    contested = differing(before, after) & differing(before, meanwhile)
    event("contested" if contested else "not contested")
    assert expressions.holds(change.condition, as_read(meanwhile)) is not bool(contested)


@given(pairs(), st.data())
def test_unchanged_is_that_these_attributes_are_as_they_were_read(items: list[Item], data: st.DataObject) -> None:
    before, now = items
    attributes = before.get_attributes()
    watched = data.draw(st.sets(st.sampled_from(sorted(attributes)), min_size=1))
    condition = unchanged(before, *(attributes[name] for name in watched))
    stored_names = {attributes[name].attr_name for name in watched}
    changed = stored_names & differing(before, now)
    event("changed" if changed else "unchanged")
    assert expressions.holds(condition, as_read(now)) is not bool(changed)
    assert expressions.holds(condition, as_read(before))


def test_unchanged_needs_an_attribute() -> None:
    with pytest.raises(ValueError, match="no attributes"):
        unchanged(HoldItem(*KEY))


@given(triples())
def test_assigned_values_are_those_of_the_item(items: list[Item]) -> None:
    before, after, _ = items
    attributes = before.get_attributes()
    names = [name for name in attributes if name not in ("pk", "sk")]
    change = Update(KEY, [assign(attributes[name], getattr(after, name)) for name in names])
    assert as_read(applied(before, change)) == expressions.apply(change.actions, as_read(before)) == as_read(after)


def test_none_is_removed_and_false_zero_and_empty_are_not() -> None:
    before = EmailItem(*KEY, sender="a", opens=1, sent_only=True, events=b"x", content_until=1)
    change = Update(
        KEY,
        [
            assign(EmailItem.sender, ""),
            assign(EmailItem.opens, 0),
            assign(EmailItem.sent_only, False),
            assign(EmailItem.events, b""),
            assign(EmailItem.content_until, None),
        ],
    )
    after = applied(before, change)
    assert (after.sender, after.opens, after.sent_only, after.events) == ("", 0, False, b"")
    assert after.serialize(null_check=False).keys() == {"pk", "sk", "sender", "opens", "sent_only", "events"}
    assert before.content_until == 1


def test_an_attribute_has_its_name_of_the_table() -> None:
    before, after = CheckItem("retention", "check", check="1"), CheckItem("retention", "check", check="2")
    change = difference(before, after)
    assert change is not None
    assert names_of(change) == ["pass"]
    assert applied(before, change).check == "2"


# --- statements of a batch, and single requests ---


def as_stored(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"B": base64.b64encode(value["B"]).decode()} if "B" in value else dict(value)


class Requests:
    """A connection that takes what a table asks of DynamoDB, and does it to items in memory."""

    def __init__(self, stored: Mapping[Key, Attributes]) -> None:
        self.stored = dict(stored)
        self.calls: list[str] = []

    def get_meta_table(self, name: str) -> None:
        pass

    def put_item(self, _: str, pk: str, sk: str, *, attributes: Mapping[str, Any], condition: Condition) -> None:
        self._check("PutItem", (pk, sk), condition)
        self.stored[pk, sk] = {name: as_stored(value) for name, value in attributes.items()}

    def update_item(self, _: str, pk: str, sk: str, *, actions: Sequence[Action], condition: Condition) -> None:
        self._check("UpdateItem", (pk, sk), condition)
        # UpdateItem makes an item where there is none.
        self.stored[pk, sk] = expressions.apply(actions, self.stored.get((pk, sk), {}))

    def delete_item(self, _: str, pk: str, sk: str, *, condition: Condition | None) -> None:
        self._check("DeleteItem", (pk, sk), condition)
        self.stored.pop((pk, sk), None)

    def _check(self, operation: str, key: Key, condition: Condition | None) -> None:
        self.calls.append(operation)
        if not expressions.holds(condition, self.stored.get(key, {})):
            code: Any = {"Error": {"Code": "ConditionalCheckFailedException", "Message": ""}}
            raise PynamoDBException("failed", ClientError(code, operation))

    def dispatch(self, operation: str, call: Mapping[str, Any]) -> dict[str, Any]:
        self.calls.append(operation)
        return {"Responses": [self._execute(**statement) for statement in call["Statements"]]}

    def _execute(self, Statement: str, Parameters: Sequence[Mapping[str, Any]]) -> dict[str, Any]:  # noqa: N803
        """What DynamoDB does by a statement of those that are written; AssertionError for any other."""
        assert Statement.count("?") == len(Parameters)
        parameters = iter([as_stored(value) for value in Parameters])
        inserted = re.fullmatch(r"""INSERT INTO "entries" VALUE \{('\w+':\?(?:,'\w+':\?)*)\}""", Statement)
        if inserted:
            names = re.findall(r"\w+", inserted[1])
            return self._insert(dict(zip(names, parameters, strict=True)))
        head, _, where = Statement.partition(" WHERE pk=? AND sk=?")
        actions = re.findall(r' (SET|REMOVE) "(\w+)"', head)
        assert re.fullmatch(r'UPDATE "entries"( SET "\w+" = \?| REMOVE "\w+")+|DELETE FROM "entries"', head), head
        new = {name: next(parameters) for word, name in actions if word == "SET"}
        key = next(parameters)["S"], next(parameters)["S"]
        item = self.stored.get(key)
        is_met = conditions_hold(where, item or {}, parameters)
        assert next(parameters, None) is None
        is_deletion = head.startswith("DELETE")
        if not is_met or (item is None and not is_deletion):
            return {"Error": {"Code": "ConditionalCheckFailed"}}
        if item is None or is_deletion:
            self.stored.pop(key, None)
            return {}
        removed = {name for word, name in actions if word == "REMOVE"}
        self.stored[key] = {name: value for name, value in item.items() if name not in removed} | new
        return {}

    def _insert(self, item: Attributes) -> dict[str, Any]:
        key = item["pk"]["S"], item["sk"]["S"]
        if key in self.stored:
            return {"Error": {"Code": "DuplicateItem"}}
        self.stored[key] = item
        return {}


def conditions_hold(where: str, item: Attributes, parameters: Iterator[dict[str, Any]]) -> bool:
    """Whether what follows the key in a statement holds; it takes its values from the parameters."""
    hold = []
    for condition in where.replace("(", "").replace(")", "").split(" AND ")[1:]:
        parts = re.fullmatch(r'"(\w+)" (= \?|IS MISSING)', condition)
        assert parts, condition
        hold.append(parts[1] not in item if parts[2] == "IS MISSING" else item.get(parts[1]) == next(parameters))
    return all(hold)


ELSEWHERE = Delete(("elsewhere", "none"))


def insertion(data: st.DataObject) -> tuple[Change, list[Item]]:
    before, after = data.draw(pairs())
    return Insert(after), [before]


def alteration(data: st.DataObject) -> tuple[Change, list[Item]]:
    before, after, meanwhile = data.draw(triples())
    attributes = before.get_attributes()
    names = data.draw(st.sets(st.sampled_from(sorted(attributes.keys() - {"pk", "sk"})), min_size=1))
    actions = [assign(attributes[name], getattr(after, name)) for name in names]
    # Mostly the item that was changed meanwhile: few conditions are about what differs in it.
    return Update(KEY, actions, some_condition(data, before)), [before, meanwhile, meanwhile, meanwhile]


def distinction(data: st.DataObject) -> tuple[Change, list[Item]]:
    before, after, meanwhile = data.draw(triples().filter(lambda items: bool(differing(*items[:2]))))
    change = difference(before, after)
    assert change is not None
    return change, [before, meanwhile]


def deletion(data: st.DataObject) -> tuple[Change, list[Item]]:
    before, meanwhile = data.draw(pairs())
    return Delete(KEY, some_condition(data, before)), [before, meanwhile]


def some_condition(data: st.DataObject, item: Item) -> Condition | None:
    attributes = item.get_attributes()
    names = data.draw(st.sets(st.sampled_from(sorted(attributes)), max_size=12))
    return unchanged(item, *(attributes[name] for name in names)) if names else None


@pytest.mark.parametrize(
    ("make", "request_name", "possible"),
    [
        (insertion, "PutItem", {(True, False), (False, True)}),
        (alteration, "UpdateItem", {(True, True), (True, False), (False, False)}),
        (distinction, "UpdateItem", {(True, True), (True, False), (False, False)}),
        (deletion, "DeleteItem", {(True, True), (True, False), (False, True), (False, False)}),
    ],
)
def test_a_statement_does_what_a_single_request_does(
    make: Callable[[st.DataObject], tuple[Change, list[Item]]], request_name: str, possible: set[tuple[bool, bool]]
) -> None:
    """`possible` is whether an item is there, and whether the change is made."""
    met: Counter[tuple[bool, bool]] = Counter()

    @given(st.data())
    def check(data: st.DataObject) -> None:
        change, present = make(data)
        stored = data.draw(st.sampled_from([{}, *({KEY: as_read(item)} for item in present)]))
        alone, in_batch, memory = Requests(stored), Requests(stored), MemoryTable()
        memory.stored = dict(stored)
        (written,) = table_on(alone).write([change])
        assert table_on(in_batch).write([change, ELSEWHERE]) == [written, True]
        assert memory.write([change]) == [written]
        assert alone.stored == in_batch.stored == memory.stored
        assert (alone.calls, in_batch.calls) == ([request_name], ["BatchExecuteStatement"])
        met[bool(stored), written] += 1

    check()
    assert met.keys() == possible
    assert min(met.values()) >= 5, met


def table_on(connection: Requests) -> Table:
    return Table(name="entries", connection=cast("Connection", connection))


def test_statements_as_they_are_written() -> None:
    item = HoldItem(*KEY, status="standing", held=3)
    assert partiql.insert("entries", item.serialize(null_check=False)) == {
        "Statement": """INSERT INTO "entries" VALUE {'pk':?,'sk':?,'status':?,'held':?}""",
        "Parameters": [{"S": KEY[0]}, {"S": KEY[1]}, {"S": "standing"}, {"N": "3"}],
    }
    actions = [HoldItem.status.set("lifting"), HoldItem.swept.remove(), HoldItem.held.set(4)]
    assert partiql.update("entries", KEY, actions, unchanged(item, HoldItem.status, HoldItem.swept, HoldItem.held)) == {
        "Statement": 'UPDATE "entries" SET "status" = ? REMOVE "swept" SET "held" = ? WHERE pk=? AND sk=?'
        ' AND (("status" = ? AND "swept" IS MISSING) AND "held" = ?)',
        "Parameters": [
            {"S": "lifting"},
            {"N": "4"},
            {"S": KEY[0]},
            {"S": KEY[1]},
            {"S": "standing"},
            {"N": "3"},
        ],
    }
    assert partiql.delete("entries", KEY, None) == {
        "Statement": 'DELETE FROM "entries" WHERE pk=? AND sk=?',
        "Parameters": [{"S": KEY[0]}, {"S": KEY[1]}],
    }
    assert partiql.delete("entries", KEY, PointerItem.entry == "x") == {
        "Statement": 'DELETE FROM "entries" WHERE pk=? AND sk=? AND "entry" = ?',
        "Parameters": [{"S": KEY[0]}, {"S": KEY[1]}, {"S": "x"}],
    }
    assert partiql.partitions("entries", ["a", "b"]) == {
        "Statement": 'SELECT * FROM "entries" WHERE pk IN [?,?]',
        "Parameters": [{"S": "a"}, {"S": "b"}],
        "ConsistentRead": True,
    }


def test_more_placeholders_than_digits_keep_their_order() -> None:
    attributes = [EmailItem.get_attributes()[name] for name in sorted(EmailItem.get_attributes())]
    item = EmailItem(*KEY, opens=1)
    text = partiql.delete("entries", KEY, unchanged(item, *attributes))["Statement"]
    named = re.findall(r'"(\w+)" (?:=|IS)', text)
    assert named == [attribute.attr_name for attribute in attributes]
    assert len(named) > 20


@pytest.mark.parametrize(
    "expression",
    [HoldItem.status.exists(), HoldItem.held > 3, HoldItem.status.startswith("l"), ~(HoldItem.held == 3)],
)
def test_a_condition_that_is_not_translated_is_refused(expression: Condition) -> None:
    for condition in (expression, (HoldItem.held == 3) & expression):
        with pytest.raises(ValueError, match="not known here as PartiQL"):
            partiql.delete("entries", KEY, condition)


@pytest.mark.parametrize("action", [HoldItem.held.add(1), HoldItem.held.set(HoldItem.held + 1)])
def test_an_action_that_is_not_translated_is_refused(action: Action) -> None:
    with pytest.raises(ValueError, match="not known here as PartiQL"):
        partiql.update("entries", KEY, [action], None)
