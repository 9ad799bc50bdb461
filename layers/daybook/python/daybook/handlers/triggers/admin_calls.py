"""Calls of the command line: each does one step of a long run and answers with its progress."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

import msgspec
from msgspec import Struct

AdminCall: TypeAlias = Callable[[Any], Any]
T = TypeVar("T")


def admin_call(step: Callable[[T], Struct], request_type: type[T]) -> AdminCall:
    """A call that takes the request and gives the progress as JSON values; ValidationError for another request.

    What the step raises, Lambda hands to the caller.
    """

    def call(request: Any) -> Any:
        return msgspec.to_builtins(step(msgspec.convert(request, request_type)))

    return call
