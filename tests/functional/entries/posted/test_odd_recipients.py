"""A recipient that cannot be one is logged, found, sorted and erased like any other, and blocks nobody else."""

import json
from datetime import datetime
from typing import Any

import pytest
from daybook_cli.feedback.ses_events import EmailKind, Mail, ses_event

from tests.support import api
from tests.support.feedback_records import ses
from tests.support.functions import triggers

ORG = "/v1/orgs/riverside"
SENT_AT = datetime.fromisoformat("2026-11-20T17:10:00Z")
MAMA, TWICE, NO_DOT, QUOTED = "mama.@docomo.example", "a..b@docomo.example", "jane@gmail", '"jane doe"@fam.example'
ODD = [MAMA, TWICE, NO_DOT, QUOTED, "MAMA.@Docomo.example"]
BOTH = "ann@fam.example, bob@fam.example"


def told(*said: tuple[EmailKind, str, str]) -> None:
    """What SES says: the kind, the message, and the recipient as its event spells them."""
    events = [ses_event(kind, Mail(message, (address,), SENT_AT), SENT_AT) for kind, message, address in said]
    triggers.feedback(*map(json.dumps, events))


def tagged(message: str, address: str) -> None:
    """A Send event of a message that is tagged with the record."""
    tags = {"daybook-org": ["riverside"], "daybook-record": ["family.1"]}
    triggers.feedback(json.dumps(ses("Send", mail={"messageId": message, "destination": [address], "tags": tags})))


def check(*addresses: str) -> dict[str, str]:
    answer = api.call("POST", f"{ORG}/blacklist/check", claims=api.SERVICE, body={"addresses": addresses})
    assert answer.status == 200, answer.text
    blocked: dict[str, str] = answer.body["blocked"]
    return blocked


def statuses(log: str = "emails", **query: Any) -> dict[str, str]:
    return {row["recipient"]: row["status"] for row in api.walk(log, **query)}


@pytest.mark.parametrize("recipient", ODD)
def test_events_find_the_entry(recipient: str) -> None:
    api.posted(api.email(recipient=recipient, message_id="m-1"))
    told(("delivery", "m-1", recipient), ("open", "m-1", recipient))
    assert statuses() == {recipient: "opened"}


@pytest.mark.parametrize(
    ("recipient", "spelling"),
    [
        (MAMA, '"mama."@docomo.example'),
        ('"mama."@docomo.example', MAMA),
        ("Jane <jane@fam.example>", "jane@fam.example"),
        ("mailto:jane@fam.example", "JANE@fam.example"),
        ("jane@fam.example.", "jane@fam.example"),
        ("\u200bjane@fam.example", "jane@fam.example"),
    ],
)
def test_events_find_it_in_the_spelling_of_the_provider(recipient: str, spelling: str) -> None:
    api.posted(api.email(recipient=recipient, message_id="m-1"))
    told(("bounce", "m-1", spelling))
    assert [*statuses().values()] == ["bounced"]
    assert check(spelling) == {spelling: "bounce"}


@pytest.mark.parametrize("recipient", ODD)
@pytest.mark.parametrize("is_posted_first", [True, False])
def test_a_tagged_send_of_it_is_the_same_entry(recipient: str, is_posted_first: bool) -> None:
    post = api.email(recipient=recipient, message_id="m-1", subject="As posted")
    if is_posted_first:
        api.posted(post)
    tagged("m-1", recipient)
    if not is_posted_first:
        assert api.post(post).body["results"][0]["status"] == "duplicate"
    (row,) = api.walk("emails")
    assert (row["subject"], row["status"]) == ("As posted", "sent")


def test_an_event_that_came_before_finds_it() -> None:
    told(("delivery", "m-1", MAMA))
    api.posted(api.email(recipient=MAMA, message_id="m-1"))
    assert statuses() == {MAMA: "delivered"}


def test_the_same_again_is_a_duplicate() -> None:
    first, again = (api.post(api.email(recipient=MAMA, message_id="m-1")).body["results"][0] for _ in range(2))
    assert (first["status"], again["status"], again["id"]) == ("created", "duplicate", first["id"])
    assert first["warnings"] == again["warnings"]


@pytest.mark.parametrize("recipient", ODD)
def test_what_bounced_is_blocked_and_the_next_one_suppressed(recipient: str) -> None:
    """Mail can be sent to it, whatever RFC 5322 says."""
    api.posted(api.email(recipient=recipient, status="bounced"))
    assert check(recipient) == {recipient: "bounce"}
    api.posted(api.email(recipient=recipient))
    assert [row["status"] for row in api.walk("emails")] == ["suppressed", "bounced"]
    (listed,) = api.read("blacklist").body["entries"]
    assert listed["address"] == recipient.lower()


@pytest.mark.parametrize("recipient", ["unknown", BOTH, "jane at fam.example", "undisclosed-recipients:;", "@", "/"])
def test_what_is_no_mailbox_blocks_nobody(recipient: str) -> None:
    api.posted(api.email(recipient=recipient, status="bounced"), api.email(recipient="ann@fam.example"))
    assert statuses() == {recipient: "bounced", "ann@fam.example": "queued"}
    assert check(recipient, "ann@fam.example", "jane", "unknown") == {}
    assert api.read("blacklist").body["entries"] == []


