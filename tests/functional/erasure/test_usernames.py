"""The person who is erased is one in any letter case of their username, and staff are not erased in any."""

from typing import Any

import pytest

from tests.support import api
from tests.support.aws.clients import client
from tests.support.aws.lambda_environment import TABLE
from tests.support.functions.events import TTL, change
from tests.support.functions.stored import archived_lines, items, store_under_spellings
from tests.support.functions.triggers import expire, handle, indexed

FAMILY = {"type": "family", "id": "77"}
PORTAL = {"source": "customer_portal", "member_name": "Jane Doerfler", "ip": "198.51.100.77"}
OF_FAMILY = {"affected": [{"record": FAMILY, "change": "paid"}]}
SPELLINGS = [("jane77", "Jane77", "JANE77"), ("åsa@mail.example", "Åsa@Mail.example", "ÅSA@MAIL.EXAMPLE")]

pytestmark = [pytest.mark.usefixtures("archive", "cold"), pytest.mark.parametrize("spellings", SPELLINGS)]


def erased() -> dict[str, Any]:
    """The counts of the erasure of the family, once it is done."""
    asked = api.call("POST", "/v1/orgs/riverside/records/family/77/erase", body={"reason": "asked by letter"})
    for _ in range(50):
        records = [change(item, "INSERT") for item in items() if item["pk"]["S"] == "erasing"]
        if not records:
            done = api.call("GET", f"/v1/orgs/riverside/erasures/{asked.body['id']}").body
            assert done["status"] == "done"
            counts: dict[str, Any] = done["counts"]
            return counts
        handle({"Records": records})
    raise AssertionError("it comes to no end")


def usernames() -> dict[str, str]:
    """By the entry's suffix, the username that is left of it."""
    return {item["sk"]["S"][-18:]: item["username"]["S"] for item in items() if "org_source" in item}


def holding(spellings: tuple[str, ...]) -> list[dict[str, Any]]:
    """The items that have one of the spellings anywhere."""
    return [item for item in items() if any(spelling.casefold() in str(item).casefold() for spelling in spellings)]


def test_what_they_did_in_any_letter_case_is_erased(spellings: tuple[str, ...]) -> None:
    folded, mixed, upper = spellings
    api.posted(
        api.audit(username=mixed, **PORTAL, **OF_FAMILY),
        *(api.audit(username=name, **PORTAL, affected=[], action="signed in") for name in spellings),
        api.audit(username=upper, **PORTAL, affected=[{"record": {"type": "class", "id": "1"}, "change": "joined"}]),
    )
    api.posted(api.audit(username=f"{folded}8", affected=[], action="signed in"))
    indexed()
    counts = erased()
    assert counts["entries"] == 5
    assert sorted(usernames().values()) == sorted(["[erased]"] * 5 + [f"{folded}8", "ada"])
    left = [item["pk"]["S"] + item["sk"]["S"] for item in holding(spellings) if f"{folded}8" not in str(item)]
    assert left == []


def test_what_earlier_versions_stored_under_their_own_spelling_is_erased_with_it(spellings: tuple[str, ...]) -> None:
    folded, mixed, upper = spellings
    old = api.posted(
        api.audit(username=mixed, **PORTAL, **OF_FAMILY),
        api.audit(username=upper, **PORTAL, **OF_FAMILY),
        *(api.audit(username=name, **PORTAL, affected=[], action="signed in") for name in (mixed, upper, folded)),
    )
    store_under_spellings(old)
    new = api.posted(*(api.audit(username=name, **PORTAL, affected=[], action="signed out") for name in spellings))
    indexed()
    erased()
    left = usernames()
    assert [left[entry_id[-18:]] for entry_id in [*old, *new]] == ["[erased]"] * 8
    assert holding(spellings) == []


@pytest.mark.parametrize("acted_as", [0, 1, 2])
def test_who_ever_acted_as_staff_in_any_letter_case_is_not_erased(spellings: tuple[str, ...], acted_as: int) -> None:
    mixed = spellings[1]
    api.posted(
        api.audit(username=mixed, **PORTAL, **OF_FAMILY),
        api.audit(username=spellings[acted_as], affected=[], action="signed in"),
    )
    indexed()
    erased()
    assert sorted(usernames().values()) == sorted([mixed, spellings[acted_as], "ada"])


