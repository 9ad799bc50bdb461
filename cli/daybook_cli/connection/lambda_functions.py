"""Functions of a deployment that a command calls again and again, until they say that they are done."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from daybook_cli.connection import aws
from daybook_cli.connection.aws import AwsError, Site
from daybook_cli.connection.settings import ConnectionSettingsError, find_stack
from daybook_cli.runtime import World

# A function runs for 15 minutes at most. To ask again while it does would do the same twice.
PATIENCE = 930


@dataclass(frozen=True)
class Function:
    """`kind` is what the template calls it (`index`), `name` the deployed function's name or ARN."""

    kind: str
    site: Site
    name: str

    def call(self, event: dict[str, Any], told: Collection[str]) -> dict[str, Any]:
        """What the function answers, with all that is to be `told`. AwsError where it fails or is another one."""
        function = aws.client(self.site, "lambda", patience=PATIENCE)
        with aws.told():
            answer = function.invoke(FunctionName=self.name, Payload=json.dumps(event).encode())
            text = answer["Payload"].read()
        if "FunctionError" in answer:
            raise AwsError(f"The function failed: {_said(text)}.")
        progress = _read(text, told)
        if progress is None:
            raise AwsError(f"{self.name} is not the {self.kind} function: it answered {text[:100]!r}.")
        return progress


def find(world: World, kind: str, function: str | None) -> Function:
    """The one that was named, else the local stack's. ConnectionSettingsError, AwsError."""
    if function:
        return Function(kind, Site.of_arn(function) if function.startswith("arn:") else Site(), function)
    stack = find_stack(world.directory)
    if f"{kind}_function" not in stack:
        raise ConnectionSettingsError(
            "No local stack was found here. Start one with `make run`, or give --function of a deployment."
        )
    return Function(kind, Site.of_stack(stack), str(stack[f"{kind}_function"]))


def _read(text: bytes, told: Collection[str]) -> dict[str, Any] | None:
    try:
        answer = json.loads(text)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) and answer.keys() >= {*told} else None


def _said(text: bytes) -> str:
    """What Lambda says of a failure: https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html."""
    try:
        error = json.loads(text)
    except ValueError:
        error = None
    if not isinstance(error, dict) or "errorMessage" not in error:
        return text.decode(errors="replace")
    return ": ".join(str(error[name]) for name in ("errorType", "errorMessage") if error.get(name))
