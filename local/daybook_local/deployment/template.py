"""infra/template.yaml as data: the table and the functions as deployed, for the local stack and for the tests."""

import copy
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

REPOSITORY = Path(__file__).resolve().parents[3]
TEMPLATE = REPOSITORY / "infra" / "template.yaml"

# Properties that CreateTable takes as they are; the others need a call or a shape of their own.
_CREATE_TABLE = (
    "BillingMode",
    "AttributeDefinitions",
    "KeySchema",
    "LocalSecondaryIndexes",
    "GlobalSecondaryIndexes",
)


def load() -> dict[str, Any]:
    """A copy of the template with its short forms written out: `!Ref X` is `{"Ref": "X"}`."""
    return copy.deepcopy(_parsed())


@cache
def _parsed() -> dict[str, Any]:
    template: dict[str, Any] = yaml_parse(TEMPLATE.read_text())
    return template


def resources_of_type(template: dict[str, Any], resource_type: str) -> dict[str, dict[str, Any]]:
    """The resources of a type, as `AWS::SQS::Queue`, by logical id."""
    return {name: resource for name, resource in template["Resources"].items() if resource["Type"] == resource_type}


def table_definition(table_name: str) -> dict[str, Any]:
    """The keyword arguments of `create_table` for the template's table."""
    properties = load()["Resources"]["Table"]["Properties"]
    definition = {name: properties[name] for name in _CREATE_TABLE}
    stream = {"StreamEnabled": True, **properties["StreamSpecification"]}
    return {"TableName": table_name, "StreamSpecification": stream, **definition}


def function_environment(*, service: str, resolved: Mapping[str, str]) -> dict[str, str]:
    """The environment of the function whose folder is named so; of an unknown one, the variables of all.

    `resolved` are the values of resources and of parameters without a default, by logical id.
    """
    template = load()
    defaults = {name: parameter.get("Default") for name, parameter in template["Parameters"].items()}
    values = defaults | {"AWS::URLSuffix": "amazonaws.com"} | dict(resolved)
    variables = _variables(template, service)
    return {name: str(_resolve(value, template["Conditions"], values)) for name, value in variables.items()}


def _resolve(value: Any, conditions: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
    """The value of an expression, of those that the environment variables of the template use; else ValueError."""
    if not isinstance(value, dict):
        return value
    ((function, argument),) = value.items()
    match function:
        case "Ref":
            return values[argument]
        case "Fn::If":
            condition, then, otherwise = argument
            is_true = _resolve(conditions[condition], conditions, values)
            return _resolve(then if is_true else otherwise, conditions, values)
        case "Fn::Equals":
            left, right = (_resolve(side, conditions, values) for side in argument)
            return left == right
        case "Fn::Not":
            return not _resolve(argument[0], conditions, values)
        case _:
            raise ValueError(f"The template's {function} is not known here.")


def _variables(template: dict[str, Any], service: str) -> dict[str, Any]:
    everybodys: dict[str, Any] = template["Globals"]["Function"]["Environment"]["Variables"]
    for function in resources_of_type(template, "AWS::Serverless::Function").values():
        if function["Properties"]["CodeUri"].rpartition("/")[2] == service:
            own: dict[str, Any] = function["Properties"]["Environment"]["Variables"]
            return own if "Environment" in function.get("IgnoreGlobals", ()) else everybodys | own
    return everybodys | {"POWERTOOLS_SERVICE_NAME": service}
