"""The issuer of the local stack: its documents, and signing in by the code flow with PKCE."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from daybook_local.issuer import sign_in
from daybook_local.issuer.callers import PEOPLE, caller_claims
from daybook_local.issuer.server import Issuer
from daybook_local.issuer.sign_in import is_loopback
from daybook_local.issuer.tokens import stored_key
from daybook_local.stack import ports
from joserfc import jwt
from joserfc.jwk import KeySet

VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
CALLBACK = "http://127.0.0.1:4580/console/callback"
ASKED = {
    "response_type": "code",
    "client_id": "console",
    "redirect_uri": CALLBACK,
    "scope": "openid profile",
    "state": 'a b&c="<d>',
    "nonce": "n-1",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
EXCHANGE = {
    "grant_type": "authorization_code",
    "client_id": "console",
    "redirect_uri": CALLBACK,
    "code_verifier": VERIFIER,
}


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuer]:
    key = stored_key(tmp_path_factory.mktemp("issuer") / "key.json")
    issuer = Issuer(key, ports.HOST, ports.any_free_port())
    issuer.start()
    yield issuer
    issuer.stop()


@pytest.fixture
def browser(issuer: Issuer) -> Iterator[httpx.Client]:
    """It keeps cookies, and shows where a redirect leads instead of following it."""
    with httpx.Client(base_url=issuer.url, trust_env=False) as client:
        yield client


def links(page: httpx.Response) -> dict[str, str]:
    """The links of the sign-in page by the person's name."""
    found = re.findall(r'<a href="([^"]+)"[^>]*><b>([^<]+)</b>', page.text)
    return {html.unescape(name): html.unescape(link) for link, name in found}


def sent_back(response: httpx.Response) -> dict[str, str]:
    """What a redirect to the client tells it."""
    assert response.status_code == 302, response.text
    location = response.headers["location"]
    assert location.startswith(f"{CALLBACK}?")
    return dict(parse_qsl(urlsplit(location).query))


def code(browser: httpx.Client, name: str = "Fran Front") -> str:
    page = browser.get("/authorize", params=ASKED | {"prompt": "login"})
    return sent_back(browser.get(links(page)[name]))["code"]


def exchanged(browser: httpx.Client, code: str, **changes: str) -> tuple[int, dict[str, Any]]:
    response = browser.post("/token", data={**EXCHANGE, "code": code, **changes})
    return response.status_code, response.json()


def claims(browser: httpx.Client, token: str) -> dict[str, Any]:
    """The claims of a token that the issuer's keys have signed."""
    keys = KeySet.import_key_set(browser.get("/jwks.json").json())
    return jwt.decode(token, keys, algorithms=["RS256"]).claims


def test_the_documents_name_what_a_client_needs(issuer: Issuer, browser: httpx.Client) -> None:
    document = browser.get("/.well-known/openid-configuration").json()
    assert document["issuer"] == issuer.url
    for name in ("authorization", "token", "end_session"):
        assert document[f"{name}_endpoint"] == f"{issuer.url}/{'authorize' if name == 'authorization' else name}"
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["authorization_response_iss_parameter_supported"] is True
    assert "d" not in browser.get("/jwks.json").json()["keys"][0]
    assert browser.get("/nothing").status_code == browser.post("/authorize").status_code == 404


def test_a_token_of_the_stack_can_be_checked_with_what_the_issuer_publishes(
    issuer: Issuer, browser: httpx.Client
) -> None:
    tokens = {name: claims(browser, token) for name, token in issuer.tokens().items()}
    assert tokens.keys() == caller_claims().keys() == {"admin", "staff", "service", "platform", "other_admin"}
    admin = tokens["admin"]
    assert (admin["iss"], admin["org"], admin["groups"]) == (issuer.url, "riverside", ["admin"])
    services = [tokens[name] for name in ("service", "platform")]
    assert not [found for found in services if {"org", "username"} & found.keys()]
    assert {found["client_id"]: found["scope"] for found in services} == {
        "portal": "daybook/write daybook/read",
        "platform": "daybook/write daybook/read daybook/manage",
    }


