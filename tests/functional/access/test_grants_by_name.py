"""Grants to names of any spelling, in a path or a body; and If-Match, by which no admin undoes what another did."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import api
from tests.support.aws.clients import client
from tests.support.aws.lambda_environment import TABLE
from tests.support.functions.events import Context

ACCESS = "/v1/orgs/riverside/access"


@pytest.fixture(autouse=True)
def _made_anew() -> Iterator[None]:
    """Functions that remember no grants of another test."""
    forget()
    yield
    forget()


def forget() -> None:
    for name in ("query", "manage"):
        api.factory(name).cache_clear()


def put(body: Any, **how: Any) -> api.Answer:
    return api.call("PUT", ACCESS, body=body, **how)


def grant(*permissions: str, tag: str | None = None, **named: str) -> api.Answer:
    headers = None if tag is None else {"If-Match": tag}
    return put({**named, "permissions": [*permissions]}, headers=headers)


def grants() -> api.Answer:
    answer = api.call("GET", ACCESS)
    assert answer.status == 200
    return answer


def may(username: str, *groups: str) -> list[str]:
    forget()
    claims = {**api.STAFF, "username": username, "groups": [*groups]}
    found: list[str] = api.call("GET", f"{ACCESS}/me", claims=claims).body["permissions"]
    return found


def trail() -> list[dict[str, Any]]:
    """The audit entries of the org, newest first, in full."""
    rows = api.call("GET", "/v1/orgs/riverside/audit").body["entries"]
    return [api.call("GET", f"/v1/orgs/riverside/audit/{row['id']}").body for row in rows]


# --- names ---

# No path can hold them: API Gateway unescapes `%2F` before it routes, and `%25`, and clients resolve dots.
PATHLESS = [
    "/front-desk", "front/desk/", "RIVERSIDE\\jane", "Front Desk", " admins", "100%", "a%2Fb", ".", "..", "O'Neil",
    "Büro & Kasse", "[admin]", "a,b", '"quoted"', "🤸", "#1", "wer?", "cafe\u0301", "tab\there", "nul\0", "a;b", "²⁄₃",
]  # fmt: skip
PATH_NAMES = [
    "front-desk",
    "a.b_c~d@e:f+g",
    "jane@mail.example",
    "7",
    "Ünsal",
    "日本語",
    "Жанна",
    "..a",
    "...",
    "x" * 256,
    "é" * 256,
]


@pytest.mark.parametrize("name", [*PATHLESS, *PATH_NAMES])
@pytest.mark.parametrize("kind", ["group", "staff"])
def test_any_name_is_granted_to_by_the_body_and_is_found_again(kind: str, name: str) -> None:
    assert grant("sms_log", **{kind: name}).body == {"permissions": ["sms_log"]}
    assert (may("eve", name) if kind == "group" else may(name)) == ["sms_log"]
    of_kind = "groups" if kind == "group" else "staff"
    assert grants().body[of_kind] == {name: ["sms_log"]}
    (entry,) = trail()
    (affected,) = entry["affected"]
    assert (entry["action"], affected["name"]) == ("changed permissions", name)
    assert affected["record"]["type"] == f"{kind}_access"
    assert grant(**{kind: name}).status == 200
    assert grants().body == {"groups": {}, "staff": {}}


@pytest.mark.parametrize("name", PATHLESS)
@pytest.mark.parametrize(("path", "parameter"), [("groups", "group"), ("staff", "username")])
def test_a_path_takes_the_very_name_or_says_what_to_use(path: str, parameter: str, name: str) -> None:
    """As API Gateway unescapes it: a name with a slash never comes here."""
    route = f"PUT {ACCESS.replace('riverside', '{org}')}/{path}/{{{parameter}}}"
    parameters = {"org": "riverside", parameter: name}
    event = api.event(route, ACCESS, parameters, body='{"permissions": ["sms_log"]}', claims=api.ADMIN)
    answer = api.function("manage").handler(event, Context())
    assert answer["statusCode"] == 422
    (fault,) = json.loads(answer["body"])["errors"]
    assert fault["field"] == parameter
    assert "PUT /v1/orgs/{org}/access" in fault["message"]
    assert "letters, digits and -._~@:+" in fault["message"]
    assert grants().body == {"groups": {}, "staff": {}}
    assert trail() == []


@pytest.mark.parametrize("name", PATH_NAMES)
@pytest.mark.parametrize("path", ["groups", "staff"])
def test_a_path_takes_letters_of_any_alphabet(path: str, name: str) -> None:
    answer = api.call("PUT", f"{ACCESS}/{path}/{name}", body={"permissions": ["sms_log"]})
    assert (answer.status, answer.body) == (200, {"permissions": ["sms_log"]})
    assert grants().body[path] == {name: ["sms_log"]}
    assert answer.headers["etag"] == grants().headers["etag"]


@pytest.mark.parametrize("name", ["x" * 257, "🤸" * 251, "日" * 256 + "x", "𐐀" * 256])
@pytest.mark.parametrize("kind", ["group", "staff"])
def test_a_name_that_no_key_can_hold_is_refused(kind: str, name: str) -> None:
    answer = grant("sms_log", **{kind: name})
    assert (answer.status, answer.body["code"]) == (422, "invalid_request")
    (fault,) = answer.body["errors"]
    assert fault["field"] == kind
    assert "1000" in fault["message"] or "256" in fault["message"]
    by_path = api.call("PUT", f"{ACCESS}/{'groups' if kind == 'group' else 'staff'}/{name}", body={"permissions": []})
    assert by_path.status == 422


@pytest.mark.parametrize("kind", ["group", "staff"])
def test_the_longest_names_are_granted_to(kind: str) -> None:
    for name in ("🤸" * 250, "\u023a" * 12 + "🤸" * 244, "\u023a" * 256, "é" * 256):
        assert grant("sms_log", **{kind: name}).status == 200
        assert (may("eve", name) if kind == "group" else may(name)) == ["sms_log"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"permissions": []}, "group"),
        ({"group": "a", "staff": "b", "permissions": []}, "group"),
        ({"group": "", "permissions": []}, "group"),
        ({"staff": "", "permissions": []}, "staff"),
        ({"group": None, "staff": "b", "permissions": []}, "group"),
        ({"staff": ["b"], "permissions": []}, "staff"),
        ({"staff": "b"}, "permissions"),
        ({"staff": "b", "permissions": ["everything"]}, "permissions[0]"),
        ({"username": "b", "permissions": []}, "username"),
        ('{"staff": "jane\\ud83d", "permissions": []}', ""),
        ('{"permissions": [], "group": "\\udd38"}', ""),
        ('{"permissions": [], "group": "x\\ud83d\\ud83e\\udd38"}', ""),
    ],
)
def test_a_wrong_body_is_refused_and_the_field_named(body: Any, field: str) -> None:
    answer = put(body)
    assert (answer.status, [fault["field"] for fault in answer.body["errors"]]) == (422, [field]), answer.text
    assert trail() == []


def test_an_escape_of_both_halves_is_a_character() -> None:
    assert put('{"group": "\\ud83e\\udd38", "permissions": ["sms_log"]}').status == 200
    assert may("eve", "🤸") == ["sms_log"]


def test_the_admin_group_is_not_granted_to_by_a_body_either() -> None:
    assert grant("sms_log", group="admin").status == 409
    assert grant("sms_log", group="Admin").status == 200
    assert grant("sms_log", staff="admin").status == 200


# --- one person in any letter case ---


@pytest.mark.parametrize(
    ("one", "other"), [("Jane.Doe@Mail.example", "jane.doe@mail.EXAMPLE"), ("RIVERSIDE\\Ünsal", "riverside\\ÜNSAL")]
)
def test_a_username_is_one_person_in_any_letter_case(one: str, other: str) -> None:
    grant("sms_log", staff=one)
    assert may(other) == may(one.swapcase()) == ["sms_log"]
    grant("push_log", staff=other)
    assert grants().body["staff"] == {other: ["push_log"]}
    assert may(one) == ["push_log"]
    grant(staff=one.upper())
    assert may(one) == may(other) == []


@pytest.mark.parametrize(("name", "others"), [("ken", ["\u212aen", "ken ", "ke\u0301n"]), ("sam", ["\u017fam", "sаm"])])
def test_a_look_alike_gets_nothing(name: str, others: list[str]) -> None:
    grant("sms_log", staff=name.upper())
    assert may(name) == ["sms_log"]
    assert [may(other) for other in others] == [[]] * len(others)


def test_groups_are_told_apart_by_case_and_blanks() -> None:
    grant("sms_log", group="Front Desk")
    others = ["front desk", "FRONT DESK", "Front", "Desk", "Front  Desk", " Front Desk", "Front Desk "]
    assert [may("eve", other) for other in others] == [[]] * len(others)
    assert may("eve", "Front Desk") == ["sms_log"]


def test_grants_that_earlier_versions_stored_under_each_spelling_are_one_persons() -> None:
    for name, permission in (("Jane.Doe", "sms_log"), ("JANE.DOE", "push_log"), ("Eve", "holds")):
        item = {"pk": "riverside/access", "sk": f"staff/{name}", "permissions": f'["{permission}"]'}
        client("dynamodb").put_item(TableName=TABLE, Item={key: {"S": value} for key, value in item.items()})
    assert may("jane.doe") == ["push_log", "sms_log"]
    assert grants().body["staff"] == {"Eve": ["holds"], "Jane.Doe": ["push_log", "sms_log"]}
    assert api.call("PUT", f"{ACCESS}/staff/jane.doe", body={"permissions": []}).status == 200
    assert may("Jane.Doe") == may("JANE.DOE") == []
    assert grants().body["staff"] == {"Eve": ["holds"]}
    (entry,) = trail()
    assert entry["affected"][0]["before"] == ["push_log", "sms_log"]


# --- If-Match ---


def test_grants_have_a_strong_entity_tag_that_changes_with_them_alone() -> None:
    tag = grants().headers["etag"]
    assert tag == grants().headers["etag"]
    assert (tag[0], tag[-1], tag.startswith("W/")) == ('"', '"', False)
    changed = grant("sms_log", staff="eve").headers["etag"]
    assert changed == grants().headers["etag"] != tag
    assert grant("sms_log", staff="eve").headers["etag"] == changed, "nothing was changed"
    assert grant(staff="eve").headers["etag"] == grants().headers["etag"] == tag, "as it was"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", ACCESS, {"group": "Front Desk", "permissions": ["holds"]}),
        ("PUT", ACCESS, {"staff": "EVE", "permissions": []}),
        ("PUT", f"{ACCESS}/groups/front", {"permissions": ["holds"]}),
        ("PUT", f"{ACCESS}/staff/eve", {"permissions": ["sms_log"]}),
    ],
)
def test_of_two_admins_with_one_state_the_second_is_refused(method: str, path: str, body: Any) -> None:
    grant("sms_log", staff="eve")
    tag = grants().headers["etag"]
    assert grant("push_log", staff="ben", tag=tag).status == 200
    before = grants().text, trail()
    for wrong in (tag, f"W/{grants().headers['etag']}", '"other"'):
        answer = api.call(method, path, body=body, headers={"If-Match": wrong})
        assert (answer.status, answer.body["code"], answer.body["title"]) == (
            412, "precondition_failed", "Precondition Failed",
        )  # fmt: skip
    assert (grants().text, trail()) == before
    for right in (f"{tag}, {grants().headers['etag']}", "*"):
        assert api.call(method, path, body=body, headers={"if-match": right}).status == 200


@pytest.mark.parametrize("header", ["other", '"open', "", 'W/other, "a"', "*,*"])
def test_a_malformed_precondition_is_said_to_be_so(header: str) -> None:
    answer = grant("sms_log", staff="eve", tag=header)
    assert (answer.status, answer.body["code"]) == (400, "malformed")
    assert "ETag" in answer.body["detail"]
    assert grants().body == {"groups": {}, "staff": {}}


def test_without_the_permission_nothing_is_told_of_the_state() -> None:
    for headers in ({"If-Match": '"other"'}, {"If-Match": "other"}, {"If-Match": grants().headers["etag"]}):
        answer = put({"staff": "eve", "permissions": []}, claims=api.STAFF, headers=headers)
        assert answer.status == 403


def test_an_orgs_tag_is_no_other_orgs() -> None:
    theirs = "/v1/orgs/hilltop/access"
    body = {"staff": "eve", "permissions": ["sms_log"]}
    assert api.call("PUT", theirs, claims=api.OTHER_ADMIN, body=body).status == 200
    tag = api.call("GET", theirs, claims=api.OTHER_ADMIN).headers["etag"]
    assert grant("push_log", staff="ben", tag=tag).status == 412
