"""The cursors of every list: nothing of the table can be read in one, and it is of use in its own list only."""

import base64
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from daybook.api import openapi
from daybook.blacklist import queries
from daybook.core.paging import Cursors
from daybook.entries import record_log, timeline
from daybook.entries.messages import org_messages
from daybook.holds import holds

from tests.support import api
from tests.support.aws.clients import client
from tests.support.aws.lambda_environment import TABLE
from tests.support.functions import exports, stored, triggers
from tests.support.functions.blacklist import HARD, hear
from tests.support.functions.world import place
from tests.support.memory import streams

ORG = "/v1/orgs/riverside"
SMITH, JONES = {"type": "family", "id": "smith-4711"}, {"type": "family", "id": "jones-4712"}
FRANK = {"type": "staff", "id": "frank-4713"}
ADDRESSES = ["anna@mail.example", "bert@mail.example", "cora@mail.example"]
USERNAMES = ["ada.admin", "ben.front", "cleo.chief"]
SMITH_PATH = "family/smith-4711"
RECORD = f"{ORG}/records/{SMITH_PATH}"

# The path and parameters of a request for every list of the API, in each order that has positions of its own.
LISTS: dict[str, tuple[str, dict[str, str]]] = {
    "emails": (f"{RECORD}/emails", {}),
    "emails by recipient": (f"{RECORD}/emails", {"sort": "recipient"}),
    "emails by status": (f"{RECORD}/emails", {"sort": "status", "order": "asc"}),
    "emails by sent": (f"{RECORD}/emails", {"sort": "sent"}),
    "emails found": (f"{RECORD}/emails", {"q": "hello"}),
    "sms": (f"{RECORD}/sms", {}),
    "sms by recipient": (f"{RECORD}/sms", {"sort": "recipient"}),
    "pushes": (f"{RECORD}/pushes", {}),
    "activity": (f"{RECORD}/activity", {}),
    "record's audit": (f"{RECORD}/audit", {"order": "asc"}),
    "timeline": (f"{RECORD}/timeline", {}),
    "timeline of two logs": (f"{RECORD}/timeline", {"log": "email,sms"}),
    "messages": (f"{ORG}/messages", {"log": "email", "status": "queued"}),
    "audit": (f"{ORG}/audit", {}),
    "audit by staff": (f"{ORG}/audit", {"staff": "ada.admin", "order": "asc"}),
    "audit found": (f"{ORG}/audit", {"q": "deleted smith"}),
    "audit staff": (f"{ORG}/audit/staff", {}),
    "audit staff by day": (f"{ORG}/audit/staff", {"order": "last"}),
    "audit staff found": (f"{ORG}/audit/staff", {"q": "a", "kind": "staff"}),
    "blacklist": (f"{ORG}/blacklist", {}),
    "blacklist found": (f"{ORG}/blacklist", {"q": "mail"}),
    "record's blacklist": (f"{RECORD}/blacklist", {}),
    "holds": (f"{ORG}/holds", {}),
    "exports": (f"{ORG}/exports", {}),
    "orgs": ("/v1/orgs", {}),
}

INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
AT = rf"{INSTANT}/[0-9a-v]{{18}}"
ID = r"\d{17}[0-9a-v]{18}"
# Whether a page is read onward or backward, and with what stands at its position or without.
MARK = "[<>]=?"


@pytest.fixture(autouse=True)
def cold() -> None:
    api.function("query").gateway.cache_clear()


