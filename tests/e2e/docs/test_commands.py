"""Every command of README and docs/ is typed on the running stack, page by page, and prints what its page shows."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.docs import answers, routes
from tests.support.docs.pages import DOCS, REPOSITORY, Step, documents, name_of, steps
from tests.support.docs.shell import Call, Outcome, PageShell

pytestmark = pytest.mark.slow

API_PAGES = routes.PAGES
OTHER_PAGES = [path for path in documents() if path not in API_PAGES and steps(path)]

# Until what a provider or a function has done is seen.
PATIENCE_SECONDS = 30
# What only reads can be typed again.
_WRITES = re.compile(
    r" -X (?:PUT|POST|DELETE)| -d '?\{|daybook (?:post|import|simulate|export|erase|reindex|orgs put"
    r"|blacklist (?:reset|block|validate)|holds (?:place|lift)|access (?:group|staff)|settings set|retention apply"
    r"|exports cancel|dead-letters redrive)"
)


def typed(shell: PageShell, step: Step) -> tuple[Outcome, list[str]]:
    """What a block printed, and what is not as its page says. A read is typed again until it is."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        outcome = shell.run(step.commands.text)
        faults = list(_faults(step, outcome))
        if not faults or _WRITES.search(step.commands.text) or time.monotonic() > deadline:
            return outcome, faults
        time.sleep(0.5)


def _faults(step: Step, outcome: Outcome) -> Iterator[str]:
    shown = step.answer
    expected = shown and shown.language == "json" and re.search(r'"status": ([45]\d\d)', shown.text)
    for call in outcome.calls:
        if not (200 <= call.status < 300 or (expected and call.status == int(expected[1]))):
            yield f"{call.method} {call.url}: {call.status}"
    yield from (f"failed: {command}" for command in outcome.failed)
    if shown:
        yield from answers.faults(shown.text, shown.language, outcome.printed)


def problems(shell: PageShell, path: Path) -> tuple[list[Call], list[str]]:
    calls: list[Call] = []
    told: list[str] = []
    for step in steps(path):
        outcome, faults = typed(shell, step)
        calls += outcome.calls
        told += [f"{step.commands.place}: {fault}\n{outcome.errors[-1000:]}" for fault in faults]
    return calls, told


@pytest.fixture
def shell(stack: dict[str, Any], tmp_path: Path) -> Iterator[PageShell]:
    with PageShell(tmp_path, stack) as shell:
        yield shell


def test_the_pages_of_the_api_work_in_their_order_and_call_every_route(shell: PageShell) -> None:
    calls: list[Call] = []
    told: list[str] = []
    for path in API_PAGES:
        made, faults = problems(shell, path)
        calls, told = calls + made, told + faults
    assert not told, "\n".join(told)
    called = {route for call in calls for route in routes.matching(call.method, urlsplit(call.url).path)}
    assert sorted(routes.ROUTES - called) == []


@pytest.mark.parametrize("path", OTHER_PAGES, ids=name_of)
def test_the_commands_of_a_page_work_as_they_stand_there(shell: PageShell, path: Path) -> None:
    _, told = problems(shell, path)
    assert not told, "\n".join(told)


def test_every_page_that_has_commands_is_here() -> None:
    assert {path for path in documents() if steps(path)} == {*API_PAGES, *OTHER_PAGES}
    assert REPOSITORY / "README.md" in OTHER_PAGES
    assert DOCS / "tutorial.md" in OTHER_PAGES
