"""DynamoDB's JSON, as in {"S": text}, is written and read in the storage only: everything else has models or values."""

import ast
from collections.abc import Iterator
from pathlib import Path

import daybook
import pytest

PACKAGE = Path(daybook.__path__[0])
TYPES = {"S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS"}


def places(tree: ast.AST) -> Iterator[int]:
    """The lines in which a value is tagged with its type, or read by it."""
    for node in ast.walk(tree):
        match node:
            case (
                ast.Dict(keys=[ast.Constant(value=str() as name)])
                | ast.Subscript(slice=ast.Constant(value=str() as name))
            ):
                if name in TYPES:
                    yield node.lineno
            case ast.MatchMapping(keys=[ast.Constant(value=str() as name)]) if name in TYPES:
                yield node.lineno
            case ast.Compare(left=ast.Constant(value=str() as name), ops=[ast.In() | ast.NotIn()]) if name in TYPES:
                yield node.lineno


def test_only_the_storage_speaks_dynamodbs_json() -> None:
    found = {
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in PACKAGE.rglob("*.py")
        if not path.is_relative_to(PACKAGE / "storage")
        for line in places(ast.parse(path.read_text()))
    }
    assert not found


@pytest.mark.parametrize(
    "code", ['{"S": x}', 'item["x"]["N"]', 'if "NULL" in value: pass', 'match v:\n  case {"B": x}: pass']
)
def test_each_way_of_speaking_it_is_found(code: str) -> None:
    assert list(places(ast.parse(code)))
