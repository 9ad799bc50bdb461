"""Cases of what mailers and mail servers report, each in its file, on the running stack."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.local_stack.replay import differences, replay

OWN = sorted((Path(__file__).parent / "own").glob("*.json"))

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("path", OWN, ids=[path.stem for path in OWN])
def test_a_case_is_seen_as_expected(stack: dict[str, Any], path: Path) -> None:
    case, seen = replay(stack, path.read_text(), seed=15)
    assert differences(case["expected"], seen) == []
