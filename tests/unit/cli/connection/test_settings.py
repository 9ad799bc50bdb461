from __future__ import annotations

from pathlib import Path

import pytest
from daybook_cli.connection.settings import Connection, ConnectionOptions, ConnectionSettingsError, find_stack, resolve

from tests.support.cli.api_stand_in import API, TOKENS, write_stack

STACK = {"api": API, "tokens": TOKENS, "orgs": ["riverside", "hilltop"]}
ENVIRON = {"DAYBOOK_API": "https://api.example.com/", "DAYBOOK_TOKEN": "from-environment", "DAYBOOK_ORG": "hilltop"}


def test_the_stack_alone_gives_address_token_and_first_org() -> None:
    assert resolve(ConnectionOptions(), {}, STACK, "admin") == Connection(API, TOKENS["admin"], "riverside")


def test_the_environment_comes_before_the_stack() -> None:
    assert resolve(ConnectionOptions(), ENVIRON, STACK, "admin") == Connection(
        "https://api.example.com", "from-environment", "hilltop"
    )


def test_options_come_before_the_environment() -> None:
    options = ConnectionOptions(api="https://other.example.com", token="given", org="riverside")
    assert resolve(options, ENVIRON, STACK, "admin") == Connection("https://other.example.com", "given", "riverside")


def test_a_role_names_a_token_of_the_stack_even_when_the_environment_has_one() -> None:
    assert resolve(ConnectionOptions(role="staff"), {"DAYBOOK_TOKEN": "x"}, STACK, "admin").token == TOKENS["staff"]


def test_a_token_of_the_stack_is_not_sent_to_another_address() -> None:
    with pytest.raises(ConnectionSettingsError, match=r"No token is known for https://api\.example\.com"):
        resolve(ConnectionOptions(api="https://api.example.com"), {}, STACK, "admin")


def test_the_stack_by_its_own_address_keeps_its_tokens() -> None:
    assert resolve(ConnectionOptions(api=f"{API}/"), {}, STACK, "service").token == TOKENS["service"]


@pytest.mark.parametrize(
    ("options", "stack", "sentence"),
    [
        (ConnectionOptions(), {}, "No Daybook API is known here"),
        (ConnectionOptions(api=API, token="x"), {}, "No org is known here"),
        (ConnectionOptions(org="riverside", role="admin", api=API), {}, "No local stack"),
    ],
)
def test_what_is_missing_is_said(options: ConnectionOptions, stack: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConnectionSettingsError, match=sentence):
        resolve(options, {}, stack, "admin")


def test_the_stack_is_found_from_a_folder_below(tmp_path: Path) -> None:
    write_stack(tmp_path)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert find_stack(below, {})["api"] == API


@pytest.mark.parametrize("text", ["", "{", "[]", "\x00"])
def test_a_broken_stack_file_is_a_sentence(tmp_path: Path, text: str) -> None:
    write_stack(tmp_path)
    (tmp_path / ".local" / "stack.json").write_text(text)
    with pytest.raises(ConnectionSettingsError, match="make run"):
        find_stack(tmp_path, {})


def test_the_folder_that_the_stack_was_given_comes_first(tmp_path: Path) -> None:
    write_stack(tmp_path)
    named = tmp_path / "named"
    named.mkdir()
    environ = {"DAYBOOK_LOCAL_FOLDER": "named"}
    assert find_stack(tmp_path, environ) == {}
    (named / "stack.json").write_text('{"api": "http://127.0.0.1:1"}')
    assert find_stack(tmp_path, environ) == {"api": "http://127.0.0.1:1"}
