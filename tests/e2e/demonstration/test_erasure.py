"""Erasing a person on the local stack: after it, all that is stored is searched for them."""

import uuid
from typing import Any

import pytest

from tests.support.local_stack.aws import archived, items_of, objects_of, shorten, stored_texts
from tests.support.local_stack.calls import posted, request, soon

pytestmark = pytest.mark.slow


def stored(stack: dict[str, Any]) -> str:
    return "\n".join(stored_texts(stack)).casefold()


def test_after_an_erasure_nothing_of_the_person_is_found(stack: dict[str, Any]) -> None:
    mark = uuid.uuid4().hex
    family, pupil = {"type": "family", "id": f"f{mark}"}, {"type": "student", "id": f"s{mark}"}
    address, name, text = f"x{mark}@mail.example", f"Name{mark}", f"text{mark}"
    who = {"member_name": "Ada Admin", "username": "ada", "source": "office_portal"}
    affected = [
        {"record": family, "change": "updated", "name": name, "after": {"note": (text + " ") * 200}},
        {"record": pupil, "change": "updated", "name": f"Anna {name}"},
    ]
    email = {"log": "email", "record": family, "recipient": address, "subject": text, "message_id": f"m-{mark}"}
    activity = {"log": "activity", "record": family, "name": name, "action": f"{name} paid", "details": address}
    records = f"family/f{mark}", f"student/s{mark}"
    (gone,) = posted(stack, {"log": "audit", **who, "action": f"deleted {name}", "affected": affected})
    assert soon(lambda: any("of" in item for item in items_of(stack, records[1]))), "no copy"
    shorten(stack, *records)
    assert soon(lambda: any(line.get("id") == gone for line in archived(stack)))
    kept, *_ = posted(
        stack,
        {"log": "audit", **who, "action": f"created {name}", "affected": affected},
        {**email, "body": {"text": text, "html": uuid.uuid4().hex * 1000}},
        activity,
    )
    secrets = (address, name, text)
    before = stored(stack)
    assert all(secret.casefold() in before for secret in secrets)

    asked = request(stack, "POST", f"records/{records[0]}/erase", json={"reason": "asked by letter"})
    assert asked.status_code == 202, asked.text
    where = f"erasures/{asked.json()['id']}"
    assert soon(lambda: request(stack, "GET", where).json()["status"] == "done"), request(stack, "GET", where).text
    assert soon(lambda: not [secret for secret in secrets if secret.casefold() in stored(stack)])
    entry = request(stack, "GET", f"audit/{kept}").json()
    assert (entry["member_name"], entry["action"]) == ("Ada Admin", "created [erased]")
    assert [one["record"] for one in entry["affected"]] == [family, pupil]
    assert request(stack, "GET", "audit", params={"q": name}).json()["entries"] == []
    assert [line["action"] for line in archived(stack) if line.get("id") == gone] == ["deleted [erased]"]
    assert len(objects_of(stack, stack["bucket"], f"riverside/family/f{mark}/")) <= 1

    assert request(stack, "POST", f"records/{records[0]}/erase", json={}).status_code == 422
    assert request(stack, "GET", "erasures/unknown").status_code == 404
    assert request(stack, "POST", f"records/{records[0]}/erase", "other_admin", json={"reason": "x"}).status_code == 403
