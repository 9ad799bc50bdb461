"""The built template as `sam local` needs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

FUNCTION = "AWS::Serverless::Function"


class NotBuiltError(Exception):
    """There is no built template; the message says how to build it."""


def read(path: Path) -> dict[str, Any]:
    """The template that `sam build` has written; NotBuiltError."""
    if not path.is_file():
        raise NotBuiltError(f"{path} is not there. Build the functions first: make build")
    template: dict[str, Any] = yaml_parse(path.read_text())
    return template


def with_variables(template: dict[str, Any], variables: dict[str, dict[str, str]]) -> dict[str, Any]:
    """The template with these environment variables of its functions, and no others.

    `sam local --env-vars` sets variables only that the template has, and resolves no reference to a secret.
    """
    resources = {
        name: _with_environment(resource, variables[name]) if name in variables else resource
        for name, resource in template["Resources"].items()
    }
    # Not left out: a function may ignore what is global of them.
    function = {**template["Globals"]["Function"], "Environment": {"Variables": {}}}
    return {**template, "Globals": {**template["Globals"], "Function": function}, "Resources": resources}


def _with_environment(resource: dict[str, Any], variables: dict[str, str]) -> dict[str, Any]:
    environment = {"Variables": dict.fromkeys(variables, "")}
    return {**resource, "Properties": {**resource["Properties"], "Environment": environment}}


def function_of(template: dict[str, Any], event: Path) -> str:
    """The logical id of the function whose events are in the folder of this one; ValueError where there is none."""
    for name, resource in template["Resources"].items():
        if resource["Type"] == FUNCTION and name.removesuffix("Function").lower() == event.resolve().parent.name:
            return str(name)
    raise ValueError(f"{event.parent} is no folder of a function's events. They are in events/, by function.")


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write the file; only the user may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(content, indent=2) + "\n")