def test_a_person_is_chosen_and_signed_in_with_the_claims_of_the_stack(issuer: Issuer, browser: httpx.Client) -> None:
    page = browser.get("/authorize", params=ASKED)
    assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
    assert list(links(page)) == [person.name for person in PEOPLE]
    answer = sent_back(browser.get(links(page)["Alex Admin"]))
    assert (answer["state"], answer["iss"]) == (ASKED["state"], issuer.url)
    status, tokens = exchanged(browser, answer["code"])
    assert (status, tokens["token_type"], tokens["expires_in"]) == (200, "Bearer", 3600)
    access, identity = claims(browser, tokens["access_token"]), claims(browser, tokens["id_token"])
    assert caller_claims()["admin"].items() <= access.items()
    assert (access["aud"], identity["aud"], identity["nonce"]) == ("daybook-local", "console", "n-1")
    assert access["exp"] - access["iat"] == 3600
    assert (identity["sub"], identity["iss"]) == (access["sub"], issuer.url)


def test_nothing_of_the_request_becomes_markup(browser: httpx.Client) -> None:
    page = browser.get("/authorize", params=ASKED | {"state": '"><script>alert(1)</script>', "login_hint": "<b>"})
    assert "<script" not in page.text
    assert "alert(1)" not in html.unescape("".join(re.split(r'href="[^"]*"', page.text)))
    assert links(page).keys() == {person.name for person in PEOPLE}
    refused = browser.get("/authorize", params=ASKED | {"redirect_uri": "http://evil.example/<script>"})
    assert "<script" not in refused.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_a_code_is_good_for_one_exchange(browser: httpx.Client) -> None:
    once = code(browser)
    assert exchanged(browser, once)[0] == 200
    status, refused = exchanged(browser, once)
    assert (status, refused["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"redirect_uri": "http://127.0.0.1:4580/console/other"}, "invalid_grant"),
        ({"code": "guessed"}, "invalid_grant"),
        ({"client_id": "portal"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_an_exchange_that_does_not_fit_is_refused(browser: httpx.Client, changes: dict[str, str], error: str) -> None:
    status, refused = exchanged(browser, **({"code": code(browser)} | changes))
    assert (status, refused["error"]) == (400, error)
    assert "access_token" not in refused


def test_a_code_whose_exchange_failed_is_used_up(browser: httpx.Client) -> None:
    tried = code(browser)
    assert exchanged(browser, tried, code_verifier="w" * 43)[0] == 400
    assert exchanged(browser, tried)[1]["error"] == "invalid_grant"


def test_a_code_expires(browser: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in, "CODE_SECONDS", -1)
    assert exchanged(browser, code(browser))[1]["error"] == "invalid_grant"


def test_without_a_nonce_the_token_has_none(browser: httpx.Client) -> None:
    page = browser.get("/authorize", params={name: value for name, value in ASKED.items() if name != "nonce"})
    _, tokens = exchanged(browser, sent_back(browser.get(links(page)["Olga Other"]))["code"])
    assert "nonce" not in claims(browser, tokens["id_token"])
    assert claims(browser, tokens["access_token"])["org"] == "hilltop"


def test_a_browser_is_remembered_until_it_signs_out(issuer: Issuer, browser: httpx.Client) -> None:
    silent = ASKED | {"prompt": "none"}
    assert sent_back(browser.get("/authorize", params=silent)) == {
        "error": "login_required",
        "state": ASKED["state"],
        "iss": issuer.url,
    }
    code(browser, "Nora New")
    for request in (silent, ASKED):
        _, tokens = exchanged(browser, sent_back(browser.get("/authorize", params=request))["code"])
        assert claims(browser, tokens["access_token"])["name"] == "Nora New"
    back = {"post_logout_redirect_uri": "http://127.0.0.1:4580/console/", "state": "s"}
    left = browser.get("/end_session", params=back)
    assert left.headers["location"] == "http://127.0.0.1:4580/console/?state=s"
    assert sent_back(browser.get("/authorize", params=silent))["error"] == "login_required"


def test_the_cookie_is_the_issuers_alone(issuer: Issuer, browser: httpx.Client) -> None:
    page = browser.get("/authorize", params=ASKED)
    cookie = browser.get(links(page)["Nora New"]).headers["set-cookie"]
    assert cookie.startswith(f"daybook-issuer-{urlsplit(issuer.url).port}=")
    assert {"HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))
    beside = f"a/b=c; {cookie.partition(';')[0]}; ="
    assert httpx.get(f"{issuer.url}/authorize", params=ASKED, headers={"cookie": beside}).status_code == 302


@pytest.mark.parametrize("hint", ["front", "Fran Front", "u-2"])
def test_the_focus_is_on_the_person_whom_the_client_expects(browser: httpx.Client, hint: str) -> None:
    page = browser.get("/authorize", params=ASKED | {"login_hint": hint})
    assert re.findall(r"autofocus><b>([^<]+)", page.text) == ["Fran Front"]
    assert "autofocus" not in browser.get("/authorize", params=ASKED | {"login_hint": "nobody"}).text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"scope": "profile"}, "invalid_request"),
    ],
)
def test_a_request_that_is_wrong_is_sent_back(browser: httpx.Client, changes: dict[str, str], error: str) -> None:
    assert sent_back(browser.get("/authorize", params=ASKED | changes))["error"] == error


@pytest.mark.parametrize(
    "changes", [{"client_id": "portal"}, {"redirect_uri": ""}, {"redirect_uri": "https://evil.example/callback"}]
)
def test_a_request_of_nobody_known_is_not_redirected(browser: httpx.Client, changes: dict[str, str]) -> None:
    response = browser.get("/authorize", params=ASKED | changes)
    assert (response.status_code, "location" in response.headers) == (400, False)


def test_the_end_of_a_session_leads_to_loopback_or_to_a_page(browser: httpx.Client) -> None:
    assert browser.get("/end_session").status_code == 200
    away = browser.get("/end_session", params={"post_logout_redirect_uri": "https://evil.example/"})
    assert (away.status_code, "location" in away.headers) == (400, False)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://127.0.0.1:4580/console/callback?x=1", True),
        ("http://localhost", True),
        ("http://[::1]:80/", True),
        ("https://localhost/", False),
        ("http://127.0.0.1.evil.example/", False),
        ("http://localhost@evil.example/", False),
        ("http://evil.example\\@localhost/", False),
        ("http://localhost/#fragment", False),
        ("http://localhost/\r\nX: y", False),
        ("http://localhost/é", False),
        ("null", False),
    ],
)
def test_loopback_is_told_from_what_looks_like_it(address: str, expected: bool) -> None:
    assert is_loopback(address) == expected


def test_the_token_endpoint_may_be_read_by_pages_on_loopback_only(browser: httpx.Client) -> None:
    for origin, allowed in (("http://localhost:4583", "http://localhost:4583"), ("http://evil.example", None)):
        answers = [
            browser.post("/token", data=EXCHANGE, headers={"origin": origin}),
            browser.options("/token", headers={"origin": origin}),
            browser.get("/jwks.json", headers={"origin": origin}),
        ]
        assert [answer.headers.get("access-control-allow-origin") for answer in answers] == [allowed] * 3
    page = browser.get("/authorize", params=ASKED, headers={"origin": "http://localhost:4583"})
    assert "access-control-allow-origin" not in page.headers


def test_a_form_without_a_length_is_refused(browser: httpx.Client) -> None:
    body = urlencode(EXCHANGE).encode()
    assert browser.post("/token", content=iter([body])).json() == {"error": "invalid_request"}


def test_every_address_of_a_redirect_keeps_its_own_parameters(tmp_path: Path) -> None:
    assert sign_in.with_query("http://localhost/?a=1&b=", c="x y") == "http://localhost/?a=1&b=&c=x+y"
