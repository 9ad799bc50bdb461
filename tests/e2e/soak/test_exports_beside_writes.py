"""Ten exports of one org on the running stack, while entries are posted to it and events arrive."""

import json
import time
from http import HTTPStatus
from itertools import count
from threading import Event, Thread
from typing import Any

import httpx
import pytest

from tests.support.local_stack.calls import make_org, request, soon

pytestmark = [pytest.mark.slow, pytest.mark.exhaustive]

ORG = "exporting"
EMAILS = 300
EXPORTS = 10


def email(number: int) -> dict[str, Any]:
    return {
        "log": "email", "record": {"type": "family", "id": "1"}, "occurred_at": "2026-11-01T12:00:00.000Z",
        "recipient": f"a{number}@mail.example", "subject": "News", "message_id": f"m{number}", "status": "sent",
    }  # fmt: skip


def called(stack: dict[str, Any], method: str, path: str, token: str, body: object = None) -> dict[str, Any]:
    """The answer to a call, which is repeated as clients do while a store is busy."""
    answers: list[httpx.Response] = []

    def is_answered() -> bool:
        answers.append(request(stack, method, path, token, org=ORG, json=body))
        return answers[-1].status_code != HTTPStatus.SERVICE_UNAVAILABLE

    assert soon(is_answered, 60)
    assert answers[-1].is_success, answers[-1].text
    answer: dict[str, Any] = answers[-1].json()
    return answer


def write(stack: dict[str, Any], *emails: dict[str, Any]) -> None:
    called(stack, "POST", "entries", "service", {"entries": list(emails)})


def rows(stack: dict[str, Any], export_id: str) -> list[dict[str, Any]]:
    """The rows of an export's file, once it is done."""
    shown: dict[str, Any] = {}

    def is_ended() -> bool:
        shown.update(called(stack, "GET", f"exports/{export_id}", "platform"))
        return bool(shown["status"] != "running")

    assert soon(is_ended, 120), shown
    assert shown["status"] == "done", shown
    file = httpx.get(shown["url"], timeout=30)
    assert file.status_code == 200
    return [json.loads(line) for line in file.text.splitlines()]


def test_nothing_waits_for_ten_exports_and_what_stood_throughout_is_in_each_once(stack: dict[str, Any]) -> None:
    make_org(stack, ORG)
    for first in range(0, EMAILS, 100):
        write(stack, *map(email, range(first, first + 100)))
    is_over, later = Event(), count(EMAILS)

    def go_on_writing() -> None:
        """An e-mail more, and one that moves to the beginning of the list, again and again."""
        for number in later:
            if is_over.is_set():
                return
            write(stack, email(number))
            opened = email(number * 7 % EMAILS)
            event = {"log": "email", "type": "opened", "at": "2026-11-02T12:00:00.000Z"}
            event |= {name: opened[name] for name in ("message_id", "recipient")}
            called(stack, "POST", "deliveries", "service", {"events": [event]})
            time.sleep(0.1)

    writer = Thread(target=go_on_writing)
    writer.start()
    try:
        asked = []
        for _ in range(EXPORTS):
            body = {"list": "records/family/1/emails", "format": "jsonl"}
            asked.append(called(stack, "POST", "exports", "platform", body)["id"])
        write(stack, email(next(later)))
        listed = called(stack, "GET", "exports", "platform")["entries"]
        # So the post was not one of those that wait until the exports are done.
        assert {export["status"] for export in listed if export["id"] in asked} >= {"running"}
        files = [rows(stack, export_id) for export_id in asked]
    finally:
        is_over.set()
        writer.join()
    assert next(later) > EMAILS + 5, "hardly anything was written beside the exports"
    for file in files:
        found = [row["message_id"] for row in file]
        assert len(found) == len(set(found))
        assert {f"m{number}" for number in range(EMAILS)} <= set(found)
