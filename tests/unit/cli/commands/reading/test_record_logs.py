from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.cli.api_stand_in import StandIn, run

COMMON: dict[str, Any] = {
    "id": "0abc",
    "record": {"type": "family", "id": "123"},
    "occurred_at": "2026-03-01T10:00:00.000Z",
}
MAIL = COMMON | {
    "log": "email", "recipient": "ann@example.com", "subject": "Invoice", "status": "bounced", "opens": 2, "clicks": 1,
    "last_activity_at": "2026-03-02T11:30:00.000Z", "bounce": {"type": "Permanent"}, "has_content": True,
    "verdict": {"code": "bounced_other", "text": "It failed.", "next": "Ask."},
}  # fmt: skip
TEXT = COMMON | {
    "recipient": "+14155550123", "text": "Hello", "status": "not_delivered", "reason": "failed",
    "verdict": {"code": "sms_failed", "text": "It is lost.", "next": None},
}  # fmt: skip
PUSH = COMMON | {
    "subject": "Due", "text": "Pay", "verdict": {"code": "push_sent", "text": "It was sent.", "next": None},
}  # fmt: skip
ROWS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "emails": (MAIL, ["2026-03-02 11:30 UTC", "ann@example.com", "Invoice", "bounced", "It failed.", "0abc"]),
    "sms": (TEXT, ["+14155550123", "Hello", "not_delivered", "It is lost."]),
    "pushes": (PUSH, ["2026-03-01 10:00 UTC", "Due", "Pay", "It was sent."]),
    "activity": (COMMON | {"name": "Ann", "action": "signed in", "ip": "::1"}, ["Ann", "signed in", "::1"]),
    "audit": (
        COMMON
        | {
            "member_name": "Maria", "username": "maria", "source": "system", "action": "moved", "names": ["Ben", "Ava"],
            "affected": [{"record": {}, "change": "updated"}], "ip": None,
        },
        ["Maria (maria)", "system", "moved", "updated", "Ben, Ava"],
    ),
}  # fmt: skip


def page(*entries: dict[str, Any], following: str | None = None) -> dict[str, Any]:
    return {"entries": list(entries), "next": following}


@pytest.mark.parametrize("log", ROWS)
def test_each_log_has_its_columns(folder: Path, log: str) -> None:
    row, shown = ROWS[log]
    transport = StandIn(pages=[page(row)])
    result = run(folder, transport, "log", "family/123", log)
    assert result.exit_code == 0, result.output
    heading, line = result.stdout.splitlines()
    assert len(heading.split("\t")) == len(line.split("\t"))
    assert set(shown) <= set(line.split("\t"))
    assert transport.requests[0].url.path == f"/v1/orgs/riverside/records/family/123/{log}"
    assert transport.requests[0].headers["authorization"] == "Bearer token-of-admin"
    terminal = io.StringIO()
    run(folder, StandIn(pages=[page(row)]), "log", "family/123", log, terminal=terminal, width=200)
    assert all(word in terminal.getvalue() for word in shown)


