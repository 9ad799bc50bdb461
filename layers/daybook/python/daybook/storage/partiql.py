"""pynamodb's expressions as PartiQL, for DynamoDB's only batch with a condition on each item: BatchExecuteStatement.

pynamodb has no PartiQL. Written here is what `storage.store.Change` has: whole items, SET, REMOVE, equality, absence
and AND. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pynamodb.expressions.condition import And, Comparison, Condition, NotExists
from pynamodb.expressions.operand import Path, Value
from pynamodb.expressions.update import Action, RemoveAction, SetAction

# What pynamodb's expressions consist of, with its placeholders for names and values.
_PLACEHOLDER = re.compile(r"attribute_not_exists \((#\d+)\)|([#:]\d+)")


class _Text:
    """The text of a statement with `?` for each value, and the values in order."""

    def __init__(self) -> None:
        self.parameters: list[Any] = []

    def of(self, expression: Condition | Action) -> str:
        placeholders: dict[str, str] = {}
        values: dict[str, Any] = {}
        _check(expression)
        text = expression.serialize(placeholders, values)
        names = {placeholder: name for name, placeholder in placeholders.items()}

        def translate(match: re.Match[str]) -> str:
            absent, placeholder = match.groups()
            if absent:
                return f'"{names[absent]}" IS MISSING'
            if placeholder[0] == "#":
                return f'"{names[placeholder]}"'
            self.parameters.append(values[placeholder])
            return "?"

        return _PLACEHOLDER.sub(translate, text)


def _check(expression: Condition | Action) -> None:
    """ValueError for an expression that is not translated."""
    match expression:
        case And(values=parts):
            for part in parts:
                _check(part)
        case Comparison(operator="=") | NotExists() | SetAction(values=[Path(), Value()]) | RemoveAction():
            return
        case _:
            raise ValueError(f"not known here as PartiQL: {expression!r}")


def insert(table: str, item: Mapping[str, Any]) -> dict[str, Any]:
    """The statement that puts an item, as attribute values by name, if its key is free."""
    fields = ",".join(f"'{name}':?" for name in item)
    return {"Statement": f'INSERT INTO "{table}" VALUE {{{fields}}}', "Parameters": list(item.values())}


def update(table: str, key: tuple[str, str], actions: Sequence[Action], condition: Condition | None) -> dict[str, Any]:
    """The statement that changes an item, if it exists and the condition holds."""
    text = _Text()
    changes = "".join(
        f" {'REMOVE' if isinstance(action, RemoveAction) else 'SET'} {text.of(action)}" for action in actions
    )
    return _where(f'UPDATE "{table}"{changes}', key, condition, text)


def delete(table: str, key: tuple[str, str], condition: Condition | None) -> dict[str, Any]:
    """The statement that deletes an item, if the condition holds; without one it succeeds where there is no item."""
    return _where(f'DELETE FROM "{table}"', key, condition, _Text())  # noqa: S608 - values are parameters


def partitions(table: str, pks: Sequence[str]) -> dict[str, Any]:
    """The statement that reads all items of these partitions, strongly consistent."""
    places = ",".join("?" * len(pks))
    return {
        "Statement": f'SELECT * FROM "{table}" WHERE pk IN [{places}]',  # noqa: S608 - values are parameters
        "Parameters": [{"S": pk} for pk in pks],
        "ConsistentRead": True,
    }


def _where(head: str, key: tuple[str, str], condition: Condition | None, text: _Text) -> dict[str, Any]:
    text.parameters += [{"S": part} for part in key]
    where = f"{head} WHERE pk=? AND sk=?"
    if condition is not None:
        where += f" AND {text.of(condition)}"
    return {"Statement": where, "Parameters": text.parameters}
