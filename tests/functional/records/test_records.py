"""Records through the functions: posted, told of by the stream, found, and headed."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from daybook.access.callers import PERMISSIONS

from tests.support import api
from tests.support.functions.events import Context
from tests.support.functions.stored import items
from tests.support.functions.world import START, World, on_a_clock, place
from tests.support.golden import files
from tests.support.golden.stage import staged

ORG = "/v1/orgs/riverside"
SMITH, SAM, TINA = ({"type": kind, "id": "7"} for kind in ("family", "student", "staff"))
CLASS = {"type": "class", "id": "ballet"}
JANE, PHONE = "jane@fam.example", "+14155550101"
TYPES_OF = {
    "family_email_log": {"family"}, "sms_log": {"family"}, "push_log": {"family"},
    "staff_email_log": {"staff"}, "staff_sms_log": {"staff"},
    "activity_log": {"family", "student", "staff"}, "audit_log": {"family", "student", "staff", "class"},
}  # fmt: skip


@pytest.fixture
def clock(functions: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    yield from on_a_clock(monkeypatch)


def find(q: str, claims: dict[str, Any] | None = api.ADMIN, **parameters: Any) -> list[str]:
    answer = api.call("GET", f"{ORG}/records", claims=claims, q=q, **parameters)
    assert answer.status == 200, answer.text
    return [f"{one['type']}/{one['id']}" for one in answer.body["entries"]]


def head(record: dict[str, str], claims: dict[str, Any] = api.ADMIN) -> dict[str, Any]:
    answer = api.call("GET", f"{ORG}/records/{record['type']}/{record['id']}", claims=claims)
    assert answer.status == 200, answer.text
    body: dict[str, Any] = answer.body
    return body


def fill(clock: World) -> None:
    affected = [{"record": each, "change": "created", "name": "Jane Smith"} for each in (SMITH, SAM, TINA, CLASS)]
    api.posted(
        api.audit(affected=affected),
        api.email(record=SMITH, recipient=JANE),
        api.sms(record=SMITH, recipient=PHONE),
    )
    clock.settle()


@pytest.mark.parametrize("permission", sorted(PERMISSIONS))
def test_with_one_permission_a_caller_finds_records_of_its_types_only(clock: World, permission: str) -> None:
    fill(clock)
    api.call("PUT", f"{ORG}/access", body={"group": "front_desk", "permissions": [permission]})
    api.factory("query").cache_clear()
    types = TYPES_OF.get(permission, set())
    for line in ("jane smith", "7", "ballet", JANE, "(415) 555-0101"):
        answer = api.call("GET", f"{ORG}/records", claims=api.STAFF, q=line)
        assert answer.status == (200 if types else 403)
        if types:
            assert {one["type"] for one in answer.body["entries"]} <= types, line
    if types:
        assert {path.partition("/")[0] for path in find("jane", api.STAFF)} == types
    for record in (SMITH, SAM, TINA, CLASS):
        answer = api.call("GET", f"{ORG}/records/{record['type']}/{record['id']}", claims=api.STAFF)
        assert answer.status == (200 if record["type"] in types else 403)
        if answer.status == 200:
            assert answer.body["name"] == "Jane Smith"
            emails = permission in ("family_email_log", "staff_email_log")
            assert ("blacklisted" in answer.body) is emails
            assert len(answer.body["logs"]) == 1


def test_no_other_org_finds_it(clock: World) -> None:
    fill(clock)
    for line in ("jane", "7", JANE, PHONE):
        assert find(line) != []
        answer = api.call("GET", "/v1/orgs/hilltop/records", claims=api.OTHER_ADMIN, q=line)
        assert answer.body["entries"] == []


def test_what_heads_a_page(clock: World) -> None:
    fill(clock)
    assert head(SMITH) == {
        "type": "family",
        "id": "7",
        "name": "Jane Smith",
        "logs": [
            {"log": "email", "last_at": "2026-11-22T12:00:00.000Z"},
            {"log": "sms", "last_at": "2026-11-22T12:00:00.000Z"},
            {"log": "push", "last_at": None},
            {"log": "activity", "last_at": None},
            {"log": "audit", "last_at": "2026-11-22T12:00:00.000Z"},
        ],
        "blacklisted": 0,
        "on_hold": False,
    }
    settings = {"record_url": {"family": "https://portal.example/families/{id}?tab=1"}}
    assert api.call("PUT", f"{ORG}/settings", body=settings).status == 200
    place(SMITH)
    clock.now += timedelta(hours=1)
    api.posted(api.push(record=SMITH))
    blocked = {"events": [api.delivery(type="bounced", message_id="m-9", recipient=JANE)]}
    api.posted(api.email(record=SMITH, recipient=JANE, message_id="m-9"))
    assert api.call("POST", f"{ORG}/deliveries", body=blocked, claims=api.SERVICE).status == 200
    later = head(SMITH)
    assert later["url"] == "https://portal.example/families/7?tab=1"
    assert (later["on_hold"], later["blacklisted"]) == (True, 1)
    assert later["logs"][2] == {"log": "push", "last_at": "2026-11-22T13:00:00.000Z"}
    # A record that nobody has heard of is told by nothing.
    assert head({"type": "family", "id": "nobody"}) | {"logs": []} == {
        "type": "family", "id": "nobody", "logs": [], "blacklisted": 0, "on_hold": False,
        "url": "https://portal.example/families/nobody?tab=1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "blacklist", {"addresses": [{"address": JANE, "status": "manual"}]}),
        ("POST", "blacklist/validate", {"address": JANE}),
    ],
)
def test_an_address_that_is_blocked_or_verified_is_no_name_of_its_record(
    clock: World, method: str, path: str, body: dict[str, Any]
) -> None:
    fill(clock)
    blocked = {"events": [api.delivery(type="bounced", message_id="m-9", recipient=JANE)]}
    api.posted(api.email(record=SMITH, recipient=JANE, message_id="m-9"))
    assert api.call("POST", f"{ORG}/deliveries", body=blocked, claims=api.SERVICE).status == 200
    clock.now += timedelta(hours=1)
    assert api.call(method, f"{ORG}/{path}", body=body).status < 300
    clock.settle()
    rows = api.call("GET", f"{ORG}/records/family/7/audit").body["entries"]
    assert rows[0]["names"] == [JANE]
    assert head(SMITH)["name"] == "Jane Smith"
    assert find("jane smith") == ["class/ballet", "family/7", "staff/7", "student/7"]


def test_the_head_shows_no_instant_of_what_has_expired(clock: World) -> None:
    fill(clock)
    clock.now = START + timedelta(days=731)
    assert {log["log"]: log["last_at"] for log in head(SMITH)["logs"]}["audit"] is None
    assert find("jane", type="class") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"q": "x" * 257}, "q"),
        ({"q": "a", "limit": 51}, "limit"),
        ({"q": "a", "type": "a b"}, "type"),
        ({"n": "1"}, "n"),
    ],
)
def test_a_query_that_is_wrong_says_so(clock: World, query: dict[str, Any], field: str) -> None:
    answer = api.call("GET", f"{ORG}/records", **query)
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, field)


def test_a_reindexing_makes_the_register_anew(clock: World) -> None:
    fill(clock)
    api.posted(api.activity(record=SMITH, name="Old Smith", occurred_at="2026-11-01T10:00:00Z"))
    clock.settle()
    wanted = registered()
    assert wanted
    for item in items():
        if "/-records/" in item["pk"]["S"]:
            files.delete(item)
    assert find("jane") == find("7") == []
    for _ in range(9):
        if api.function("index").handler({"reindex": "riverside"}, Context())["done"]:
            break
    assert registered() == wanted
    assert find("jane") == ["class/ballet", "family/7", "staff/7", "student/7"]


def registered() -> dict[tuple[str, str], Any]:
    return {
        (item["pk"]["S"], item["sk"]["S"]): sorted(item.get("names", {}).get("S", ""))
        for item in items()
        if "/-records/" in item["pk"]["S"]
    }


def test_what_is_on_hold_stays_registered_when_the_register_would_expire(
    functions: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for stage in staged(monkeypatch):
        fill(stage)
        place(CLASS)
        stage.settle()
        stage.at("2030-11-22T12:00:00Z")
        stage.end()
        # The entry is held as one, with its copies.
        assert find("jane") == ["class/ballet", "family/7", "staff/7", "student/7"]
        assert find(JANE) == find(PHONE) == []


@pytest.mark.parametrize(
    ("recipient", "lines"),
    [
        ("(415) 555-0177", ["(415) 555-0177", "415 555 0177", "4155550177"]),
        ("+1 415 555 0178 (dad)", ["+1 415 555 0178 (dad)", "+14155550178", "4155550178", "415-555-0178"]),
        ("tel:+14155550179", ["tel:+14155550179", "+14155550179", "(415) 555-0179"]),
        ("020 7946 0958", ["020 7946 0958", "02079460958", "2079460958"]),
        ("12345", ["12345"]),
        ("unknown", ["unknown", "Unknown "]),
    ],
)
def test_a_record_is_found_by_an_odd_number_as_it_was_posted_and_by_its_digits(
    clock: World, recipient: str, lines: list[str]
) -> None:
    api.posted(api.sms(record=SMITH, recipient=recipient))
    clock.settle()
    assert [find(line) for line in lines] == [["family/7"]] * len(lines)


@pytest.mark.parametrize("recipient", ["a b@fam.example", "ann@fam.example, bob@fam.example", "(none)"])
def test_a_record_is_found_by_an_odd_address_as_it_was_posted(clock: World, recipient: str) -> None:
    api.posted(api.email(record=SMITH, recipient=recipient))
    clock.settle()
    assert find(recipient) == ["family/7"]


def test_messages_to_a_recipient_are_found_in_all_records_that_the_caller_may_read(clock: World) -> None:
    fill(clock)
    ids = api.posted(
        api.email(record=SMITH, recipient="Jane <JANE@fam.example>", occurred_at="2026-11-20T10:00:00Z"),
        api.email(record=TINA, recipient=JANE, occurred_at="2026-11-20T11:00:00Z", status="delivered"),
        api.email(record=SMITH, recipient="jane@fam.example.org", occurred_at="2026-11-20T12:00:00Z"),
        api.sms(record=TINA, recipient=PHONE, occurred_at="2026-11-20T13:00:00Z"),
    )
    clock.settle()

    def to(recipient: str, claims: dict[str, Any] = api.ADMIN, **more: Any) -> list[str]:
        answer = api.call("GET", f"{ORG}/messages", claims=claims, recipient=recipient, **{"log": "email", **more})
        assert answer.status == 200, answer.text
        return [row["id"] for row in answer.body["entries"] if row["id"] in ids]

    assert to(JANE) == to(" mailto:JANE@fam.example") == [ids[1], ids[0]]
    assert to(JANE, status="delivered") == [ids[1]]
    assert to(JANE, from_="2026-11-20T10:30:00Z") == [ids[1]]
    assert to("+1 (415) 555-0101", log="sms") == [ids[3]]
    assert to("nobody@fam.example") == []
    api.call("PUT", f"{ORG}/access", body={"group": "front_desk", "permissions": ["family_email_log"]})
    api.factory("query").cache_clear()
    assert to(JANE, api.STAFF) == [ids[0]]


def test_what_begins_with_an_address_is_not_among_those_to_it(clock: World) -> None:
    """A blank also stands between an address and the time in the key of an index."""
    ann = "ann@fam.example"
    others = [
        "to ann@fam.example",
        f"{ann} bob@fam.example",
        f"{ann} 2026",
        f"{ann} 2026-11-21",
        f"{ann} ~",
        f"{ann}, kim@fam.example",
    ]
    times = [f"2026-11-20T1{number}:00:00Z" for number in range(7)]
    api.posted(
        *(
            api.email(record=SMITH, recipient=each, occurred_at=at)
            for each, at in zip([ann, *others], times, strict=True)
        )
    )
    clock.settle()
    rows = [api.call("GET", f"{ORG}/messages", log="email", recipient=each).body["entries"] for each in [ann, *others]]
    assert [[row["recipient"] for row in found] for found in rows] == [[each] for each in [ann, *others]]
    late = api.call("GET", f"{ORG}/messages", log="email", recipient=ann, from_="2026-11-20T10:30:00Z")
    assert late.body["entries"] == []
    emails = f"{ORG}/records/family/7/emails"
    rows = api.call("GET", emails, sort="recipient", order="asc").body["entries"]
    assert sorted(row["recipient"] for row in rows) == sorted([ann, *others])


@pytest.mark.parametrize(
    "number", ["0044 20 7946 0958", "+44 (0)20 7946 0958", "00442079460958", "0044 (0)20-7946-0958"]
)
def test_a_number_with_a_country_code_is_the_same_in_any_spelling(clock: World, number: str) -> None:
    for spelling in ("+442079460958", "0044 20 7946 0958", "+44 20 7946 0958"):
        api.posted(api.sms(record=SMITH, recipient=spelling))
    clock.settle()
    answer = api.call("GET", f"{ORG}/messages", log="sms", recipient=number)
    assert sorted(row["recipient"] for row in answer.body["entries"]) == [
        "+44 20 7946 0958", "+442079460958", "0044 20 7946 0958",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "message"),
    [
        ("(415) 555-0101", "without a country code"),
        ("4155550101", "without a country code"),
        ("415-555-0101", "without a country code"),
        ("020 7946 0958", "without a country code"),
        ("001-000-000-0000", "without a country code"),
        ("+1415", "too short or too long"),
        ("+1 555-0123", "too short or too long"),
        ("+9991234567", "no country's code follows its +"),
    ],
)
def test_a_number_without_a_country_code_is_told_whatever_is_stored(clock: World, number: str, message: str) -> None:
    for _ in range(2):
        answer = api.call("GET", f"{ORG}/messages", log="sms", recipient=number)
        assert (answer.status, answer.body["errors"][0]["field"]) == (422, "recipient")
        assert message in answer.body["errors"][0]["message"]
        api.posted(api.sms(record=SMITH, recipient=number))
        clock.settle()


@pytest.mark.parametrize("text", ["unknown", "72345", "mom's phone", "+14155550101, +14155550102"])
def test_a_text_that_can_be_no_number_is_asked_for_as_it_was_posted(clock: World, text: str) -> None:
    asked: dict[str, Any] = {"log": "sms", "recipient": text}
    assert api.call("GET", f"{ORG}/messages", **asked).body["entries"] == []
    api.posted(api.sms(record=SMITH, recipient=text))
    clock.settle()
    assert [row["recipient"] for row in api.call("GET", f"{ORG}/messages", **asked).body["entries"]] == [text]


def test_an_odd_number_is_told_to_nobody_who_may_not_read_its_messages(clock: World) -> None:
    odd: dict[str, Any] = {"log": "sms", "recipient": "mom's phone"}
    api.posted(api.sms(record=SMITH, recipient=odd["recipient"]))
    clock.settle()
    assert len(api.call("GET", f"{ORG}/messages", **odd).body["entries"]) == 1
    api.call("PUT", f"{ORG}/access", body={"group": "front_desk", "permissions": ["staff_sms_log"]})
    api.factory("query").cache_clear()
    known, unknown = (
        api.call("GET", f"{ORG}/messages", claims=api.STAFF, **odd | {"recipient": number})
        for number in (odd["recipient"], "dad's phone")
    )
    assert (known.status, known.body) == (unknown.status, unknown.body)
    assert known.body["entries"] == []


def test_an_address_on_the_blacklist_tells_the_records_that_it_is_known_from(clock: World) -> None:
    fill(clock)
    api.posted(api.email(record=TINA, recipient=JANE))
    clock.settle()
    both = [JANE, "nobody@fam.example"]
    body = {"addresses": [{"address": address, "status": "manual"} for address in both]}
    assert api.call("PUT", f"{ORG}/blacklist", body=body).status == 200
    listed = api.call("GET", f"{ORG}/blacklist").body["entries"]
    assert [one.get("records") for one in listed] == [[SMITH, TINA], None]
    assert api.call("GET", f"{ORG}/blacklist/{JANE}").body["records"] == [SMITH, TINA]
    assert api.call("GET", f"{ORG}/blacklist", address=JANE).body["entries"][0]["records"] == [SMITH, TINA]
    assert "records" not in api.call("GET", f"{ORG}/records/family/7/blacklist").body["entries"][0]


@pytest.mark.usefixtures("ses")
@pytest.mark.parametrize("address", [JANE, "nobody@fam.example"])
def test_what_is_done_about_an_address_stands_in_the_logs_of_its_records(clock: World, address: str) -> None:
    fill(clock)
    put = {"addresses": [{"address": address, "status": "manual", "reason": "asked by phone"}]}
    assert api.call("PUT", f"{ORG}/blacklist", body=put).status == 200
    assert api.call("POST", f"{ORG}/blacklist/reset", body={"address": address}).status == 200
    clock.settle()
    actions = [row["action"] for row in api.walk("audit", "family/7")]
    of_address = ["blacklist address", "reset blacklist"] if address == JANE else []
    assert sorted(actions) == [*of_address[:1], "deleted enrolment", *of_address[1:]]
    # The address is no name of the record.
    assert head(SMITH)["name"] == "Jane Smith"


def test_a_reindexing_forgets_what_no_entry_tells_and_mends_what_is_missing(clock: World) -> None:
    fill(clock)
    # As a shorter policy leaves it, once TTL has taken the e-mail, and as a crash leaves the items of a word.
    for item in items():
        if item["sk"]["S"].startswith(("email/", "smith/")):
            files.delete(item)
    assert (find("smith"), find(JANE)) == ([], ["family/7"])
    for _ in range(9):
        if api.function("index").handler({"reindex": "riverside"}, Context())["done"]:
            break
    assert (find("smith"), find(JANE)) == (["class/ballet", "family/7", "staff/7", "student/7"], [])