def test_an_event_that_names_nobody_blocks_no_two_at_once() -> None:
    api.posted(api.email(recipient=BOTH, message_id="m-1"))
    assert api.deliver(api.delivery(type="bounced")).body["results"][0]["status"] == "applied"
    assert statuses() == {BOTH: "bounced"}
    assert api.call("GET", f"{ORG}/blacklist").body["entries"] == []


def test_two_in_one_field_are_not_suppressed_for_one_of_them() -> None:
    api.posted(api.email(recipient="ann@fam.example", status="bounced"), api.email(recipient=BOTH))
    assert statuses() == {"ann@fam.example": "bounced", BOTH: "queued"}
    assert [row["verdict"]["code"] for row in api.walk("emails", q="bob")] == ["on_its_way"]


@pytest.mark.parametrize("address", [NO_DOT, TWICE, "unknown", BOTH])
def test_it_cannot_be_verified(address: str) -> None:
    answer = api.call("POST", f"{ORG}/blacklist/validate", body={"address": address})
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "address")


def test_it_is_sorted_and_found_in_every_page() -> None:
    recipients = [*ODD[:4], "ann@fam.example", "zoe", "555", "~", "Ann <ann@fam.example>"]
    api.posted(*(api.email(recipient=recipient) for recipient in recipients))
    found = [row["recipient"] for row in api.walk("emails", sort="recipient", order="asc", limit=1)]
    assert sorted(found) == sorted(recipients)
    assert {*found[3:5]} == {"ann@fam.example", "Ann <ann@fam.example>"}
    for line in ("mama", "docomo", '"jane doe"', "zoe"):
        assert api.walk("emails", q=line), line


@pytest.mark.parametrize(
    ("log", "recipient"), [("sms", "+14155550123"), ("email", "jane+tag@fam.example"), ("email", "j.d+a.b@fam.example")]
)
def test_a_plus_that_arrived_as_a_blank_is_told(log: str, recipient: str) -> None:
    answer = api.call("GET", f"{ORG}/messages", log=log, recipient=recipient.replace("+", " "))
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "recipient")
    assert "write %2B" in answer.body["errors"][0]["message"]
    assert api.call("GET", f"{ORG}/messages", log=log, recipient=recipient).status == 200


@pytest.mark.parametrize(("log", "recipient"), [("sms", " 72345"), ("email", "to jane@fam.example, kim@fam.example")])
def test_a_blank_that_may_be_one_is_none_for_a_plus(log: str, recipient: str) -> None:
    assert api.call("GET", f"{ORG}/messages", log=log, recipient=recipient).status == 200


@pytest.mark.parametrize("recipient", ["(415) 555-0101", "+1 415-555-0101", "unknown", "72345"])
def test_a_text_message_to_it_is_followed(recipient: str) -> None:
    api.posted(api.sms(recipient=recipient, message_id="s-1"))
    event = api.delivery(log="sms", message_id="s-1", type="delivered", recipient=recipient)
    assert api.deliver(event).body["results"][0]["status"] == "applied"
    assert statuses("sms") == {recipient: "delivered"}
    assert [row["recipient"] for row in api.walk("sms", sort="recipient")] == [recipient]


def test_a_number_is_followed_in_any_punctuation() -> None:
    api.posted(api.sms(recipient="+1 (415) 555-0101", message_id="s-1"), api.sms(message_id="s-1"))
    api.deliver(api.delivery(log="sms", message_id="s-1", type="undelivered", recipient="+14155550101"))
    assert statuses("sms") == {"+1 (415) 555-0101": "not_delivered", "+14155550123": "delivery"}


@pytest.mark.parametrize("recipient", ["+14155550101 (mom)", "mom: +1 (415) 555-0101", "+14155550101 mom, or call"])
def test_a_number_is_followed_with_words_beside_it(recipient: str) -> None:
    api.posted(api.sms(recipient=recipient, message_id="s-1"), api.sms(message_id="s-1"))
    api.deliver(api.delivery(log="sms", message_id="s-1", type="undelivered", recipient="+14155550101"))
    assert statuses("sms") == {recipient: "not_delivered", "+14155550123": "delivery"}


@pytest.mark.parametrize("address", ["ann@fam.example", "bob@fam.example"])
def test_an_event_for_one_of_two_in_a_field_finds_it_only_as_the_message_s_one_entry(address: str) -> None:
    """As its warning says."""
    event = api.delivery(type="delivered", recipient=address)
    api.posted(api.email(recipient=BOTH, message_id="m-1"))
    assert api.deliver(event).body["results"][0]["status"] == "applied"
    assert statuses() == {BOTH: "delivered"}
    api.posted(*(api.email(recipient=each, message_id="m-2") for each in (BOTH, "kim@fam.example")))
    assert api.deliver({**event, "message_id": "m-2"}).body["results"][0]["status"] == "pending"
