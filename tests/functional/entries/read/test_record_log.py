"""Reading the logs of a record and the content of its e-mails."""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support import api
from tests.support.aws.clients import client
from tests.support.aws.lambda_environment import BUCKET, TABLE
from tests.support.functions.events import Context


def at(hour: int) -> str:
    return f"2026-05-01T{hour:02}:00:00Z"


def set_expiry(log: str, expires_at: int) -> None:
    """Let the items of a log expire then, and TTL not have come by."""
    dynamodb = client("dynamodb")
    for item in dynamodb.scan(TableName=TABLE)["Items"]:
        if item["sk"]["S"].startswith(f"{log}/"):
            dynamodb.put_item(TableName=TABLE, Item=item | {"expires_at": {"N": str(expires_at)}})


def test_an_email_shows_what_the_contract_names() -> None:
    created = api.post(
        api.email(
            recipient="Jane@Mail.example",
            message_id="m1",
            sender="Gym <gym@x.example>",
            body={"text": "Hi"},
            occurred_at=at(9),
        )
    )
    (entry,) = api.walk("emails")
    assert entry == {
        "log": "email",
        "id": created.body["results"][0]["id"],
        "record": {"type": "family", "id": "1"},
        "recipient": "Jane@Mail.example",
        "subject": "Hello",
        "status": "queued",
        "occurred_at": "2026-05-01T09:00:00.000Z",
        "last_activity_at": "2026-05-01T09:00:00.000Z",
        "message_id": "m1",
        "sender": "Gym <gym@x.example>",
        "opens": 0,
        "clicks": 0,
        "has_content": True,
        "content_expires_at": "2028-05-01T09:00:00.000Z",
        "verdict": {
            "code": "silent",
            "text": "It has been waiting to be sent since 05/01/2026.",
            "next": "Tell your administrator: e-mail is waiting to be sent.",
        },
    }


def test_an_sms_shows_what_the_contract_names() -> None:
    created = api.post(api.sms(occurred_at=at(9)), api.sms(text="new"))
    new, old = api.walk("sms")
    assert old == {
        "log": "sms",
        "id": created.body["results"][0]["id"],
        "record": {"type": "family", "id": "1"},
        "recipient": "+14155550123",
        "text": "Hello",
        "status": "delivery",
        "reason": None,
        "stale": True,
        "occurred_at": "2026-05-01T09:00:00.000Z",
        "last_activity_at": "2026-05-01T09:00:00.000Z",
        "message_id": None,
        "verdict": {
            "code": "sms_no_answer",
            "text": "The phone network has not answered for 3 days. It is not known whether it arrived.",
            "next": "Call them, or send an e-mail.",
        },
    }
    assert new["stale"] is False
    assert new["verdict"]["code"] == "sms_waiting"


def test_the_other_logs_show_their_fields_and_when_they_expire() -> None:
    api.post(
        api.push(message_id="p1", occurred_at=at(9)),
        api.activity(ip="203.0.113.9", details={"page": 1}, occurred_at=at(9)),
        api.audit(ip="2001:db8::1", occurred_at=at(9)),
    )
    (push,), (activity,), (audit,) = (api.walk(log) for log in ("pushes", "activity", "audit"))
    assert (push["subject"], push["text"], push["message_id"]) == ("Hello", "There", "p1")
    assert "expires_at" not in push
    assert (activity["name"], activity["action"], activity["ip"]) == ("Sam Smith", "signed in", "203.0.113.9")
    assert activity["details"] == {"page": 1}
    assert activity["expires_at"] == audit["expires_at"] == "2028-05-01T09:00:00.000Z"
    assert (audit["member_name"], audit["username"], audit["source"]) == ("Ada Admin", "ada", "office_portal")
    assert (audit["action"], audit["affected_count"], audit["names"]) == ("deleted enrolment", 1, ["Smith"])
    assert audit["affected"][0]["change"] == "deleted"


