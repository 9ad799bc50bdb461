from __future__ import annotations

import gzip
import io
import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console

from tests.support.cli.api_stand_in import StandIn, run
from tests.support.cli.cloudtrail_records import record


def as_lines(numbers: range) -> str:
    return "".join(json.dumps(record(number)) + "\n" for number in numbers)


def import_json(folder: Path, transport: httpx.BaseTransport, *files: Path) -> tuple[int, dict[str, Any]]:
    result = run(folder, transport, "import", "cloudtrail", "--json", *map(str, files))
    return result.exit_code, json.loads(result.stdout)


def test_a_second_import_creates_nothing(folder: Path) -> None:
    path = folder / "trail.jsonl.gz"
    path.write_bytes(gzip.compress(as_lines(range(450)).encode()))
    transport = StandIn()
    first = import_json(folder, transport, path)
    assert first == (0, {"created": 450, "duplicate": 0, "rejected": 0, "rejections": []})
    second = import_json(folder, transport, path)
    assert second == (0, {"created": 0, "duplicate": 450, "rejected": 0, "rejections": []})
    assert sorted(len(batch) for batch in transport.batches[:5]) == [50, 100, 100, 100, 100]
    assert {request.headers["authorization"] for request in transport.requests} == {"Bearer token-of-service"}


def test_files_and_folders_are_one_stream(folder: Path) -> None:
    trail = folder / "AWSLogs" / "2026"
    trail.mkdir(parents=True)
    (trail / "a.json.gz").write_bytes(gzip.compress(json.dumps({"Records": [record(1), record(2)]}).encode()))
    (trail / "b.json").write_text(json.dumps([record(3)], indent=2))
    (trail / "notes.txt").write_text("not for import")
    (folder / "c.jsonl").write_text(as_lines(range(4, 6)))
    transport = StandIn()
    assert import_json(folder, transport, folder / "AWSLogs", folder / "c.jsonl")[1]["created"] == 5
    assert len(transport.batches) == 1


def test_what_cannot_be_imported_is_listed_and_the_rest_goes_on(folder: Path) -> None:
    path = folder / "trail.jsonl"
    bad = [
        "nonsense",
        json.dumps({"digestStartTime": "x", "logFiles": []}),
        json.dumps(record(7) | {"eventTime": "now"}),
    ]
    path.write_text(as_lines(range(2)) + "\n".join(bad) + "\n" + as_lines(range(2, 4)))
    result = run(folder, StandIn(), "import", "cloudtrail", str(path))
    assert result.exit_code == 1
    assert result.stdout == "4 created, 0 duplicate, 3 rejected\n"
    assert f"{path}:3: not JSON" in result.stderr
    assert f"{path}:4: a CloudTrail digest file" in result.stderr
    assert f"{path}:5: eventTime is not a time: 'now'" in result.stderr


def test_what_the_api_rejects_is_listed_with_its_place(folder: Path) -> None:
    path = folder / "trail.json"
    path.write_text(json.dumps({"Records": [record(1), record(2)]}))
    error = {"code": "invalid_entry", "detail": "x", "errors": [{"field": "ip", "message": "not an address"}]}
    results = [{"index": 0, "status": "created", "id": "a"}, {"index": 1, "status": "rejected", "error": error}]
    status, summary = import_json(folder, StandIn(httpx.Response(207, json={"results": results})), path)
    assert status == 1
    assert summary["rejections"] == [{"place": f"{path}:1 record 2", "reason": "ip: not an address"}]


def test_a_busy_api_is_asked_again(folder: Path) -> None:
    path = folder / "trail.jsonl"
    path.write_text(as_lines(range(300)))
    pauses: list[float] = []
    busy: list[httpx.Response | Exception] = [
        httpx.Response(503, headers={"retry-after": "3"}, json={}),
        httpx.ReadTimeout("slow"),
    ]
    result = run(folder, StandIn(*busy), "import", "cloudtrail", str(path), pauses=pauses)
    assert result.stdout == "300 created, 0 duplicate, 0 rejected\n"
    assert len(pauses) == 2
    assert 3.0 in pauses


def test_an_api_that_refuses_ends_it_with_the_count_so_far(folder: Path) -> None:
    path = folder / "trail.jsonl"
    path.write_text(as_lines(range(2000)))
    transport = StandIn(*[httpx.Response(401, json={"message": "Unauthorized"})] * 30)
    result = run(folder, transport, "import", "cloudtrail", str(path))
    assert result.exit_code == 1
    assert "401: Unauthorized" in result.stderr
    assert result.stdout == "0 created, 0 duplicate, 0 rejected\n"
    assert len(transport.requests) < 10


def test_an_interrupted_import_says_how_to_go_on(folder: Path) -> None:
    class Interrupting(StandIn):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if len(self.requests) >= 3:
                raise KeyboardInterrupt
            return super().handle_request(request)

    path = folder / "trail.jsonl"
    path.write_text(as_lines(range(2000)))
    transport = Interrupting()
    result = run(folder, transport, "import", "cloudtrail", str(path))
    assert result.exit_code == 130
    assert "Run it again to continue" in result.stderr
    assert re.fullmatch(r"\d+ created, 0 duplicate, 0 rejected\n", result.stdout)
    assert import_json(folder, StandIn(), path)[1]["created"] == 2000


@pytest.mark.parametrize("arguments", [[], ["no-such-file"]])
def test_wrong_usage_is_status_2(folder: Path, arguments: list[str]) -> None:
    assert run(folder, StandIn(), "import", "cloudtrail", *arguments).exit_code == 2


def test_an_empty_file_is_no_error(folder: Path) -> None:
    path = folder / "empty.json"
    path.write_text('{"Records": []}')
    assert import_json(folder, StandIn(), path) == (
        0,
        {"created": 0, "duplicate": 0, "rejected": 0, "rejections": []},
    )


def test_the_summary_repeats_only_the_first_thousand_rejections(folder: Path) -> None:
    path = folder / "trail.jsonl"
    path.write_text("x\n" * 1500)
    result = run(folder, StandIn(), "import", "cloudtrail", "--json", str(path))
    assert json.loads(result.stdout)["rejected"] == 1500
    assert len(json.loads(result.stdout)["rejections"]) == 1000
    assert len(result.stderr.splitlines()) == 1500


def test_a_terminal_gets_a_bar(folder: Path) -> None:
    path = folder / "trail.jsonl"
    path.write_text(as_lines(range(300)) + "nonsense [red]\n")
    terminal = io.StringIO()
    err = Console(file=terminal, force_terminal=True, width=120)
    result = run(folder, StandIn(), "import", "cloudtrail", str(path), err=err)
    assert result.stdout == "300 created, 0 duplicate, 1 rejected\n"
    assert "%" in terminal.getvalue()
    assert f"{path}:301: not JSON" in terminal.getvalue()
