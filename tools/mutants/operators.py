"""What a mutation makes of a piece of code: other operators, constants and arguments, or one thing less."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TypeVar

OTHER_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
OTHER_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Div: ast.Mult,
    ast.Mod: ast.FloorDiv, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
OTHER_FUNCTIONS = {"min": "max", "max": "min", "any": "all", "all": "any", "sorted": "list"}
COMMUTATIVE = {"min", "max"}
T = TypeVar("T")


def mutations(node: ast.AST) -> Iterator[ast.AST]:
    """Nodes to put in the place of this one, each with one mutation. They share children with it."""
    for kind, operator in _OPERATORS.items():
        if isinstance(node, kind):
            yield from operator(node)


def _of_constant(node: ast.Constant) -> Iterator[ast.expr]:
    match node.value:
        case bool() as value:
            yield ast.Constant(not value)
        case int() | float() as value:
            yield ast.Constant(value + 1)
            yield ast.Constant(value - 1)
        case str() as value if not any(map(str.isspace, value)):
            # What has a blank is a message, which no test need repeat.
            yield ast.Constant(value + "_")
        case bytes() as value:
            yield ast.Constant(value + b"_")


def _of_comparison(node: ast.Compare) -> Iterator[ast.expr]:
    for index, operator in enumerate(node.ops):
        yield ast.Compare(node.left, _replaced(node.ops, index, OTHER_COMPARISONS[type(operator)]()), node.comparators)


def _of_boolean_operation(node: ast.BoolOp) -> Iterator[ast.expr]:
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    for index in range(len(node.values)):
        rest = _without(node.values, index)
        yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)


def _of_unary_operation(node: ast.UnaryOp) -> Iterator[ast.expr]:
    if isinstance(node.op, ast.Not | ast.USub):
        yield node.operand


def _of_operation(node: ast.BinOp) -> Iterator[ast.expr]:
    if type(node.op) in OTHER_OPERATORS:
        yield ast.BinOp(node.left, OTHER_OPERATORS[type(node.op)](), node.right)


def _of_conditional(node: ast.IfExp) -> Iterator[ast.expr]:
    yield node.body
    yield node.orelse


def _of_if(node: ast.If) -> Iterator[ast.stmt]:
    for value in (True, False):
        yield ast.If(ast.Constant(value), node.body, node.orelse)


def _of_while(node: ast.While) -> Iterator[ast.stmt]:
    yield ast.While(ast.Constant(False), node.body, node.orelse)


def _of_comprehension(node: ast.comprehension) -> Iterator[ast.comprehension]:
    for index in range(len(node.ifs)):
        yield ast.comprehension(node.target, node.iter, _without(node.ifs, index), node.is_async)


def _of_call(node: ast.Call) -> Iterator[ast.expr]:
    if isinstance(node.func, ast.Name) and node.func.id in OTHER_FUNCTIONS:
        yield ast.Call(ast.Name(OTHER_FUNCTIONS[node.func.id], ast.Load()), node.args, node.keywords)
    if not (isinstance(node.func, ast.Name) and node.func.id in COMMUTATIVE):
        for arguments in _with_neighbours_swapped(node.args):
            yield ast.Call(node.func, arguments, node.keywords)
    for index in range(len(node.keywords)):
        yield ast.Call(node.func, node.args, _without(node.keywords, index))
    for values in _with_neighbours_swapped([keyword.value for keyword in node.keywords]):
        keywords = [ast.keyword(keyword.arg, value) for keyword, value in zip(node.keywords, values, strict=True)]
        yield ast.Call(node.func, node.args, keywords)


def _of_tuple(node: ast.Tuple) -> Iterator[ast.expr]:
    if isinstance(node.ctx, ast.Load):
        for elements in _with_neighbours_swapped(node.elts):
            yield ast.Tuple(elements, node.ctx)


def _of_list_or_set(node: ast.List | ast.Set) -> Iterator[ast.expr]:
    for index in range(len(node.elts)):
        elements = _without(node.elts, index)
        if isinstance(node, ast.List):
            yield ast.List(elements, node.ctx)
        elif elements:
            yield ast.Set(elements)


def _of_dictionary(node: ast.Dict) -> Iterator[ast.expr]:
    for index in range(len(node.keys)):
        yield ast.Dict(_without(node.keys, index), _without(node.values, index))
    for values in _with_neighbours_swapped(node.values):
        yield ast.Dict(node.keys, values)


def _of_slice(node: ast.Slice) -> Iterator[ast.expr]:
    if node.lower:
        yield ast.Slice(None, node.upper, node.step)
    if node.upper:
        yield ast.Slice(node.lower, None, node.step)


def _of_return(node: ast.Return) -> Iterator[ast.stmt]:
    is_none = node.value is None or (isinstance(node.value, ast.Constant) and node.value.value is None)
    if not is_none:
        yield ast.Return(ast.Constant(None))


def _of_assignment(node: ast.Assign) -> Iterator[ast.stmt]:
    """Without that of a name, the name would be missing, which every test notices."""
    if not any(isinstance(target, ast.Name | ast.Tuple) for target in node.targets):
        yield ast.Pass()


def _deleted(_: ast.stmt) -> Iterator[ast.stmt]:
    yield ast.Pass()


def _of_break(_: ast.Break) -> Iterator[ast.stmt]:
    yield ast.Continue()


def _of_continue(_: ast.Continue) -> Iterator[ast.stmt]:
    yield ast.Break()
    yield ast.Pass()


_OPERATORS: dict[type[ast.AST], Callable[..., Iterator[ast.AST]]] = {
    ast.Constant: _of_constant,
    ast.Compare: _of_comparison,
    ast.BoolOp: _of_boolean_operation,
    ast.UnaryOp: _of_unary_operation,
    ast.BinOp: _of_operation,
    ast.IfExp: _of_conditional,
    ast.If: _of_if,
    ast.While: _of_while,
    ast.comprehension: _of_comprehension,
    ast.Call: _of_call,
    ast.Tuple: _of_tuple,
    ast.List: _of_list_or_set,
    ast.Set: _of_list_or_set,
    ast.Dict: _of_dictionary,
    ast.Slice: _of_slice,
    ast.Return: _of_return,
    ast.Assign: _of_assignment,
    ast.AugAssign: _deleted,
    ast.Expr: _deleted,
    ast.Raise: _deleted,
    ast.Delete: _deleted,
    ast.Break: _of_break,
    ast.Continue: _of_continue,
}


def _without(values: Sequence[T], index: int) -> list[T]:
    return [*values[:index], *values[index + 1 :]]


def _replaced(values: Sequence[T], index: int, value: T) -> list[T]:
    return [*values[:index], value, *values[index + 1 :]]


def _with_neighbours_swapped(values: Sequence[ast.expr]) -> Iterator[list[ast.expr]]:
    for index, (left, right) in enumerate(pairwise(values)):
        if not isinstance(left, ast.Starred) and not isinstance(right, ast.Starred):
            yield [*values[:index], right, left, *values[index + 2 :]]
