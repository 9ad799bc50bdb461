"""The laboratory in which functions meet the faults of AWS."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.faults.scenario import Lab, laboratory


@pytest.fixture(scope="session")
def worlds() -> dict[Any, Any]:
    """Snapshots of what scenarios begin with, made once."""
    return {}


@pytest.fixture
def lab(functions: dict[str, str], archive: None, worlds: dict[Any, Any]) -> Iterator[Lab]:
    with laboratory(worlds) as made:
        yield made
