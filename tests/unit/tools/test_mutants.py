"""The mutation tool: which mutants it makes, which tests it chooses, and that it tells killed ones from survivors."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.mutants.modules import Module, find_module, find_tests
from tools.mutants.mutants import mutants
from tools.mutants.runs import Run, outcomes

REPOSITORY = Path(__file__).parents[3]


def after(source: str) -> list[str]:
    return [mutant.after for mutant in mutants(source, "shop.py")]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a < b", ["pass", "a <= b"]),
        ("x = a == b in c", ["x = a != b in c", "x = a == b not in c"]),
        ("x = a and b", ["x = a or b", "x = b", "x = a"]),
        ("x = not a", ["x = a"]),
        ("x = -a + b", ["x = -a - b", "x = a + b"]),
        ("x = 7", ["x = 8", "x = 6"]),
        ("x = True", ["x = False"]),
        ("x = 'name', 'two words'", ["x = ('two words', 'name')", "x = 'name_', 'two words'"]),
        ("x = f'text{a}'", []),
        ("x = a if b else c", ["x = a", "x = c"]),
        ("if a: b()", ["if True:", "if False:", "pass"]),
        ("for a in b: continue", ["break", "pass"]),
        ("while a: break", ["while False:", "continue"]),
        ("x = [a for a in b if c]", ["for a in b"]),
        ("x = get(key, consistent=a)", ["x = get(key)"]),
        ("x = get(a, b, low=c, high=d)", [
            "x = get(b, a, low=c, high=d)", "x = get(a, b, high=d)", "x = get(a, b, low=c)",
            "x = get(a, b, low=d, high=c)",
        ]),
        ("x = max(a, b)", ["x = min(a, b)"]),
        ("x = {'a b': c, 'd e': f}", ["x = {'d e': f}", "x = {'a b': c}", "x = {'a b': f, 'd e': c}"]),
        ("x = a[:b]", ["x = a[:]"]),
        ("a.b = c", ["pass"]),
        ("a += b", ["pass"]),
        ("def f(): return a", ["return None"]),
        ("raise a", ["pass"]),
    ],
)  # fmt: skip
def test_each_mutation_is_made_once(source: str, expected: list[str]) -> None:
    assert after(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        '"""One."""\nfrom __future__ import annotations\nimport a\nfrom b import c',
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    x: int = a",
        "def f(a: 'b', *, c: d) -> e: pass",
        "x = A['b c', 'd e']",
        "x = None",
        "class A(B, frozen=True): pass",
        "raise",
    ],
)
def test_what_says_nothing_when_it_runs_is_left_alone(source: str) -> None:
    assert [text for text in after(source) if text != "pass"] == []


def test_the_limits_of_a_field_are_code() -> None:
    assert after("class A:\n    b: Annotated[int, Meta(le=9)]") == [
        "b: Annotated[int, Meta(le=10)]",
        "b: Annotated[int, Meta(le=8)]",
    ]


def test_what_does_not_compile_is_no_mutant() -> None:
    """A `continue` would be in the place of this `break`, and a `return` of a value in a generator that is async."""
    assert after("async def f():\n    yield a\n    return") == ["pass"]


def test_a_mutant_says_where_it_is_and_keeps_the_code_around_it() -> None:
    source = "def f(a):\n    b = (\n        a\n        < 1\n    )\n    return b\n"
    found = [(mutant.line, mutant.statement, mutant.before, mutant.after) for mutant in mutants(source, "shop.py")]
    assert found == [
        (3, 2, "a < 1", "a <= 1"),
        (4, 2, "< 1", "< 2"),
        (4, 2, "< 1", "< 0"),
        (6, 6, "return b", "return None"),
    ]


def test_a_module_is_found_by_its_name_and_by_its_path() -> None:
    path = REPOSITORY / "layers/daybook/python/daybook/search/plan.py"
    assert find_module("daybook.search.plan") == find_module(os.path.relpath(path))
    assert find_module("daybook.search.plan").path == path
    for text in ("daybook.search.none", "daybook/search/plan.py", "nobody.has.this", "math"):
        with pytest.raises(ValueError, match="neither a module"):
            find_module(text)


def test_tests_of_the_package_and_those_that_import_the_module_are_about_it(tmp_path: Path) -> None:
    for name, text in {
        "unit/search/test_a.py": "",
        "unit/audit/test_b.py": "from daybook.search import plan",
        "unit/audit/test_c.py": "from daybook.search.plan import Plan",
        "unit/audit/test_d.py": "from daybook.search import by_time",
        "functional/audit/test_e.py": "import daybook.search.plan",
        "integration/search/test_f.py": "from daybook.search import plan",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    found = [str(path.relative_to(tmp_path)) for path in find_tests(find_module("daybook.search.plan"), tmp_path)]
    assert found == ["unit/search", "unit/audit/test_b.py", "unit/audit/test_c.py", "functional/audit/test_e.py"]


SHOP = """\
from functools import cache


def price(count):
    if count >= 5:
        return count * 9
    return count * 10


@cache
def rate():
    return 3


def unused(a):
    return a
"""

TESTS = """\
import shop


def test_all_but_the_boundary():
    assert shop.price(1) == 10
    assert shop.price(9) == 81


def test_that_fills_the_cache():
    shop.rate()


def test_that_finds_the_cache_filled():
    assert shop.rate() == 3
"""


def run(folder: Path, tests: str) -> subprocess.CompletedProcess[str]:
    (folder / "shop.py").write_text(SHOP)
    (folder / "test_shop.py").write_text(tests)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        [sys.executable, "-m", "tools.mutants", "shop", "test_shop.py", "--seed", "1", "--timeout", "300"],
        cwd=folder, env=environment | {"PYTHONPATH": str(REPOSITORY)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.slow
def test_survivors_are_shown_and_the_module_stays_as_it_is(tmp_path: Path) -> None:
    done = run(tmp_path, TESTS)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "Mutants of shop, tried by test_shop.py",
        "shop.py:5  if count >= 5:  ->  if count > 5:",
        "shop.py:5  if count >= 5:  ->  if count >= 4:",
        "shop.py:5  if count >= 5:  ->  if count >= 6:",
        "shop.py:16  return a  ->  return None  (no test executes it)",
        "4 survived, 13 killed, 0 timed out.",
        "Tried 17 of 17; again: SEED=1 COUNT=17; all: COUNT=17",
    ]
    assert (tmp_path / "shop.py").read_text() == SHOP


def test_a_run_that_exceeds_its_time_is_ended_and_told(tmp_path: Path) -> None:
    path = tmp_path / "shop.py"
    path.write_text(SHOP)
    every = list(mutants(SHOP, str(path)))
    runs = [Run(mutant, ["test_shop.py::test_all_but_the_boundary"], seconds=0) for mutant in every[:3]]
    assert list(outcomes(Module("shop", path), runs, processes=2)) == [(run, "timed out") for run in runs]


@pytest.mark.slow
def test_tests_that_fail_without_a_mutation_are_an_error(tmp_path: Path) -> None:
    done = run(tmp_path, TESTS.replace("== 10", "== 11"))
    assert (done.returncode, done.stderr) == (
        1,
        "These tests fail without any mutation:\ntest_shop.py::test_all_but_the_boundary\n",
    )
