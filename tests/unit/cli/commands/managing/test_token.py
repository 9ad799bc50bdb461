from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from tests.support.cli.api_stand_in import StandIn, run

CLAIMS: dict[str, Any] = {"iss": "https://login.example", "username": "maria", "groups": ["admin"], "exp": 4102444800}
ENDPOINT = "https://login.example/oauth2/token"
FETCH = ["token", "--url", ENDPOINT, "--client-id", "portal"]
SECRET = {"DAYBOOK_CLIENT_SECRET": "s3cret"}


def jwt(claims: dict[str, Any]) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{payload}.c2ln"


class TokenEndpoint(httpx.BaseTransport):
    def __init__(self, answer: httpx.Response | Exception) -> None:
        self.answer = answer
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize("width", [None, 80, 200])
def test_claims_are_shown_a_line_each_with_times_in_utc(folder: Path, width: int | None) -> None:
    terminal = io.StringIO() if width else None
    result = run(folder, StandIn(), "token", "--token", jwt(CLAIMS), terminal=terminal, width=width or 80)
    shown = terminal.getvalue() if terminal else result.stdout
    assert shown.splitlines() == [
        "iss: https://login.example",
        "username: maria",
        'groups: ["admin"]',
        "exp: 2100-01-01 00:00 UTC",
    ]
    assert result.stderr == ""


def test_a_token_that_has_expired_is_told(folder: Path) -> None:
    result = run(folder, StandIn(), "token", environ={"DAYBOOK_TOKEN": jwt(CLAIMS | {"exp": 1})})
    assert (result.exit_code, result.stderr) == (0, "This token has expired.\n")


def test_claims_are_json_or_the_token_is_bare(folder: Path) -> None:
    token = jwt(CLAIMS)
    assert json.loads(run(folder, StandIn(), "token", "--token", token, "--json").stdout) == CLAIMS
    assert run(folder, StandIn(), "token", "--token", token, "--bare").stdout == f"{token}\n"
    assert run(folder, StandIn(), "token", "--bare").stdout == "token-of-admin\n"
    assert run(folder, StandIn(), "token", "--bare", "--as", "service").stdout == "token-of-service\n"


@pytest.mark.parametrize("token", ["opaque", "a.b.c", "a.W10.c", "a.\u00e9.c", "..", "a.e30.c.d"])
def test_a_token_that_claims_nothing_is_a_sentence(folder: Path, token: str) -> None:
    result = run(folder, StandIn(), "token", "--token", token)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "This token is no JWT" in result.stderr


@pytest.mark.parametrize("odd", ["soon", None, [1], 1e300])
def test_a_claim_of_an_odd_type_is_shown_somehow(folder: Path, odd: object) -> None:
    result = run(folder, StandIn(), "token", "--token", jwt({"exp": odd, "iat": odd}))
    assert result.exit_code == 0, result.output


def test_a_service_gets_a_token_by_its_credentials(folder: Path) -> None:
    endpoint = TokenEndpoint(httpx.Response(200, json={"access_token": jwt(CLAIMS), "token_type": "Bearer"}))
    result = run(
        folder, endpoint, *FETCH, "--scope", "daybook/read", "--scope", "daybook/write", "--audience", "daybook",
        "--bare", environ=SECRET,
    )  # fmt: skip
    assert result.stdout == f"{jwt(CLAIMS)}\n"
    (request,) = endpoint.requests
    assert (request.method, str(request.url)) == ("POST", ENDPOINT)
    assert request.headers["authorization"] == "Basic " + base64.b64encode(b"portal:s3cret").decode()
    assert parse_qs(request.content.decode()) == {
        "grant_type": ["client_credentials"],
        "scope": ["daybook/read daybook/write"],
        "audience": ["daybook"],
    }


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (
            httpx.Response(401, json={"error": "invalid_client", "error_description": "Unknown client."}),
            "401: Unknown client.",
        ),
        (httpx.Response(400, json={"error": "invalid_scope"}), "400: invalid_scope"),
        (httpx.Response(200, json={"token_type": "Bearer"}), "200: no access_token in the answer"),
        (httpx.Response(404, text="<html>"), "404: no access_token in the answer"),
        (httpx.ConnectError("[Errno 111] Connection refused"), "cannot be reached: nothing answers there"),
    ],
)
def test_a_token_endpoint_that_gives_none_is_a_sentence(
    folder: Path, answer: httpx.Response | Exception, sentence: str
) -> None:
    result = run(folder, TokenEndpoint(answer), *FETCH, environ=SECRET)
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"The token endpoint {ENDPOINT}" in result.stderr
    assert sentence in result.stderr
    assert "s3cret" not in result.stderr


def test_a_secret_that_is_missing_is_asked_for(folder: Path) -> None:
    result = run(folder, TokenEndpoint(httpx.Response(500)), *FETCH)
    assert result.exit_code == 1
    assert "put it into DAYBOOK_CLIENT_SECRET" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--url", ENDPOINT],
        ["--client-id", "portal"],
        ["--scope", "x"],
        [*FETCH[1:], "--token", "x"],
        [*FETCH[1:], "--as", "admin"],
        ["--bare", "--json"],
        ["--token", "x", "--as", "admin"],
        ["admin", "--as", "staff"],
        ["admin", "--json"],
    ],
)
def test_wrong_usage_is_status_2(folder: Path, arguments: list[str]) -> None:
    endpoint = TokenEndpoint(httpx.Response(500))
    assert run(folder, endpoint, "token", *arguments, environ=SECRET).exit_code == 2
    assert endpoint.requests == []


def test_a_name_prints_that_token_of_the_local_stack_alone(folder: Path) -> None:
    environ = {"DAYBOOK_TOKEN": jwt(CLAIMS), "DAYBOOK_API": "https://elsewhere.example"}
    for name in ("admin", "service"):
        assert run(folder, StandIn(), "token", name, environ=environ).stdout == f"token-of-{name}\n"


# An empty one is that of a variable that is not set.
@pytest.mark.parametrize("name", ["root", ""])
def test_a_name_that_the_stack_does_not_know_is_answered_with_those_it_knows(folder: Path, name: str) -> None:
    result = run(folder, StandIn(), "token", name)
    assert (result.exit_code, result.stdout) == (1, "")
    names = ", ".join(json.loads((folder / ".local" / "stack.json").read_text())["tokens"])
    assert result.stderr == f"The local stack has no token '{name}'. It has {names}.\n"


@pytest.mark.parametrize("arguments", [["admin"], ["--as", "admin"]])
def test_without_a_stack_a_name_is_a_sentence(tmp_path: Path, arguments: list[str]) -> None:
    environ = {"DAYBOOK_API": "https://daybook.example"}
    result = run(tmp_path, StandIn(), "token", *arguments, environ=environ)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Start one with `make run`" in result.stderr
