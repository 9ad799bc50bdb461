"""The local stacks that the tests of a folder share."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.local_stack.aws import keep_for_seconds
from tests.support.local_stack.process import demonstration_stack, local_stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What stack.json says of a stack with the demonstration, whose feedback has all been reconciled."""
    with demonstration_stack(tmp_path_factory.mktemp("local-stack")) as stack:
        yield stack


@pytest.fixture(scope="session")
def short_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The same of a stack in which everything is kept for seconds."""
    with local_stack(tmp_path_factory.mktemp("short-stack")) as started:
        stack = started.described()
        keep_for_seconds(stack)
        yield stack
