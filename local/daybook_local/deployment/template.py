"""infra/template.yaml as data: the one truth about table and functions, for the local stack and for the tests."""

import copy
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

REPOSITORY = Path(__file__).resolve().parents[3]
TEMPLATE = REPOSITORY / "infra" / "template.yaml"

# Properties that CreateTable takes as they stand; the others are calls or shapes of their own.
_CREATE_TABLE = (
    "BillingMode",
    "AttributeDefinitions",
    "KeySchema",
    "LocalSecondaryIndexes",
    "GlobalSecondaryIndexes",
)


def load() -> dict[str, Any]:
    """The template with its short forms spelled out: `!Ref X` is `{"Ref": "X"}`; the caller may change it."""
    return copy.deepcopy(_parsed())


@cache
def _parsed() -> dict[str, Any]:
    template: dict[str, Any] = yaml_parse(TEMPLATE.read_text())
    return template


def resources_of_type(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {name: resource for name, resource in template["Resources"].items() if resource["Type"] == kind}


def table_definition(table_name: str) -> dict[str, Any]:
    """The keyword arguments of CreateTable that make the template's table."""
    properties = load()["Resources"]["Table"]["Properties"]
    definition = {name: properties[name] for name in _CREATE_TABLE}
    stream = {"StreamEnabled": True, **properties["StreamSpecification"]}
    return {"TableName": table_name, "StreamSpecification": stream, **definition}


def function_environment(*, service: str, resolved: Mapping[str, str]) -> dict[str, str]:
    """What the function of that service name finds in its environment, or one with nothing but what all have.

    `resolved` gives the resources' values, parameters have defaults; the partition is AWS's own.
    """
    template = load()
    defaults = {name: parameter.get("Default") for name, parameter in template["Parameters"].items()}
    values = defaults | {"AWS::URLSuffix": "amazonaws.com"} | dict(resolved)
    variables = template["Globals"]["Function"]["Environment"]["Variables"] | own_variables(template, service)
    return {name: str(resolve(value, template["Conditions"], values)) for name, value in variables.items()}


def resolve(value: Any, conditions: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
    """What an expression of the template stands for, as far as its variables and conditions need it."""
    if not isinstance(value, dict):
        return value
    ((function, argument),) = value.items()
    match function:
        case "Ref":
            return values[argument]
        case "Fn::If":
            condition, then, otherwise = argument
            holds = resolve(conditions[condition], conditions, values)
            return resolve(then if holds else otherwise, conditions, values)
        case "Fn::Equals":
            one, other = (resolve(side, conditions, values) for side in argument)
            return one == other
        case "Fn::Not":
            return not resolve(argument[0], conditions, values)
        case _:
            raise ValueError(f"The template's {function} is not known here.")


def own_variables(template: dict[str, Any], service: str) -> dict[str, Any]:
    functions = resources_of_type(template, "AWS::Serverless::Function").values()
    named: list[dict[str, Any]] = [function["Properties"]["Environment"]["Variables"] for function in functions]
    alone = {"POWERTOOLS_SERVICE_NAME": service}
    return next((variables for variables in named if variables["POWERTOOLS_SERVICE_NAME"] == service), alone)
