"""Messages that are posted with what became of them, as those of another provider or of an import."""

from typing import Any

import pytest

from tests.support import api
from tests.support.functions.blacklist import JANE, check, one, queue_brings, reset, ses_bounce
from tests.support.functions.ses_stand_in import Ses

pytestmark = pytest.mark.usefixtures("ses")

SENT = "2026-05-01T10:00:00Z"


def rows(log: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.read(log).body["entries"]
    return found


@pytest.mark.parametrize(("status", "why"), [("bounced", "bounce"), ("complained", "complaint")])
def test_an_email_posted_as_failed_blocks_its_address_at_its_time(status: str, why: str, ses: Ses) -> None:
    entry = api.email(recipient="JANE@X.example", message_id="m-1", status=status, occurred_at=SENT)
    api.posted(entry)
    assert check(JANE) == {JANE: why}
    found = one(JANE).body
    assert (found["since"], found["message_id"]) == ("2026-05-01T10:00:00.000Z", "m-1")
    (row,) = rows("emails")
    assert row.get("bounce") == (
        {"type": "Permanent", "subtype": None, "diagnostic": None} if status == "bounced" else None
    )
    assert api.post(entry).body["results"][0]["status"] == "duplicate"
    assert one(JANE).body == found
    (listed,) = api.read("blacklist").body["entries"]
    assert listed["address"] == JANE
    (next_one,) = api.posted(api.email(recipient=JANE))
    assert {row["id"]: row["status"] for row in rows("emails")}[next_one] == "suppressed"


def test_a_reset_after_its_time_stands() -> None:
    api.posted(api.email(recipient=JANE, status="bounced", message_id="m-1", occurred_at="2026-05-01T09:00:00Z"))
    reset(JANE)
    api.posted(api.email(recipient=JANE, status="bounced", message_id="m-2", occurred_at=SENT))
    assert check(JANE) == {}


def test_only_the_entry_that_is_created_blocks() -> None:
    api.posted(api.email(recipient=JANE, message_id="m-1", occurred_at=SENT))
    again = api.post(api.email(recipient=JANE, message_id="m-1", status="bounced", occurred_at=SENT))
    assert again.body["results"][0]["status"] == "duplicate"
    assert check(JANE) == {}
    assert [row["status"] for row in rows("emails")] == ["queued"]


@pytest.mark.parametrize("status", ["rejected", "failed", "suppressed", "delivered"])
def test_no_other_status_blocks(status: str) -> None:
    api.posted(api.email(recipient=JANE, status=status, occurred_at=SENT))
    assert check(JANE) == {}


def test_what_the_provider_says_later_is_told_of_a_posted_bounce() -> None:
    api.posted(api.email(recipient=JANE, status="bounced", message_id="m-1", occurred_at=SENT))
    queue_brings(ses_bounce("2026-05-01T10:00:03.000Z", subtype="NoEmail"))
    (row,) = rows("emails")
    assert row["bounce"]["subtype"] == "NoEmail"
    assert one(JANE).body["since"] == "2026-05-01T10:00:00.000Z"


def test_a_text_posted_as_delivered_is_never_stale() -> None:
    ids = api.posted(
        api.sms(status="delivered", occurred_at=SENT),
        api.sms(status="not_delivered", reason="undelivered", occurred_at=SENT),
        api.sms(status="not_delivered", occurred_at=SENT),
        api.sms(status="delivery", occurred_at=SENT),
        api.sms(occurred_at=SENT),
    )
    shown = {row["id"]: (row["status"], row["reason"], row["stale"]) for row in rows("sms")}
    assert [shown[each] for each in ids] == [
        ("delivered", None, False),
        ("not_delivered", "undelivered", False),
        ("not_delivered", None, False),
        ("delivery", None, True),
        ("delivery", None, True),
    ]
    failed = api.read("sms", status="not_delivered").body["entries"]
    assert {row["id"] for row in failed} == set(ids[1:3])


def test_a_push_may_be_posted_with_its_status() -> None:
    ids = api.posted(*(api.push(occurred_at=SENT, **given) for given in ({"status": "sent"}, {"status": "failed"}, {})))
    shown = {row["id"]: row["status"] for row in rows("pushes")}
    assert [shown[each] for each in ids] == ["sent", "failed", None]


@pytest.mark.parametrize(
    ("entry", "field", "message"),
    [
        (api.sms(status="sent"), "status", "must be one of delivery, delivered, not_delivered"),
        (api.push(status="delivered"), "status", "must be one of sent, failed"),
        (api.email(status="undelivered"), "status", "must be one of queued, sent, delayed, delivered, opened"),
        (api.sms(status="not_delivered", reason="gone"), "reason", "must be one of rejected, failed, undelivered"),
        (api.sms(status="delivered", reason="failed"), "reason", "only with the status not_delivered"),
        (api.sms(reason="failed"), "reason", "only with the status not_delivered"),
    ],
)
def test_a_status_of_another_log_is_refused_with_those_there_are(
    entry: dict[str, Any], field: str, message: str
) -> None:
    (result,) = api.post(entry).body["results"]
    (error,) = result["error"]["errors"]
    assert error["field"] == field
    assert error["message"].startswith(message)
