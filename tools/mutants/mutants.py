"""The mutants of a module: its code with one mutation each."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from types import CodeType

from tools.mutants import operators

# Characters that are shown before and after a difference in a long piece of code.
CONTEXT = 60

# Options of a class that keep wrong code from running, and change none that is right.
WITHOUT_EFFECT = {"frozen", "kw_only"}


@dataclass(frozen=True)
class Mutant:
    """`line`, `before` and `after` say what differs from the module. `statement` is the first line of the statement."""

    line: int
    before: str
    after: str
    statement: int
    code: CodeType


@dataclass(frozen=True)
class _Place:
    """Where a node is: in a field of its parent, or at the index of the list that is there."""

    node: ast.AST
    parent: ast.AST
    field: str
    index: int | None
    statement: ast.stmt

    def put(self, node: ast.AST) -> None:
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


def mutants(source: str, filename: str) -> Iterator[Mutant]:
    """Every mutant of the source, in the order of the text. What does not compile, or is the same code, is none."""
    tree = ast.parse(source, filename)
    lines = source.splitlines()
    for place in list(_places(tree, None)):
        before = ast.unparse(place.node)
        for node in operators.mutations(place.node):
            after = ast.unparse(node)
            code = None if after == before else _compiled(tree, place, node, filename)
            if code is not None:
                yield Mutant(_line(place), *_shown(place, before, after, lines), place.statement.lineno, code)


def _compiled(tree: ast.Module, place: _Place, node: ast.AST, filename: str) -> CodeType | None:
    place.put(_located(node, place))
    try:
        return compile(tree, filename, "exec", dont_inherit=True)
    except SyntaxError:
        return None
    finally:
        place.put(place.node)


def _located(node: ast.AST, place: _Place) -> ast.AST:
    """The node with lines of the place where it has none, for tracebacks and for the compiler."""
    origin = place.node if hasattr(place.node, "lineno") else place.statement
    ast.copy_location(node, origin)
    return ast.fix_missing_locations(node)


def _places(node: ast.AST, statement: ast.stmt | None) -> Iterator[_Place]:
    """Every place below the node where code may differ: in no docstring, import, message or annotation.

    The annotations of a class's fields are checked when it runs: their numbers, such as limits, are code.
    """
    for field, value in ast.iter_fields(node):
        children = enumerate(value) if isinstance(value, list) else [(None, value)]
        for index, child in children:
            if not isinstance(child, ast.AST) or _is_left_out(child, node, field):
                continue
            own = child if isinstance(child, ast.stmt) else statement
            if own is None:
                raise ValueError("every node of a module is in a statement")
            inner = _places(child, own)
            if field == "annotation":
                yield from (place for place in inner if _is_number(place.node))
                continue
            # The order of types says nothing.
            if not (isinstance(child, ast.Tuple) and isinstance(node, ast.Subscript | ast.ExceptHandler)):
                yield _Place(child, node, field, index, own)
            yield from inner


def _is_left_out(node: ast.AST, parent: ast.AST, field: str) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Expr(ast.Constant()) | ast.If(ast.Name("TYPE_CHECKING")):
            return True
        case ast.Constant():
            return isinstance(parent, ast.JoinedStr)
        case ast.keyword():
            return node.arg in WITHOUT_EFFECT
        case _:
            return field in {"returns", "format_spec"} or (field == "annotation" and isinstance(parent, ast.arg))


def _is_number(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int) and not isinstance(node.value, bool)


def _line(place: _Place) -> int:
    return getattr(place.node, "lineno", place.statement.lineno)


def _shown(place: _Place, before: str, after: str, lines: list[str]) -> tuple[str, str]:
    """The line before and after where the node is on one line, else the node itself."""
    node = place.node
    if isinstance(node, ast.expr) and node.lineno == node.end_lineno:
        line = lines[node.lineno - 1].encode()
        start, end = line[: node.col_offset].decode(), line[node.end_col_offset :].decode()
        return lines[node.lineno - 1].strip(), f"{start}{after}{end}".strip()
    return _differing(before.splitlines()[0].strip(), after.splitlines()[0].strip())


def _differing(before: str, after: str) -> tuple[str, str]:
    """Both without most of what they share at their beginning and end."""
    start = max(_shared(before, after) - CONTEXT, 0)
    end = max(_shared(before[start:][::-1], after[start:][::-1]) - CONTEXT, 0)
    return before[start : len(before) - end], after[start : len(after) - end]


def _shared(before: str, after: str) -> int:
    """The characters with which both begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))
