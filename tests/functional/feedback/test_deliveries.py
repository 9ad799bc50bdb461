"""POST /deliveries: events of any provider, on entries that are there, still to come, or another org's."""

import json
from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest

from tests.support import api
from tests.support.faults.worlds import feed, said

JANE = "jane@mail.example"


def statuses(answer: api.Answer) -> list[str]:
    return [result["status"] for result in answer.body["results"]]


def email(org: str = "riverside") -> dict[str, Any]:
    [row] = api.read("emails", org=org, claims=api.ADMIN if org == "riverside" else api.PLATFORM).body["entries"]
    return dict(row)


def sent(**fields: Any) -> None:
    api.posted(api.email(**{"message_id": "m-1", "recipient": JANE, "occurred_at": "2026-11-20T09:00:00Z", **fields}))


def test_events_are_applied_once() -> None:
    sent()
    events = [
        api.delivery(type="delivered", recipient=JANE),
        api.delivery(type="opened", recipient=JANE, at="2026-11-20T10:00:00Z", id="e-1"),
        api.delivery(type="opened", recipient=JANE, at="2026-11-20T10:00:00Z", id="e-1"),
    ]
    answer = api.deliver(*events)
    assert (answer.status, statuses(answer)) == (200, ["applied", "applied", "duplicate"])
    assert (email()["status"], email()["opens"]) == ("opened", 1)
    assert statuses(api.deliver(*events[::-1])) == ["duplicate"] * 3
    assert (email()["status"], email()["opens"]) == ("opened", 1)


def test_a_bounce_blacklists_its_address() -> None:
    sent()
    answer = api.deliver(api.delivery(type="bounced", recipient=f"Jane <{JANE}>", detail="550 5.1.1 no such user"))
    assert statuses(answer) == ["applied"]
    bounce = email()["bounce"]
    assert (bounce["type"], bounce["diagnostic"]) == ("Permanent", "550 5.1.1 no such user")
    assert api.call("GET", f"/v1/orgs/riverside/blacklist/{JANE}").body["status"] == "bounce"


def test_what_came_before_its_entry_waits_for_it() -> None:
    answer = api.deliver(api.delivery(recipient=JANE), api.delivery(log="sms", message_id="s-1"))
    assert (answer.status, statuses(answer)) == (200, ["pending", "pending"])
    sent()
    api.posted(api.sms(message_id="s-1"))
    assert email()["status"] == "delivered"
    assert api.read("sms").body["entries"][0]["status"] == "delivered"


def test_one_bad_event_costs_no_other() -> None:
    sent()
    answer = api.deliver(api.delivery(recipient=JANE), api.delivery(type="undelivered", at="2026-11-20T09:00:00"))
    assert (answer.status, statuses(answer)) == (207, ["applied", "rejected"])
    error = answer.body["results"][1]["error"]
    assert error["code"] == "invalid_delivery"
    assert [fault["field"] for fault in error["errors"]] == ["at"]
    assert error["detail"].startswith("at: must be a time with an offset")


def test_half_of_a_character_costs_a_detail_and_of_an_id_the_event() -> None:
    sent()
    events = [api.delivery(recipient=JANE, detail="\ud83d"), api.delivery(message_id="\ud83d")]
    answer = api.call("POST", "/v1/orgs/riverside/deliveries", claims=api.SERVICE, body=json.dumps({"events": events}))
    assert (answer.status, statuses(answer)) == (207, ["applied", "rejected"])


def test_an_event_with_an_odd_detail_is_taken_with_a_warning_each_time() -> None:
    sent()
    events = [
        api.delivery(recipient=JANE, detail="d" * 1001, ip="203.0.113.7:443"),
        api.delivery(recipient=JANE, type="opened"),
        api.delivery(message_id="m-2", link="l" * 1001),
        api.delivery(type="lost", link="l" * 1001),
    ]
    for expected in (["applied", "applied", "pending", "rejected"], ["duplicate", "duplicate", "pending", "rejected"]):
        results = api.deliver(*events).body["results"]
        assert [result["status"] for result in results][:2] == expected[:2]
        assert [[warning["field"] for warning in result.get("warnings", [])] for result in results] == [
            ["detail", "ip"], [], ["link"], [],
        ]  # fmt: skip
        assert all("warnings" not in result for result in results[1::2])


