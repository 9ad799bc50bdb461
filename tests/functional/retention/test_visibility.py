"""The clock moved past the end of things: every call shows them a second before it and none a second after.

TTL has taken nothing here, as it may be days late.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product
from typing import Any

import pytest
from daybook.api import routes
from daybook.core import timestamps
from daybook_cli.feedback.ses_events import Mail, ses_event

from tests.support import api
from tests.support.aws.clients import client
from tests.support.aws.lambda_environment import BUCKET, TABLE
from tests.support.functions import exports, triggers
from tests.support.functions.world import SMITH, START, World, lift, on_a_clock, place

LONG_AGO = "2000-01-01T00:00:00Z"
ORG = "/v1/orgs/riverside"
SECOND = timedelta(seconds=1)
GRACE = timedelta(days=7)
SAM = {"type": "student", "id": "2"}
PARENT, OTHER_PARENT = "smith@mail.example", "jones@mail.example"
ZOE = {"username": "zoe", "member_name": "Zoe Zander"}

Ids = dict[str, str]
# The entries, by log, that a call shows.
View = Callable[["Posted"], set[str]]


@dataclass
class Posted:
    """An entry in each log, and a younger one of each that is not to go yet; their ids by log."""

    ids: Ids
    young: Ids
    entries: list[dict[str, Any]] = field(default_factory=list)

    def among(self, rows: list[dict[str, Any]]) -> set[str]:
        shown = {row["id"] for row in rows}
        return {log for log, entry_id in self.ids.items() if entry_id in shown}


@pytest.fixture
def clock(functions: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Every log is kept for two years."""
    for log in ("EMAIL", "SMS", "PUSH"):
        monkeypatch.setenv(f"RETAIN_{log}", "P2Y")
    yield from on_a_clock(monkeypatch)


def entries_at(moment: datetime, name: str) -> dict[str, dict[str, Any]]:
    """An entry for each log, the audit entry with large changes and a further record."""
    affected = [
        {"record": record, "change": "updated", "name": "Smith", "before": {"note": "x" * 1500}}
        for record in (SMITH, SAM)
    ]
    made = {
        "emails": api.email(recipient=PARENT, message_id=f"{name}-email", body={"text": "Dear Smiths"}),
        "sms": api.sms(message_id=f"{name}-sms"),
        "pushes": api.push(message_id=f"{name}-push"),
        "activity": api.activity(),
        "audit": api.audit(affected=affected, **ZOE),
    }
    return {log: {**entry, "key": name, "occurred_at": timestamps.instant(moment)} for log, entry in made.items()}


def post_at(clock: World, moment: datetime, name: str) -> Posted:
    """Entries of `moment`, known in every place; the younger ones have other staff and recipients."""
    entries = entries_at(moment, name)
    ids = dict(zip(entries, api.posted(*entries.values()), strict=True))
    younger = entries_at(clock.now, f"{name}-young")
    younger["audit"] |= {"username": "ada", "member_name": "Ada Admin"}
    younger["emails"] |= {"recipient": OTHER_PARENT}
    young = dict(zip(younger, api.posted(*younger.values()), strict=True))
    # So many that the search index has segments.
    api.posted(*[api.audit(action=f"deleted place {number}", username="ben") for number in range(16)])
    mail = Mail(f"{name}-email", (PARENT, "other@mail.example"), moment)
    hear(
        ses_event("bounce", mail, moment + SECOND, recipients=[PARENT]),
        # Of the message, since SES cannot tell whose it is.
        ses_event("open", mail, moment + SECOND),
    )
    clock.settle()
    return Posted(ids, young, list(entries.values()))


def hear(*told: dict[str, Any]) -> None:
    triggers.feedback(*map(json.dumps, told))


def record_log(log: str, record: str, parameters: dict[str, str], posted: Posted) -> set[str]:
    return posted.among(api.walk(log, record, **parameters))


def record_logs(log: str, word: str) -> dict[str, View]:
    sorts = ("date", "recipient", "status") if log in ("emails", "sms") else ("date",)
    asked = product(sorts, ("asc", "desc"), ("", word))
    views: dict[str, View] = {
        f"{log} by {sort}, {order}, q={q!r}": partial(
            record_log, log, "family/1", {"sort": sort, "order": order, **({"q": q} if q else {})}
        )
        for sort, order, q in asked
    }
    return views | {f"{log} from then on": partial(record_log, log, "family/1", {"from_": LONG_AGO})}


