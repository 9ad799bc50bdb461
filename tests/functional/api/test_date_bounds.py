"""`from` after `to` in every list that has both: 422 that names both. Equal ones are a list without entries."""

import json
from typing import Any

import pytest
from daybook.api import openapi

from tests.support import api

ORG = "/v1/orgs/riverside"
RECORD = f"{ORG}/records/family/1"
LISTS: list[tuple[str, dict[str, Any]]] = [
    (f"{RECORD}/emails", {}),
    (f"{RECORD}/emails", {"sort": "recipient"}),
    (f"{RECORD}/emails", {"sort": "status", "order": "asc", "status": "sent"}),
    (f"{RECORD}/sms", {"q": "hello"}),
    (f"{RECORD}/pushes", {"order": "asc"}),
    (f"{RECORD}/activity", {}),
    (f"{RECORD}/audit", {}),
    (f"{RECORD}/timeline", {}),
    (f"{ORG}/messages", {"log": "email", "status": "bounced"}),
    (f"{ORG}/audit", {}),
    (f"{ORG}/audit", {"q": "deleted smith", "staff": "ada"}),
]
SWAPPED = {
    "days": ("2026-11-19T00:00:00Z", "2026-11-18T00:00:00Z"),
    "offsets": ("2026-11-18T09:00:00-06:00", "2026-11-18T09:00:00+01:00"),
    "a microsecond": ("2026-11-18T09:00:00.000002Z", "2026-11-18T09:00:00.000001Z"),
}


def test_every_list_with_dates_is_tried() -> None:
    with_dates = {
        path
        for path, operations in json.loads(openapi.document())["paths"].items()
        for parameter in operations.get("get", {}).get("parameters", [])
        if parameter.get("name") == "from"
    }
    paths = {path.replace("family/1", "{type}/{id}").replace("riverside", "{org}") for path, _ in LISTS}
    assert paths == with_dates


@pytest.mark.parametrize(("start", "end"), SWAPPED.values(), ids=SWAPPED)
def test_from_after_to_names_both(start: str, end: str) -> None:
    for path, query in LISTS:
        answer = api.call("GET", path, from_=start, to=end, **query)
        assert (answer.status, answer.body["code"]) == (422, "invalid_request"), path
        assert [error["field"] for error in answer.body["errors"]] == ["from", "to"], path
        assert answer.headers["content-type"] == "application/problem+json"


def test_equal_ones_are_a_list_without_entries() -> None:
    moment = "2026-11-18T09:00:00Z"
    api.posted(*(make(occurred_at=moment) for make in (api.email, api.sms, api.push, api.activity, api.audit)))
    for path, query in LISTS:
        answer = api.call("GET", path, from_=moment, to=moment, **query)
        assert (answer.status, answer.body["entries"], answer.body["next"]) == (200, [], None), path
