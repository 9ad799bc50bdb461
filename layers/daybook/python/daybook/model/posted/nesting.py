"""How deeply JSON is nested: readers of it recurse, and one value must not end the reading of others."""

from __future__ import annotations

import re

# Levels of a posted entry, of which its own object is the first.
MAX_LEVELS = 64

# Levels of stored JSON that any reader of a page can decode and encode.
READABLE_LEVELS = 256

# What is shown for what lies too deep to be shown.
CUT = "[too deep]"

# The body of a post has two levels around its entries.
_LEVELS_AROUND = 2

# A string whole, whatever brackets are in it; one without an end matches too, as trying again would cost its square.
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[{]|[\]}]', re.DOTALL)


def is_too_deep(data: bytes) -> bool:
    """Whether the JSON has more than MAX_LEVELS levels."""
    # So many brackets are needed for it, and few entries have them.
    if data.count(b"[") + data.count(b"{") <= MAX_LEVELS:
        return False
    level = 0
    for token in _TOKEN.finditer(data):
        match token[0]:
            case b"[" | b"{":
                level += 1
                if level > MAX_LEVELS:
                    return True
            case b"]" | b"}":
                level -= 1
    return False


def cut(body: bytes) -> bytes:
    """The body of a post, with 0 in the place of what lies more than a level too deep in an entry.

    So the body can be read, and such an entry is still one that is too deep.
    """
    return _cut(body, _LEVELS_AROUND + MAX_LEVELS + 1, b"0")


def readable(text: str) -> str:
    """JSON as the table has it, with CUT in the place of what lies deeper than READABLE_LEVELS.

    Until posts were limited, details were stored that can be decoded, and not encoded in a page.
    """
    if text.count("[") + text.count("{") <= READABLE_LEVELS:
        return text
    return _cut(text.encode(), READABLE_LEVELS, b'"%s"' % CUT.encode()).decode()


def _cut(body: bytes, limit: int, placeholder: bytes) -> bytes:
    """The JSON with the placeholder for each array and object that would be a level below `limit`."""
    kept: list[bytes] = []
    level = end = 0
    for token in _TOKEN.finditer(body):
        match token[0]:
            case b"[" | b"{":
                level += 1
                if level == limit + 1:
                    kept += [body[end : token.start()], placeholder]
            case b"]" | b"}":
                if level == limit + 1:
                    end = token.end()
                level -= 1
    return b"".join([*kept, body[end:]]) if level <= limit else body
