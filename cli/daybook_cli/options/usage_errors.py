"""What typer, click and pydantic say of a wrong command, as sentences for whoever typed it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from typer.exceptions import TyperException

_SENTENCES = (
    (r"Value error, (.*)", r"\1"),
    (r"Input should be a valid integer.*", "it must be a whole number, as in 50."),
    (r"Input should be a valid number.*", "it must be a number."),
    (r"Input should be less than or equal to (.*)", r"it must be \1 at most."),
    (r"Input should be greater than or equal to (.*)", r"it must be \1 at least."),
    (
        r"Got unexpected extra arguments?\s*\(?s?\)?\s*\((.*)\)",
        r"\1 is too much here. What belongs together goes in quotes, as in 'admin deleted Smith'.",
    ),
    (r"Option '(.*)' requires an argument\.", r"\1 needs a value behind it."),
)


def in_plain_words(message: str) -> str:
    """The sentence for a message of the libraries; any other message as it is."""
    for pattern, sentence in _SENTENCES:
        if re.fullmatch(pattern, message):
            return re.sub(pattern, sentence, message)
    return message


@contextmanager
def plain_usage_errors() -> Iterator[None]:
    """Give the error of a wrong command its sentence."""
    try:
        yield
    except TyperException as error:
        if isinstance(getattr(error, "message", None), str):
            error.message = in_plain_words(error.message)
        raise
