"""What the console's function tells its page about signing in, and what it does when the issuer does not answer."""

import io
import json
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from daybook_local.deployment.template import function_environment

from tests.support.functions.console import StubIssuer, answered, app, request, stub_issuer, write_assets
from tests.support.functions.events import Context

FILES = {"index.html": b"page", "manifest.json": b'{"mail_script_hash": "sha256-x"}'}
CONFIG = request("/console/config.json")
PAGE = request("/console/")


@pytest.fixture
def issuer() -> Iterator[StubIssuer]:
    with stub_issuer() as stub:
        yield stub


def made(folder: Path, issuer: str, **parameters: str) -> Any:
    """A console with the environment of the template."""
    resolved = {"Issuer": issuer, "Audience": "daybook", "ConsoleClientId": "console", **parameters}
    write_assets(folder, FILES)
    settings = app().read_settings(function_environment(service="console", resolved=resolved))
    return app().Console(settings, app().read_files(folder), "sha256-x")


def connected(console: Any) -> str:
    """What the page may speak to, by its policy."""
    policy = answered(console, PAGE).headers["content-security-policy"]
    (directive,) = (each for each in policy.split("; ") if each.startswith("connect-src"))
    return str(directive)


def test_the_page_is_told_the_endpoints_of_the_issuer(tmp_path: Path, issuer: StubIssuer) -> None:
    console = made(tmp_path, issuer.url, OrgClaim="custom:org", ConsoleToken="id_token", ConsoleScope="openid email")
    answer = answered(console, CONFIG)
    assert answer.status == 200
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert answer.json == {
        "api": "/v1",
        "issuer": issuer.url,
        "client_id": "console",
        "authorization_endpoint": f"{issuer.url}/authorize",
        "token_endpoint": f"{issuer.url}/token",
        "end_session_endpoint": f"{issuer.url}/end_session",
        "scope": "openid email",
        "token": "id_token",
        "claims": {"org": "custom:org", "username": "username", "name": "name"},
    }
    assert connected(console) == f"connect-src 'self' {issuer.url}"


def test_the_template_has_defaults_for_all_but_the_client_id(tmp_path: Path, issuer: StubIssuer) -> None:
    config = answered(made(tmp_path, issuer.url), CONFIG).json
    assert (config["scope"], config["token"]) == ("openid profile", "access_token")
    assert config["claims"] == {"org": "org", "username": "username", "name": "name"}


def test_the_token_endpoint_may_be_of_another_origin(tmp_path: Path, issuer: StubIssuer) -> None:
    issuer.changes = {"token_endpoint": "https://tokens.example.com:8443/oauth/token?x=1;y"}
    assert connected(made(tmp_path, issuer.url)) == "connect-src 'self' https://tokens.example.com:8443"


def test_an_issuer_need_not_end_sessions(tmp_path: Path, issuer: StubIssuer) -> None:
    issuer.changes = {"end_session_endpoint": None}
    assert answered(made(tmp_path, issuer.url), CONFIG).json["end_session_endpoint"] is None


def test_an_issuer_with_a_slash_at_its_end_is_asked_at_the_same_address(tmp_path: Path, issuer: StubIssuer) -> None:
    issuer.changes = {"issuer": f"{issuer.url}/"}
    assert answered(made(tmp_path, f"{issuer.url}/"), CONFIG).status == 200
    assert issuer.asked == ["/.well-known/openid-configuration"]


def test_the_issuer_is_asked_once_an_hour(tmp_path: Path, issuer: StubIssuer, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(app().time, "monotonic", lambda: now[0])
    console = made(tmp_path, issuer.url)
    for seconds, asked in ((0, 1), (3599, 1), (3601, 2)):
        now[0] = 1000.0 + seconds
        assert answered(console, CONFIG).status == 200
        assert len(issuer.asked) == asked


@pytest.mark.parametrize(
    ("changes", "text", "reason"),
    [
        ({}, "no JSON", "could not be read"),
        ({}, "[]", "is not the discovery document of the issuer"),
        ({"issuer": "https://other.example.com"}, None, "is not the discovery document of the issuer"),
        ({"authorization_endpoint": None}, None, "has no usable authorization_endpoint."),
        ({"token_endpoint": "https://x y/token"}, None, "has no usable token_endpoint."),
        ({"token_endpoint": "https://x;script-src"}, None, "has no usable token_endpoint."),
        ({"token_endpoint": "javascript:alert(1)"}, None, "has no usable token_endpoint."),
        ({"end_session_endpoint": 1}, None, "has no usable end_session_endpoint."),
    ],
)
def test_an_issuer_that_cannot_be_used_is_a_problem_and_is_asked_again(
    tmp_path: Path,
    issuer: StubIssuer,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, Any],
    text: str | None,
    reason: str,
) -> None:
    console = made(tmp_path, issuer.url)
    issuer.changes, issuer.text = changes, text
    monkeypatch.setattr(app().logger, "propagate", True)
    answer = answered(console, CONFIG)
    assert (answer.status, answer.headers["content-type"]) == (503, "application/problem+json")
    assert (answer.json["code"], answer.json["status"]) == ("issuer_unavailable", 503)
    assert answer.headers["cache-control"] == "no-store"
    assert [line.message for line in caplog.records] == ["discovery failed"]
    assert reason in vars(caplog.records[0])["figures"]["reason"]
    # The page is there, and says so itself.
    assert (answered(console, PAGE).status, connected(console)) == (200, "connect-src 'self'")
    issuer.changes, issuer.text = {}, None
    assert answered(console, CONFIG).status == 200


def test_an_issuer_that_is_down_is_a_problem(tmp_path: Path) -> None:
    with stub_issuer() as gone:
        pass
    assert answered(made(tmp_path, gone.url), CONFIG).json["code"] == "issuer_unavailable"


def test_without_a_client_id_the_page_is_told_so_and_the_issuer_not_asked(tmp_path: Path, issuer: StubIssuer) -> None:
    console = made(tmp_path, issuer.url, ConsoleClientId="")
    answer = answered(console, CONFIG)
    assert (answer.status, answer.json["code"]) == (503, "sign_in_not_configured")
    assert "ConsoleClientId" in answer.json["detail"]
    assert connected(console) == "connect-src 'self'"
    assert issuer.asked == []


def test_origins_are_read_from_the_parameter(tmp_path: Path) -> None:
    resolved = {"Issuer": "https://x", "Audience": "y", "EmbedOrigins": "https://a.example,http://localhost:4583"}
    settings = app().read_settings(function_environment(service="console", resolved=resolved))
    assert settings.embed_origins == ("https://a.example", "http://localhost:4583")


def test_an_invocation_is_a_line_of_the_log_without_the_path(
    tmp_path: Path, issuer: StubIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_assets(tmp_path, FILES)
    resolved = {"Issuer": issuer.url, "Audience": "daybook"}
    for name, value in function_environment(service="console", resolved=resolved).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(app(), "ASSETS", tmp_path)
    app().console.cache_clear()
    written = io.StringIO()
    with redirect_stdout(written):
        response = app().handler(request("/console/riverside/family/101"), Context())
    app().console.cache_clear()
    assert response["statusCode"] == 200
    line = json.loads(written.getvalue())
    assert line.pop("milliseconds") >= 0
    assert line.pop("timestamp").endswith("+0000")
    assert line == {
        "level": "INFO",
        "message": "answered",
        "service": "console",
        "function_request_id": Context().aws_request_id,
        "correlation_id": "request-1",
        "route": "GET /console/{path+}",
        "served": "index.html",
        "status": 200,
    }
