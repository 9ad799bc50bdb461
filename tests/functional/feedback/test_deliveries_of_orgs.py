"""POST /deliveries is for entries of the path's org, and for the one recipient of a message, whoever it names."""

from typing import Any

import pytest

from tests.support import api

JANE, OTHER = "jane@mail.example", "jane@elsewhere.example"


def sent(org: str) -> None:
    api.posted(api.email(message_id="m-1", recipient=JANE, occurred_at="2026-11-20T09:00:00Z"), org=org)


def statuses(org: str) -> list[str]:
    return [row["status"] for row in api.read("emails", org=org, claims=api.PLATFORM).body["entries"]]


def blocked(org: str) -> Any:
    answer = api.call("POST", f"/v1/orgs/{org}/blacklist/check", claims=api.PLATFORM, body={"addresses": [JANE]})
    return answer.body["blocked"]


def deliver(org: str, **fields: Any) -> str:
    [result] = api.deliver(api.delivery(**{"recipient": JANE, "type": "bounced", "id": "e-1", **fields}), org=org).body[
        "results"
    ]
    return str(result["status"])


@pytest.mark.parametrize("is_first", [True, False])
def test_another_org_that_knows_the_message_is_not_concerned(is_first: bool) -> None:
    sent("hilltop")
    if not is_first:
        sent("riverside")
    assert deliver("riverside") == ("pending" if is_first else "applied")
    if is_first:
        sent("riverside")
    assert (statuses("riverside"), statuses("hilltop")) == (["bounced"], ["queued"])
    assert (blocked("riverside"), blocked("hilltop")) == ({JANE: "bounce"}, {})


def test_an_entry_of_another_org_does_not_take_what_waits() -> None:
    assert deliver("riverside") == "pending"
    sent("hilltop")
    assert (statuses("hilltop"), blocked("hilltop")) == (["queued"], {})
    sent("riverside")
    assert (statuses("riverside"), statuses("hilltop")) == (["bounced"], ["queued"])


def test_the_same_event_of_two_orgs_is_one_of_each() -> None:
    sent("riverside")
    sent("hilltop")
    assert (deliver("riverside"), deliver("hilltop"), deliver("riverside")) == ("applied", "applied", "duplicate")
    assert (statuses("riverside"), statuses("hilltop")) == (["bounced"], ["bounced"])


def test_an_event_of_a_message_with_one_recipient_is_theirs_whoever_it_names() -> None:
    sent("riverside")
    assert deliver("riverside", recipient=OTHER) == "applied"
    assert (statuses("riverside"), blocked("riverside")) == (["bounced"], {JANE: "bounce"})