@pytest.mark.parametrize("count", [0, 101])
def test_so_many_at_once(count: int) -> None:
    assert api.deliver(*[api.delivery()] * count).status == 422


def test_a_body_of_a_megabyte() -> None:
    assert api.deliver(api.delivery(detail="d" * 1024 * 1024)).status == 413


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_any_order_with_ses_s_events_of_the_same_message(order: tuple[int, ...]) -> None:
    steps: list[Callable[[], Any]] = [
        sent,
        lambda: feed(said("delivery", "m-1", JANE)),
        lambda: api.deliver(
            api.delivery(type="opened", recipient=JANE, id="e-1", message_id="<m-1@email.amazonses.com>")
        ),
        lambda: api.deliver(api.delivery(type="complained", recipient=JANE, id="e-2")),
    ]
    for step in order:
        steps[step]()
    assert (email()["status"], email()["opens"]) == ("complained", 1)
    assert api.call("GET", f"/v1/orgs/riverside/blacklist/{JANE}").body["status"] == "complaint"


@pytest.mark.parametrize(
    ("one", "other", "named"),
    [
        ("+14155550102", "+14155550103", "(415) 555-0102"),
        ("+14155550102", "+14155550103", "4155550199"),
        ("+442079460102", "+442079460103", "020 7946 0102"),
        ("mom", "dad", "grandma"),
    ],
)
def test_of_several_texts_none_is_anothers(one: str, other: str, named: str) -> None:
    """An event for a number that is nobody's waits, whatever its country may be."""
    event = api.delivery(log="sms", message_id="s-1", type="undelivered", recipient=named)
    sent = [api.sms(message_id="s-1", recipient=recipient) for recipient in (one, other)]
    api.posted(sent[0])
    # As long as there is one text, it is taken for that one's.
    assert statuses(api.deliver(event)) == ["applied"]
    assert api.read("sms").body["entries"][0]["status"] == "not_delivered"
    api.posted(sent[1])
    assert {row["status"] for row in api.read("sms").body["entries"]} == {"delivery"}
    assert statuses(api.deliver(event)) == ["pending"]
    assert {row["status"] for row in api.read("sms").body["entries"]} == {"delivery"}


@pytest.mark.parametrize(("one", "other"), [("mom", "dad"), ("(415) 555-0102", "(415) 555-0103"), ("72345", "72346")])
def test_of_several_odd_texts_the_named_one_is_meant(one: str, other: str) -> None:
    api.posted(*(api.sms(message_id="s-1", recipient=recipient) for recipient in (one, other)))
    api.deliver(
        api.delivery(log="sms", message_id="s-1", type="undelivered", recipient=one),
        api.delivery(log="sms", message_id="s-1", type="delivered", recipient=other),
    )
    shown = {row["recipient"]: row["status"] for row in api.read("sms").body["entries"]}
    assert shown == {one: "not_delivered", other: "delivered"}


def test_texts_and_pushes() -> None:
    api.posted(api.sms(message_id="s-1", recipient="+14155550123"), api.push(message_id="p-1"))
    answer = api.deliver(
        api.delivery(log="sms", message_id="s-1", type="unsubscribed", recipient="+1 415-555-0123", detail="21610"),
        api.delivery(log="push", message_id="p-1", type="failed", detail="Unregistered"),
    )
    assert statuses(answer) == ["applied", "applied"]
    [text] = api.read("sms").body["entries"]
    assert (text["status"], text["reason"]) == ("not_delivered", "rejected")
    assert api.read("pushes").body["entries"][0]["status"] == "failed"