def test_options_become_parameters(folder: Path) -> None:
    transport = StandIn()
    result = run(
        folder, transport, "log", "family/123", "emails", "--sort", "status", "--order", "asc", "--q", "smith jr",
        "--from", "2026-01-01", "--to", "2026-02-01T00:00:00+01:00", "--status", "bounced,delivered", "--limit", "7",
        "--cursor", "0", "--org", "hilltop", "--as", "other_admin",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert dict(transport.requests[0].url.params) == {
        "sort": "status", "order": "asc", "q": "smith jr", "from": "2026-01-01",
        "to": "2026-02-01T00:00:00+01:00", "status": "bounced,delivered", "limit": "7", "cursor": "0",
    }  # fmt: skip
    assert transport.requests[0].url.path.startswith("/v1/orgs/hilltop/")
    assert transport.requests[0].headers["authorization"] == "Bearer token-of-other_admin"


def test_one_page_says_that_there_is_more(folder: Path) -> None:
    transport = StandIn(pages=[page(MAIL, following="1"), page(MAIL)])
    result = run(folder, transport, "log", "family/123", "emails", "--json")
    assert len(result.stdout.splitlines()) == 1
    assert "--cursor 1" in result.stderr
    assert transport.requests[0].url.params["limit"] == "50"
    rest = run(folder, transport, "log", "family/123", "emails", "--json", "--cursor", "1")
    assert (len(rest.stdout.splitlines()), rest.stderr) == (1, "")


def test_all_pages_are_one_list(folder: Path) -> None:
    transport = StandIn(pages=[page(MAIL, following="1"), page(following="2"), page(MAIL, MAIL)])
    result = run(folder, transport, "log", "family/123", "emails", "--all")
    assert len(result.stdout.splitlines()) == 4
    assert result.stderr == ""
    assert transport.requests[0].url.params["limit"] == "200"


@pytest.mark.parametrize(
    ("arguments", "sort"),
    [
        (["emails", "--all"], "sent"),
        (["sms", "--all"], "sent"),
        (["emails", "--all", "--sort", "date"], "date"),
        (["emails", "--all", "--sort", "status"], "status"),
        (["emails"], None),
        (["emails", "--all", "--cursor", "1"], None),
        (["pushes", "--all"], None),
        (["audit", "--all"], None),
        (["emails", "--sort", "sent"], "sent"),
    ],
)
def test_all_messages_come_in_the_order_in_which_none_moves(
    folder: Path, arguments: list[str], sort: str | None
) -> None:
    transport = StandIn(pages=[page(), page()])
    assert run(folder, transport, "log", "family/123", *arguments).exit_code == 0
    assert transport.requests[0].url.params.get("sort") == sort


def test_json_of_a_page_is_the_answer_and_of_all_pages_a_line_for_each_entry(folder: Path) -> None:
    answer = page(MAIL, MAIL) | {"prev": None, "understood": []}
    result = run(folder, StandIn(pages=[answer]), "log", "family/123", "emails", "--json")
    assert result.stdout.endswith("}\n")
    assert json.loads(result.stdout) == answer
    pages = [page(MAIL, MAIL, following="1"), page(MAIL)]
    everything = run(folder, StandIn(pages=pages), "log", "family/123", "emails", "--json", "--all")
    assert [json.loads(line) for line in everything.stdout.splitlines()] == [MAIL, MAIL, MAIL]


def test_an_empty_log_is_its_heading(folder: Path) -> None:
    result = run(folder, StandIn(), "log", "family/123", "sms")
    assert result.stdout == "last activity\trecipient\ttext\tstatus\twhat happened\tid\n"
    assert result.stderr == "Nothing found.\n"


def test_text_for_a_pipe_is_not_wrapped(folder: Path) -> None:
    long = MAIL | {"subject": "word " * 200}
    result = run(folder, StandIn(pages=[page(long)]), "log", "family/123", "emails")
    assert len(result.stdout.splitlines()) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["family", "emails"],
        ["family/", "emails"],
        ["family/1", "letters"],
        ["family/1"],
        ["family/1", "emails", "--limit", "0"],
        ["family/1", "emails", "--limit", "201"],
        ["family/1", "emails", "--sort", "size"],
    ],
)
def test_wrong_usage_is_status_2(folder: Path, arguments: list[str]) -> None:
    assert run(folder, StandIn(), "log", *arguments).exit_code == 2


def test_content_is_shown_with_its_lines(folder: Path) -> None:
    email = {"subject": "Hi\x1b[31m", "text": "one\r\ntwo\x1b]0;x\x07", "html": "<p>one</p>"}
    result = run(folder, StandIn(httpx.Response(200, json=email)), "content", "family/123", "0abc")
    assert result.stdout == "Subject: Hi\\u001b[31m\n\none\ntwo\\u001b]0;x\\u0007\n"
    html = run(folder, StandIn(httpx.Response(200, json=email)), "content", "family/123", "0abc", "--html")
    assert html.stdout.endswith("<p>one</p>\n")
    as_json = run(folder, StandIn(httpx.Response(200, json=email)), "content", "family/123", "0abc", "--json")
    assert json.loads(as_json.stdout) == email


def test_content_without_a_text_is_its_html(folder: Path) -> None:
    transport = StandIn(httpx.Response(200, json={"subject": "Hi", "text": None, "html": "<p>"}))
    assert run(folder, transport, "content", "family/123", "0abc").stdout.endswith("<p>\n")
    assert transport.requests[0].url.path == "/v1/orgs/riverside/records/family/123/emails/0abc/content"


def test_expired_content_is_a_sentence(folder: Path) -> None:
    transport = StandIn(httpx.Response(404, json={"detail": "The content has expired.", "code": "content_expired"}))
    result = run(folder, transport, "content", "family/123", "0abc")
    assert result.exit_code == 1
    assert "404: The content has expired." in result.stderr


