"""Each command that shows something, on terminals of 80 and 200 columns and in a pipe."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli.answers import Answers, listed
from tests.support.cli.api_stand_in import run

ID = "202611281608158541k8jriji90t8no0vhq"
FAMILY = {"type": "family", "id": "101"}
COMMON: dict[str, Any] = {"id": ID, "record": FAMILY, "occurred_at": "2026-11-28T16:08:15.854Z"}
VERDICT = {
    "code": "no_mailbox",
    "text": "It did not arrive. Their mail server says that this mailbox does not exist.",
    "next": "Check the spelling, or ask for another address.",
}
EMAIL = COMMON | {
    "log": "email", "recipient": "thomas.nguyen@riverside-gymnastics.example", "status": "bounced", "opens": 2,
    "subject": "Practice notes for Ivy Nguyen, no. 64", "clicks": 1, "last_activity_at": "2026-11-28T16:08:34.977Z",
    "verdict": VERDICT,
}  # fmt: skip
SMS = COMMON | {
    "log": "sms", "recipient": "+14155550100", "text": "Team Juniors is cancelled today. Riverside Gymnastics",
    "status": "not_delivered", "last_activity_at": "2026-11-28T16:08:34.977Z", "verdict": VERDICT,
}  # fmt: skip
PUSH = COMMON | {"log": "push", "subject": "Payment due", "text": "$199.00 is due on Friday.", "verdict": VERDICT}
ACTIVITY = COMMON | {
    "log": "activity",
    "name": "Thomas Nguyen",
    "action": "changed the phone number",
    "ip": "203.0.113.10",
}
AUDIT = COMMON | {
    "log": "audit", "member_name": "Priya Natarajan", "username": "pnatarajan", "source": "customer_portal",
    "action": "deleted the enrolment of Dylan Martin in Tumble Tots", "affected_count": 2, "ip": "203.0.113.10",
    "names": ["Thomas Nguyen", "Patricia Gomes"], "affected": [{"record": FAMILY, "change": "deleted"}],
}  # fmt: skip
BLOCK: dict[str, Any] = {
    "address": "thomas.nguyen@riverside-gymnastics.example", "status": "complaint", "since": "2026-10-05T11:44:00.000Z",
    "reason": "Permanent/General: smtp; 550 5.1.1 Recipient address rejected: no such user here",
    "records": [FAMILY], "resets": [{"at": "2026-01-05T11:44:00.000Z", "username": "mdelgado", "member_name": "Maria"}],
}  # fmt: skip
HOLD: dict[str, Any] = {
    "record": FAMILY, "status": "standing", "placed_at": "2026-11-03T15:00:00.000Z", "placed_by": "mdelgado",
    "reason": "Letter of their lawyer of 11/03", "held": 16, "too_late": 0, "too_late_entries": [],
}  # fmt: skip
ERASURE = {
    "id": ID, "record": FAMILY, "status": "done", "requested_at": "2026-11-03T15:00:00.000Z", "requested_by": "admin",
    "completed_at": "2026-11-03T15:00:02.000Z",
    "counts": {"entries": 21, "contents": 8, "objects": 1, "archived": 0, "blacklisted": 0, "on_hold": 0},
}  # fmt: skip
EXPORT: dict[str, Any] = {
    "id": ID, "list": "records/family/101/emails", "query": {"q": "smith"}, "format": "csv", "status": "failed",
    "rows": 16, "requested_at": "2026-11-03T15:00:00.000Z", "requested_by": "mdelgado", "reason": "cancelled",
}  # fmt: skip
CLASSES = ("waiting", "reached", "bounced", "complained", "rejected", "failed", "suppressed")
COUNTS = {
    "counts": [
        {"day": f"2026-11-{day:02}", "class": name, "count": 10_000 * day + number}
        for day in range(1, 31)
        for number, name in enumerate(CLASSES)
    ]
}
MANY = ["family_email_log", "staff_email_log", "sms_log", "push_log", "activity_log"]
HEAD = FAMILY | {
    "name": "Thomas Nguyen", "url": "https://portal.example/families/101", "blacklisted": 1, "on_hold": True,
    "logs": [{"log": "emails", "last_at": "2026-11-28T16:08:15.854Z"}],
}  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """A command, what the API answers at which path, and what is to be seen of it.

    `narrow` is there at 80 columns, `wide` at 200 only; a pipe has both. `titles` are the headings of a list at 80.
    """

    command: str
    path: str
    answer: dict[str, Any]
    narrow: tuple[str, ...]
    wide: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()

    @property
    def answers(self) -> dict[str, Any]:
        """By path; an erasure first reads the head of its record."""
        return {"records/family/101": HEAD, self.path: self.answer}


RECIPIENT, LINK = str(EMAIL["recipient"]), "https://portal.example/families/{id}"
TIME = "2026-11-28 10:08 CST"
COMMANDS = (
    Shown(
        "log family/101 emails", "records/family/101/emails", listed(EMAIL),
        (TIME, RECIPIENT, "Practice notes for Ivy Nguyen, no. 64", "bounced"), (VERDICT["text"], ID),
        ("last activity", "recipient", "subject", "status"),
    ),
    Shown(
        "log family/101 sms", "records/family/101/sms", listed(SMS),
        (TIME, "+14155550100", SMS["text"], "not_delivered"), (VERDICT["text"], ID),
        ("last activity", "recipient", "text", "status"),
    ),
    Shown(
        "log family/101 pushes", "records/family/101/pushes", listed(PUSH),
        (TIME, "Payment due", "$199.00 is due on Friday.", VERDICT["text"]), (ID,),
        ("date", "subject", "text", "what happened"),
    ),
    Shown(
        "log family/101 activity", "records/family/101/activity", listed(ACTIVITY),
        (TIME, "Thomas Nguyen", "changed the phone number", "203.0.113.10"), (ID,), ("date", "name", "action", "ip"),
    ),
    Shown(
        "log family/101 audit", "records/family/101/audit", listed(AUDIT),
        (TIME, "Priya Natarajan (pnatarajan)", AUDIT["action"], "Thomas Nguyen, Patricia Gomes"),
        ("customer_portal", "203.0.113.10", ID), ("date", "who", "action", "affected"),
    ),
    Shown(
        f"log family/101 emails --entry {ID}", f"records/family/101/emails/{ID}", EMAIL,
        (f"Recipient: {RECIPIENT}", "Status: bounced", f"What happened: {VERDICT['text']}",
         f"What to do: {VERDICT['next']}", "Opens: 2"),
    ),
    Shown(
        "timeline family/101", "records/family/101/timeline", listed(EMAIL, SMS, PUSH, ACTIVITY, AUDIT),
        (TIME, "email", "activity", RECIPIENT, EMAIL["subject"], SMS["text"], "Payment due: $199.00 is due on Friday.",
         "Thomas Nguyen", "changed the phone number", "Priya Natarajan (pnatarajan)", AUDIT["action"], "not_delivered"),
        (ID,), ("date", "log", "who", "what", "status"),
    ),
    Shown(
        "messages", "messages", listed(EMAIL), (TIME, "family/101", RECIPIENT, "bounced"),
        (EMAIL["subject"], VERDICT["text"], ID), ("date", "record", "recipient", "status"),
    ),
    Shown(
        "messages --log sms", "messages", listed(SMS), (TIME, "family/101", "+14155550100", "not_delivered"),
        (SMS["text"], VERDICT["text"], ID), ("date", "record", "recipient", "status"),
    ),
    Shown(
        "messages counts", "messages/counts", COUNTS, ("2026-11-30", "300000", "300006", "2026-11-01", "10006"),
        (), ("day", *CLASSES),
    ),
    Shown(
        f"events family/101 {ID}", f"records/family/101/emails/{ID}/events",
        {"events": [{"type": "bounce", "occurred_at": COMMON["occurred_at"], "kind": "Permanent", "subtype": "General",
                     "code": "5.1.1", "diagnostic": "smtp; 550 5.1.1 no such user here"}]},
        (TIME, "bounce", "Permanent General 5.1.1; smtp; 550 5.1.1 no such user here"), (), ("when", "what", "details"),
    ),
    Shown(
        f"content family/101 {ID}", f"records/family/101/emails/{ID}/content",
        {"subject": "Welcome", "text": "See you on Monday.\nYour team", "html": None},
        ("Subject: Welcome", "See you on Monday.\n", "Your team"),
    ),
    Shown(
        "audit", "audit", listed(AUDIT), (TIME, "Priya Natarajan (pnatarajan)", AUDIT["action"]),
        ("customer_portal", ID), ("date", "who", "action", "affected"),
    ),
    Shown(
        "audit --who", "audit/staff",
        listed({"username": "pnatarajan", "member_name": "Priya Natarajan", "last_day": "2026-11-28"}),
        ("pnatarajan", "Priya Natarajan", "2026-11-28"), (), ("username", "name", "last entry"),
    ),
    Shown(
        "records nguyen", "records", listed(FAMILY | {"name": "Thomas Nguyen"}), ("family/101", "Thomas Nguyen"), (),
        ("record", "name"),
    ),
    Shown(
        "records show family/101", "records/family/101", HEAD,
        ("Record: family/101", "Name: Thomas Nguyen", "Link: https://portal.example/families/101",
         "Blacklisted addresses: 1", "On hold: yes", f"Last in emails: {TIME}"),
    ),
    Shown(
        "blacklist", "blacklist", listed(BLOCK), (BLOCK["address"], "complaint", "2026-10-05 06:44 CDT"),
        (BLOCK["reason"], "family/101"), ("address", "status", "since"),
    ),
    Shown(
        "blacklist --record family/101", "records/family/101/blacklist", listed(BLOCK),
        (BLOCK["address"], "complaint", "2026-10-05 06:44 CDT"), (BLOCK["reason"],), ("address", "status", "since"),
    ),
    Shown(
        "blacklist show jane@x.example", "blacklist", listed(BLOCK),
        (f"Address: {BLOCK['address']}", "Status: complaint", "Since: 2026-10-05 06:44 CDT",
         f"Reason: {BLOCK['reason']}", "Records: family/101",
         "Reset: 2026-01-05 05:44 CST by Maria (mdelgado): no reason given"),
    ),
    Shown(
        f"blacklist check {BLOCK['address']} jane@x.example", "blacklist/check",
        {"blocked": {BLOCK["address"]: "complaint"}},
        (BLOCK["address"], "complaint", "jane@x.example", "not blacklisted"), (), ("address", "status"),
    ),
    Shown(
        "blacklist reset jane@x.example", "blacklist/reset",
        {"address": "jane@x.example", "reset_at": "2026-10-05T11:44:00.000Z"},
        ("jane@x.example has been off the blacklist since 2026-10-05 06:44 CDT.",),
    ),
    Shown(
        "blacklist validate jane@x.example", "blacklist/validate", BLOCK | {"status": "validate"},
        ("Status: validate",),
    ),
    Shown(
        "blacklist block jane@x.example", "blacklist",
        {"results": [{"index": 0, "status": "unchanged", "blocked": "complaint"}]},
        ("jane@x.example", "unchanged", "complaint"), (), ("address", "outcome", "status", "error"),
    ),
    Shown(
        "access", "access", {"groups": {"Front desk": MANY}, "staff": {"DOM\\jane": ["audit_log"]}},
        ("group", "Front desk", ", ".join(MANY), "staff", "DOM\\jane", "audit_log"), (),
        ("kind", "name", "permissions"),
    ),
    Shown(
        "access me", "access/me", {"name": "Alex", "username": "admin", "org": "Riverside", "groups": ["admin"],
                                   "permissions": []},
        ("Name: Alex", "Username: admin", "Org: Riverside", "Groups: admin", "Permissions: none"),
    ),
    Shown(
        "access group Frontdesk sms_log", "access", {"permissions": ["sms_log"]}, ("group", "Frontdesk", "sms_log"), (),
        ("kind", "name", "permissions"),
    ),
    Shown(
        "access staff jane sms_log", "access", {"permissions": ["sms_log"]}, ("staff", "jane", "sms_log"), (),
        ("kind", "name", "permissions"),
    ),
    Shown(
        "settings", "settings", {"name": "Riverside", "time_zone": "America/Chicago", "record_url": {"family": LINK}},
        ("Name: Riverside", "Time zone: America/Chicago", f"Link to family: {LINK}"),
    ),
    Shown(
        "settings set --name Riverside", "settings", {"name": "Riverside", "time_zone": "UTC", "record_url": {}},
        ("Name: Riverside", "Time zone: UTC"),
    ),
    Shown(
        "holds", "holds", listed(HOLD), ("family/101", "standing", "2026-11-03 09:00 CST", "mdelgado", HOLD["reason"]),
        ("16",), ("record", "status", "placed", "by", "reason"),
    ),
    Shown(
        "holds place family/101 --reason x", "holds/family/101", HOLD,
        ("Record: family/101", "Status: standing", "Placed: 2026-11-03 09:00 CST", "By: mdelgado", "Held: 16"),
    ),
    Shown("holds lift family/101", "holds/family/101", HOLD | {"status": "lifting"}, ("Status: lifting",)),
    Shown(
        "erase family/101 --reason x --yes", "records/family/101/erase", ERASURE,
        ("Record: family/101", "Status: done", "Completed: 2026-11-03 09:00 CST", "Entries: 21",
         "Contents of e-mails: 8"),
    ),
    Shown(
        "exports", "exports", {"entries": [EXPORT], "next": None}, (ID, EXPORT["list"], "failed", "16"),
        ("q=smith", "csv", "2026-11-03 09:00 CST", "cancelled"), ("id", "list", "status", "rows"),
    ),
    Shown(
        f"exports show {ID}", f"exports/{ID}", EXPORT,
        (f"Export: {ID}", "List: records/family/101/emails", "Query: q=smith", "Format: csv", "Status: failed",
         "Rows: 16", "Requested: 2026-11-03 09:00 CST", "By: mdelgado", "Failure: cancelled"),
    ),
    Shown(f"erase follow {ID}", f"erasures/{ID}", ERASURE, ("Record: family/101", "Status: done", "Large contents: 1")),
)  # fmt: skip
# Titles of times and days, which name their zone.
DATED = {"date", "last activity", "last entry", "since", "placed", "when", "day"}
SHOWN = pytest.mark.parametrize("shown", COMMANDS, ids=[each.command for each in COMMANDS])


def seen(folder: Path, shown: Shown, width: int) -> str:
    """What a terminal of this width shows, without its styles."""
    terminal = io.StringIO()
    transport = Answers(shown.answers)
    result = run(folder, transport, *shown.command.split(), terminal=terminal, width=width)
    assert result.exit_code == 0, result.output
    return re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue())


def cells(output: str) -> str:
    """The texts of a table, or of any other output, without blanks and folds: one column behind the other."""
    lines = output.splitlines()
    columns = columns_of(lines) if any(is_rule(line) for line in lines) else [output]
    return re.sub(r"\s", "", "".join(columns))


def is_rule(line: str) -> bool:
    return set(line) == {"─"}


def columns_of(lines: list[str]) -> list[str]:
    """The text of each column of a table, from top to bottom. Between two columns every line has two blanks."""
    filled = [f"{line:<202}" for line in lines if not is_rule(line)]
    is_gap = [all(line[place : place + 2] == "  " for line in filled) for place in range(201)]
    starts = [0, *(place + 2 for place in range(201) if is_gap[place])]
    ends = [place for place in range(201) if is_gap[place]]
    return ["".join(line[start:end] for line in filled) for start, end in zip(starts, ends, strict=False)]


def is_in(text: str, output: str) -> bool:
    return re.sub(r"\s", "", text) in cells(output)


@SHOWN
def test_at_80_columns_it_shows_what_matters_first(folder: Path, shown: Shown) -> None:
    output = seen(folder, shown, 80)
    assert [text for text in shown.narrow if not is_in(text, output)] == [], output
    if not shown.titles:
        return
    assert max(map(len, output.splitlines())) <= 80
    heading = output.partition("─")[0]
    assert [title for title in shown.titles if title not in heading] == []
    assert is_in("(America/Chicago)", output) is bool(DATED & {*shown.titles})


@SHOWN
def test_at_200_columns_it_shows_everything(folder: Path, shown: Shown) -> None:
    output = seen(folder, shown, 200)
    assert [text for text in (*shown.narrow, *shown.wide) if not is_in(text, output)] == [], output
    if shown.titles:
        assert max(map(len, output.splitlines())) <= 200


@SHOWN
def test_a_pipe_gets_whole_lines_of_text_with_tabs(folder: Path, shown: Shown) -> None:
    result = run(folder, Answers(shown.answers), *shown.command.split())
    assert result.exit_code == 0, result.output
    assert re.findall("[\x1b\u2500-\u257f]", result.stdout) == []
    lines = result.stdout.splitlines()
    if shown.titles:
        assert len({line.count("\t") for line in lines}) == 1
        assert [
            title for title in shown.titles if title not in lines[0].replace(" (America/Chicago)", "").split("\t")
        ] == []
    for text in (*shown.narrow, *shown.wide):
        if not re.search(r"\d\d:\d\d C[SD]T", text):
            assert text in result.stdout
    times = re.findall(r"\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)? ?\S*", result.stdout)
    assert [time for time in times if not time.endswith((" UTC", " UTC."))] == []


@SHOWN
@pytest.mark.parametrize("width", [None, 80, 200])
def test_json_is_what_the_api_answers_whatever_the_terminal(folder: Path, shown: Shown, width: int | None) -> None:
    terminal = None if width is None else io.StringIO()
    transport = Answers(shown.answers)
    result = run(folder, transport, *shown.command.split(), "--json", terminal=terminal, width=width or 80)
    assert result.exit_code == 0, result.output
    output = result.stdout if terminal is None else terminal.getvalue()
    expected = shown.answer
    if shown.command.startswith("blacklist show"):
        expected = shown.answer["entries"][0]
    if shown.command.startswith("blacklist block"):
        expected = {
            "place": "jane@x.example",
            "address": "jane@x.example",
            "status": "unchanged",
            "blocked": "complaint",
        }
    assert output.count("\n") == 1
    assert json.loads(output) == expected