def timeline(record: str, posted: Posted) -> set[str]:
    return posted.among(api.walk("timeline", record, limit=2))


def of_the_email(name: str, posted: Posted) -> set[str]:
    return {"emails"} if api.read(f"emails/{posted.ids['emails']}/{name}").status == 200 else set()


def entry(log: str, posted: Posted) -> set[str]:
    return {log} if api.read(f"{log}/{posted.ids[log]}").status == 200 else set()


def events(posted: Posted) -> set[str]:
    answer = api.read(f"emails/{posted.ids['emails']}/events")
    if answer.status != 200:
        return set()
    assert {event.get("of", "recipient") for event in answer.body["events"]} == {"recipient", "message"}
    return {"emails"}


def sms_events(posted: Posted) -> set[str]:
    return {"sms"} if api.read(f"sms/{posted.ids['sms']}/events").status == 200 else set()


def messages(log: str, status: str, posted: Posted) -> set[str]:
    return posted.among(pages("messages", log=log, status=status, limit=1))


def audit(parameters: dict[str, str], posted: Posted) -> set[str]:
    return posted.among(pages("audit", **parameters))


def audit_entry(posted: Posted) -> set[str]:
    return {"audit"} if api.call("GET", f"{ORG}/audit/{posted.ids['audit']}").status == 200 else set()


def audit_staff(posted: Posted) -> set[str]:
    return {"audit"} if ZOE["username"] in {one["username"] for one in pages("audit/staff", limit=1)} else set()


def record_blacklist(posted: Posted) -> set[str]:
    answer = api.read("blacklist")
    assert answer.status == 200
    return {"emails"} if PARENT in {one["address"] for one in answer.body["entries"]} else set()


def by_address(posted: Posted) -> set[str]:
    """Whether the address still finds the record, which others of its entries keep."""
    return {"emails"} if pages("records", q=PARENT) else set()


def duplicate(posted: Posted) -> set[str]:
    """Whom an answer to the same entries names."""
    return {
        log
        for (log, entry_id), result in zip(posted.ids.items(), api.post(*posted.entries).body["results"], strict=True)
        if (result["status"], result["id"]) == ("duplicate", entry_id)
    }


def exported(path: str, posted: Posted) -> set[str]:
    """What is in the file of a list."""
    return posted.among([json.loads(line) for line in exports.exported(path).splitlines()])


