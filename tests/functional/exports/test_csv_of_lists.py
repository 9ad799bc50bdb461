"""The rows of every list, as the functions answer them, are lines of its CSV: each once, in the list's order."""

import csv
import io
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from daybook.exports.spreadsheets.cells import GUARD
from daybook.exports.spreadsheets.csv_lines import CsvLines

from tests.support import api
from tests.support.functions.world import World, on_a_clock, place

ORG = "/v1/orgs/riverside"
LISTS = [
    "audit", "messages?log=email", "messages?log=sms", "blacklist", "holds",
    *(f"records/family/1/{log}" for log in ("emails", "sms", "pushes", "activity", "audit", "timeline")),
]  # fmt: skip
# Half of a surrogate pair in the JSON of a post, and whatever else a person or program may write.
ODD = ["half \ud83d of it", "=1+1", "\x00\x01x", "a\r\nb", '"', "🎉", "עברית", "00123"]


class Page(msgspec.Struct):
    entries: list[msgspec.Raw]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    yield from on_a_clock(monkeypatch)


def fill() -> None:
    """Odd texts in every log, in blocks and holds, and in entries of the API's own, as of a group of an odd name."""
    changed = [
        {
            "record": {"type": "family", "id": "1"},
            "change": text,
            "name": text,
            "before": {text: 1},
            "after": {text: [text]},
        }
        for text in ODD
    ]
    entries = [entry for text in ODD for entry in (
        api.email(subject=text), api.sms(text=text), api.push(subject=text, text=text),
        api.activity(name=text, action=text, details={"what": text}), api.audit(action=text, affected=changed),
        api.audit(action=text, affected=[]),
    )]  # fmt: skip
    assert api.post(*entries).status == 201
    for group in ("front desk/1", "=1", "..", "a%2Fb", "組"):
        body = {"group": group, "permissions": ["audit_log"]}
        assert api.call("PUT", f"{ORG}/access", body=body).status == 200
    blocks = [
        {"address": f"{number}@x.example", "status": "manual", "reason": text} for number, text in enumerate(ODD[1:])
    ]
    assert api.call("PUT", f"{ORG}/blacklist", body={"addresses": blocks}).status == 200
    assert place(reason="=1+1").status == 200


@pytest.mark.usefixtures("ses")
def test_each_row_is_a_line(world: World) -> None:
    fill()
    world.settle()

    for path in LISTS:
        name, _, log = path.partition("?log=")
        query: dict[str, Any] = {"log": log} if log else {}
        answer = api.call("GET", f"{ORG}/{name}", limit=200, **query)
        assert answer.status == 200, answer.text
        rows = msgspec.json.decode(answer.text, type=Page).entries
        made = CsvLines(name, "entries", ZoneInfo("America/Chicago"))

        text = (made.header + made.lines(rows)).decode("utf-8-sig")

        lines = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
        assert rows, path
        assert len(lines) == len(rows)
        if "Entry ID" in lines[0]:
            assert [line["Entry ID"] for line in lines] == [row["id"] for row in answer.body["entries"]]
        assert not [cell for line in lines for cell in line.values() if cell.startswith(tuple("=+-@\t\r\n"))]
        if name == "records/family/1/emails":
            assert {line["Subject"] for line in lines} >= {"half \ufffd of it", f"{GUARD}=1+1", "␀␁x", "a\nb", '"'}


@pytest.mark.usefixtures("ses")
def test_each_whole_entry_is_lines_of_changes(world: World) -> None:
    fill()
    world.settle()
    listed = api.call("GET", f"{ORG}/audit", limit=200).body["entries"]
    made = CsvLines("audit", "changes", ZoneInfo("America/Chicago"))

    for row in listed:
        answer = api.call("GET", f"{ORG}/audit/{row['id']}")
        text = (made.header + made.lines([msgspec.Raw(answer.text)])).decode("utf-8-sig")

        lines = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
        assert {line["Entry ID"] for line in lines} == {row["id"]}
        assert len(lines) >= max(1, row["affected_count"])
