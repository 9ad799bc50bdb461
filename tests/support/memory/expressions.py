"""pynamodb's conditions and actions on an item in memory: those that the code makes, and no others."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from pynamodb.expressions.condition import And, Comparison, Condition, Exists, NotExists
from pynamodb.expressions.update import Action, RemoveAction, SetAction


def holds(condition: Condition | None, item: Mapping[str, Any]) -> bool:
    """Whether the condition holds for an item as it is read: with binary values as base64 text."""
    match condition:
        case None:
            return True
        case And():
            return all(holds(part, item) for part in condition.values)
        case Exists():
            return _name(condition.values[0]) in item
        case NotExists():
            return _name(condition.values[0]) not in item
        case Comparison(operator="="):
            path, value = condition.values
            # DynamoDB finds no NULL equal to another.
            return "NULL" not in _value(value) and item.get(_name(path)) == _value(value)
    raise AssertionError(f"a condition that is not known here: {condition!r}")


def apply(actions: Sequence[Action], item: Mapping[str, Any]) -> dict[str, Any]:
    """The item as the actions leave it."""
    assert actions, "DynamoDB refuses an update without actions"
    changed = dict(item)
    for action in actions:
        match action:
            case SetAction():
                path, value = action.values
                changed[_name(path)] = _value(value)
            case RemoveAction():
                changed.pop(_name(action.values[0]), None)
            case _:
                raise AssertionError(f"an action that is not known here: {action!r}")
    return changed


def _name(path: Any) -> str:
    (name,) = path.path
    return str(name)


def _value(operand: Any) -> dict[str, Any]:
    value: dict[str, Any] = operand.value
    return {"B": base64.b64encode(value["B"]).decode()} if isinstance(value.get("B"), bytes) else value