def pages(path: str, name: str = "entries", **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        answer = api.call("GET", f"{ORG}/{path}", **query)
        assert answer.status == 200, answer.text
        found += answer.body[name]
        if answer.body["next"] is None:
            return found
        query["cursor"] = answer.body["next"]


LINES = ["", "enrolment", '"deleted enrolment" smi', "username:zoe", "record:family/1", "-place"]
NARROWED = [{"staff": "zoe"}, {"source": "office_portal"}, {"from_": LONG_AGO}]
# What of the entries each call shows, in each way of asking that reads them in another way.
VIEWS: dict[str, dict[str, View]] = {
    routes.GET_EMAILS: record_logs("emails", "hello"),
    routes.GET_SMS: record_logs("sms", "hello"),
    routes.GET_PUSHES: record_logs("pushes", "there"),
    routes.GET_ACTIVITY: record_logs("activity", "sam"),
    routes.GET_AUDIT: {
        **record_logs("audit", "zoe"),
        "of a further record": partial(record_log, "audit", "student/2", {}),
    },
    **{route: {"entry": partial(entry, log)} for route, log in routes.ENTRY_ROUTES.items()},
    routes.GET_CONTENT: {"content": partial(of_the_email, "content")},
    routes.GET_EMAIL_EVENTS: {"events": events},
    routes.GET_SMS_EVENTS: {"events": sms_events},
    routes.GET_RECORD_BLACKLIST: {"addresses": record_blacklist},
    routes.GET_RECORDS: {"by an address": by_address},
    routes.GET_TIMELINE: {
        "all": partial(timeline, "family/1"),
        "of a further record": partial(timeline, "student/2"),
    },
    routes.GET_MESSAGES: {
        "bounced": partial(messages, "email", "bounced"),
        "sms": partial(messages, "sms", "delivery"),
    },
    routes.GET_ORG_AUDIT: {
        f"{line!r}, {order}, {parameters}": partial(audit, {"q": line, "order": order, **parameters})
        for line, order, parameters in [
            *product(LINES, ("asc", "desc"), ({},)),
            *product(("", "enrolment"), ("desc",), NARROWED),
        ]
    },
    routes.GET_AUDIT_STAFF: {"usernames": audit_staff},
    routes.GET_AUDIT_ENTRY: {"entry": audit_entry},
    routes.POST_ENTRIES: {"duplicates": duplicate},
    routes.POST_EXPORTS: {
        "audit": partial(exported, "audit"),
        "of a record": partial(exported, "records/family/1/audit"),
    },
}
# What the others tell is no entry's: it stands until somebody changes it.
OF_NO_ENTRY = {
    routes.POST_DELIVERIES: "events that were posted",
    routes.GET_BLACKLIST: "addresses; each with what is known of the bounce, as long as it is blocked",
    routes.POST_CHECK: "addresses that were asked for",
    routes.GET_BLACKLISTED: "an address, as above",
    routes.PUT_BLACKLIST: "the same",
    routes.DELETE_BLACKLISTED: "the same",
    routes.POST_RESET: "the same",
    routes.POST_VALIDATE_BLACKLISTED: "the same",
    routes.POST_VALIDATE: "the same",
    routes.GET_RECORD: "the record's name, and of each log the newest instant, as tests/functional/records has it",
    routes.GET_ORGS: "orgs and their settings",
    routes.GET_ORG: "the same",
    routes.PUT_ORG: "the same",
    routes.GET_ACCESS: "grants",
    routes.GET_ACCESS_ME: "the caller, and their permissions",
    routes.PUT_ACCESS: "grants",
    routes.PUT_GROUP_ACCESS: "grants",
    routes.PUT_STAFF_ACCESS: "grants",
    routes.GET_SETTINGS: "the org's settings",
    routes.PUT_SETTINGS: "the same",
    routes.POST_ERASE: "an erasure",
    routes.GET_ERASURE: "an erasure and its counts",
    routes.GET_EXPORTS: "exports, each with its query, and how many rows it has",
    routes.GET_EXPORT: "the same, and a link to the file",
    routes.DELETE_EXPORT: "nothing",
    routes.GET_HOLDS: "holds, and the ids of what they came too late for",
    routes.PUT_HOLD: "the same",
    routes.DELETE_HOLD: "the same",
    routes.POST_ERASE: "an erasure: the record, and counts",
    routes.GET_ERASURE: "the same",
    routes.GET_MESSAGE_COUNTS: "numbers of messages, among them those that TTL has not taken yet",
    routes.GET_OPENAPI: "the API",
    routes.DEFAULT: "that there is no such route",
}
# As all calls of a route together show it.
SHOWN_BY = {
    routes.GET_EMAILS: {"emails"},
    routes.GET_SMS: {"sms"},
    routes.GET_PUSHES: {"pushes"},
    routes.GET_ACTIVITY: {"activity"},
    routes.GET_TIMELINE: {"emails", "sms", "pushes", "activity", "audit"},
    **{route: {log} for route, log in routes.ENTRY_ROUTES.items()},
    routes.GET_CONTENT: {"emails"},
    routes.GET_EMAIL_EVENTS: {"emails"},
    routes.GET_SMS_EVENTS: {"sms"},
    routes.GET_RECORD_BLACKLIST: {"emails"},
    routes.GET_RECORDS: {"emails"},
    routes.GET_MESSAGES: {"emails", "sms"},
    routes.POST_ENTRIES: {"emails", "sms", "pushes", "activity", "audit"},
}


def test_every_route_is_known_to_show_entries_or_none() -> None:
    assert VIEWS.keys() | OF_NO_ENTRY.keys() == routes.ROUTES.keys()
    assert not VIEWS.keys() & OF_NO_ENTRY.keys()


def its_own_time(clock: World) -> tuple[Posted, datetime]:
    return post_at(clock, START - timedelta(hours=3), "old"), datetime(2028, 11, 22, 9, tzinfo=UTC)


def a_time_long_past(clock: World) -> tuple[Posted, datetime]:
    """What an import brings stays for the grace, but for contents of e-mails."""
    return post_at(clock, datetime(2015, 1, 31, 9, tzinfo=UTC), "old"), START + GRACE


def a_lifted_hold(clock: World) -> tuple[Posted, datetime]:
    posted = post_at(clock, START - timedelta(hours=3), "old")
    place()
    clock.settle()
    clock.now = datetime(2031, 2, 1, tzinfo=UTC)
    post_younger(clock)
    lift()
    clock.settle()
    return posted, clock.now + GRACE


def post_younger(clock: World) -> None:
    """So that the lists are not empty by the end of it all."""
    entries = entries_at(clock.now, "later")
    entries["emails"] |= {"recipient": OTHER_PARENT}
    api.posted(*(entries[log] for log in ("emails", "sms", "pushes", "activity")))
    clock.settle()


def shown(posted: Posted) -> dict[str, set[str]]:
    return {f"{route}: {name}": view(posted) for route, views in VIEWS.items() for name, view in views.items()}


@pytest.mark.slow
@pytest.mark.parametrize("ending", [its_own_time, a_time_long_past, a_lifted_hold])
def test_each_call_shows_it_until_the_last_second_and_not_a_second_longer(
    clock: World, ending: Callable[[World], tuple[Posted, datetime]]
) -> None:
    posted, end = ending(clock)
    clock.now = end - SECOND
    before = shown(posted)
    clock.now = end + SECOND
    after = shown(posted)
    never = {routes.GET_CONTENT} if ending is a_time_long_past else set()
    for route in VIEWS:
        of_route = {name: logs for name, logs in before.items() if name.startswith(f"{route}: ")}
        assert set().union(*of_route.values()) == (set() if route in never else SHOWN_BY.get(route, {"audit"}))
        assert route in never or all(of_route.values()), of_route
    assert {name: logs for name, logs in after.items() if logs} == {}


WAITING = {"email": "queued", "sms": "delivery"}
# The lists that pages are taken of, and what they are asked for.
LISTS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    route: [
        (f"records/family/1/{log}", {"sort": sort, "order": order})
        for sort in (("date", "recipient", "status") if log in ("emails", "sms") else ("date",))
        for order in ("asc", "desc")
    ]
    for route, log in routes.LOG_ROUTES.items()
} | {
    routes.GET_TIMELINE: [("records/family/1/timeline", {})],
    routes.GET_MESSAGES: [("messages", {"log": log, "status": status}) for log, status in WAITING.items()],
    routes.GET_ORG_AUDIT: [("audit", {"q": q, "order": order}) for q in ("", "enrolment") for order in ("asc", "desc")],
}