@pytest.mark.parametrize("log", ["emails", "sms", "pushes", "activity", "audit"])
def test_a_log_without_entries_is_empty(log: str) -> None:
    assert api.read(log).body == {"entries": [], "next": None, "prev": None, "understood": []}


def test_logs_of_other_records_do_not_mix() -> None:
    api.post(*[api.push(record={"type": "family", "id": name}) for name in ("1", "10", "1.0")])
    assert len(api.walk("pushes")) == 1


def test_the_audit_log_of_any_type_of_record_can_be_read() -> None:
    change = {"record": {"type": "s3_bucket", "id": "logs.example"}, "change": "deleted"}
    api.post(api.audit(affected=[change]))
    assert len(api.walk("audit", "s3_bucket/logs.example")) == 1


SORTED = [
    api.email(recipient="b@x.example", status="sent", occurred_at=at(1)),
    api.email(recipient="A@x.example", status="delivered", occurred_at=at(2)),
    api.email(recipient="c@x.example", status="bounced", occurred_at=at(3)),
    api.email(recipient="a@x.example", status="sent", occurred_at=at(4)),
]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("date", [1, 2, 3, 4]),
        ("recipient", [2, 4, 1, 3]),
        ("status", [3, 2, 1, 4]),
        ("sent", [1, 2, 3, 4]),
    ],
)
@pytest.mark.parametrize("limit", [1, 3, 200])
def test_every_sort_in_both_orders_through_any_limit(sort: str, order: list[int], limit: int) -> None:
    api.post(*SORTED)
    expected = [f"2026-05-01T{hour:02}:00:00.000Z" for hour in order]
    upward = api.walk("emails", sort=sort, order="asc", limit=limit)
    assert [entry["occurred_at"] for entry in upward] == expected
    assert api.walk("emails", sort=sort, limit=limit) == upward[::-1]


@pytest.mark.parametrize("limit", [1, 4, 50])
def test_a_mailbox_is_one_group_in_the_order_of_time_however_it_is_spelt(limit: int) -> None:
    spellings = ["b@x.example", "B@x.example", "a@x.example", "c@x.example", "B@X.example", "b@x.example"]
    api.post(*[api.email(recipient=spelling, occurred_at=at(hour)) for hour, spelling in enumerate(spellings, 1)])
    shown = api.walk("emails", sort="recipient", order="asc", limit=limit)
    assert [entry["occurred_at"][11:13] for entry in shown] == ["03", "01", "02", "05", "06", "04"]
    assert api.walk("emails", sort="recipient", limit=limit) == shown[::-1]


def test_the_newest_comes_first_by_default() -> None:
    api.post(*SORTED)
    assert [entry["occurred_at"][11:13] for entry in api.walk("emails")] == ["04", "03", "02", "01"]


@pytest.mark.parametrize(
    ("query", "hours"),
    [
        ({"from_": at(2)}, [2, 3, 4]),
        ({"to": at(2)}, [1]),
        ({"from_": at(2), "to": at(4)}, [2, 3]),
        ({"from_": at(4), "to": at(4)}, []),
        ({"from_": at(3), "to": at(3)}, []),
        ({"from_": "2026-04-30T21:00:00-05:00"}, [2, 3, 4]),
        ({"from_": "0001-01-01T00:00:00+14:00", "to": "9999-12-31T23:59:59-14:00"}, [1, 2, 3, 4]),
        ({"status": "sent"}, [1, 4]),
        ({"status": "sent,bounced"}, [1, 3, 4]),
        ({"status": ["sent", "bounced"]}, [1, 3, 4]),
        ({"status": ["sent, bounced", "delivered"]}, [1, 2, 3, 4]),
        ({"status": "failed"}, []),
        ({"status": "sent", "from_": at(2)}, [4]),
        ({"q": "A@X"}, [2, 4]),
        ({"q": "a@x sent"}, [4]),
        ({"q": "hello 05/01/2026"}, [1, 2, 3, 4]),
        ({"q": "2026-05-01t03:00"}, [3]),
        ({"q": "3:00 am"}, [3]),
        ({"q": "smith"}, []),
        ({"q": "  "}, [1, 2, 3, 4]),
    ],
)
@pytest.mark.parametrize("sort", ["date", "recipient", "status", "sent"])
@pytest.mark.parametrize("limit", [1, 50])
def test_filters_give_the_same_under_every_sort_and_limit(query: Any, hours: list[int], sort: str, limit: int) -> None:
    api.post(*SORTED)
    found = api.walk("emails", sort=sort, limit=limit, **query)
    assert sorted(int(entry["occurred_at"][11:13]) for entry in found) == hours


