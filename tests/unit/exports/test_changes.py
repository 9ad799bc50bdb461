"""What differs between two states of a record, and values as cells."""

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from daybook.exports.changes import Change, changes, details, label, shown
from daybook.exports.local_times import LocalTimes
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

TIMES = LocalTimes(ZoneInfo("America/Chicago"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"a": 1, "b": 2}, {"b": 3, "a": 1}, [(("b",), 2, 3)]),
        ({"a": 1, "b": 2}, {"b": 2}, [(("a",), 1, UNSET)]),
        ({"a": {"b": {"c": 1, "d": 2}}}, {"a": {"b": {"c": 1, "d": 3}}}, [(("a", "b", "d"), 2, 3)]),
        (UNSET, {"a": 1, "b": {"c": 2}}, [(("a",), UNSET, 1), (("b", "c"), UNSET, 2)]),
        ({"a": 1}, UNSET, [(("a",), 1, UNSET)]),
        ({"a": [1, 2]}, {"a": [2, 1]}, [(("a",), [1, 2], [2, 1])]),
        ({"a": [{"x": 1, "y": 2}]}, {"a": [{"y": 2, "x": 1}]}, []),
        ({"a": {"b": 1}}, {"a": [1]}, [(("a",), {"b": 1}, [1])]),
        ({"a": 1}, {"a": True}, [(("a",), 1, True)]),
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": None}, {}, [(("a",), None, UNSET)]),
        (UNSET, {}, [((), UNSET, {})]),
        ("open", "closed", [((), "open", "closed")]),
        (UNSET, UNSET, []),
    ],
)
def test_fields_that_differ(before: Any, after: Any, found: list[tuple[tuple[str, ...], Any, Any]]) -> None:
    assert changes(before, after) == [Change(*change) for change in found]


@given(JSON, JSON)
def test_each_change_is_of_the_states_and_none_is_where_they_are_the_same(before: Any, after: Any) -> None:
    found = changes(before, after)

    assert (found == []) == (json.dumps(before, sort_keys=True) == json.dumps(after, sort_keys=True))
    assert len({change.path for change in found}) == len(found)
    for change in found:
        assert (change.before, change.after) == (value_at(before, change.path), value_at(after, change.path))
        assert json.dumps(change.before, default=str) != json.dumps(change.after, default=str)


def value_at(state: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        state = state.get(name, UNSET) if isinstance(state, dict) else UNSET
    return state


@pytest.mark.parametrize(
    ("name", "shown_name"),
    [
        ("date_of_birth", "Date of birth"), ("dateOfBirth", "Date of birth"), ("ZIP", "ZIP"),
        ("homeZIPCode", "Home ZIPCode"),
        ("e-mail", "E mail"), ("_", "_"), ("", ""), ("élève", "Élève"),
    ],
)  # fmt: skip
def test_names_of_fields_are_for_people(name: str, shown_name: str) -> None:
    assert label(name) == shown_name


def test_a_field_within_another_is_named_with_it() -> None:
    assert Change(("home_address", "zip"), 1, 2).label == "Home address › Zip"
    assert Change((), 1, 2).label == "Value"


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""), (UNSET, ""), ("", "empty"), ([], "empty"), ({}, "empty"), (0, 0), (False, "no"), (True, "yes"),
        (42, 42),
        (1.5, "1.5"), (10**15, "1000000000000000"), (1e22, "1e+22"), ("open", "open"),
        ("2026-11-22T23:10:03.123Z", "2026-11-22 17:10:03 -06:00"),
        ("2026-11-22T23:10+05:30", "2026-11-22 11:40:00 -06:00"),
        ("2026-13-22T23:10:03Z", "2026-13-22T23:10:03Z"), ("2026-11-22", "2026-11-22"),
        (["Mon", True, None, {"at": 9}], 'Mon\nyes\n\n{"at":9}'),
        ({"first_name": "Ann", "tags": ["a", "b"], "born": None}, 'First name: Ann\nTags: ["a","b"]\nBorn: '),
    ],
)  # fmt: skip
def test_values_are_cells(value: Any, cell: str | int) -> None:
    made = shown(value, TIMES)

    assert made == cell
    assert type(made) is type(cell)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("called", "called"),
        ({"class": "Gym 3", "paid": True, "days": [1]}, "class: Gym 3\npaid: true\ndays: [1]"),
    ],
)
def test_details_have_a_line_for_each_name(value: Any, text: str) -> None:
    assert details(value) == text
