"""The calls of DynamoDB that a client of botocore makes: seen by a test, and answered otherwise."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from botocore.handlers import BUILTIN_HANDLERS

OK, BAD_REQUEST = 200, 400
Arguments = dict[str, Any]
Response = dict[str, Any]

# Told of each call before it is made, with its operation and arguments: None, or the response in DynamoDB's place. One
# with an `Error` is that of a failed call.
Before = Callable[[str, Arguments], Response | None]

# Told of each response, which it may change.
After = Callable[[str, Arguments, Response], None]


class _Listeners:
    before: Before | None = None
    after: After | None = None


def _before_call(model: Any, params: dict[str, Any], context: dict[str, Any], **_: Any) -> Any:
    arguments = context["arguments"] = json.loads(params["body"])
    response = _Listeners.before(model.name, arguments) if _Listeners.before else None
    if response is not None:
        response = {"ResponseMetadata": {"RequestId": "request-1"}, **response}
        return SimpleNamespace(status_code=BAD_REQUEST if "Error" in response else OK, headers={}), response
    # It may have changed the arguments.
    params["body"] = json.dumps(arguments).encode()
    return None


def _after_call(model: Any, parsed: Response, context: dict[str, Any], **_: Any) -> None:
    if _Listeners.after:
        _Listeners.after(model.name, context["arguments"], parsed)


# Of every client that is made from now on.
BUILTIN_HANDLERS += [("before-call.dynamodb", _before_call), ("after-call.dynamodb", _after_call)]


@contextmanager
def listening(before: Before | None = None, after: After | None = None) -> Iterator[None]:
    """Listen to the calls of all clients, of all threads."""
    _Listeners.before, _Listeners.after = before, after
    try:
        yield
    finally:
        _Listeners.before = _Listeners.after = None
