"""What the template's roles let each function do with the table: the stores of tests ask nobody for permission."""

import json
import sys
from collections.abc import Mapping
from functools import cache
from typing import Any

from daybook_local.deployment.template import load

STATEMENTS = {
    "SELECT": "dynamodb:PartiQLSelect",
    "INSERT": "dynamodb:PartiQLInsert",
    "UPDATE": "dynamodb:PartiQLUpdate",
    "DELETE": "dynamodb:PartiQLDelete",
}


def running_function() -> str | None:
    """The function whose handler is on the stack of this thread."""
    frame: Any = sys._getframe()
    while frame is not None:
        name: str = frame.f_globals["__name__"]
        if name.startswith("function_"):
            return name.removeprefix("function_")
        frame = frame.f_back
    return None


def check(operation: str, arguments: Mapping[str, Any], function: str) -> None:
    """Whether the role of a function permits a call of DynamoDB."""
    for action, index in _asked(operation, arguments):
        assert permits(function, action, index), f"the role of {function} lacks {action} on {index or 'the table'}"


def check_running_function(model: Any, params: dict[str, Any], **_: Any) -> None:
    """For botocore's event `before-call.dynamodb`, with the operation and the request."""
    function = running_function()
    if function is not None:
        check(model.name, json.loads(params["body"]), function)


def _asked(operation: str, arguments: Mapping[str, Any]) -> set[tuple[str, str | None]]:
    """The actions of IAM that a call takes, each with the index that it is about."""
    if operation == "ExecuteStatement":
        return {(STATEMENTS[arguments["Statement"].split()[0]], None)}
    if operation == "BatchExecuteStatement":
        return {(STATEMENTS[statement["Statement"].split()[0]], None) for statement in arguments["Statements"]}
    return {(f"dynamodb:{operation}", arguments.get("IndexName"))}


def permits(function: str, action: str, index: str | None) -> bool:
    return any(action in actions and _covers(resource, index) for actions, resource in _statements(function))


def _covers(resource: Any, index: str | None) -> bool:
    if index is None:
        return bool(resource == {"Fn::GetAtt": ["Table", "Arn"]})
    path = str(resource.get("Fn::Sub", ""))
    return path in ("${Table.Arn}/index/*", f"${{Table.Arn}}/index/{index}")


@cache
def _statements(function: str) -> list[tuple[list[str], Any]]:
    policies = load()["Resources"][f"{function.title()}Role"]["Properties"]["Policies"]
    policies = [policy for policy in policies if "Fn::If" not in policy]
    return [
        (_as_list(statement["Action"]), resource)
        for policy in policies
        for statement in policy["PolicyDocument"]["Statement"]
        for resource in _as_list(statement["Resource"])
    ]


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
