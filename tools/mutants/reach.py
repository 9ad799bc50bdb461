"""Which statements of a module each test executes: a call in front of each statement notes it."""

from __future__ import annotations

import ast
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import CodeType

import pytest

PROBE = "__reached__"


@dataclass
class Reach:
    """What each test, by its id, executes of the module, how long it takes, and which of them fail.

    A statement is named by its first line. `imported` are those that run when the module is imported.
    """

    statements: dict[str, set[int]] = field(default_factory=dict)
    imported: set[int] = field(default_factory=set)
    seconds: dict[str, float] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    def tests_of(self, statement: int) -> list[str]:
        """Those that execute the statement. What runs with the import may matter to any test."""
        if statement in self.imported:
            return list(self.statements)
        return [test for test, executed in self.statements.items() if statement in executed]


def with_probes(source: str, filename: str) -> CodeType:
    """The module's code, which calls PROBE with the first line of a statement before it executes the statement."""
    tree = ast.parse(source, filename)
    for node in list(ast.walk(tree)):
        for name in ("body", "orelse", "finalbody"):
            body = getattr(node, name, None)
            if isinstance(body, list):
                setattr(node, name, list(_probed(body)))
    return compile(ast.fix_missing_locations(tree), filename, "exec", dont_inherit=True)


def _probed(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        # Both have to come first.
        is_docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        is_future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        if not is_docstring and not is_future:
            call = ast.Call(ast.Name(PROBE, ast.Load()), [ast.Constant(statement.lineno)], [])
            yield ast.copy_location(ast.Expr(call), statement)
        yield statement


class ReachPlugin:
    """Of pytest: measures while the tests run. `reached` is the probe."""

    def __init__(self, module: str) -> None:
        self.reach = Reach()
        self._module = module
        self._executed: set[int] = set()

    def reached(self, statement: int) -> None:
        module = sys.modules.get(self._module)
        is_importing = module is None or getattr(module.__spec__, "_initializing", False)
        (self.reach.imported if is_importing else self._executed).add(statement)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._executed = self.reach.statements[item.nodeid] = set()
        start = time.monotonic()
        try:
            return (yield)
        finally:
            self.reach.seconds[item.nodeid] = time.monotonic() - start

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.reach.failed.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.reach.failed.append(report.nodeid)