@pytest.mark.parametrize(
    ("log", "q"),
    [
        ("sms", "hello delivery 415555"),
        ("pushes", "hello THERE"),
        ("activity", "sam signed"),
        ("audit", "ada deleted smith office"),
        ("activity", "203.0.113.9 page"),
        ("activity", "sam 7"),
        ("audit", "ＳＭＩＴＨ"),
        ("audit", "ada 203.0.113.8 kiosk_7"),
        ("audit", "ben.front"),
        ("audit", "deleted moved away"),
    ],
)
def test_a_term_is_looked_for_in_every_shown_field(log: str, q: str) -> None:
    affected = [{**api.audit()["affected"][0], "details": {"why": "moved away"}}]
    api.post(
        api.sms(),
        api.push(),
        api.activity(ip="203.0.113.9", details={"page": 7}),
        api.audit(ip="203.0.113.8", username="ben.front", action="deleted kiosk_7", affected=affected),
    )
    assert len(api.walk(log, q=q)) == 1
    assert api.walk(log, q=f"{q} elsewhere") == []


@pytest.mark.parametrize("log", ["emails", "audit"])
def test_dates_are_looked_for_as_they_read_in_the_orgs_time_zone(log: str) -> None:
    api.post(api.email(occurred_at=at(3)), api.audit(occurred_at=at(3)))
    assert len(api.walk(log, q="05/01/2026 3:00 am")) == 1
    api.call("PUT", "/v1/orgs/riverside/settings", body={"time_zone": "America/Chicago"})
    assert len(api.walk(log, q="04/30/2026 10:00 pm")) == len(api.walk(log, q="2026-04-30T22:00")) == 1
    assert api.walk(log, q="05/01/2026") == []


@pytest.mark.parametrize(
    ("time", "shown"),
    [("00:05", "12:05 am"), ("01:00", "1:00 am"), ("11:59", "11:59 am"), ("12:00", "12:00 pm"), ("23:59", "11:59 pm")],
)
def test_a_time_reads_as_on_a_clock_of_twelve_hours(time: str, shown: str) -> None:
    api.post(api.activity(occurred_at=f"2026-05-01T{time}:00Z", name="Jo Lee"))
    assert len(api.walk("activity", q=f"05/01/2026 {shown}")) == 1
    assert len(api.walk("activity", q=f"2026-05-01T{time}:00.000Z")) == 1
    other = shown.replace("am", "pm") if "am" in shown else shown.replace("pm", "am")
    assert api.walk("activity", q=f"05/01/2026 {other}") == []


def test_what_has_no_details_or_address_has_no_text_for_them() -> None:
    api.post(api.activity(), api.push())
    for q in ("none", "null"):
        assert api.walk("activity", q=q) == api.walk("pushes", q=q) == []


@pytest.mark.parametrize(("log", "kind"), [("emails", "email"), ("activity", "activity"), ("audit", "audit")])
def test_what_has_expired_is_not_shown_though_ttl_has_not_taken_it(log: str, kind: str) -> None:
    api.post(api.email(), api.activity(), api.audit())
    set_expiry(kind, 1_700_000_000)
    assert [api.walk(log, sort=sort) for sort in (["date", "recipient"] if kind == "email" else ["date"])] in (
        [[]],
        [[], []],
    )


def test_a_page_that_is_full_to_the_last_entry_has_no_next() -> None:
    api.post(*[api.push(subject=str(number)) for number in range(4)])
    assert api.read("pushes", limit=4).body["next"] is None
    assert api.read("pushes", limit=3).body["next"] is not None


