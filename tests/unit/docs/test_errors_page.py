"""The page of errors has every code, and a line for every message about a field."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from daybook.api import gateway
from daybook.api.endpoints import deliveries
from daybook.blacklist import additions, queries
from daybook.core import date_bounds, errors, phone_numbers, timestamps
from daybook.entries import ingest, message_limit
from daybook.feedback import deliveries as posted_events
from daybook.feedback.providers.records import MAX_MAILBOX_BYTES
from daybook.model import entries
from daybook.model.posted import faults, nesting, oddities, parsing

REPOSITORY = Path(__file__).parents[3]
PACKAGE = REPOSITORY / "layers" / "daybook" / "python" / "daybook"
PAGE = (REPOSITORY / "docs" / "errors.md").read_text()
ROWS = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in PAGE.splitlines() if line.startswith("| `")]
CODES = {row[0].strip("`"): row[1] for row in ROWS if len(row) == 4}
# A message may hold backticks itself.
MESSAGES = [re.compile(re.escape(row[0].removeprefix("`").removesuffix("`")).replace("…", ".*")) for row in ROWS]

# What a literal in the source has in the place of an expression.
ANYTHING = "0"


def in_source() -> Iterator[tuple[str, str]]:
    """Each message of a FieldError that stands in the source as a literal, and where."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "FieldError":
                text = _literal(node.args[1])
                if text:
                    yield f"{path.relative_to(PACKAGE)}:{node.lineno}", text


def _literal(node: ast.expr) -> str:
    """The text of a literal; empty for a name or a call, and for an f-string of nothing else."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            parts = [part.value if isinstance(part, ast.Constant) else ANYTHING for part in values]
            text = "".join(map(str, parts))
            return text if text != ANYTHING else ""
    return ""


def has_line(message: str) -> bool:
    return any(pattern.fullmatch(message) for pattern in MESSAGES)


def test_every_code_of_the_source_is_on_the_page_and_no_other() -> None:
    of_batches = [
        get_args(get_type_hints(each)["code"])[0]
        for each in (ingest.Rejection, deliveries.DeliveryRejection, additions.PutRejection)
    ]
    statuses = {kind.code: str(status) for kind, status in gateway.STATUSES.items()}
    assert {*CODES} == {*statuses, *of_batches, "internal_error"}
    assert {code: CODES[code] for code in statuses} == statuses


def test_every_error_of_the_core_has_a_status() -> None:
    kinds = {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.DaybookError) and kind is not errors.DaybookError
    }
    assert {kind.code for kind in kinds} == {kind.code for kind in gateway.STATUSES}


@pytest.mark.parametrize(("place", "message"), list(in_source()))
def test_every_message_in_the_source_has_a_line(place: str, message: str) -> None:
    assert has_line(message), place


@pytest.mark.parametrize(
    "message",
    [
        oddities.HALF_CHARACTER,
        oddities.ip_within("203.0.113.7"),
        oddities.NO_IP,
        oddities.found_by("jane@x.example"),
        oddities.NOT_SEEN,
        oddities.SEVERAL_ADDRESSES,
        oddities.SEVERAL_NUMBERS,
        f"{oddities.KEPT}: {phone_numbers.error('72345')}",
        parsing.NO_RECIPIENT,
        parsing.HALF_AN_IDENTITY,
        message_limit.FAULT.message,
        additions.IN_THE_FUTURE,
        queries.NO_ADDRESS,
        faults.RECORD_TYPE_FORM,
        faults.NO_TIME,
        faults.OUT_OF_RANGE,
        f"{faults.NO_TIME}; {timestamps.lacking('2026-02-30')}",
        date_bounds.faults({"from": "2026-02-30 10:00"})[0].message,
        faults.RECORD_ID_FORM,
        faults.choice(["a", "b"]),
        faults.too_long(9),
        faults.too_long(9, "octets in UTF-8"),
        faults.unknown("a", ["b"]),
        faults.unknown("a", ["b"], "parameter"),
    ],
)
def test_every_message_with_a_name_has_a_line(message: str) -> None:
    assert has_line(message)


@pytest.mark.parametrize(
    "told",
    [
        "Object missing required field `a`",
        "Object contains unknown field `a`",
        "Expected `str`, got `int`",
        "Expected `str` - at `$.log`",
        "Expected `str | object | null`, got `array`",
        "Expected `int` >= 1",
        "Expected `int` <= 200",
        "Expected `str` of length >= 1",
        "Expected `str` of length <= 9",
        "Expected `array` of length <= 50",
        "Expected `object` of length >= 1",
        "Expected `datetime` with a timezone component",
        "Invalid RFC3339 encoded datetime",
        "Number out of range - at `$.details[...]`",
        "Invalid value 'x' - at `$.log`",
    ],
)
def test_what_msgspec_tells_has_a_line_and_no_word_of_its_own(told: str) -> None:
    for noun in ("field", faults.PARAMETER):
        message = faults.fault(told, entries.Entry, noun=noun).message
        assert has_line(message), message
        assert not re.search("Expected|`|RFC|length|datetime", message)


def test_the_page_names_the_limits_of_the_types() -> None:
    limits = {
        "`key`": "128", "`message_id`": "256", "`subject`": "998", "`sender`": "320", "`affected`": "50",
        "`change`": "64", "levels of JSON": str(nesting.MAX_LEVELS),
        "a batch of entries or delivery events": str(entries.MAX_ENTRIES),
        "`recipient` of a delivery event": f"{posted_events.MAX_RECIPIENT:,} characters, and {MAX_MAILBOX_BYTES} oct",
    }  # fmt: skip
    limits |= {
        f"`{field}` of a delivery event": f"{limit:,} characters" for field, limit in posted_events.LIMITS.items()
    }
    rows = {row[0].strip("| "): row[1] for row in (line.split(" | ") for line in PAGE.splitlines()) if len(row) == 2}
    for name, limit in limits.items():
        assert rows[name].startswith(limit), name