HOSTILE = "[bold red]x[/] [link=file:///etc/passwd]y[/link] :boom: \x1b[2J\x9b2J\x07\u202eabc\u2066\u2028\ud800"


@pytest.mark.parametrize("mode", ["terminal", "pipe", "json"])
def test_nothing_of_an_entry_is_obeyed(folder: Path, mode: str) -> None:
    terminal = io.StringIO()
    hostile = MAIL | {"subject": HOSTILE, "recipient": HOSTILE, "status": HOSTILE, "id": "x"}
    hint = "\x1b[31mcursor"
    answer = httpx.Response(200, content=json.dumps(page(hostile, following=hint)))
    options = ["--json"] if mode == "json" else []
    result = run(
        folder, StandIn(answer), "log", "family/123", "emails", *options,
        terminal=terminal if mode == "terminal" else None,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    # What rich writes itself: styles of the heading, nothing of the hostile kind.
    shown = re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue()) if mode == "terminal" else result.stdout
    assert re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e\u2066\ud800]", shown.replace("\t", "")) == []
    assert "\x1b" not in result.stderr
    if mode != "terminal":
        assert "[bold red]x[/]" in shown
        assert ":boom:" in shown


def test_many_affected_records_are_counted(folder: Path) -> None:
    row = ROWS["audit"][0] | {"names": [f"Family {number}" for number in range(1, 19)]}
    result = run(folder, StandIn(pages=[page(row)]), "log", "family/123", "audit")
    assert "\tFamily 1, Family 2, Family 3, Family 4, Family 5, 13 more\t" in result.stdout


def test_a_timeline_is_all_logs_or_those_asked_for(folder: Path) -> None:
    transport = StandIn(pages=[page(MAIL, TEXT | {"log": "sms"})])
    result = run(
        folder, transport, "timeline", "family/123", "--log", "email", "--log", "sms", "-q", "smith jr", "--from",
        "2026-01-01", "--to", "2026-02-01", "--limit", "7", "--cursor", "0",
    )  # fmt: skip
    assert result.stdout.splitlines() == [
        "date\tlog\twho\twhat\tstatus\tid",
        "2026-03-01 10:00 UTC\temail\tann@example.com\tInvoice\tbounced\t0abc",
        "2026-03-01 10:00 UTC\tsms\t+14155550123\tHello\tnot_delivered\t0abc",
    ]
    (request,) = transport.requests
    assert request.url.path == "/v1/orgs/riverside/records/family/123/timeline"
    assert request.url.params.multi_items() == [
        ("log", "email"), ("log", "sms"), ("q", "smith jr"), ("from", "2026-01-01"), ("to", "2026-02-01"),
        ("limit", "7"), ("cursor", "0"),
    ]  # fmt: skip


def test_what_a_line_does_not_ask_for_is_said(folder: Path) -> None:
    understood = [{"text": "smith", "kind": "word"}, {"text": "***", "kind": "ignored"}]
    result = run(folder, StandIn(pages=[page(MAIL) | {"understood": understood}]), "timeline", "family/1", "-q", "x")
    assert result.stderr == "Not searched for: ***\n"


@pytest.mark.parametrize("command", [["log", "family/1", "emails"], ["timeline", "family/1"], ["messages"], ["audit"]])
def test_ids_can_be_asked_for_at_any_width(folder: Path, command: list[str]) -> None:
    for options, is_shown in (([], False), (["--ids"], True)):
        terminal = io.StringIO()
        row = MAIL | {
            "member_name": "Ann",
            "username": "ann",
            "action": "x",
            "id": "202611281608158541k8jriji90t8no0vhq",
        }
        run(folder, StandIn(pages=[page(row)]), *command, *options, terminal=terminal, width=80)
        assert ("202611281608158541k8jriji90t8no0vhq" in terminal.getvalue()) is is_shown
        shown = re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue())
        assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize(
    ("command", "headings"),
    [
        (["log", "family/1", "emails"], ["subject", "status"]),
        (["log", "family/1", "sms"], ["text", "status"]),
        (["messages"], ["record", "status"]),
    ],
)
@pytest.mark.parametrize(("width", "has_recipient"), [(80, False), (120, True)])
def test_a_narrow_table_with_ids_leaves_out_the_recipient_first(
    folder: Path, command: list[str], headings: list[str], width: int, has_recipient: bool
) -> None:
    terminal = io.StringIO()
    row = MAIL | {"id": "202611281608158541k8jriji90t8no0vhq", "record": {"type": "family", "id": "1"}}
    run(folder, StandIn(pages=[page(row)]), *command, "--ids", terminal=terminal, width=width)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue())
    heading = shown.partition("─")[0]
    assert [title for title in [*headings, "id"] if title not in heading] == []
    assert ("recipient" in heading) is has_recipient
    assert max(map(len, shown.splitlines())) <= width


