"""The module to mutate, and the tests that are about it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

TIERS = ("unit", "functional")


@dataclass(frozen=True)
class Module:
    name: str
    path: Path

    @property
    def package(self) -> str:
        """`search` of `daybook.search.index.terms`: tests are in folders of this name."""
        return [*self.name.split("."), ""][1]


def find_module(text: str) -> Module:
    """The module with this dotted name or path. It is not imported. ValueError where there is none."""
    path = Path(text).resolve() if text.endswith(".py") else None
    # The shortest name that leads to a path is the one by which the code imports it.
    parts = path.with_suffix("").parts if path else ()
    names = [".".join(parts[start:]) for start in range(len(parts) - 1, 0, -1)] or [text]
    for name in names:
        with suppress(ImportError):
            spec = find_spec(name)
            if spec and spec.origin and Path(spec.origin).suffix == ".py" and path in (None, Path(spec.origin)):
                return Module(name, Path(spec.origin))
    raise ValueError(f"{text} is neither a module that can be imported nor the path of one")


def find_tests(module: Module, tests: Path) -> list[Path]:
    """The tests of the module's package, and those files of others that import the module itself."""
    folders = [tests / tier / module.package for tier in TIERS]
    found = [folder for folder in folders if module.package and folder.is_dir()]
    for tier in TIERS:
        for path in sorted((tests / tier).rglob("test_*.py")):
            if not any(path.is_relative_to(folder) for folder in found) and module.name in _imported(path):
                found.append(path)
    return found


def _imported(path: Path) -> set[str]:
    return set(_names(ast.parse(path.read_text(encoding="utf-8"))))


def _names(tree: ast.Module) -> Iterator[str]:
    """The names that may be modules: all of `from a import b` are."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
