from __future__ import annotations

import json
import re

from daybook_cli.rendering import escaping
from hypothesis import given
from hypothesis import strategies as st


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=50), max_size=5))
def test_a_json_line_is_one_line_and_reads_back(value: dict[str, str]) -> None:
    line = escaping.json_line(value)
    assert len(line.splitlines()) == 1
    assert json.loads(line) == value


@given(st.text())
def test_a_safe_line_holds_no_control_character(text: str) -> None:
    safe = escaping.one_line(text)
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", safe)
