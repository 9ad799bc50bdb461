"""Entity tags of a state, and the header If-Match."""

import pytest
from daybook.access import entity_tags
from daybook.access.entity_tags import IfMatch
from daybook.access.grants import OrgGrants
from daybook.core.errors import MalformedError, PreconditionFailedError
from hypothesis import given
from hypothesis import strategies as st

CURRENT = entity_tags.entity_tag(OrgGrants({"front": ["sms_log"]}, {}))
# RFC 9110, 8.8.3: `etagc`.
TAGS = st.text(st.characters(min_codepoint=0x21, exclude_characters='"\x7f', exclude_categories=["Cs"])).map(
    '"{}"'.format
)


def test_a_tag_is_strong_and_tells_states_apart() -> None:
    states = [
        OrgGrants({}, {}),
        OrgGrants({"front": ["sms_log"]}, {}),
        OrgGrants({}, {"front": ["sms_log"]}),
        OrgGrants({"front": ["sms_log", "push_log"]}, {}),
        OrgGrants({"Front": ["sms_log"]}, {}),
    ]
    tags = {entity_tags.entity_tag(state) for state in states}
    assert len(tags) == len(states)
    assert all(tag[0] == tag[-1] == '"' and tag[1:-1].isalnum() for tag in tags)


def test_the_order_of_names_does_not_tell() -> None:
    one, other = {"b": ["sms_log"], "a": ["push_log"]}, {"a": ["push_log"], "b": ["sms_log"]}
    assert entity_tags.entity_tag(OrgGrants(one, {})) == entity_tags.entity_tag(OrgGrants(other, {}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "header",
    [
        None,
        "*",
        " * ",
        CURRENT,
        f'"other", {CURRENT}',
        f'{CURRENT},"other"',
        f",, {CURRENT}\t,",
        f'"a,b",W/"x",{CURRENT}',
    ],
)
def test_a_state_that_is_named_is_the_right_one(header: str | None) -> None:
    entity_tags.parse_if_match(header).require(CURRENT)


@pytest.mark.parametrize(
    "header", ['"other"', '""', f"W/{CURRENT}", '"*"', f'"{CURRENT[1:9]}"', f'W/"a", "b",W/{CURRENT}']
)
def test_another_state_or_a_weak_tag_is_not(header: str) -> None:
    with pytest.raises(PreconditionFailedError):
        entity_tags.parse_if_match(header).require(CURRENT)


@pytest.mark.parametrize(
    "header",
    ["", " ", ",", CURRENT[1:-1], CURRENT[1:], f"{CURRENT} {CURRENT}", f"*, {CURRENT}", f"w/{CURRENT}", f"W/ {CURRENT}",
     "'a'", '"a b"', '"a"b', '"a"; "b"', "**", '"a\x7f"', "W/*"],
)  # fmt: skip
def test_what_is_no_list_of_tags_is_malformed(header: str) -> None:
    with pytest.raises(MalformedError, match=r'^If-Match must be .*"0f3a"'):
        entity_tags.parse_if_match(header)


def test_a_long_header_is_read_in_no_time() -> None:
    for header in (" " * 50_000, "," * 50_000, '"a" ' * 10_000, '"' * 50_001, " ," * 20_000 + "x"):
        with pytest.raises(MalformedError):
            entity_tags.parse_if_match(header)


@given(
    st.lists(st.tuples(st.sampled_from(["", "W/"]), TAGS), min_size=1, max_size=4),
    st.sampled_from([",", ", ", " ,\t,"]),
)
def test_any_list_of_tags_names_the_strong_ones(tags: list[tuple[str, str]], comma: str) -> None:
    header = comma.join(weak + tag for weak, tag in tags)
    assert entity_tags.parse_if_match(header) == IfMatch(frozenset(tag for weak, tag in tags if not weak))