def test_entries_written_during_a_walk_neither_repeat_nor_hide_the_others() -> None:
    api.post(*[api.push(subject=str(number), occurred_at=at(number)) for number in range(1, 7)])
    first = api.read("pushes", limit=3).body
    api.post(
        api.push(subject="newer"),
        api.push(subject="between", occurred_at=at(4)),
        api.push(subject="older", occurred_at=at(0)),
    )
    rest = api.walk("pushes", limit=2, cursor=first["next"])
    seen = [entry["subject"] for entry in first["entries"] + rest]
    assert [subject for subject in seen if subject.isdigit()] == ["6", "5", "4", "3", "2", "1"]
    assert len(seen) == len(set(seen))


def opened(message_id: str, at: str) -> None:
    assert api.deliver(api.delivery(message_id=message_id, type="opened", at=at)).status == 200


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("opened_one", ["m1", "m3", "m6"])
def test_by_sent_each_entry_is_met_once_though_one_is_opened_meanwhile(order: str, opened_one: str) -> None:
    posted = [api.email(subject=f"m{hour}", message_id=f"m{hour}", occurred_at=at(hour)) for hour in range(1, 7)]
    api.post(*posted)
    query: dict[str, Any] = {"sort": "sent", "order": order, "limit": 2}
    first = api.read("emails", **query).body
    opened(opened_one, at(20))
    rest = api.walk("emails", **query, cursor=first["next"])
    seen = [entry["subject"] for entry in first["entries"] + rest]
    assert seen == [entry["subject"] for entry in (posted if order == "asc" else posted[::-1])]
    assert opened_one in {entry["subject"] for entry in api.walk("emails", status="opened")}


@pytest.mark.parametrize("sort", ["date", "recipient", "status"])
def test_dates_are_those_of_the_last_activity(sort: str) -> None:
    api.post(*[api.email(subject=f"m{hour}", message_id=f"m{hour}", occurred_at=at(hour)) for hour in (1, 2, 3)])
    opened("m1", at(20))
    for query in ({"from_": at(10)}, {"q": "05/01/2026 8 pm"}):
        assert [entry["subject"] for entry in api.walk("emails", sort=sort, **query)] == ["m1"]
    for query in ({"to": at(10)}, {"q": "-opened", "to": at(20)}):
        assert {entry["subject"] for entry in api.walk("emails", sort=sort, **query)} == {"m2", "m3"}


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize(
    "bounds", [{"from_": at(1), "to": at(4)}, {"from_": "2026-05-01", "to": "2026-05-01"}, {"q": "05/01/2026"}]
)
def test_by_sent_dates_are_of_the_sending_so_that_no_entry_leaves_a_walk(order: str, bounds: dict[str, Any]) -> None:
    posted = [api.email(subject=f"m{hour}", message_id=f"m{hour}", occurred_at=at(hour)) for hour in (1, 2, 3)]
    api.post(*posted)
    query: dict[str, Any] = {"sort": "sent", "order": order, "limit": 1, **bounds}
    first = api.read("emails", **query).body
    opened("m2", "2026-05-02T09:00:00Z")
    seen = [entry["subject"] for entry in first["entries"] + api.walk("emails", **query, cursor=first["next"])]
    assert seen == (["m1", "m2", "m3"] if order == "asc" else ["m3", "m2", "m1"])
    assert not api.walk("emails", sort="sent", q="05/02/2026")


