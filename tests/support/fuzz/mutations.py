"""Small changes of valid input that make it odd: another type, a long text, half of a character, a field too many."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

Json = Any

# What breaks parsers, keys, indexes, displays and comparisons elsewhere.
ODD_TEXTS = [
    "", " ", "\t", "\n", "\r\n", "\0", "\x7f", "\u0085", "\u2028", "\ufeff", "\u200d", "\u202etxt.exe", "\ud83d",
    "\udc00",
    "\ufffd", "\uffff", "\U0010ffff", "👩‍👩‍👧‍👦", "é", "e\u0301", "İ", "ß", "ﬃ", "Ａ", "न\u094d\u200c", "ا\u0644",
    "/", "//", "\\", "..", "%2F", "%", "%zz", "+", "&", "=", "#", "?", "'", '"', '\\"', "`", ";", "--", "/*", "{}",
    "[]", "null", "true", "NaN", "0", "-1", "1e309", "0x10", "9" * 30, "family/1", "a/b/c", "message/m-1", "orgs",
    "erasing",
    "2026-01-01T00:00:00Z", "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59-23:59", "2026-02-30T00:00:00Z",
    "2026-01-01T24:00:00Z", "2026-01-01T00:00:60Z", "01/02/2026", "31.12.2026", "5:10 pm", "a@b", "@", "a@b@c.example",
    '"a b"@mail.example', "a@[192.0.2.1]", "x@münchen.example", "x" * 64 + "@mail.example", "+1", "tel:+14155550123",
    "::1", "1.2.3.4:80", "fe80::1%eth0", "999.1.1.1", "<script>", "=1+1", "@SUM(A1)", "[erased]", "$.record.id", "}{",
]  # fmt: skip
ODD_VALUES: list[Json] = [
    None, True, False, 0, -1, 1, 0.5, -0.0, 1e308, 2**31, 2**63, 2**64, 10**40, [], {}, [[]], [{}], {"": ""}, [None],
    {"type": "family", "id": "1"}, ["a", "b"], {"a": {"b": {"c": []}}},
]  # fmt: skip
LENGTHS = [63, 64, 65, 128, 129, 255, 256, 257, 998, 999, 1023, 1024, 1025, 2048, 4096, 4097, 17_000, 70_000]
LEVELS = [10, 62, 63, 64, 65, 200, 987, 1200]
MAX_NAMES = 60
# Stands for JSON of so many levels, until `dumped`.
_NESTED = "nested to "


def mutated(value: Json, rng: random.Random, times: int) -> Json:
    """A copy with so many changes at random places."""
    document = json.loads(json.dumps(value))
    for _ in range(times):
        holder = {"": document}
        places = list(_places(holder))
        container, key = rng.choice(places)
        rng.choice(CHANGES)(container, key, rng)
        document = holder.get("", document)
    return document


def mutated_text(text: str, rng: random.Random, times: int) -> str:
    """A text with so many of its characters changed, left out or doubled, or with odd ones between."""
    for _ in range(times):
        start = rng.randrange(len(text) + 1)
        end = min(len(text), start + rng.choice([0, 0, 1, 1, 2, 10, 100]))
        between = rng.choice([rng.choice(ODD_TEXTS), text[start:end] * 2, chr(rng.randrange(0x3000)), "\\ud83d", ""])
        text = text[:start] + between + text[end:]
    return text


def odd_text(rng: random.Random) -> str:
    """Odd texts joined, or a long one of letters of one to four bytes."""
    if rng.random() < 0.3:
        return rng.choice(["a", "é", "Ω", "字", "👍", '"', "\\", " a"]) * rng.choice(LENGTHS)
    return "".join(rng.choice(ODD_TEXTS) for _ in range(rng.randint(1, 4)))


def dumped(value: Json) -> str:
    """The JSON text of a value, with the nesting put in: Python's own encoder would not take it."""
    return re.sub(rf'"{_NESTED}(\d+)"', lambda match: _nested(int(match[1])), json.dumps(value))


def _nested(levels: int) -> str:
    opened, closed = ("[", "]") if levels % 2 else ('{"a": ', "}")
    return opened * levels + '"deep"' + closed * levels


def _replace(container: Json, key: Any, rng: random.Random) -> None:
    container[key] = rng.choice([_odd_value(rng), odd_text(rng), odd_text(rng)])


def _odd_value(rng: random.Random) -> Json:
    """A value of its own, which may be changed."""
    return copy.deepcopy(rng.choice(ODD_VALUES))


def _nest(container: Json, key: Any, rng: random.Random) -> None:
    container[key] = f"{_NESTED}{rng.choice(LEVELS) + rng.randrange(2)}"


def _insert(container: Json, key: Any, rng: random.Random) -> None:
    if isinstance(container[key], str):
        text = container[key]
        place = rng.randrange(len(text) + 1)
        container[key] = text[:place] + odd_text(rng) + text[place:]
    else:
        _replace(container, key, rng)


def _leave_out(container: Json, key: Any, rng: random.Random) -> None:
    if key != "":
        del container[key]


def _add(container: Json, key: Any, rng: random.Random) -> None:
    value = container[key]
    if isinstance(value, dict):
        value[rng.choice([odd_text(rng), "extra", "record", "log", "key"])] = _odd_value(rng)
    elif isinstance(value, list) and value:
        container[key] = value * rng.choice([2, 10, MAX_NAMES // len(value) + 1])
    else:
        _insert(container, key, rng)


def _widen(container: Json, key: Any, rng: random.Random) -> None:
    """Many different names."""
    container[key] = {f"n{number}{odd_text(rng)[:200]}": number for number in range(rng.randint(1, MAX_NAMES))}


CHANGES: list[Callable[[Json, Any, random.Random], None]] = [
    _replace, _replace, _insert, _insert, _insert, _leave_out, _add, _nest, _widen,
]  # fmt: skip


def _places(container: Json) -> Iterator[tuple[Json, Any]]:
    keys = list(container) if isinstance(container, dict) else range(len(container))
    for key in keys:
        yield container, key
        if isinstance(container[key], dict | list) and container[key]:
            yield from _places(container[key])
