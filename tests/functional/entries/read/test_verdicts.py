"""The verdicts of messages in every list that shows them, and what is looked up for them."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
from daybook_cli.feedback.ses_events import EmailKind, Mail, ses_event

from tests.support import api
from tests.support.aws import dynamodb_calls
from tests.support.functions import blacklist, triggers
from tests.support.functions.blacklist import COMPLAINT, HARD

LOGS = {"emails": api.email, "sms": api.sms, "pushes": api.push}
LATER = " A later e-mail to this address arrived."


@pytest.fixture(autouse=True)
def cold() -> None:
    api.function("query").gateway.cache_clear()


def verdicts(path: str = "emails") -> list[dict[str, Any]]:
    return [row["verdict"] for row in api.read(path).body["entries"]]


@pytest.mark.parametrize("log", LOGS)
def test_each_message_has_a_verdict_in_its_log_and_in_the_timeline(log: str) -> None:
    api.posted(LOGS[log](), api.activity(), api.audit())
    (shown,) = verdicts(log)
    assert shown.keys() == {"code", "text", "next"}
    timeline = {row["log"]: row.get("verdict") for row in api.read("timeline").body["entries"]}
    log_of_entry = LOGS[log]()["log"]
    assert timeline == {log_of_entry: shown, "activity": None, "audit": None}


def test_the_messages_of_the_org_have_the_same_verdicts() -> None:
    api.posted(api.email(status="bounced", recipient="jane@x.example"), api.sms())
    for log, status, path in (("email", "bounced", "emails"), ("sms", "delivery", "sms")):
        answer = api.call("GET", "/v1/orgs/riverside/messages", log=log, status=status)
        assert [row["verdict"] for row in answer.body["entries"]] == verdicts(path)


def test_a_bounce_is_found_by_what_its_verdict_says_that_it_was() -> None:
    api.posted(api.email(message_id="m-1", recipient="jane@x.example", status="sent"), api.email(status="bounced"))
    api.deliver(api.delivery(type="bounced", recipient="jane@x.example", detail="550 5.1.1 no such user"))
    for path, more in (("emails", {}), ("emails", {"sort": "status"}), ("timeline", {})):
        found = api.walk(path, q="Bounced: no such mailbox", **more)
        assert [row["verdict"]["code"] for row in found] == ["no_mailbox"]


def sent(minute: int, status: str = "sent", recipient: str = blacklist.JANE, **more: Any) -> dict[str, Any]:
    """An e-mail of a day long ago: nothing was heard of it, unless its status says more."""
    return api.email(status=status, recipient=recipient, occurred_at=f"2026-05-01T10:{minute:02}:00Z", **more)


def record_of_others(minute: int) -> dict[str, Any]:
    return sent(minute, record={"type": "staff", "id": "7"})


def texts_in_every_list(status: str, *, record: str = "family/1") -> set[tuple[str, ...]]:
    """The verdicts of a record's e-mails of a status, newest first, as each list has them on pages of every size."""
    found = set()
    for limit in (1, 2, 50):
        for log, more in (("emails", {}), ("emails", {"sort": "recipient"}), ("timeline", {})):
            found.add(texts(api.walk(log, record, limit=limit, **more), status))
        rows: list[dict[str, Any]] = []
        query: dict[str, Any] = {"log": "email", "status": status, "limit": limit}
        while query.get("cursor", "") is not None:
            answer = api.call("GET", "/v1/orgs/riverside/messages", **query)
            rows += [
                row for row in answer.body["entries"] if f"{row['record']['type']}/{row['record']['id']}" == record
            ]
            query["cursor"] = answer.body["next"]
        found.add(texts(rows, status))
    return found


def texts(rows: Sequence[dict[str, Any]], status: str) -> tuple[str, ...]:
    in_order = sorted(rows, key=lambda row: str(row["occurred_at"]), reverse=True)
    return tuple(row["verdict"]["text"] for row in in_order if row.get("status") == status)


def says_later(status: str = "sent", **how: Any) -> list[bool]:
    """Whether each verdict says that a later e-mail arrived, newest first. All lists agree."""
    (found,) = texts_in_every_list(status, **how)
    return [text.endswith(LATER) for text in found]


def test_a_later_e_mail_to_the_address_that_arrived_is_told_in_every_list() -> None:
    api.posted(sent(1), sent(3), sent(5, "opened"), sent(7), record_of_others(2), record_of_others(9))
    assert says_later() == [False, True, True]
    api.posted(sent(8, "delivered", "JANE@X.example"))
    assert says_later() == [True, True, True]
    assert says_later(record="staff/7") == [False, False]