@pytest.mark.parametrize(
    ("log", "query", "field"),
    [
        ("emails", {"limit": 0}, "limit"),
        ("emails", {"limit": 201}, "limit"),
        ("emails", {"limit": "ten"}, "limit"),
        ("emails", {"sort": "subject"}, "sort"),
        ("activity", {"sort": "recipient"}, "sort"),
        ("activity", {"sort": "sent"}, "sort"),
        ("emails", {"order": "up"}, "order"),
        ("emails", {"from_": "2026-02-30"}, "from"),
        ("emails", {"from_": "20260501"}, "from"),
        ("emails", {"from_": "5/1/2026"}, "from"),
        ("emails", {"to": ""}, "to"),
        ("emails", {"from_": "2026-05-01T00:00:00"}, "from"),
        ("emails", {"to": "yesterday"}, "to"),
        ("emails", {"status": "lost"}, "status"),
        ("emails", {"status": ["sent", "lost"]}, "status"),
        ("emails", {"status": "undelivered"}, "status"),
        ("emails", {"status": "sent,,bounced"}, "status"),
        ("sms", {"status": "bounced"}, "status"),
        ("emails", {"status": ""}, "status"),
        ("pushes", {"status": "sent"}, "status"),
        ("emails", {"q": "q" * 1001}, "q"),
        ("emails", {"page": 2}, "page"),
    ],
)
def test_a_wrong_parameter_is_named(log: str, query: dict[str, Any], field: str) -> None:
    answer = api.read(log, **query)
    assert (answer.status, answer.body["code"]) == (422, "invalid_request")
    assert [fault["field"] for fault in answer.body["errors"]] == [field]


TEXTS = {
    "waiting": {"status": "delivery"},
    "arrived": {"status": "delivered"},
    "refused": {"status": "not_delivered", "reason": "rejected"},
    "broken": {"status": "not_delivered", "reason": "failed"},
    "unreachable": {"status": "not_delivered", "reason": "undelivered"},
}


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ("rejected", ["refused"]),
        (["failed", "undelivered"], ["broken", "unreachable"]),
        ("failed,undelivered", ["broken", "unreachable"]),
        ("not_delivered", ["refused", "broken", "unreachable"]),
        (["not_delivered", "rejected"], ["refused", "broken", "unreachable"]),
        (["delivered", "failed,delivery"], ["waiting", "arrived", "broken"]),
        (["undelivered", "undelivered"], ["unreachable"]),
    ],
)
@pytest.mark.parametrize("sort", ["date", "recipient", "status", "sent"])
def test_statuses_and_reasons_are_repeated_or_separated_by_commas(
    status: str | list[str], found: list[str], sort: str
) -> None:
    api.post(*[api.sms(text=text, **fields) for text, fields in TEXTS.items()])
    for limit in (1, 50):
        shown = api.walk("sms", status=status, sort=sort, limit=limit)
        assert sorted(entry["text"] for entry in shown) == sorted(found)


def test_statuses_of_e_mails_are_repeated_or_separated_by_commas() -> None:
    api.post(*SORTED)
    for status in ("sent,bounced", ["sent", "bounced"], ["bounced", "sent,sent"]):
        assert len(api.walk("emails", status=status, limit=1)) == 3
    one = api.read("emails", status="sent,bounced", limit=1).body
    assert api.read("emails", status=["bounced", "sent"], limit=1, cursor=one["next"]).status == 200


def test_a_parameter_given_twice_is_refused() -> None:
    route = "GET /v1/orgs/{org}/records/{type}/{id}/emails"
    parameters = {"org": "riverside", "type": "family", "id": "1"}
    sent = api.event(route, "/", parameters, urlencode([("limit", 1), ("limit", 2)]), claims=api.ADMIN)
    assert api.function("query").handler(sent, Context())["statusCode"] == 422
    assert api.function("query").handler({**sent, "rawQueryString": "q=%ff"}, Context())["statusCode"] == 400


def test_a_cursor_is_bound_to_its_list() -> None:
    api.post(*SORTED, *[{**entry, "record": {"type": "family", "id": "2"}} for entry in SORTED])
    cursor = api.read("emails", limit=1).body["next"]
    assert api.read("emails", limit=2, cursor=cursor).status == 200
    elsewhere = [
        api.read("sms", cursor=cursor),
        api.read("emails", "family/2", cursor=cursor),
        api.read("emails", "staff/1", cursor=cursor),
        api.read("emails", cursor=cursor, order="asc"),
        api.read("emails", cursor=cursor, sort="status"),
        api.read("emails", cursor=cursor, sort="sent"),
        api.read("emails", cursor=cursor, q="hello"),
        api.read("emails", cursor=cursor, status="sent"),
        api.read("emails", cursor=cursor, from_=at(1)),
        api.read("emails", cursor=cursor, to=at(1)),
        api.read("emails", org="hilltop", claims=api.OTHER_ADMIN, cursor=cursor),
        api.read("emails", cursor=cursor[:-1]),
        api.read("emails", cursor=cursor.swapcase()),
        api.read("emails", cursor="garbled"),
        api.read("emails", cursor="%00"),
    ]
    assert [(answer.status, answer.body["code"]) for answer in elsewhere] == [(400, "invalid_cursor")] * len(elsewhere)


