"""`daybook export` on the running stack: the file is the list, and can be fetched and cancelled later."""

import csv
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from daybook_cli.main import app
from typer.testing import CliRunner, Result

pytestmark = pytest.mark.slow

Daybook = Callable[..., Result]


@pytest.fixture
def daybook(stack: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Daybook:
    """Runs a command as the administrator, or with the token of another role."""

    def run(*command: str, role: str = "admin") -> Result:
        environ = {"DAYBOOK_API": stack["api"], "DAYBOOK_ORG": "riverside", "DAYBOOK_TOKEN": stack["tokens"][role]}
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        return CliRunner().invoke(app, command)

    return run


def lines(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


@pytest.mark.parametrize(
    ("exported", "listed"),
    [
        (["audit", "moved", "--to", "2026-11-20"], ["audit", "moved", "--to", "2026-11-20"]),
        (["family/101/emails", "--status", "opened,clicked"],
         ["log", "family/101", "emails", "--status", "opened,clicked"]),
        (["family/101/timeline", "--log", "sms", "--log", "push"],
         ["timeline", "family/101", "--log", "sms", "--log", "push"]),
        (["messages", "--log", "sms", "--from", "2026-11-01", "--to", "2026-11-20"],
         ["messages", "--log", "sms", "--from", "2026-11-01", "--to", "2026-11-20"]),
        (["blacklist", "--status", "complaint"], ["blacklist", "--status", "complaint"]),
    ],
    ids=lambda command: command[0],
)  # fmt: skip
def test_the_file_has_the_rows_of_the_list(daybook: Daybook, exported: list[str], listed: list[str]) -> None:
    file = daybook("export", *exported, "--jsonl")
    assert file.exit_code == 0, file.output
    rows = lines(daybook(*listed, "--all", "--json").stdout)
    assert lines(file.stdout) == rows
    assert rows
    assert file.stderr == f"{len(rows):,} {'row' if len(rows) == 1 else 'rows'}.\n"


def test_a_table_for_a_spreadsheet_goes_to_a_file(daybook: Daybook, tmp_path: Path) -> None:
    output = tmp_path / "moved.csv"
    done = daybook("export", "audit", "moved", "--changes", "--output", str(output), "--json")
    assert done.exit_code == 0, done.output
    export = json.loads(done.stdout)
    assert (export["status"], export["bytes"]) == ("done", output.stat().st_size)
    rows = list(csv.DictReader(io.StringIO(output.read_bytes().decode("utf-8-sig"), newline="")))
    assert len({row["Entry ID"] for row in rows}) == export["rows"]
    again = daybook("exports", "fetch", export["id"])
    assert again.stdout_bytes == output.read_bytes()


def test_what_was_exported_is_listed_for_whoever_asked(daybook: Daybook) -> None:
    export_id = json.loads(daybook("export", "audit", "moved", "--no-wait", "--json").stdout)["id"]
    assert export_id in daybook("exports").stdout
    for command in (["exports", "show", export_id], ["exports", "cancel", export_id]):
        assert daybook(*command, role="other_admin").exit_code == 1
        assert daybook(*command, role="staff").exit_code == 1
    cancelled = json.loads(daybook("exports", "cancel", export_id, "--json").stdout)
    # It may have been done before.
    assert cancelled["status"] in ("failed", "expired")
    fetched = daybook("exports", "fetch", export_id)
    assert (fetched.exit_code, fetched.stdout) == (1, "")


def test_a_link_ends_with_its_time(daybook: Daybook, stack: dict[str, Any], tmp_path: Path) -> None:
    output = tmp_path / "blacklist.jsonl"
    export = json.loads(daybook("export", "blacklist", "--jsonl", "--output", str(output), "--json").stdout)
    name = f"riverside/{export['id']}/export.jsonl"
    assert httpx.get(link_for(60, stack, name)).content == output.read_bytes()
    # A link's time is in whole seconds, so one of a second can be over as soon as it is made: never used before.
    short = link_for(1, stack, name)
    time.sleep(2)
    late = httpx.get(short)
    assert (late.status_code, "Request has expired" in late.text) == (403, True)


def link_for(seconds: int, stack: dict[str, Any], name: str) -> str:
    """A link as the function signs it, in a process of its own: a process keeps its clients."""
    signs = "import sys; from daybook.aws.s3_uploads import UploadObjects as Bucket; "
    signs += "_, bucket, region, name, seconds = sys.argv; "
    signs += "print(Bucket(bucket=bucket, region=region).url(name, int(seconds), 'blacklist.jsonl'))"
    aws = {"AWS_ENDPOINT_URL": stack["aws"], "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    command = [sys.executable, "-c", signs, stack["exports"], stack["region"], name, str(seconds)]
    # Nothing of the session that other tests use.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | aws
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_whoever_may_not_export_is_told(daybook: Daybook) -> None:
    refused = daybook("export", "audit", role="staff")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith("The API answered 403: this needs the permission export")