@pytest.fixture
def positions(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The positions that are sealed from here on."""
    seen: list[list[str]] = []
    seal = Cursors.seal

    def noted(cursors: Cursors, position: list[str], bound_to: list[str]) -> str:
        seen.append([*position])
        return seal(cursors, position, bound_to)

    monkeypatch.setattr(Cursors, "seal", noted)
    return seen


# Characters.
SHORTEST_SECRET = 6


def fill() -> None:
    """Entries of every log, blacklisted addresses, holds: three rows at least of each list."""
    entries = []
    for number, (address, username) in enumerate(zip(ADDRESSES, USERNAMES, strict=True)):
        moment = {"occurred_at": f"2026-11-18T0{number}:00:00.000Z"}
        affected = [{"record": SMITH, "change": "deleted", "name": "Smith"}]
        entries += [
            api.email(record=SMITH, recipient=address, message_id=f"m-{number}", **moment),
            api.email(record=FRANK, recipient=address, **moment),
            api.email(record=SMITH, recipient=address, status="sent", **moment),
            api.sms(record=SMITH, recipient=f"+1415555012{number}", **moment),
            api.push(record=SMITH, **moment),
            api.activity(record=SMITH, **moment),
            *(api.audit(username=name, affected=affected, **moment) for name in (username, "ada.admin")),
        ]
    api.posted(*entries)
    # Later, so that the e-mails are not suppressed.
    for address in ADDRESSES:
        hear(address, HARD)
    for record in (SMITH, JONES, FRANK):
        assert place(record).status == 200
    for org in ("lakeside", "meadow"):
        made = api.call("PUT", f"/v1/orgs/{org}", claims=api.PLATFORM, body={"name": org.title()})
        assert made.status == 200
    for _ in range(3):
        exports.asked("audit")
    triggers.index([each for each in streams.told({}, table_items()) if streams.hears("index", each)])


def table_items() -> dict[tuple[str, str], Any]:
    return {(item["pk"]["S"], item["sk"]["S"]): item for item in stored.items()}


def get(name: str, **more: Any) -> api.Answer:
    path, query = LISTS[name]
    # Staff cannot list orgs.
    claims = api.ADMIN if path.startswith(ORG) else api.SERVICE
    return api.call("GET", path, **{"claims": claims, "limit": 1, **query, **more})


def pages(name: str, **more: Any) -> list[dict[str, Any]]:
    """The bodies of all pages."""
    bodies = []
    cursor: dict[str, str] = {}
    while True:
        answer = get(name, **more, **cursor)
        assert answer.status == 200, answer.text
        bodies.append(answer.body)
        if answer.body["next"] is None:
            return bodies
        cursor = {"cursor": answer.body["next"]}


def rows(bodies: list[dict[str, Any]]) -> list[Any]:
    return [row for body in bodies for row in body["entries"]]


def cursors(name: str) -> list[str]:
    """The `next` of every page, then the `prev` of every page."""
    walked = pages(name)
    assert len(walked) >= 3, "too few entries to say anything"
    return [body["next"] for body in walked[:-1]] + [body["prev"] for body in walked[1:]]


def sealed(cursor: str) -> bytes:
    return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)


def is_refused(answer: api.Answer) -> None:
    assert (answer.status, answer.body["code"]) == (400, "invalid_cursor"), answer.text


def test_every_list_of_the_api_is_tried() -> None:
    paths = json.loads(openapi.document())["paths"]
    with_cursor = {
        path
        for path, operations in paths.items()
        for parameter in operations.get("get", {}).get("parameters", [])
        if parameter.get("name") == "cursor"
    }
    tried = {path.replace(SMITH_PATH, "{type}/{id}") for path, _ in LISTS.values()}
    assert {path.replace("/riverside", "/{org}") for path in tried} == with_cursor


def test_pages_of_one_give_what_one_page_gives() -> None:
    fill()
    for name in LISTS:
        (whole,) = pages(name, limit=200)
        walked = pages(name)
        assert rows(walked) == rows([whole]), name
        assert len(walked) == len(rows([whole])) >= 3, name


def test_back_from_the_last_page_by_prev_come_the_same_pages() -> None:
    fill()
    for name in LISTS:
        walked = pages(name, limit=2)
        assert walked[0]["prev"] is None, name
        back, cursor = [walked[-1]], walked[-1]["prev"]
        while cursor is not None:
            back.append(get(name, limit=2, cursor=cursor).body)
            cursor = back[-1]["prev"]
        assert [rows([body]) for body in back] == [rows([body]) for body in walked[::-1]], name
        # From the first page, which was reached by `prev` now, to the end once more.
        onward = [back[-1]]
        while onward[-1]["next"] is not None:
            onward.append(get(name, limit=2, cursor=onward[-1]["next"]).body)
        assert [rows([body]) for body in onward] == [rows([body]) for body in walked], name


def test_pages_that_end_by_what_they_have_read_lead_back_too(monkeypatch: pytest.MonkeyPatch) -> None:
    fill()
    for module in (record_log, timeline, org_messages, queries, holds):
        monkeypatch.setattr(module, "READ_BUDGET", 2)
    # Of the blacklist all are read, and none is shown.
    for name, filtered in [*((name, {}) for name in LISTS), ("blacklist", {"status": "complaint"})]:
        walked = pages(name, **filtered)
        back = [walked[-1]]
        while back[-1]["prev"] is not None:
            back.append(get(name, **filtered, cursor=back[-1]["prev"]).body)
        assert rows(back) == rows(walked)[::-1], name
        assert len(back) >= (2 if filtered else 3), name


def test_a_page_before_may_have_another_size() -> None:
    fill()
    for name in LISTS:
        (whole,) = pages(name, limit=200)
        *_, last = pages(name)
        one = get(name, limit=1, cursor=last["prev"]).body
        rest = get(name, limit=200, cursor=one["prev"]).body
        assert (rest["prev"], rows([rest, one, last])) == (None, rows([whole])), name


def test_nothing_that_the_table_holds_can_be_read_in_a_cursor() -> None:
    fill()
    keys = {
        value["S"]
        for item in client("dynamodb").scan(TableName=TABLE)["Items"]
        for attribute, value in item.items()
        if attribute in ("pk", "sk", "at") or attribute.endswith(("_key", "_status", "_staff", "_source"))
    }
    ids = {row["id"] for log in ("emails", "sms", "pushes", "activity", "audit") for row in api.walk(log, SMITH_PATH)}
    records = {record["id"] for record in (SMITH, JONES, FRANK)}
    secrets = {
        *keys,
        *ids,
        *records,
        *ADDRESSES,
        *USERNAMES,
        "riverside",
        "lakeside",
        "family/",
        "2026-11",
        "20261118",
        "+1415",
    }
    # A shorter one may stand in random bytes by chance.
    secrets = {secret for secret in secrets if len(secret) >= SHORTEST_SECRET}
    assert len(secrets) > 100
    for name in LISTS:
        found = cursors(name)
        assert len({cursor[:8] for cursor in found}) == len(found), name
        for cursor in found:
            assert not [secret for secret in secrets if secret.encode() in sealed(cursor) or secret in cursor], name


def test_a_changed_or_cut_cursor_is_refused() -> None:
    fill()
    for name in LISTS:
        for cursor in (cursors(name)[0], cursors(name)[-1]):
            for index in range(0, len(cursor), 8):
                changed = "B" if cursor[index] == "A" else "A"
                is_refused(get(name, cursor=cursor[:index] + changed + cursor[index + 1 :]))
                if index:
                    is_refused(get(name, cursor=cursor[:index]))
        for garble in ("", "x", "=", "%00", "é", "😀", cursor + "=", cursor + "A", cursor * 2, "A" * 5000):
            is_refused(get(name, cursor=garble))


def test_a_cursor_is_of_no_use_in_another_org() -> None:
    fill()
    within = {name: of_org for name, of_org in LISTS.items() if of_org[0].startswith(ORG)}
    assert len(within) == len(LISTS) - 1
    for name, (path, query) in within.items():
        more: dict[str, Any] = {**query, "limit": 1, "cursor": cursors(name)[0]}
        for claims in (api.OTHER_ADMIN, api.SERVICE):
            is_refused(api.call("GET", path.replace("/riverside", "/hilltop"), claims=claims, **more))


def test_a_cursor_is_of_no_use_in_another_list() -> None:
    fill()
    of_each = {name: cursors(name)[0] for name in LISTS}
    assert len({*of_each.values()}) == len(LISTS)
    for name in LISTS:
        for other, cursor in of_each.items():
            if other != name:
                is_refused(get(name, cursor=cursor))


def test_a_cursor_of_a_record_is_of_no_use_for_another() -> None:
    fill()
    for name, (path, query) in LISTS.items():
        if path.startswith(RECORD):
            other = path.replace("smith-4711", "jones-4712")
            more: dict[str, Any] = {**query, "limit": 1, "cursor": cursors(name)[0]}
            is_refused(api.call("GET", other, **more))


ALL_LOGS = ["family_email_log", "staff_email_log", "sms_log", "push_log", "activity_log", "audit_log"]


@pytest.mark.parametrize(
    ("name", "permissions", "decides"),
    [
        ("messages", ["family_email_log", "staff_email_log"], lambda permission: permission.endswith("_email_log")),
        ("timeline", ALL_LOGS, lambda permission: permission != "staff_email_log"),
    ],
)
def test_a_permission_more_or_less_that_decides_the_list_makes_its_cursors_invalid(
    name: str, permissions: list[str], decides: Callable[[str], bool]
) -> None:
    fill()
    claims = {}
    for group, granted in {
        "all": permissions,
        "more": [*permissions, "blacklist", "holds"],
        **{f"no_{permission}": [one for one in permissions if one != permission] for permission in permissions},
    }.items():
        assert api.call("PUT", f"{ORG}/access/groups/{group}", body={"permissions": granted}).status == 200
        claims[group] = {**api.STAFF, "groups": [group]}
    api.function("query").gateway.cache_clear()
    cursor = {group: get(name, claims=claims[group]).body["next"] for group in claims}
    # Others who see the same list may go on with it; also a service, and one with a permission for something else.
    for alike in (claims["more"], api.ADMIN, api.SERVICE):
        assert get(name, claims=alike, cursor=cursor["all"]).status == 200
    for permission in permissions:
        fewer = f"no_{permission}"
        if decides(permission):
            is_refused(get(name, claims=claims[fewer], cursor=cursor["all"]))
            is_refused(get(name, claims=claims["all"], cursor=cursor[fewer]))
        else:
            assert get(name, claims=claims[fewer], cursor=cursor["all"]).status == 200


def test_a_page_of_messages_that_ends_in_hidden_rows_names_none_of_them(
    positions: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of records that the caller may not see count as read: a page may end at one of them."""
    monkeypatch.setattr(org_messages, "READ_BUDGET", 1)
    moments = [f"2026-11-18T0{number}:00:00.000Z" for number in range(8)]
    records = [*[SMITH] * 3, *[FRANK] * 5]
    api.posted(
        *(
            api.email(record=record, occurred_at=moment, subject=f"{number}")
            for number, (record, moment) in enumerate(zip(records, moments, strict=True))
        )
    )
    api.call("PUT", f"{ORG}/access/groups/desk", body={"permissions": ["family_email_log"]})
    bodies = pages("messages", claims={**api.STAFF, "groups": ["desk"]})
    assert bodies[0]["entries"] == []
    assert [row["subject"] for row in rows(bodies)] == ["2", "1", "0"]
    assert len(positions) >= 4
    assert all(re.fullmatch(MARK, mark) and re.fullmatch(AT, at) for mark, at in positions)


# By `date` a position holds the instant of the last activity beside the entry, by status that status.
NAMELESS = {
    "emails": [ID, INSTANT],
    "emails found": [ID, INSTANT],
    "emails by sent": [ID, ""],
    "emails by status": [ID, "bounced|queued|sent"],
    "sms": [ID, INSTANT],
    "pushes": [ID, ""],
    "activity": [ID, ""],
    "record's audit": [ID, ""],
    "timeline": [ID],
    "timeline of two logs": [ID],
    "messages": [AT],
    "audit": [AT],
    "audit by staff": [AT],
    # A search may end between two entries, at a bound right before or behind one.
    "audit found": [rf"{INSTANT}/[0-9a-v]{{17}}.~*"],
}


def test_a_position_holds_instants_and_suffixes_only_where_the_list_is_not_sorted_by_a_name(
    positions: list[list[str]],
) -> None:
    fill()
    for name, patterns in NAMELESS.items():
        positions.clear()
        pages(name)
        assert len(positions) >= 2, name
        for position in positions:
            for pattern, part in zip([MARK, *patterns], position, strict=True):
                assert re.fullmatch(pattern, part), name
