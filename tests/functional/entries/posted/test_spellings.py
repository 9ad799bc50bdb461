"""Sources in the words of pages, types of records in any letter case, and a time whose `+` arrived as a blank."""

from urllib.parse import urlencode

import pytest

from tests.support import api
from tests.support.functions.triggers import indexed

ORG = "/v1/orgs/riverside"
AUDIT = f"{ORG}/audit"
MOMENT = "2026-11-20T09:00:00Z"


@pytest.mark.parametrize(
    ("words", "source"),
    [
        ("Office Portal", "office_portal"),
        ("OFFICE PORTAL", "office_portal"),
        (" office-portal ", "office_portal"),
        ("OfficePortal", "office_portal"),
        ("Check-In Kiosk", "check_in_kiosk"),
        ("check in kiosk", "check_in_kiosk"),
        ("Time Clock Kiosk", "time_clock_kiosk"),
        ("mobile  app", "mobile_app"),
        ("Support", "support"),
        ("System", "system"),
    ],
)
def test_a_source_in_words(words: str, source: str) -> None:
    (result,) = api.post(api.audit(source=words)).body["results"]
    assert (result["status"], "warnings" in result) == ("created", False)
    assert [row["source"] for row in api.walk("audit")] == [source]
    for asked in (words, source):
        (row,) = api.call("GET", AUDIT, source=asked).body["entries"]
        assert row["source"] == source


@pytest.mark.parametrize("word", ["", "portal", "office", "office portal 2", "fax"])
def test_a_word_of_no_source_is_told_which_there_are(word: str) -> None:
    (error,) = api.post(api.audit(source=word)).body["results"][0]["error"]["errors"]
    answer = api.call("GET", AUDIT, source=word)
    assert answer.status == 422
    for fault in (error, answer.body["errors"][0]):
        assert fault["field"].startswith("source")
        assert "must be one of office_portal, staff_portal" in fault["message"]


def test_support_is_a_source_like_any_other() -> None:
    api.posted(
        api.audit(source="support", username="help", member_name="Help Desk", affected=[]), api.audit(affected=[])
    )
    indexed()
    for name, value in [("source", "support"), ("q", "source:support"), ("q", "support help"), ("staff", "help")]:
        event = api.request("GET", AUDIT)
        rows = api.sent(event | {"rawQueryString": urlencode({name: value})}).body["entries"]
        assert [row["source"] for row in rows] == ["support"], value
    assert len(api.call("GET", AUDIT).body["entries"]) == 2
    entry_id = api.call("GET", AUDIT, source="support").body["entries"][0]["id"]
    assert api.call("GET", f"{AUDIT}/{entry_id}").body["source"] == "support"


@pytest.mark.parametrize("kind", ["Family", "FAMILY", "family"])
def test_a_family_in_any_letter_case_is_the_same_record(kind: str) -> None:
    affected = [{"record": {"type": kind, "id": "9"}, "change": "updated"}]
    (result,) = api.post(api.audit(affected=affected)).body["results"]
    assert (result["status"], "warnings" in result) == ("created", False)
    for asked in ("family", "Family", "FAMILY"):
        (row,) = api.walk("audit", f"{asked}/9")
        assert row["record"] == {"type": "family", "id": "9"}
        assert row["affected"][0]["record"]["type"] == "family"


@pytest.mark.parametrize(("log", "kind"), [("activity", "Student"), ("activity", "STAFF"), ("emails", "Staff")])
def test_so_is_any_record_with_logs(log: str, kind: str) -> None:
    record = {"type": kind, "id": "9"}
    api.posted(api.activity(record=record) if log == "activity" else api.email(record=record))
    assert [row["record"]["type"] for row in api.walk(log, f"{kind.lower()}/9")] == [kind.lower()]
    assert len(api.walk("timeline", f"{kind}/9")) == 1
    assert api.read(log, f"{kind}/9", claims=api.STAFF).status == 403


def test_two_spellings_in_one_entry_are_one_record() -> None:
    affected = [{"record": {"type": kind, "id": "9"}, "change": kind} for kind in ("Family", "family")]
    api.posted(api.audit(affected=affected))
    (row,) = api.walk("audit", "family/9")
    assert [each["change"] for each in row["affected"]] == ["Family", "family"]


