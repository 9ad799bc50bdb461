"""The bodies of posts of many items: each is read by itself, so that one cannot spoil the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from daybook.api import gateway
from daybook.api.gateway import Request
from daybook.core.errors import InvalidRequestError, MalformedError
from daybook.model.posted import nesting, surrogates

S = TypeVar("S", bound=Struct)


def read(request: Request, kind: type[S], items: Callable[[S], list[Raw]]) -> tuple[list[Raw], dict[int, list[str]]]:
    """The items of the body, and by item the paths of the fields in which U+FFFD stands for half of a character.

    TooLargeError, MalformedError, InvalidRequestError.
    """
    try:
        return items(gateway.read_body(request, kind)), {}
    except (MalformedError, InvalidRequestError):
        # Only now, since few bodies need it.
        cut = nesting.cut(request.body)
        mended = surrogates.replace_escapes(cut)
        if mended == request.body:
            raise
    payloads = items(gateway.read_body(replace(request, body=mended), kind))
    marked = items(gateway.read_body(replace(request, body=surrogates.mark_escapes(cut)), kind))
    fields = {index: _replaced_fields(*forms) for index, forms in enumerate(zip(payloads, marked, strict=True))}
    return payloads, {index: of_item for index, of_item in fields.items() if of_item}


def _replaced_fields(replaced: Raw, marked: Raw) -> list[str]:
    """As `surrogates.replaced_fields`; none of an item that cannot be read, which is rejected for that."""
    if nesting.is_too_deep(bytes(replaced)):
        return []
    try:
        return surrogates.replaced_fields(replaced, marked)
    except msgspec.DecodeError:
        return []
