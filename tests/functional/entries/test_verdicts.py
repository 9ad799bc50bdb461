"""The verdicts of messages in every list that shows them, and the addresses that are looked up for them."""

from typing import Any

import pytest

from tests.support import api
from tests.support.aws import dynamodb_calls
from tests.support.functions import blacklist
from tests.support.functions.blacklist import COMPLAINT, HARD

LOGS = {"emails": api.email, "sms": api.sms, "pushes": api.push}


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


def test_an_address_is_looked_up_where_its_e_mail_failed() -> None:
    api.posted(api.email(status="suppressed", recipient="JANE@x.example"))
    assert verdicts()[0]["text"].endswith("It is not on Daybook's blacklist now.")
    blacklist.hear("jane@x.example", HARD)
    assert "is blacklisted since 05/01/2026" in verdicts()[0]["text"]
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
    api.read("emails")
    calls: list[str] = []
    with dynamodb_calls.listening(before=lambda operation, _: calls.append(operation)):
        assert len(verdicts()) == 30
    assert calls == ["Query", *["BatchGetItem"] * lookups]
