from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console

from tests.support.cli.answers import Answers
from tests.support.cli.api_stand_in import TOKENS, run

FILE = b"\xef\xbb\xbfDate/Time,Action\r\n2026-11-01 01:30:00-05:00,signed in\r\n"
URL = "https://files.test/x?signature=1"
RUNNING: dict[str, Any] = {
    "id": "x-1", "list": "audit", "query": {}, "format": "csv", "status": "running", "rows": 0,
    "requested_at": "2026-11-01T06:30:12.345Z", "requested_by": "maria",
}  # fmt: skip
HALF = RUNNING | {"rows": 12_345, "range": {"from": "2026-03-02T03:00:00.000Z", "to": None}}
DONE = RUNNING | {
    "status": "done", "rows": 1, "bytes": len(FILE), "completed_at": "2026-11-01T06:31:12.345Z", "url": URL,
    "expires_at": "2026-11-08T06:31:12.345Z",
}  # fmt: skip
EMPTY: dict[str, Any] = {"entries": [], "next": None, "understood": []}


def served(content: bytes = FILE) -> httpx.Response:
    return httpx.Response(200, content=content)


def exporting(*looks: Any, **answers: Any) -> Answers:
    """An API that starts an export, and answers each look at it with one of `looks`, its link being the last."""
    given = {"exports": httpx.Response(202, json=RUNNING), "exports/x-1": list(looks), "/x": served(), "audit": EMPTY}
    return Answers(given | answers)


