from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.cli.answers import Answers
from tests.support.cli.api_stand_in import run

START = ["erase", "family/7", "--reason", "Her request"]
RUNNING: dict[str, Any] = {
    "id": "e-1", "record": {"type": "family", "id": "7"}, "status": "running", "requested_by": "maria",
    "requested_at": "2026-11-01T06:30:12.345Z", "completed_at": None, "counts": {"entries": 0, "on_hold": 0},
}  # fmt: skip
DONE = RUNNING | {
    "status": "done", "completed_at": "2026-11-01T06:31:12.345Z", "counts": {"entries": 21, "on_hold": 0},
}  # fmt: skip


HEAD: dict[str, Any] = {
    "type": "family", "id": "7", "name": "Anna Smith",
    "logs": [{"log": "emails", "last_at": "2026-11-01T06:30:12.345Z"}],
    "blacklisted": 0, "on_hold": False,
}  # fmt: skip
UNKNOWN: dict[str, Any] = {
    "type": "family", "id": "7", "logs": [{"log": "emails", "last_at": None}], "blacklisted": 0, "on_hold": False,
}  # fmt: skip


def erasing(*looks: Any, head: Any = HEAD) -> Answers:
    """An API that answers the request with an erasure that runs, and each look at it with one of `looks`."""
    accepted = httpx.Response(202, json=RUNNING)
    return Answers({"records/family/7": head, "records/family/7/erase": accepted, "erasures/e-1": list(looks)})


def test_an_erasure_is_followed_until_it_is_done(folder: Path) -> None:
    api = erasing(RUNNING, RUNNING, DONE)
    pauses: list[float] = []
    result = run(folder, api, *START, "--yes", pauses=pauses)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "Erasure: e-1",
        "Record: family/7",
        "Status: done",
        "Requested: 2026-11-01 06:30 UTC",
        "By: maria",
        "Completed: 2026-11-01 06:31 UTC",
        "Entries: 21",
        "Left, being on hold: 0",
    ]
    assert api.calls == ["GET records/family/7", "POST records/family/7/erase", *["GET erasures/e-1"] * 3]
    assert api.bodies[1] == {"reason": "Her request"}
    assert pauses == [1.0, 1.0, 1.0]


def test_it_need_not_be_followed_and_can_be_later(folder: Path) -> None:
    api = erasing(RUNNING, DONE)
    started = run(folder, api, "erase", "start", *START[1:], "--yes", "--no-wait", "--json")
    assert json.loads(started.stdout) == RUNNING
    followed = run(folder, api, "erase", "follow", "e-1", "--json")
    assert json.loads(followed.stdout) == DONE


@pytest.mark.parametrize(
    ("answer", "is_erased"), [("y\n", True), ("yes\n", True), ("n\n", False), ("\n", False), ("", False)]
)
def test_it_asks_before_it_erases(folder: Path, answer: str, is_erased: bool) -> None:
    api = erasing(DONE)
    result = run(folder, api, *START, stdin=answer)
    assert (
        "Erase Anna Smith (family/7) of riverside from everything that is recorded? It cannot be undone."
        in result.stderr
    )
    assert result.exit_code == (0 if is_erased else 1)
    assert ("Nothing was erased." in result.stderr) is not is_erased
    assert ("POST records/family/7/erase" in api.calls) is is_erased


def test_a_record_of_which_nothing_is_known_is_not_erased_without_yes(folder: Path) -> None:
    api = erasing(DONE, head=UNKNOWN)
    result = run(folder, api, *START, stdin="y\n")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Nothing is known of family/7. Nothing was erased; --yes erases all the same.\n"
    assert api.calls == ["GET records/family/7"]


def test_a_record_of_which_nothing_is_known_is_erased_with_yes(folder: Path) -> None:
    result = run(folder, erasing(DONE, head=UNKNOWN), *START, "--yes")
    assert (result.exit_code, result.stderr) == (0, "Nothing is known of family/7; it is erased all the same.\n")


@pytest.mark.parametrize(
    "more", [{"on_hold": True}, {"blacklisted": 1}, {"logs": HEAD["logs"]}, {"name": "\x1b[31mAnna"}]
)
def test_whatever_is_known_of_a_record_makes_it_one_to_ask_about(folder: Path, more: dict[str, Any]) -> None:
    result = run(folder, erasing(DONE, head=UNKNOWN | more), *START, stdin="y\n")
    assert result.exit_code == 0, result.output
    assert "from everything that is recorded?" in result.stderr
    assert "\x1b" not in result.stderr


def test_who_may_erase_need_not_read(folder: Path) -> None:
    refusal = httpx.Response(403, json={"detail": "this needs the permission family_email_log"})
    result = run(folder, erasing(DONE, head=refusal), *START, stdin="y\n")
    assert result.exit_code == 0, result.output
    assert "Erase family/7 of riverside from" in result.stderr


def test_a_record_that_cannot_be_read_for_another_reason_is_not_erased(folder: Path) -> None:
    api = erasing(DONE, head=httpx.Response(503, json={"detail": "busy"}))
    assert run(folder, api, *START, "--yes").exit_code == 1
    assert "POST records/family/7/erase" not in api.calls


@pytest.mark.parametrize(
    ("end", "sentence"),
    [
        (
            {"status": "incomplete"},
            "Some entries are on hold and were left as they are: lift the hold, and erase again.",
        ),
        ({"status": "failed"}, "It was given up: some of the record may be erased. Erase again for the rest."),
        (
            {"next_attempt_at": "2026-11-01T07:30:12.345Z", "reason": "the table throttles"},
            "It has failed, and is tried again at 2026-11-01 07:30 UTC: `daybook erase follow e-1`.",
        ),
    ],
)
def test_what_was_not_erased_is_said(folder: Path, end: dict[str, Any], sentence: str) -> None:
    result = run(folder, erasing(RUNNING | end), *START, "--yes")
    assert result.exit_code == 1
    assert sentence in result.stderr.splitlines()
    assert "Record: family/7" in result.stdout


def test_a_hold_is_in_the_way(folder: Path) -> None:
    refusal = httpx.Response(409, json={"detail": "this record is on hold", "code": "on_hold"})
    result = run(folder, Answers({"records/family/7": HEAD, "records/family/7/erase": refusal}), *START, "--yes")
    assert (result.exit_code, result.stderr) == (1, "The API answered 409: this record is on hold\n")


def test_a_request_that_may_have_come_through_is_not_sent_twice(folder: Path) -> None:
    api = Answers({"records/family/7": HEAD, "records/family/7/erase": [httpx.Response(503, json={"detail": "busy"})]})
    assert run(folder, api, *START, "--yes").exit_code == 1
    assert api.calls.count("POST records/family/7/erase") == 1


def test_an_api_that_goes_away_meanwhile_leaves_the_erasure_to_be_followed(folder: Path) -> None:
    result = run(folder, erasing(*[httpx.Response(503, json={"detail": "busy"})] * 3), *START, "--yes")
    assert result.exit_code == 1
    assert "503: busy. The erasure goes on. `daybook erase follow e-1` waits for its end." in result.stderr


@pytest.mark.parametrize("arguments", [[], ["family/7"], ["family", "--reason", "x", "--yes"], ["follow"]])
def test_wrong_usage_is_status_2(folder: Path, arguments: list[str]) -> None:
    api = Answers({})
    assert run(folder, api, "erase", *arguments).exit_code == 2
    assert api.requests == []