@pytest.mark.parametrize("route", LISTS)
def test_a_walk_that_began_before_the_end_goes_on_without_what_has_expired(clock: World, route: str) -> None:
    older: set[str] = set()
    for number in range(2):
        older |= {*api.posted(*entries_at(START - timedelta(hours=3 - number), f"old-{number}").values())}
    api.posted(*entries_at(START - timedelta(hours=1), "young").values())
    clock.settle()
    for path, asked in LISTS[route]:
        clock.now = datetime(2028, 11, 22, 9, 59, 59, tzinfo=UTC)
        first = api.call("GET", f"{ORG}/{path}", limit=1, **asked).body
        (passed,) = {row["id"] for row in first["entries"]}
        clock.now += 2 * SECOND
        rest = {row["id"] for row in pages(path, limit=1, cursor=first["next"], **asked)}
        assert not rest & older
        assert rest | {passed} >= {row["id"] for row in pages(path, **asked)} != set()


@pytest.mark.parametrize(
    ("occurred_at", "period", "end"),
    [
        ("2024-02-29T12:00:00Z", "P2Y", "2026-02-28T12:00:00.000Z"),
        ("2024-02-29T12:00:00Z", "P4Y", "2028-02-29T12:00:00.000Z"),
        ("2024-08-31T12:00:00Z", "P30M", "2027-02-28T12:00:00.000Z"),
        ("2025-08-31T12:00:00Z", "P30M", "2028-02-29T12:00:00.000Z"),
        ("2024-08-31T12:00:00Z", "P24M", "2026-08-31T12:00:00.000Z"),
        ("2024-02-29T12:00:00.001Z", "P2Y", "2026-02-28T12:00:01.000Z"),
        # In Berlin it is the 29th already; by UTC it was the 28th, and so is the end.
        ("2024-02-29T00:30:00+01:00", "P1M", "2024-03-28T23:30:00.000Z"),
        ("2025-01-31T00:30:00+01:00", "P1M", "2025-02-28T23:30:00.000Z"),
        # In Chicago it is still the 28th; by UTC it is the 1st of March.
        ("2025-02-28T23:30:00-06:00", "P1M", "2025-04-01T05:30:00.000Z"),
        # In Chicago it is still the 29th.
        ("2024-02-29T23:30:00-06:00", "P2Y", "2026-03-01T05:30:00.000Z"),
        # The clocks go forward in between (Berlin, 30 March 2025), and back (Chicago, 2 November 2025): 24 hours a day.
        ("2025-03-29T02:30:00+01:00", "P1D", "2025-03-30T01:30:00.000Z"),
        ("2025-03-01T02:30:00+01:00", "P1M", "2025-04-01T01:30:00.000Z"),
        ("2025-11-01T01:30:00-05:00", "P1D", "2025-11-02T06:30:00.000Z"),
        # The hour that comes twice: two moments, and two ends.
        ("2025-11-02T01:30:00-05:00", "P1Y", "2026-11-02T06:30:00.000Z"),
        ("2025-11-02T01:30:00-06:00", "P1Y", "2026-11-02T07:30:00.000Z"),
    ],
)
def test_a_period_is_reckoned_on_the_calendar_of_utc(
    clock: World, occurred_at: str, period: str, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("EMAIL", "SMS", "PUSH", "ACTIVITY", "AUDIT", "CONTENT"):
        monkeypatch.setenv(f"RETAIN_{name}", period)
    last = timestamps.from_instant(end)
    clock.now = datetime.fromisoformat(occurred_at)
    logs = ("emails", "sms", "pushes", "activity", "audit")
    entries = entries_at(clock.now, "k").values()
    api.posted(*({**entry, "occurred_at": occurred_at} for entry in entries))
    clock.settle()
    clock.now = last - SECOND
    shown = [row for log in (*logs, "timeline") for row in api.walk(log)] + pages("audit", q="enrolment")
    assert {row["expires_at"] for row in shown} == {end}
    assert len(shown) == 11
    (email,) = api.walk("emails")
    assert (email["has_content"], email["content_expires_at"]) == (True, end)
    clock.now = last
    assert not [row for log in (*logs, "timeline") for row in api.walk(log)] + pages("audit", q="enrolment")


def test_the_content_of_an_email_ends_before_the_email(clock: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETAIN_EMAIL", "P3Y")
    (entry_id,) = api.posted(api.email(body={"text": "Dear Smiths"}, occurred_at="2024-12-31T10:00:00Z"))
    end = datetime(2026, 12, 31, 10, tzinfo=UTC)
    found = []
    for moment in (end - SECOND, end + SECOND):
        clock.now = moment
        shown_by = [row for log in ("emails", "timeline") for row in api.walk(log) if row["id"] == entry_id]
        assert [row["content_expires_at"] for row in shown_by] == [timestamps.instant(end)] * 2
        content = api.read(f"emails/{entry_id}/content")
        found.append(([row["has_content"] for row in shown_by], content.status, content.body.get("code")))
    assert found == [([True, True], 200, None), ([False, False], 404, "content_expired")]


@pytest.mark.parametrize("is_held", [False, True])
@pytest.mark.parametrize("kept", ["P2Y", "P3Y", ""])
@pytest.mark.parametrize(
    ("sent_at", "end"),
    [
        ("2024-11-22T11:59:59+00:00", "2026-11-22T11:59:59.000Z"),
        ("2024-11-22T13:30:00+02:00", "2026-11-22T11:30:00.000Z"),
        ("2024-02-29T23:00:00-05:00", "2026-03-01T04:00:00.000Z"),
        ("2009-06-01T08:00:00Z", "2011-06-01T08:00:00.000Z"),
    ],
)
def test_content_whose_time_was_over_when_it_came_is_never_stored(
    clock: World, sent_at: str, end: str, kept: str, is_held: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entry is: for its own time, or for the grace."""
    monkeypatch.setenv("RETAIN_EMAIL", kept)
    if is_held:
        place()
        clock.settle()
    body = {"text": "Dear Smiths", "html": "".join(map(str, range(20_000)))}
    (entry_id,) = api.posted(api.email(body=body, occurred_at=sent_at))
    clock.settle()
    for _ in range(2):
        (row,) = api.walk("emails")
        assert (row["id"], row["has_content"], row["content_expires_at"]) == (entry_id, False, end)
        content = api.read(f"emails/{entry_id}/content")
        assert (content.status, content.body["code"]) == (404, "content_expired")
        assert not [key for key in clock.items() if key[1].startswith("content/")]
        assert client("s3").list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0
        clock.now += GRACE - SECOND


def test_content_that_comes_late_is_kept_for_the_second_that_it_has_left(
    clock: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETAIN_EMAIL", "P3Y")
    in_time, too_late = api.posted(
        *(api.email(body={"text": "x"}, occurred_at=f"2024-11-22T12:00:0{second}Z") for second in (1, 0))
    )
    assert api.read(f"emails/{too_late}/content").body["code"] == "content_expired"
    assert api.read(f"emails/{in_time}/content").body["text"] == "x"
    clock.now += SECOND
    assert api.read(f"emails/{in_time}/content").body["code"] == "content_expired"


def test_a_posted_body_of_an_old_send_event_is_not_stored(clock: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETAIN_EMAIL", "P3Y")
    sent_at = datetime(2024, 3, 1, 9, tzinfo=UTC)
    tags = {"daybook-org": "riverside", "daybook-record": "family.1"}
    triggers.feedback(json.dumps(ses_event("send", Mail("m-old", (PARENT,), sent_at, tags=tags), sent_at)))
    (sent,) = api.walk("emails")
    at = sent_at.isoformat()
    late = api.email(recipient=PARENT, message_id="m-old", subject="Camp", body={"text": "x"}, occurred_at=at)
    assert api.post(late).body["results"] == [{"index": 0, "status": "duplicate", "id": sent["id"]}]
    (row,) = api.walk("emails")
    assert (row["id"], row["subject"], row["has_content"]) == (sent["id"], "Camp", False)
    assert row["content_expires_at"] == "2026-03-01T09:00:00.000Z"
    assert api.read(f"emails/{row['id']}/content").body["code"] == "content_expired"


def test_the_changes_of_an_audit_entry_end_by_their_own_time(clock: World) -> None:
    """Which is the entry's, but for the moments between two writes of one who changes both."""
    posted = post_at(clock, START - timedelta(hours=3), "old")
    path = f"{ORG}/audit/{posted.ids['audit']}"
    assert len(api.call("GET", path).body["affected"]) == 2
    client("dynamodb").update_item(
        TableName=TABLE,
        Key={"pk": {"S": "riverside/family/1"}, "sk": {"S": f"content/{posted.ids['audit']}"}},
        UpdateExpression="SET expires_at = :end",
        ExpressionAttributeValues={":end": {"N": str(int(clock.now.timestamp()))}},
    )
    assert api.call("GET", path).body["code"] == "content_expired"


@pytest.mark.parametrize(("late", "known"), [(-SECOND, 2), (SECOND, 0)])
def test_what_was_said_before_there_was_an_entry_waits_for_it_until_it_expires(
    clock: World, late: timedelta, known: int
) -> None:
    mail = Mail("m", (PARENT, OTHER_PARENT), START)
    hear(ses_event("delivery", mail, START, recipients=[PARENT]), ses_event("open", mail, START))
    clock.now = START + timedelta(days=7) + late
    (entry_id,) = api.posted(api.email(recipient=PARENT, message_id="m", status="sent"))
    assert len(api.read(f"emails/{entry_id}/events").body["events"]) == known
    (row,) = api.walk("emails")
    assert row["status"] == ("delivered" if known else "sent")


def test_what_is_posted_again_when_it_has_expired_begins_anew(clock: World) -> None:
    posted = post_at(clock, START - timedelta(hours=3), "old")
    clock.now = datetime(2028, 11, 22, 9, 0, 1, tzinfo=UTC)
    (first, again) = (api.post(*posted.entries).body["results"] for _ in range(2))
    assert {result["status"] for result in first} == {"created"}
    assert [(result["status"], result["id"]) for result in again] == [("duplicate", result["id"]) for result in first]
    assert not {result["id"] for result in first} & {*posted.ids.values()}
    email = first[0]["id"]
    assert api.read(f"emails/{email}/events").body == {"events": []}
    mail = Mail("old-email", (PARENT, OTHER_PARENT), START)
    hear(ses_event("delivery", mail, START, recipients=[PARENT]), ses_event("click", mail, START))
    told = api.read(f"emails/{email}/events").body["events"]
    assert {event["type"] for event in told} == {"delivery", "click"}
    for log in ("emails", "sms", "pushes", "activity", "audit"):
        ends = {row["id"]: row["expires_at"] for row in api.walk(log)}
        assert [end for entry_id, end in ends.items() if entry_id in {result["id"] for result in first}] == [
            timestamps.instant(clock.now + GRACE)
        ]
