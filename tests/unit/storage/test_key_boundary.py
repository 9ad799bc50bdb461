"""No module but `storage.keys` takes a key apart or puts one together: it would do so with a `/`."""

import ast
from collections.abc import Iterator
from pathlib import Path

import daybook
import pytest

PACKAGE = Path(daybook.__path__[0])

# The modules, or what in them, that format or split other texts at a `/`, and what these are.
OTHER_TEXTS = {
    "api/routes.py": "paths of URLs",
    "exports/files.py _file_name": "path of a list, for the name under which its file is saved",
    "exports/lists.py": "paths of lists, as in URLs",
    "model/delivery_events.py DeliveryEvent": "kind and subtype of a bounce, for readers",
    "model/entries.py Record": "path of a record",
    "records/finding.py RecordFinder": "path of a record, as staff type it",
    "search/line/dates.py _DATE": "dates as staff type them",
}

METHODS = {
    "endswith", "find", "format", "index", "join", "lstrip", "partition", "removeprefix", "removesuffix", "replace",
    "rfind", "rindex", "rpartition", "rsplit", "rstrip", "split", "startswith", "strip",
}  # fmt: skip


def is_text_with_slash(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and "/" in node.value


def uses(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes in which a text with a `/` is formatted, added, or the separator of a method of texts."""
    for node in ast.walk(tree):
        match node:
            case ast.JoinedStr(values=parts) if any(is_text_with_slash(part) for part in parts):
                yield node
            case ast.BinOp(op=ast.Add() | ast.Mod(), left=left, right=right):
                if is_text_with_slash(left) or is_text_with_slash(right):
                    yield node
            case ast.Call(func=ast.Attribute(value=text, attr=name), args=arguments) if name in METHODS:
                if any(is_text_with_slash(part) for argument in (text, *arguments) for part in ast.walk(argument)):
                    yield node
            case ast.Attribute(attr="AFTER_SLASH") | ast.Name(id="AFTER_SLASH") | ast.alias(name="AFTER_SLASH"):
                yield node


def name_of(statement: ast.stmt) -> str:
    """The name that a statement of a module defines."""
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
    return f"line {statement.lineno}"


def places() -> Iterator[str]:
    """Where texts are formatted or split at a `/`, as module and name, but in `storage.keys`."""
    for path in sorted(PACKAGE.rglob("*.py")):
        module = path.relative_to(PACKAGE).as_posix()
        if not module.startswith("storage/keys"):
            for statement in ast.parse(path.read_text()).body:
                if any(uses(statement)):
                    yield f"{module} {name_of(statement)}"


def test_only_the_keys_module_handles_keys() -> None:
    found = {module if (module := place.split()[0]) in OTHER_TEXTS else place for place in places()}
    assert found == OTHER_TEXTS.keys()


@pytest.mark.parametrize(
    "code",
    [
        'f"{org}/{record}"',
        'org + "/" + path',
        '"%s/%s" % (org, path)',
        'sk.split("/")',
        'sk.partition("/")[0]',
        'sk.removeprefix("email/")',
        'sk.startswith(("content/", "key/"))',
        '"/".join(parts)',
        '"{}/{}".format(org, path)',
        "Range(pk, low, keys.AFTER_SLASH)",
        "from daybook.storage.keys import AFTER_SLASH",
    ],
)
def test_each_way_of_handling_a_key_is_found(code: str) -> None:
    assert any(uses(ast.parse(code)))


def test_texts_that_stay_whole_are_no_keys() -> None:
    assert not any(uses(ast.parse('"""a/b"""\nscope = "daybook/read"\nparts = line.split(",")')))