@pytest.mark.parametrize("kind", ["AWS::S3::Bucket", "Class", "Address"])
def test_other_types_stay_as_they_are(kind: str) -> None:
    api.posted(api.audit(affected=[{"record": {"type": kind, "id": "9"}, "change": "updated"}]))
    assert [row["record"]["type"] for row in api.walk("audit", f"{kind}/9")] == [kind]
    assert api.walk("audit", f"{kind.lower()}/9") == []


def test_a_hold_of_a_family_is_the_same_in_any_letter_case() -> None:
    assert api.call("PUT", f"{ORG}/holds/Family/9", body={"reason": "court"}).status in (200, 201)
    assert api.call("POST", f"{ORG}/records/family/9/erase", body={"reason": "x"}).body["code"] == "on_hold"
    assert api.call("POST", f"{ORG}/records/FAMILY/9/erase", body={"reason": "x"}).body["code"] == "on_hold"


@pytest.mark.parametrize("path", ["/audit", "/records/family/1/activity", "/records/family/1/timeline"])
@pytest.mark.parametrize("name", ["from", "to"])
def test_a_plus_that_arrived_as_a_blank_is_taken(path: str, name: str) -> None:
    """`urlencode` would escape it."""
    api.posted(api.activity(occurred_at=MOMENT), api.audit(occurred_at=MOMENT))
    event = api.request("GET", f"{ORG}{path}")
    answers = []
    for time in ("2026-11-20T11:00:00+02:00", "2026-11-20T11:00:00%2B02:00"):
        event["rawQueryString"] = f"{name}={time}"
        answers.append(api.sent(event))
    assert {answer.status for answer in answers} == {200}
    assert answers[0].body["entries"] == answers[1].body["entries"]
    assert bool(answers[0].body["entries"]) == (name == "from")


def test_a_blank_that_is_no_plus_is_told_what_to_write() -> None:
    event = api.request("GET", AUDIT)
    event["rawQueryString"] = "from=2026-11-20T11:00:00+UTC"
    answer = api.sent(event)
    assert answer.status == 422
    (fault,) = answer.body["errors"]
    assert fault["field"] == "from"
    assert "with an offset such as 2026-11-05T15:00:00Z" in fault["message"]
    assert "write %2B" in fault["message"]


@pytest.mark.parametrize(
    ("log", "words", "status"),
    [
        ("emails", "Delivered", "delivered"),
        ("emails", "BOUNCED", "bounced"),
        ("emails", "waiting", "queued"),
        ("sms", "Not Delivered", "not_delivered"),
        ("sms", "Waiting", "delivery"),
    ],
)
def test_a_status_is_asked_for_in_words(log: str, words: str, status: str) -> None:
    make = api.email if log == "emails" else api.sms
    other = "clicked" if log == "emails" else "delivered"
    api.posted(make(status=words), make(status=other))
    assert [row["status"] for row in api.walk(log, status=words)] == [status]
    assert {row["status"] for row in api.walk(log, status=f"{words},{other.upper()}")} == {status, other}


def test_messages_are_asked_for_by_status_in_words() -> None:
    api.posted(api.email(status="Bounced"), api.sms(status="Not delivered"))
    answers = [
        api.call("GET", f"{ORG}/messages", log=log, status=words)
        for log, words in [("email", "Bounced,Marked as spam"), ("sms", "not delivered")]
    ]
    assert [[row["status"] for row in answer.body["entries"]] for answer in answers] == [["bounced"], ["not_delivered"]]


@pytest.mark.parametrize("words", ["Not delivered", "lost", "", "Delivered!"])
def test_words_of_no_one_status_are_told_which_there_are(words: str) -> None:
    answer = api.call("GET", f"{ORG}/records/family/1/emails", status=words)
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "status")
    assert "it is one of queued, sent" in answer.body["errors"][0]["message"]


@pytest.mark.parametrize(("words", "status"), [("Delivered", "delivered"), ("Soft bounced", "bounced")])
def test_the_type_of_a_delivery_event_is_taken_in_any_letter_case(words: str, status: str) -> None:
    api.posted(api.email(message_id="m-1"))
    answer = api.deliver(api.delivery(log="Email", type=words))
    assert answer.body["results"][0]["status"] == "applied"
    assert [row["status"] for row in api.walk("emails")] == [status]