@pytest.mark.parametrize("path", ["student/1/emails", "class/1/sms", "staff/1/pushes", "class/1/activity"])
def test_a_record_type_without_that_log_is_not_found(path: str) -> None:
    assert api.call("GET", f"/v1/orgs/riverside/records/{path}").status == 404


def test_a_record_id_that_cannot_be_one_is_refused() -> None:
    answer = api.read("emails", "family/a b")
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "id")


def test_content_is_shown_and_the_look_is_an_audit_entry() -> None:
    created = api.post(api.email(subject="Secret", body={"html": "<p>Hi</p>"}))
    entry_id = created.body["results"][0]["id"]
    assert api.read(f"emails/{entry_id}/content").body == {"subject": "Secret", "text": None, "html": "<p>Hi</p>"}
    assert api.read(f"emails/{entry_id}/content", claims=api.SERVICE).status == 200
    by_service, by_staff = api.walk("audit")
    assert (by_staff["username"], by_staff["member_name"], by_staff["source"]) == ("ada", "Ada Admin", "office_portal")
    assert (by_staff["action"], by_staff["ip"]) == ("viewed e-mail content", "203.0.113.7")
    assert by_staff["affected"][0]["details"] == {"entry": entry_id}
    assert "Secret" not in str(by_staff)
    assert (by_service["username"], by_service["source"]) == ("portal", "system")


def test_content_that_is_not_there_says_why() -> None:
    bare, full = (api.post(api.email(**more)).body["results"][0]["id"] for more in ({}, {"body": {"text": "Hi"}}))
    for entry_id, record, code in [
        (bare, "family/1", "no_content"),
        (full, "family/2", "not_found"),
        (full[:-1] + ("0" if full[-1] != "0" else "1"), "family/1", "not_found"),
        ("nonsense", "family/1", "not_found"),
    ]:
        answer = api.read(f"emails/{entry_id}/content", record)
        assert (answer.status, answer.body["code"]) == (404, code)
    set_expiry("content", 1_700_000_000)
    assert api.read(f"emails/{full}/content").body["code"] == "content_expired"
    set_expiry("email", 1_700_000_000)
    assert api.read(f"emails/{full}/content").body["code"] == "not_found"
    assert api.walk("audit") == []


def test_content_whose_object_is_gone_has_expired() -> None:
    long = " ".join(f"{number * 7919 % 1_000_003:x}" for number in range(9000))
    entry_id = api.post(api.email(body={"text": long})).body["results"][0]["id"]
    s3 = client("s3")
    for found in s3.list_objects_v2(Bucket=BUCKET)["Contents"]:
        s3.delete_object(Bucket=BUCKET, Key=found["Key"])
    assert api.read(f"emails/{entry_id}/content").body["code"] == "content_expired"


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("DELETE", "/v1/orgs/riverside/entries", 405, "POST"),
        ("POST", "/v1/orgs/riverside/records/family/1/emails", 405, "GET"),
        ("GET", "/v1/orgs/riverside/records/family/1/faxes", 404, None),
        ("GET", "/v1", 404, None),
        ("GET", "/", 404, None),
    ],
)
def test_what_has_no_route_says_so(method: str, path: str, status: int, allow: str | None) -> None:
    answer = api.call(method, path)
    assert (answer.status, answer.headers.get("allow")) == (status, allow)
    assert answer.headers["content-type"] == "application/problem+json"