@pytest.mark.parametrize(
    ("command", "width", "said"),
    [
        (["log", "family/1", "emails"], 80, "Columns left out for the width: what happened. --json has all.\n"),
        (["log", "family/1", "emails"], 120, ""),
        (
            ["log", "family/1", "emails", "--ids"],
            140,
            "Columns left out for the width: what happened. --json has all.\n",
        ),
        (["messages"], 80, "Columns left out for the width: subject, what happened. --json has all.\n"),
        (["log", "family/1", "emails", "--json"], 80, ""),
    ],
)
def test_a_narrow_table_names_the_columns_that_it_leaves_out(
    folder: Path, command: list[str], width: int, said: str
) -> None:
    result = run(folder, StandIn(pages=[page(MAIL)]), *command, terminal=io.StringIO(), width=width)
    assert result.stderr == said


def test_what_is_left_out_is_named_once_and_only_beside_a_table(folder: Path) -> None:
    command = ("log", "family/1", "emails", "--all")
    pages = [page(following="1"), page(MAIL, following="2"), page(MAIL)]
    result = run(folder, StandIn(pages=pages), *command, terminal=io.StringIO(), width=80)
    assert result.stderr.count("left out") == 1
    assert "left out" not in run(folder, StandIn(pages=pages), *command).stderr
    assert "left out" not in run(folder, StandIn(), *command, terminal=io.StringIO(), width=80).stderr


def test_nothing_found_is_said_instead_of_an_empty_table(folder: Path) -> None:
    terminal = io.StringIO()
    result = run(folder, StandIn(), "log", "family/1", "emails", terminal=terminal)
    assert (terminal.getvalue(), result.stderr) == ("", "Nothing found.\n")
    assert run(folder, StandIn(), "log", "family/1", "emails", "--json").stderr == ""
    # Of pages without an entry, only the last one says so.
    pages = [page(following="1"), page()]
    assert "Nothing found." not in run(folder, StandIn(pages=pages), "log", "family/1", "emails").stderr
    assert run(folder, StandIn(pages=pages), "log", "family/1", "emails", "--all").stderr == "Nothing found.\n"


def test_one_entry_is_shown_with_what_to_do_now(folder: Path) -> None:
    mail = MAIL | {"bounce": {"type": "Permanent", "diagnostic": "550 no such user"}, "message_id": "m-1"}
    transport = StandIn(pages=[mail])
    result = run(folder, transport, "log", "family/123", "emails", "--entry", "0abc")
    assert result.stdout.splitlines() == [
        "When: 2026-03-01 10:00:00 UTC",
        "Record: family/123",
        "Recipient: ann@example.com",
        "Subject: Invoice",
        "Status: bounced",
        "What happened: It failed.",
        "What to do: Ask.",
        "Last activity: 2026-03-02 11:30:00 UTC",
        "Opens: 2",
        "Clicks: 1",
        "Mail server said: 550 no such user",
        "Message: m-1",
    ]
    assert transport.requests[0].url.path == "/v1/orgs/riverside/records/family/123/emails/0abc"
    assert json.loads(run(folder, transport, "log", "family/123", "emails", "--entry", "0abc", "--json").stdout) == mail


def test_one_entry_of_any_log_is_shown(folder: Path) -> None:
    for log in ("sms", "pushes", "activity"):
        row, shown = ROWS[log]
        result = run(
            folder, StandIn(pages=[row | {"details": {"a": [1]}}]), "log", "family/123", log, "--entry", "0abc"
        )
        values = {line.partition(": ")[2] for line in result.stdout.splitlines()}
        assert {text for text in shown if not text.endswith(" UTC")} | {'{"a": [1]}'} <= values


@pytest.mark.parametrize(
    "arguments",
    [["emails", "--entry", "x", "--all"], ["emails", "--entry", "x", "--q", "y"], ["audit", "--entry", "x"]],
)
def test_a_single_entry_goes_with_no_option_of_the_list(folder: Path, arguments: list[str]) -> None:
    transport = StandIn()
    assert run(folder, transport, "log", "family/1", *arguments).exit_code == 2
    assert transport.requests == []
