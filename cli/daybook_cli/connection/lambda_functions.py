"""Lambda functions that do a long job in steps: each invocation does one and answers how far the job is."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daybook_cli.connection import aws
from daybook_cli.connection.aws import AwsError, AwsTarget
from daybook_cli.connection.settings import find_stack, stack_value

# Seconds. A function runs for 15 minutes at most; a second invocation meanwhile would do the same step twice.
READ_TIMEOUT = 930


@dataclass(frozen=True)
class Function:
    """`kind` is `index` or `retention`; `name` is the deployed function's name or ARN."""

    kind: str
    target: AwsTarget
    name: str

    def steps(
        self, job: str, arguments: object, *, fields: Collection[str], resume_from: Collection[str] = ()
    ) -> Iterator[dict[str, Any]]:
        """Invoke with `{job: arguments}` until the answer is `done`; every answer, the last one too.

        The fields named in `resume_from` go from an answer into the arguments of the next invocation. Errors: `invoke`.
        """
        while True:
            progress = self.invoke({job: arguments}, fields)
            yield progress
            if progress["done"]:
                return
            if isinstance(arguments, dict):
                arguments = arguments | {name: progress[name] for name in resume_from}

    def invoke(self, event: dict[str, Any], fields: Collection[str]) -> dict[str, Any]:
        """The answer to one invocation; AwsError where it failed, or has not all of these fields."""
        client = aws.client(self.target, "lambda", read_timeout=READ_TIMEOUT)
        with aws.aws_errors():
            response = client.invoke(FunctionName=self.name, Payload=json.dumps(event).encode())
            payload = response["Payload"].read()
        if "FunctionError" in response:
            raise AwsError(f"The function failed: {_error_message(payload)}.")
        answer = _answer_with(fields, payload)
        if answer is None:
            raise AwsError(f"{self.name} is not the {self.kind} function: it answered {payload[:100]!r}.")
        return answer


def find_function(directory: Path, environ: Mapping[str, str], kind: str, name: str | None) -> Function:
    """The function of this name or ARN; without one, that of the local stack. ConnectionSettingsError, AwsError."""
    if name:
        return Function(kind, AwsTarget.of_arn(name) if name.startswith("arn:") else AwsTarget(), name)
    stack = find_stack(directory, environ)
    function = stack_value(stack, f"{kind}_function", "--function of a deployment")
    return Function(kind, AwsTarget.of_stack(stack), function)


def _answer_with(fields: Collection[str], payload: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(payload)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) and answer.keys() >= {*fields} else None


def _error_message(payload: bytes) -> str:
    """The error that Lambda reports: https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html."""
    try:
        error = json.loads(payload)
    except ValueError:
        error = None
    if not isinstance(error, dict) or "errorMessage" not in error:
        return payload.decode(errors="replace")
    return ": ".join(str(error[name]) for name in ("errorType", "errorMessage") if error.get(name))