@pytest.mark.parametrize("status", ["queued", "sent", "delayed", "suppressed", "rejected", "failed"])
def test_a_later_e_mail_that_did_not_arrive_is_not_told(status: str) -> None:
    api.posted(sent(1), sent(2, status))
    assert says_later()[-1] is False


@pytest.mark.parametrize("status", ["bounced", "complained"])
def test_a_later_e_mail_that_blacklists_the_address_is_told_as_that(status: str) -> None:
    api.posted(sent(1), sent(2, "delivered"), sent(3, status))
    (found,) = texts_in_every_list("sent")
    assert [text.partition(". ")[2] for text in found] == ["The address has been blacklisted since 05/01/2026."]


def test_what_came_back_after_it_was_delivered_did_not_arrive() -> None:
    api.posted(sent(1), sent(2, message_id="m-2"))
    mail = Mail("m-2", (blacklist.JANE,), datetime.fromisoformat("2026-05-01T10:02:00Z"))
    said: list[tuple[EmailKind, bool]] = [("delivery", True), ("soft-bounce", False)]
    for kind, expected in said:
        triggers.feedback(json.dumps(ses_event(kind, mail, datetime.fromisoformat("2026-05-01T10:03:00Z"))))
        assert says_later()[-1] is expected


def test_what_was_sent_at_the_same_instant_is_not_later() -> None:
    api.posted(sent(1), sent(1, "delivered"))
    assert says_later() == [False]


def test_another_spelling_is_the_same_address_and_another_address_is_not() -> None:
    spelled, composed = "jose\u0301@x.example", "jos\u00e9@x.example"
    api.posted(sent(1, recipient=spelled), sent(2, "delivered", f"{composed}.org"))
    assert says_later() == [False]
    api.posted(sent(3, "delivered", composed.upper()))
    assert says_later() == [True]


def test_an_address_is_looked_up_where_its_e_mail_failed() -> None:
    api.posted(api.email(status="suppressed", recipient="JANE@x.example"))
    assert verdicts()[0]["text"].endswith("It is not on Daybook's blacklist now.")
    blacklist.hear("jane@x.example", HARD)
    assert "has been blacklisted since 05/01/2026" in verdicts()[0]["text"]
    blacklist.hear("jane@x.example", COMPLAINT)
    assert "because they marked an e-mail as spam" in verdicts()[0]["text"]


def test_the_blacklist_of_another_org_is_not_told() -> None:
    api.posted(api.email(status="suppressed", recipient="jane@x.example"))
    before = verdicts()
    blacklist.hear("jane@x.example", HARD, org="hilltop")
    assert verdicts() == before


def test_dates_are_in_the_zone_of_the_org() -> None:
    api.posted(api.email(status="opened", occurred_at="2026-11-28T05:59:59Z"))
    settings = {"name": "Riverside", "time_zone": "America/Chicago"}
    changed = api.call("PUT", "/v1/orgs/riverside", claims=api.PLATFORM, body=settings)
    assert changed.status == 200, changed.text
    assert verdicts()[0]["text"] == "They opened it on 11/27/2026."


@pytest.mark.parametrize(("status", "lookups"), [("delivered", 0), ("opened", 0), ("bounced", 1), ("complained", 1)])
def test_all_addresses_of_a_page_are_one_request(status: str, lookups: int) -> None:
    api.posted(*(api.email(status=status, recipient=f"{number}@x.example") for number in range(30)))
    assert calls_of_a_page(30) == ["Query", *["BatchGetItem"] * lookups]


def test_later_e_mails_are_a_query_for_each_address_and_one_read_of_the_newest_ones() -> None:
    api.posted(*(sent(1, recipient=f"{number % 6}@x.example") for number in range(30)))
    assert calls_of_a_page(30) == ["Query", "BatchGetItem", *["Query"] * 6]
    api.posted(*(sent(2, "opened", f"{number}@x.example") for number in range(5)))
    assert calls_of_a_page(35) == ["Query", "BatchGetItem", *["Query"] * 6, "BatchGetItem"]


def calls_of_a_page(length: int) -> list[str]:
    api.read("emails")
    calls: list[str] = []
    with dynamodb_calls.listening(before=lambda operation, _: calls.append(operation)):
        assert len(verdicts()) == length
    return calls