def test_their_lines_in_the_archive_are_erased_in_any_letter_case(spellings: tuple[str, ...]) -> None:
    folded, mixed, upper = spellings
    api.posted(
        *(api.audit(username=name, **PORTAL, affected=[], action="signed in") for name in (upper, folded)),
        api.audit(username=f"{folded}8", **PORTAL, affected=[], action="signed in"),
    )
    handle({"Records": expire()})
    api.posted(api.audit(username=mixed, **PORTAL, **OF_FAMILY))
    indexed()
    erased()
    assert sorted(line["username"] for line in archived_lines()) == sorted(["[erased]", "[erased]", f"{folded}8"])


def test_who_signs_in_with_an_address_of_the_family_is_erased_and_staff_are_not(spellings: tuple[str, ...]) -> None:
    """No entry of theirs is about a record of the family."""
    mixed = spellings[1]
    address, number, shared = f"{mixed.partition('@')[0]}@Mail.example", "+14155550199", "Desk@mail.example"
    elsewhere = {"source": "mobile_app", "affected": [{"record": {"type": "class", "id": "1"}, "change": "joined"}]}
    api.posted(*(api.email(record=FAMILY, recipient=each) for each in (address, shared)))
    api.posted(api.sms(record=FAMILY, recipient=number), api.email(record=FAMILY, recipient="else@mail.example"))
    signed_in = {"action": "signed in", "affected": [], **PORTAL}
    theirs = api.posted(
        api.audit(**signed_in | {"username": address.upper()}),
        api.audit(**elsewhere, username=address.lower(), member_name="J. Doerfler-Quist"),
        api.audit(**signed_in | {"username": number}),
        # By this name they are known now.
        api.audit(affected=[{"record": FAMILY, "change": "called"}], action="rang J. Doerfler-Quist"),
    )
    others = api.posted(
        api.audit(**signed_in | {"username": shared}),
        api.audit(username=shared.lower(), affected=[], action="opened the office"),
        api.audit(**signed_in | {"username": f"x{address}"}),
    )
    handle({"Records": expire_one(theirs[0])})
    api.posted(api.audit(**signed_in | {"username": address.title()}))
    indexed()
    erased()
    left = {item["sk"]["S"][-18:]: item for item in items() if "org_source" in item}
    assert [left[each[-18:]]["username"]["S"] for each in theirs[1:]] == ["[erased]", "[erased]", "ada"]
    assert left[theirs[3][-18:]]["action"]["S"] == "rang [erased]"
    assert [left[each[-18:]]["username"]["S"] for each in others] == [shared, shared.lower(), f"x{address}"]
    assert [line["username"] for line in archived_lines()] == ["[erased]"]
    found = [str(item).casefold().replace(f"x{address}".casefold(), "") for item in items()]
    assert not [text for text in found if address.casefold() in text or "doerfler-quist" in text]


def expire_one(entry_id: str) -> list[dict[str, Any]]:
    """What the stream says of an entry that TTL takes."""
    (item,) = [each for each in items() if each["sk"]["S"][-18:] == entry_id[-18:]]
    client("dynamodb").delete_item(TableName=TABLE, Key={name: item[name] for name in ("pk", "sk")})
    return [change(item, userIdentity=TTL)]


def test_addresses_of_staff_are_no_usernames_of_customers(spellings: tuple[str, ...]) -> None:
    staff = {"type": "staff", "id": "77"}
    address = f"{spellings[0].partition('@')[0]}@mail.example"
    api.posted(api.email(record=staff, recipient=address))
    (entry,) = api.posted(api.audit(**PORTAL | {"username": address}, affected=[], action="signed in"))
    indexed()
    asked = api.call("POST", "/v1/orgs/riverside/records/staff/77/erase", body={"reason": "asked by letter"})
    handle({"Records": [change(item, "INSERT") for item in items() if item["pk"]["S"] == "erasing"]})
    assert api.call("GET", f"/v1/orgs/riverside/erasures/{asked.body['id']}").body["status"] == "done"
    assert usernames()[entry[-18:]] == address
