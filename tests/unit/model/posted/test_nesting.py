"""How deep an entry may be, and that one too deep leaves the body readable."""

import json
import time

import msgspec
import pytest
from daybook.model.entries import MAX_BODY_BYTES
from daybook.model.posted import nesting


def deep(levels: int) -> str:
    return "[" * levels + "]" * levels


@pytest.mark.parametrize(
    ("entry", "is_too_deep"),
    [
        (deep(64), False),
        (deep(65), True),
        (f'{{"a": {deep(63)}, "b": {deep(63)}}}', False),
        (f'{{"a": {deep(63)}, "b": {deep(64)}}}', True),
        ('{"a":' * 65 + "1" + "}" * 65, True),
        (json.dumps({"a": deep(500) + '"' + deep(500) + "\\"}), False),
        (json.dumps([deep(3)] * 500), False),
        (f"[{','.join([deep(2)] * 500)}]", False),
        ("[" * 100_000, True),
        ('{"a": "' + '\\"' * 200_000, False),
    ],
)
def test_levels(entry: str, is_too_deep: bool) -> None:
    assert nesting.is_too_deep(entry.encode()) == is_too_deep


@pytest.mark.parametrize("levels", [66, 600, 100_000])
def test_what_is_too_deep_is_cut_and_is_still_too_deep(levels: int) -> None:
    entries = ['{"a": "]"}', f'{{"a": {deep(levels)}, "b": "[["}}', deep(levels), f'["\\"", {deep(60)}]']
    cut = nesting.cut(f'{{"entries": [{",".join(entries)}]}}'.encode())
    first, second, third, fourth = map(bytes, read(cut))
    assert (first, fourth) == (entries[0].encode(), entries[3].encode())
    assert [nesting.is_too_deep(each) for each in (first, second, third, fourth)] == [False, True, True, False]
    assert json.loads(second)["b"] == "[["


def read(body: bytes) -> list[msgspec.Raw]:
    decoded: dict[str, list[msgspec.Raw]] = msgspec.json.decode(body, type=dict[str, list[msgspec.Raw]])
    return decoded["entries"]


@pytest.mark.parametrize("body", ["{}", '{"entries": []}', deep(60), deep(64), "]]]]", '{"entries": [["', "[" * 300])
def test_all_else_stays_as_it_is(body: str) -> None:
    assert nesting.cut(body.encode()) == body.encode()


@pytest.mark.parametrize("text", ["[", "[]", '"\\', '\\"', '"'])
def test_the_largest_body_takes_no_time_of_its_square(text: str) -> None:
    """Brackets, and quotes that begin and end nothing."""
    started = time.process_time()
    nesting.cut((f'"{text}' + text * (MAX_BODY_BYTES // len(text))).encode())
    nesting.cut((text * (MAX_BODY_BYTES // len(text))).encode())
    assert time.process_time() - started < 3
