"""One stack with the demonstration and one browser for all tests of the console."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.support.console.browser import Visits, browser_or_skip, chromium
from tests.support.local_stack.process import demonstration_stack


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    browser_or_skip()
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def stack(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What stack.json says: of the stack that STACK_FILE names, or of one that is started for these tests."""
    if named := os.environ.get("STACK_FILE"):
        yield json.loads(Path(named).read_text())
        return
    with demonstration_stack(tmp_path_factory.mktemp("local-stack")) as stack:
        yield stack


@pytest.fixture(scope="session")
def all_visits(stack: dict[str, Any], browser: Browser) -> Visits:
    return Visits(stack, browser)


@pytest.fixture
def visits(all_visits: Visits) -> Iterator[Visits]:
    """Whoever opens pages with it: what they complain of fails the test, but for answers that are no success."""
    all_visits.complaints.clear()
    yield all_visits
    all_visits.close()
    assert all_visits.complaints == []