class Breaking(httpx.SyncByteStream):
    """The first bytes of the file, and then a connection that is gone."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        yield self._content
        raise httpx.ReadError("Connection reset by peer")


class Interrupted(Answers):
    """Ctrl-C at the first requests of this method and path."""

    def __init__(self, answers: dict[str, Any], *calls: str) -> None:
        super().__init__(answers)
        self._stops = list(calls)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        if self.calls[-1] in self._stops:
            self._stops.remove(self.calls[-1])
            raise KeyboardInterrupt
        return response


def test_standard_output_gets_the_file_and_nothing_else(folder: Path) -> None:
    api = exporting(RUNNING, HALF, DONE, DONE)
    pauses: list[float] = []
    line = ["admin deleted Smith", "--from", "2026-11-01", "--csv"]
    result = run(folder, api, "export", "audit", *line, pauses=pauses)
    assert result.exit_code == 0, result.output
    assert result.stdout_bytes == FILE
    assert result.stderr == "1 row.\n"
    assert api.calls == ["GET audit", "POST exports", *["GET exports/x-1"] * 4, "GET /x"]
    query = {"q": "admin deleted Smith", "from": "2026-11-01"}
    assert api.bodies[1] == {"list": "audit", "query": query, "format": "csv"}
    assert pauses == [0.5, 0.625, 0.78125]


def test_the_token_is_not_given_to_whoever_keeps_the_file(folder: Path) -> None:
    api = exporting(DONE, DONE)
    run(folder, api, "export", "audit")
    assert [request.headers.get("authorization") for request in api.requests] == [
        *[f"Bearer {TOKENS['admin']}"] * 3,
        None,
    ]


def test_a_file_takes_the_place_of_the_one_before_when_it_is_whole(folder: Path) -> None:
    output = folder / "audit.csv"
    output.write_text("before")
    failed = run(
        folder, exporting(RUNNING | {"status": "failed", "reason": "cancelled"}), "export", "audit", "-o", str(output)
    )
    assert (failed.exit_code, failed.stderr) == (1, "The export has failed: cancelled.\n")
    assert output.read_text() == "before"
    result = run(folder, exporting(DONE, DONE), "export", "audit", "--output", str(output))
    assert result.exit_code == 0, result.output
    assert (result.stdout, result.stderr) == ("", f"1 row in {output}.\n")
    assert output.read_bytes() == FILE
    assert [each.name for each in folder.iterdir() if "audit" in each.name] == ["audit.csv"]


def test_a_file_that_cannot_be_written_is_said_before_anything_is_started(folder: Path) -> None:
    api = exporting(DONE, DONE)
    output = folder / "nowhere" / "audit.csv"
    result = run(folder, api, "export", "audit", "--output", str(output))
    assert result.exit_code == 1
    assert result.stderr == f"The command stopped: {output}: No such file or directory.\n"
    assert api.calls == []


def test_a_file_of_the_user_beside_it_stays(folder: Path) -> None:
    output, other = folder / "audit.csv", folder / "audit.csv.part"
    other.write_text("mine")
    assert run(folder, exporting(DONE, DONE), "export", "audit", "--output", str(output)).exit_code == 0
    assert (output.read_bytes(), other.read_text()) == (FILE, "mine")


@pytest.mark.parametrize("command", [["export", "audit"], ["exports", "fetch", DONE["id"]]])
def test_nothing_is_said_of_a_file_that_could_not_be_written(folder: Path, command: list[str]) -> None:
    result = run(folder, exporting(DONE, DONE), *command, "--output", "/dev/full")
    assert (result.exit_code, result.stderr) == (1, "The command stopped: No space left on device.\n")


def test_a_device_is_written_to_and_not_replaced(folder: Path) -> None:
    result = run(folder, exporting(DONE, DONE), "export", "audit", "--output", "/dev/null")
    assert result.exit_code == 0, result.output
    assert Path("/dev/null").is_char_device()


def test_beside_a_file_the_export_can_be_had_as_json(folder: Path) -> None:
    api = exporting(DONE, DONE)
    result = run(folder, api, "export", "audit", "--json", "--output", str(folder / "audit.csv"))
    assert json.loads(result.stdout) == DONE


def test_an_export_without_rows_says_so(folder: Path) -> None:
    none = DONE | {"rows": 0}
    result = run(folder, exporting(none, none), "export", "audit")
    assert (result.exit_code, result.stderr) == (0, "Nothing found: the file has no rows.\n")
    assert result.stdout_bytes == FILE


def test_the_entries_are_counted_whose_changes_are_in_the_file(folder: Path) -> None:
    done = DONE | {"rows": 2_000, "rows_of": "changes"}
    result = run(folder, exporting(done, done), "export", "audit", "--changes")
    assert (result.exit_code, result.stderr) == (0, "2,000 entries.\n")


def test_what_of_a_line_asks_for_nothing_is_said(folder: Path) -> None:
    page = EMPTY | {"understood": [{"kind": "word", "text": "smith"}, {"kind": "ignored", "text": "*"}]}
    api = exporting(DONE, DONE, audit=page)
    result = run(folder, api, "export", "audit", "smith *", "--staff", "jlee")
    assert result.stderr.splitlines()[0] == "Not searched for: *"
    assert dict(api.requests[0].url.params) == {"q": "smith *", "staff": "jlee", "limit": "1"}


def test_a_line_that_the_list_refuses_starts_nothing(folder: Path) -> None:
    refusal = httpx.Response(422, json={"detail": "q: too long", "errors": [{"field": "q", "message": "too long"}]})
    api = exporting(audit=refusal)
    result = run(folder, api, "export", "audit", "smith")
    assert (result.exit_code, result.stderr) == (1, "The API answered 422: q: too long\n")
    assert api.calls == ["GET audit"]


@pytest.mark.parametrize(
    ("arguments", "body"),
    [
        ("messages --status bounced", {
            "list": "messages", "query": {"log": "email", "status": ["bounced"]}, "format": "csv"}),
        ("messages --log sms --status failed --status delivered", {
            "list": "messages", "query": {"log": "sms", "status": ["failed", "delivered"]}, "format": "csv"}),
        ("blacklist --address jane@x.example --jsonl", {
            "list": "blacklist", "query": {"address": "jane@x.example"}, "format": "jsonl"}),
        ("family/7/emails --sort recipient --order asc --to 2026-11-30", {
            "list": "records/family/7/emails", "query": {"sort": "recipient", "order": "asc", "to": "2026-11-30"},
            "format": "csv"}),
        ("family/7/sms", {"list": "records/family/7/sms", "query": {"sort": "sent"}, "format": "csv"}),
        ("records/family/7/timeline --log email --log sms", {
            "list": "records/family/7/timeline", "query": {"log": ["email", "sms"]}, "format": "csv"}),
        ("family/7/audit --changes", {
            "list": "records/family/7/audit", "query": {}, "format": "csv", "rows": "changes"}),
        ("audit --changes --csv --staff jlee --source system", {
            "list": "audit", "query": {"staff": ["jlee"], "source": ["system"]}, "format": "csv", "rows": "changes"}),
    ],
)  # fmt: skip
def test_each_list_is_asked_for_by_its_own_options(folder: Path, arguments: str, body: dict[str, Any]) -> None:
    api = exporting(DONE, DONE)
    result = run(folder, api, "export", *arguments.split())
    assert result.exit_code == 0, result.output
    assert api.bodies[0] == body


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("letters", "'letters' is no list that can be exported. There are audit, messages, blacklist, holds,"),
        ("letters", "emails, sms, pushes, activity, audit, timeline, as in family/123/emails"),
        ("emails", "'emails' is no list"),
        ("family/emails", "'family/emails' is no list"),
        ("messages smith", "messages takes no LINE; it takes --log, --status, --recipient, --from, --to"),
        ("family/7/pushes --status sent", "family/7/pushes takes no --status"),
        ("holds smith", "holds takes no LINE; it takes no option of this kind"),
        ("messages --log sms --log email", "messages takes one --log"),
        ("audit --csv --jsonl", "--csv and --jsonl are two formats: give one"),
        ("audit --changes --jsonl", "--changes is a form of CSV"),
        ("family/7/emails --changes", "--changes is for audit entries"),
        ("audit --json", "--json shows the export itself, beside its file: give --output. JSON lines: --jsonl"),
        ("audit --no-wait -o x.csv", "--no-wait gets no file: `daybook exports fetch` takes --output"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_starts_nothing(folder: Path, arguments: str, sentence: str) -> None:
    api = exporting(DONE, DONE)
    result = run(folder, api, "export", *arguments.split())
    assert result.exit_code == 2
    assert sentence in " ".join(result.stderr.replace("│", " ").split())
    assert api.calls == []


def test_a_terminal_does_not_get_the_file(folder: Path) -> None:
    api = exporting(DONE, DONE)
    result = run(folder, api, "export", "audit", terminal=io.StringIO())
    assert result.exit_code == 2
    assert "the file goes to --output FILE, or into a file with > FILE" in " ".join(result.stderr.split())
    assert api.calls == []


def test_the_progress_is_the_rows_and_the_date_reached(folder: Path) -> None:
    terminal = io.StringIO()
    err = Console(file=terminal, force_terminal=True, width=120)
    result = run(folder, exporting(HALF, DONE, DONE), "export", "audit", err=err)
    assert result.exit_code == 0, result.output
    # In the org's time zone, America/Chicago.
    assert "12,345 rows, back to 2026-03-01" in terminal.getvalue()
    assert "1 row." in terminal.getvalue()


def test_the_progress_of_a_list_that_begins_with_the_oldest(folder: Path) -> None:
    terminal = io.StringIO()
    half = HALF | {"query": {"order": "asc"}, "range": {"from": None, "to": "2026-03-02T12:00:00.000Z"}}
    err = Console(file=terminal, force_terminal=True, width=120)
    run(folder, exporting(half, DONE, DONE), "export", "audit", "--order", "asc", err=err)
    assert "12,345 rows, up to 2026-03-02" in terminal.getvalue()


def test_it_need_not_be_waited_for(folder: Path) -> None:
    terminal = io.StringIO()
    api = exporting()
    result = run(folder, api, "export", "audit", "--no-wait", terminal=terminal, width=80)
    assert result.exit_code == 0, result.output
    assert terminal.getvalue().splitlines() == [
        "Export: x-1", "List: audit", "Format: csv", "Status: running", "Rows: 0",
        "Requested: 2026-11-01 01:30 CDT", "By: maria",
    ]  # fmt: skip
    assert api.calls == ["POST exports"]


@pytest.mark.parametrize(
    ("look", "sentence"),
    [
        ({"status": "failed", "reason": "the permission 'export' was taken"},
         "The export has failed: the permission 'export' was taken.\n"),
        ({"status": "expired"}, "The file of this export is no longer there. Export the list again.\n"),
    ],
)  # fmt: skip
def test_an_export_without_a_file_fails_the_command(folder: Path, look: dict[str, Any], sentence: str) -> None:
    result = run(folder, exporting(RUNNING, RUNNING | look), "export", "audit")
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", sentence)


def test_an_export_that_cannot_be_looked_at_goes_on(folder: Path) -> None:
    gone = httpx.Response(404, json={"detail": "there is no export x-1"})
    result = run(folder, exporting(RUNNING, gone), "export", "audit")
    assert result.exit_code == 1
    assert result.stderr == (
        "The API answered 404: there is no export x-1. The export goes on: `daybook exports fetch x-1` gets its file.\n"
    )


def test_a_request_to_export_is_not_sent_twice(folder: Path) -> None:
    api = exporting(exports=httpx.Response(503, json={"detail": "the store is busy"}))
    result = run(folder, api, "export", "audit")
    assert (result.exit_code, result.stderr) == (1, "The API answered 503: the store is busy\n")
    assert api.calls == ["POST exports"]


# -- the download


def test_a_download_that_breaks_goes_on_where_it_broke(folder: Path) -> None:
    rest = httpx.Response(206, content=FILE[10:])
    again = DONE | {"url": "https://files.test/x?signature=2"}
    api = exporting(DONE, DONE, again, **{"/x": [httpx.Response(200, stream=Breaking(FILE[:10])), rest]})
    result = run(folder, api, "export", "audit")
    assert result.exit_code == 0, result.output
    assert result.stdout_bytes == FILE
    assert [request.headers.get("range") for request in api.requests[-3:]] == [None, None, "bytes=10-"]
    assert str(api.requests[-1].url) == again["url"]


def test_a_connection_that_breaks_behind_the_last_byte_is_no_failure(folder: Path) -> None:
    whole = httpx.Response(200, stream=Breaking(FILE))
    api = exporting(DONE, DONE, DONE, **{"/x": [whole, httpx.Response(416)]})
    result = run(folder, api, "export", "audit")
    assert (result.exit_code, result.stdout_bytes) == (0, FILE)


def test_a_link_that_has_run_out_is_asked_for_again(folder: Path) -> None:
    api = exporting(DONE, DONE, DONE, **{"/x": [httpx.Response(403, content=b"<Error>"), served()]})
    result = run(folder, api, "export", "audit")
    assert (result.exit_code, result.stdout_bytes) == (0, FILE)


def test_a_file_that_never_comes_is_a_sentence(folder: Path) -> None:
    pauses: list[float] = []
    api = exporting(*[DONE] * 6, **{"/x": [httpx.Response(503)] * 5})
    result = run(folder, api, "export", "audit", pauses=pauses)
    assert (result.exit_code, result.stderr) == (1, "The file cannot be fetched: S3 answered 503\n")
    assert len(pauses) == 5


@pytest.mark.parametrize("status", [404, 301])
def test_a_file_that_is_not_there_is_a_sentence(folder: Path, status: int) -> None:
    api = exporting(DONE, DONE, **{"/x": httpx.Response(status)})
    result = run(folder, api, "export", "audit")
    assert (result.exit_code, result.stderr) == (1, f"The file cannot be fetched: S3 answered {status}.\n")


def test_the_whole_file_is_not_taken_for_its_rest(folder: Path) -> None:
    api = exporting(DONE, DONE, DONE, **{"/x": [httpx.Response(200, stream=Breaking(FILE[:10])), served()]})
    result = run(folder, api, "export", "audit")
    assert (result.exit_code, result.stderr) == (1, "The file cannot be fetched: S3 answered 200.\n")


def test_a_file_that_expires_during_the_download_is_no_file(folder: Path) -> None:
    output = folder / "audit.csv"
    gone = DONE | {"status": "expired", "url": None}
    api = exporting(DONE, DONE, gone, **{"/x": httpx.Response(200, stream=Breaking(FILE[:10]))})
    result = run(folder, api, "export", "audit", "-o", str(output))
    assert result.exit_code == 1
    assert "no longer there" in result.stderr
    assert not output.exists()


# -- Ctrl-C


ANSWERS: dict[str, Any] = {"exports": httpx.Response(202, json=RUNNING), "/x": served()}
CANCELLED = httpx.Response(204)


def test_ctrl_c_cancels_the_export(folder: Path) -> None:
    api = Interrupted(ANSWERS | {"exports/x-1": [RUNNING, CANCELLED]}, "GET exports/x-1")
    result = run(folder, api, "export", "audit", "-o", str(folder / "audit.csv"))
    assert (result.exit_code, result.stderr) == (130, "The export was cancelled.\n")
    assert api.calls == ["POST exports", "GET exports/x-1", "DELETE exports/x-1"]
    assert [each.name for each in folder.iterdir()] == [".local"]


def test_a_second_ctrl_c_does_not_wait_for_the_answer(folder: Path) -> None:
    answers = ANSWERS | {"exports/x-1": [RUNNING, CANCELLED]}
    result = run(folder, Interrupted(answers, "GET exports/x-1", "DELETE exports/x-1"), "export", "audit")
    assert result.exit_code == 130
    assert result.stderr == "The export may go on: `daybook exports cancel x-1` ends it.\n"


def test_an_export_that_cannot_be_cancelled_goes_on(folder: Path) -> None:
    refused = httpx.Response(403, json={"detail": "this needs the permission export"})
    api = Interrupted(ANSWERS | {"exports/x-1": [RUNNING, refused]}, "GET exports/x-1")
    result = run(folder, api, "export", "audit")
    assert result.exit_code == 130
    assert result.stderr.startswith("It was not cancelled. The API answered 403: this needs the permission export")
    assert result.stderr.endswith(". The export goes on: `daybook exports fetch x-1` gets its file.\n")


def test_ctrl_c_before_the_answer_says_that_it_is_not_known(folder: Path) -> None:
    result = run(folder, Interrupted(ANSWERS, "POST exports"), "export", "audit")
    assert result.exit_code == 130
    assert result.stderr == "Whether the export was started is not known: `daybook exports` lists yours.\n"


def test_ctrl_c_during_the_download_keeps_the_export(folder: Path) -> None:
    api = Interrupted(ANSWERS | {"exports/x-1": DONE}, "GET /x")
    result = run(folder, api, "export", "audit")
    assert result.exit_code == 130
    assert result.stderr == "The download was stopped. `daybook exports fetch x-1` gets the file.\n"
    assert "DELETE exports/x-1" not in api.calls
