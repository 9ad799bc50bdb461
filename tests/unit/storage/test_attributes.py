"""Every attribute that the package writes is explained beside the items, and every one explained is in use."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import daybook
import pytest
from daybook.storage import items
from daybook.storage.items import audit_items, entry_items, entry_pointers, event_attributes

PACKAGE = Path(daybook.__path__[0])
TYPES = {"S", "N", "B", "BOOL", "NULL"}


def explained() -> set[str]:
    """The names in the second, or else the first, column of the tables: in the code font and followed by a sentence."""
    found: set[str] = set()
    for module in (items, entry_items, audit_items, entry_pointers, event_attributes):
        for line in (module.__doc__ or "").splitlines():
            if line.startswith("| ") and "---" not in line:
                cells = [cell.strip() for cell in line.strip("|").split("|")]
                names = cells[1] if module is items else cells[0]
                found |= set(re.findall(r"`(\w+)`", names))
    return found


def is_value(node: ast.AST | None) -> bool:
    """Whether it is a value in DynamoDB's JSON, as in `{"S": text}`."""
    return isinstance(node, ast.Dict) and any(isinstance(key, ast.Constant) and key.value in TYPES for key in node.keys)


def written(tree: ast.AST) -> Iterator[str]:
    """The names of attributes that stand in the code with their values."""
    for node in ast.walk(tree):
        pairs: list[tuple[ast.expr | None, ast.expr]] = []
        match node:
            case ast.Dict(keys=names, values=values):
                pairs = list(zip(names, values, strict=True))
            case ast.Assign(targets=[ast.Subscript(slice=subscript)], value=value):
                pairs = [(subscript, value)]
        for name, value in pairs:
            if isinstance(name, ast.Constant) and isinstance(name.value, str) and is_value(value):
                yield name.value


def constants(tree: ast.AST) -> Iterator[str]:
    return (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))


TREES = [ast.parse(path.read_text()) for path in PACKAGE.rglob("*.py")]


def test_every_attribute_that_is_written_is_explained() -> None:
    placeholders = {":pk", ":low", ":high"}
    assert {name for tree in TREES for name in written(tree)} - placeholders - explained() == {"pk", "sk"}


def test_every_attribute_that_is_explained_is_in_use() -> None:
    assert explained() <= {text for tree in TREES for text in constants(tree)}
    assert len(explained()) > 50


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([a-z_.]+\.[A-Z]\w+)`", items.__doc__ or ""))))
def test_every_type_that_is_named_exists(name: str) -> None:
    module, _, type_name = name.rpartition(".")
    assert isinstance(getattr(importlib.import_module(f"daybook.{module}"), type_name), type)
