"""What the console's function serves of its files, and how."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.functions.console import Answer, answered, app, request, write_assets

SCRIPT = "assets/page-AB12CD.js"
FILES = {
    "index.html": b"<!doctype html>page",
    "index.html.br": b"page in br",
    "index.html.gz": b"page in gzip",
    "mail.html": b"<!doctype html>mail",
    "mail-images.html": b"<!doctype html>mail with images",
    "daybook.js": b"import './assets/x.js'",
    SCRIPT: b"script",
    f"{SCRIPT}.br": b"script in br",
    f"{SCRIPT}.gz": b"script in gzip",
    "assets/sign-EF34.svg": b"<svg/>",
    "manifest.json": b'{"mail_script_hash": "sha256-abc="}',
}
HASH = "sha256-abc="
ORIGINS = ("https://portal.example.com", "http://localhost:4583")


def made(folder: Path, **changed: Any) -> Any:
    """A console without an issuer."""
    settings: dict[str, Any] = {
        "issuer": "https://id.example.com",
        "client_id": "",
        "token": "access_token",
        "scope": "openid profile",
        "claims": {"org": "org", "username": "username", "name": "name"},
        "embed_origins": ORIGINS,
    }
    return app().Console(app().Settings(**settings | changed), app().read_files(folder), HASH)


@pytest.fixture
def console(tmp_path: Path) -> Any:
    write_assets(tmp_path, FILES)
    return made(tmp_path)


def get(console: Any, path: str, **headers: str) -> Answer:
    return answered(console, request(path, **headers))


@pytest.mark.parametrize("path", ["/", "/console"])
def test_what_leads_to_the_console_is_redirected(console: Any, path: str) -> None:
    answer = get(console, path)
    assert (answer.status, answer.headers["location"]) == (302, "/console/")


@pytest.mark.parametrize(
    "path", ["/console/", "/console/riverside/family/101", "/console/index.html", "/console/callback", "/console/x.js"]
)
def test_every_address_of_a_page_is_answered_with_the_page(console: Any, path: str) -> None:
    answer = get(console, path)
    assert (answer.status, answer.body) == (200, FILES["index.html"])
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"


def test_api_gateway_may_route_the_start_page_as_the_address_without_the_slash(console: Any) -> None:
    event = request("/console") | {"rawPath": "/console/"}
    assert answered(console, event).body == FILES["index.html"]


def test_files_with_a_hash_are_kept_for_ever_and_those_with_a_stable_name_for_minutes(console: Any) -> None:
    script, icon, element = (
        get(console, f"/console/{name}") for name in (SCRIPT, "assets/sign-EF34.svg", "daybook.js")
    )
    assert script.headers["cache-control"] == icon.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert element.headers["cache-control"] == "public, max-age=300"
    assert script.headers["content-type"] == element.headers["content-type"] == "text/javascript; charset=utf-8"
    assert icon.headers["content-type"] == "image/svg+xml"


@pytest.mark.parametrize(
    "path",
    [
        "assets/none-00.js",
        "assets/",
        "assets/../app.py",
        "assets/../../console/app.py",
        f"{SCRIPT}.br",
    ],
)
def test_what_is_no_file_below_assets_is_missing(console: Any, path: str) -> None:
    answer = get(console, f"/console/{path}")
    assert (answer.status, answer.json["code"]) == (404, "not_found")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["../app.py", "..%2fapp.py", "/etc/passwd", "manifest.json", "./daybook.js", "index.html.br", "\0"]
)
def test_no_path_leads_to_anything_but_a_file_of_the_build(console: Any, path: str) -> None:
    assert get(console, f"/console/{path}").body == FILES["index.html"]


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", None),
        ("br", "br"),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("GZIP", "gzip"),
        ("*", "br"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0, *", "gzip"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("br; q=0.8 , gzip ;q=0.5", "br"),
        ("gzip;q=0.5, identity;q=0.9", None),
        ("br;q=0.5, identity;q=0.5", "br"),
        ("identity;q=0, br;q=0", None),
        ("br;q=x", None),
        ("*;q=0", None),
    ],
)
def test_the_coding_is_what_the_client_prefers(console: Any, accepted: str, coding: str | None) -> None:
    answer = get(console, f"/console/{SCRIPT}", accept_encoding=accepted)
    assert answer.headers.get("content-encoding") == coding
    assert answer.body == {None: b"script", "br": b"script in br", "gzip": b"script in gzip"}[coding]
    assert answer.headers["vary"] == "Accept-Encoding, Origin"


def test_a_file_without_a_compressed_one_is_sent_as_it_is(console: Any) -> None:
    answer = get(console, "/console/daybook.js", accept_encoding="br, gzip")
    assert (answer.body, "content-encoding" in answer.headers) == (FILES["daybook.js"], False)


def test_a_file_that_the_client_has_is_not_sent_again(console: Any) -> None:
    first = get(console, "/console/", accept_encoding="br")
    tag = first.headers["etag"]
    for stored in (tag, f'"other", W/{tag}'):
        again = get(console, "/console/riverside", accept_encoding="br", if_none_match=stored)
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["content-security-policy"] == first.headers["content-security-policy"]
    # Another coding is another representation.
    assert get(console, "/console/", if_none_match=tag).status == 200


def test_a_changed_policy_makes_a_stored_page_stale(console: Any, tmp_path: Path) -> None:
    tag = get(console, "/console/mail.html").headers["etag"]
    assert get(console, "/console/mail.html", if_none_match=tag).status == 304
    other = made(tmp_path, embed_origins=())
    assert get(other, "/console/mail.html", if_none_match=tag).status == 200


def policy(answer: Answer) -> dict[str, str]:
    """The directives of a content security policy."""
    directives = (each.strip().partition(" ") for each in answer.headers["content-security-policy"].split(";"))
    return {name: value for name, _, value in directives}


def test_the_page_has_a_strict_policy(console: Any) -> None:
    assert policy(get(console, "/console/")) == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "frame-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "lit-html",
    }
    assert get(console, "/console/").headers["cross-origin-opener-policy"] == "same-origin"


@pytest.mark.parametrize(("name", "images"), [("mail.html", "data:"), ("mail-images.html", "data: https:")])
def test_the_frames_of_emails_run_one_script_and_may_be_shown_by_listed_origins(
    console: Any, name: str, images: str
) -> None:
    answer = get(console, f"/console/{name}")
    assert answer.body == FILES[name]
    assert policy(answer) == {
        "default-src": "'none'",
        "script-src": f"'{HASH}'",
        "style-src": "'unsafe-inline'",
        "img-src": images,
        "base-uri": "'none'",
        "form-action": "'none'",
        "sandbox": "allow-scripts allow-popups allow-popups-to-escape-sandbox",
        "frame-ancestors": f"'self' {' '.join(ORIGINS)}",
    }
    assert answer.headers["cache-control"] == "no-cache"


def test_without_origins_the_frames_are_the_consoles_alone(tmp_path: Path) -> None:
    write_assets(tmp_path, FILES)
    answer = get(made(tmp_path, embed_origins=()), "/console/mail.html")
    assert policy(answer)["frame-ancestors"] == "'self'"


@pytest.mark.parametrize("path", ["/", "/console/", f"/console/{SCRIPT}", "/console/config.json", "/console/assets/no"])
def test_every_answer_has_the_headers_that_protect_it_and_none_of_cors(console: Any, path: str) -> None:
    headers = get(console, path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert "camera=()" in headers["permissions-policy"]
    assert not [name for name in headers if name.startswith("access-control-")]
    assert [name for name in headers if name != name.lower()] == []


def test_a_console_without_files_says_how_to_build_them(tmp_path: Path) -> None:
    answer = get(made(tmp_path / "none"), "/console/")
    assert (answer.status, answer.headers["cache-control"]) == (503, "no-store")
    assert re.search(r"make run.*make console", answer.body.decode(), re.DOTALL)


def test_a_preflight_request_that_reaches_the_function_allows_nothing(console: Any) -> None:
    event = request("/v1/orgs/riverside/access") | {"routeKey": "OPTIONS /{proxy+}"}
    answer = answered(console, event)
    assert (answer.status, answer.body) == (204, b"")
