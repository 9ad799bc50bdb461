"""The console's addresses on the local stack, and which pages of other origins may call the API."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from daybook_local.deployment.template import REPOSITORY
from daybook_local.issuer.callers import PEOPLE

pytestmark = pytest.mark.slow

PAGE = REPOSITORY / "functions" / "console" / "assets" / "index.html"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def get(stack: dict[str, Any], path: str, **how: Any) -> httpx.Response:
    return httpx.get(f"{stack['api']}{path}", timeout=30, **how)


def config(stack: dict[str, Any]) -> dict[str, Any]:
    answer = get(stack, "/console/config.json")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("path", ["/", "/console"])
def test_the_start_page_is_found(stack: dict[str, Any], path: str) -> None:
    answer = get(stack, path, follow_redirects=True)
    assert str(answer.url) == stack["console"] == f"{stack['api']}/console/"


@pytest.mark.parametrize("path", ["/console/", "/console/riverside/family/101"])
def test_an_address_of_a_page_is_answered_with_the_page_that_was_built(stack: dict[str, Any], path: str) -> None:
    answer = get(stack, path)
    if PAGE.exists():
        assert (answer.status_code, answer.text) == (200, PAGE.read_text())
        assert f"connect-src 'self' {stack['issuer']};" in answer.headers["content-security-policy"]
    else:
        assert answer.status_code == 503
        assert "make console" in answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_configuration_names_the_issuer_of_the_stack(stack: dict[str, Any]) -> None:
    found = config(stack)
    assert (found["issuer"], found["client_id"], found["token"]) == (stack["issuer"], "console", "access_token")
    assert found["authorization_endpoint"].startswith(stack["issuer"])


def preflight(stack: dict[str, Any], origin: str) -> httpx.Response:
    asked = {"access-control-request-method": "PUT", "access-control-request-headers": "authorization, if-match"}
    url = f"{stack['api']}/v1/orgs/{stack['orgs'][0]}/access"
    return httpx.options(url, headers={"origin": origin, **asked}, timeout=30)


def test_pages_of_a_listed_origin_may_call_the_api(stack: dict[str, Any]) -> None:
    assert len(stack["embed_origins"]) == 2
    for origin in stack["embed_origins"]:
        allowed = preflight(stack, origin)
        assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (204, origin)
        assert "PUT" in allowed.headers["access-control-allow-methods"]
        assert {"Authorization", "If-Match"} <= set(allowed.headers["access-control-allow-headers"].split(","))
        headers = {"origin": origin, "authorization": f"Bearer {stack['tokens']['admin']}"}
        answer = get(stack, f"/v1/orgs/{stack['orgs'][0]}/access", headers=headers)
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, origin)
        assert "ETag" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
def test_pages_of_another_origin_may_not(stack: dict[str, Any], origin: str) -> None:
    assert "access-control-allow-origin" not in preflight(stack, origin).headers
    assert "access-control-allow-origin" not in get(stack, "/console/config.json", headers={"origin": origin}).headers


def signed_in(stack: dict[str, Any], key: str) -> str:
    """The access token of a person who signs in as the console has them sign in."""
    settings, callback = config(stack), f"{stack['console']}callback"
    asked = {"response_type": "code", "code_challenge": CHALLENGE, "code_challenge_method": "S256", "sign_in_as": key}
    client = {"client_id": settings["client_id"], "redirect_uri": callback}
    there = httpx.get(settings["authorization_endpoint"], params=asked | client | {"scope": settings["scope"]})
    code = parse_qs(urlsplit(there.headers["location"]).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER, **client}
    token: str = httpx.post(settings["token_endpoint"], data=form).json()["access_token"]
    return token


def test_each_person_who_can_sign_in_may_do_something_else(stack: dict[str, Any]) -> None:
    seen = {}
    for person in PEOPLE:
        headers = {"authorization": f"Bearer {signed_in(stack, person.key)}"}
        answer = get(stack, f"/v1/orgs/{person.org}/access/me", headers=headers)
        assert answer.status_code == 200, answer.text
        seen[person.name] = (person.org, answer.json()["permissions"])
    assert len(seen["Alex Admin"][1]) > 10
    assert seen["Fran Front"] == ("riverside", ["family_email_log", "sms_log"])
    assert seen["Nora New"] == ("riverside", [])
    assert seen["Olga Other"] == ("hilltop", seen["Alex Admin"][1])
