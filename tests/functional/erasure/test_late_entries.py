"""Erasures that are faster than the stream: what the index function writes afterwards has nothing of the person."""

import json
from typing import Any

import pytest

from tests.support import api
from tests.support.functions.events import change
from tests.support.functions.stored import items
from tests.support.functions.triggers import handle, index

pytestmark = pytest.mark.usefixtures("archive", "cold")

FAMILY, CLASS = {"type": "family", "id": "77"}, {"type": "class", "id": "ballet"}
NAME, LOGIN = "Jane Doerfler", "Jane.Doe@mail.example"


def run() -> None:
    """Have the retention function do what the stream tells of erasures, until nothing is left."""
    for _ in range(50):
        records = [change(item, "INSERT") for item in items() if item["pk"]["S"] == "erasing"]
        if not records:
            return
        handle({"Records": records})
    raise AssertionError("it comes to no end")


def erase() -> dict[str, Any]:
    asked = api.call("POST", "/v1/orgs/riverside/records/family/77/erase", body={"reason": "asked by letter"})
    assert asked.status == 202, asked.text
    run()
    found: dict[str, Any] = api.call("GET", f"/v1/orgs/riverside/erasures/{asked.body['id']}").body
    return found


def news(before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the stream tells of audit entries that were changed since."""
    known = {(item["pk"]["S"], item["sk"]["S"]): item for item in before}
    after = [item for item in items() if "org_source" in item]
    changed = [(known.get((item["pk"]["S"], item["sk"]["S"])), item) for item in after]
    return [
        change(item, "MODIFY", dynamodb={**change(item, "MODIFY")["dynamodb"], "OldImage": old})
        for old, item in changed
        if old is not None and old != item
    ]


@pytest.mark.parametrize("others", [[CLASS], [CLASS, {"type": "student", "id": "1"}]], ids=["second", "third"])
@pytest.mark.parametrize("details", ["small", "x" * 3000], ids=["inline", "offloaded"])
def test_an_entry_whose_copy_was_not_yet_written(others: list[Any], details: str) -> None:
    """Of its record's partition, where the erasure looks, the entry is no part before."""
    affected = [{"record": each, "change": "moved", "name": "Ballet"} for each in others]
    affected += [{"record": FAMILY, "change": "moved", "name": NAME, "details": details + NAME}]
    api.posted(api.activity(record=FAMILY, name=NAME), api.audit(action=f"moved {NAME}", affected=affected))
    late, before = [change(item, "INSERT") for item in items() if "org_source" in item], items()
    assert erase()["status"] == "done"
    index(late)
    run()
    index(news(before))
    assert "doerfler" not in json.dumps(items()).lower()
    assert api.call("GET", "/v1/orgs/riverside/audit", q="doerfler").body["entries"] == []
    (entry,) = (row for row in api.walk("audit", "family/77") if row["action"] != "erased record")
    assert (entry["action"], entry["affected"][0]["name"]) == ("moved [erased]", "[erased]")


def test_entries_from_before_and_after_of_a_record_that_nobody_erased() -> None:
    """They repeat no erasure."""
    assert erase()["status"] == "done"
    for record in ({"type": "family", "id": "78"}, FAMILY):
        api.posted(api.audit(affected=[{"record": each, "change": "moved", "name": NAME} for each in (CLASS, record)]))
    index([change(item, "INSERT") for item in items() if "org_source" in item])
    assert not [item for item in items() if item["pk"]["S"] == "erasing"]


@pytest.mark.parametrize("username", [LOGIN, "jdoerfler"])
def test_a_username_that_was_registered_late(username: str) -> None:
    login = {"member_name": NAME, "username": username, "source": "customer_portal"}
    api.posted(
        api.email(record=FAMILY, recipient=LOGIN),
        api.audit(**login, affected=[{"record": FAMILY, "change": "updated"}]),
        api.audit(**login, action="signed in", affected=[]),
    )
    late, before = [change(item, "INSERT") for item in items() if "org_source" in item], items()
    assert erase()["status"] == "done"
    index(late)
    index(news(before))
    run()
    assert [word for word in ("doerfler", "jane.doe") if word in json.dumps(items()).lower()] == []


def test_a_copy_of_which_the_stream_tells_after_the_erasure_of_its_entry() -> None:
    """Their partitions are in different shards. The other record is called as the person is."""
    student = {"type": "student", "id": "5"}
    affected = [{"record": each, "change": "moved", "name": NAME} for each in (FAMILY, student)]
    api.posted(api.audit(affected=affected))
    index([change(item, "INSERT") for item in items() if "org_source" in item])
    before = [item for item in items() if item["pk"]["S"] == "riverside/student/5"]
    assert len(before) == 1
    whole = items()
    assert erase()["status"] == "done"
    index(news(whole))
    index([change(item, "INSERT") for item in before])
    after = next(item for item in items() if item["pk"]["S"] == "riverside/student/5")
    record = change(after, "MODIFY")
    index([{**record, "dynamodb": {**record["dynamodb"], "OldImage": before[0]}}])
    assert "doerfler" not in json.dumps(items()).casefold()
