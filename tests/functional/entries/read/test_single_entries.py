"""One entry of a record's log by its id: the same row as in the list."""

import json

import pytest
from daybook_cli.feedback.ses_events import Mail, ses_event

from tests.support import api
from tests.support.functions import blacklist, triggers
from tests.support.functions.blacklist import HARD, JANE
from tests.support.functions.triggers import handle
from tests.support.functions.world import START, World

LOGS = {"emails": api.email, "sms": api.sms, "pushes": api.push, "activity": api.activity}
SENT = "2026-11-20T09:00:00.000Z"
PROBLEM = {"status": 404, "code": "not_found", "detail": "this record has no such entry"}


@pytest.fixture(autouse=True)
def cold() -> None:
    for name in ("query", "manage", "retention"):
        api.factory(name).cache_clear()


def is_as_in_its_list(log: str, record: str = "family/1") -> None:
    rows = api.walk(log, record)
    assert rows
    for row in rows:
        answer = api.read(f"{log}/{row['id']}", record)
        assert (answer.status, answer.body) == (200, row)


@pytest.mark.parametrize("log", LOGS)
def test_an_entry_is_as_in_its_list(log: str) -> None:
    api.posted(*(LOGS[log](occurred_at=f"2026-11-20T0{number}:00:00Z") for number in range(3)))
    is_as_in_its_list(log)


@pytest.mark.parametrize("log", ["emails", "sms", "activity"])
def test_an_entry_of_a_staff_record_is_as_in_its_list(log: str) -> None:
    api.posted(LOGS[log](record={"type": "staff", "id": "7"}))
    is_as_in_its_list(log, "staff/7")


def test_an_entry_shows_what_events_said_and_the_verdict_from_its_address_and_later_e_mails() -> None:
    api.posted(
        api.email(status="bounced", recipient=JANE, occurred_at=SENT, body={"text": "Dear Smiths"}),
        api.email(message_id="m-2", occurred_at=SENT, sender="Gym <gym@x.example>"),
        api.email(status="sent", recipient="ann@x.example", occurred_at="2026-11-18T09:00:00Z"),
        api.email(status="opened", recipient="ann@x.example", occurred_at="2026-11-19T09:00:00Z"),
        api.sms(status="not_delivered", reason="rejected", occurred_at=SENT),
    )
    events = [ses_event(kind, Mail("m-2", ("smith@mail.example",), START), START) for kind in ("delivery", "open")]
    triggers.feedback(*map(json.dumps, events))
    blacklist.hear(JANE, HARD)
    for log in ("emails", "sms"):
        is_as_in_its_list(log)
    rows = api.walk("emails")
    assert {row["verdict"]["code"] for row in rows} == {"opened", "bounced_other", "silent"}
    assert ["A later e-mail to this address arrived." in row["verdict"]["text"] for row in rows].count(True) == 1


@pytest.mark.parametrize("log", LOGS)
def test_what_is_no_entry_of_this_log_of_this_record_is_not_found(log: str) -> None:
    others = {name: make for name, make in LOGS.items() if name != log}
    (entry_id,) = api.posted(LOGS[log](occurred_at=SENT))
    (of_another_record,) = api.posted(LOGS[log](record={"type": "family", "id": "2"}, occurred_at=SENT))
    of_other_logs = api.posted(*(make(occurred_at=SENT) for make in others.values()), api.audit(occurred_at=SENT))
    answers = [
        api.read(f"{log}/{wrong}")
        for wrong in (of_another_record, *of_other_logs, "0" * 35, entry_id[:-1], entry_id.upper(), "nonsense")
    ]
    answers += [api.read(f"{other}/{entry_id}") for other in others]
    answers += [api.read(f"{log}/{entry_id}", org="hilltop", claims=api.OTHER_ADMIN)]
    for answer in answers:
        assert {name: answer.body[name] for name in PROBLEM} == PROBLEM
    # Audit entries are read in the log of the org.
    assert api.read(f"audit/{of_other_logs[-1]}").body["detail"] == "there is nothing at this path"


@pytest.mark.parametrize("path", ["student/1/emails", "class/1/sms", "staff/1/pushes", "class/1/activity"])
def test_a_record_type_without_that_log_is_not_found(path: str) -> None:
    answer = api.call("GET", f"/v1/orgs/riverside/records/{path}/{'0' * 35}")
    assert (answer.status, answer.body["detail"].endswith(f"records have no {path.rpartition('/')[2]} log")) == (
        404,
        True,
    )


@pytest.mark.parametrize("log", LOGS)
def test_an_entry_is_read_by_those_who_may_read_its_log_alone(log: str) -> None:
    permissions = {"emails": "family_email_log", "sms": "sms_log", "pushes": "push_log", "activity": "activity_log"}
    (entry_id,) = api.posted(LOGS[log]())
    statuses = {}
    for name, permission in permissions.items():
        path = "/v1/orgs/riverside/access/groups/front_desk"
        assert api.call("PUT", path, body={"permissions": [permission]}).status == 200
        api.factory("query").cache_clear()
        statuses[name] = api.read(f"{log}/{entry_id}", claims=api.STAFF).status
    assert statuses == {name: 200 if name == log else 403 for name in LOGS}


@pytest.mark.parametrize("log", LOGS)
def test_an_erased_entry_is_as_in_its_list(log: str, archive: None) -> None:
    names = {"activity": {"name": "Jane Doerfler"}, "emails": {"subject": "Jane Doerfler"}}
    (entry_id,) = api.posted(LOGS[log](**names.get(log, {"text": "Jane Doerfler"})))
    answer = api.call("POST", "/v1/orgs/riverside/records/family/1/erase", body={"reason": "asked by letter"})
    assert answer.status == 202
    World(now=START).settle()
    handle({"erasures": True})
    is_as_in_its_list(log)
    shown = api.read(f"{log}/{entry_id}")
    assert ("erased_at" in shown.body, "Doerfler" in shown.text) == (True, False)
