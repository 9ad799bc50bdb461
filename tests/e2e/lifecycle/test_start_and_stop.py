"""`make run` itself: what it prints works, it stops clean, it keeps what it is told to keep."""

import json
import os
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from daybook_local.deployment.template import REPOSITORY

from tests.support.dynamodb.local_server import free_port
from tests.support.local_stack.calls import posted, request
from tests.support.local_stack.documented import calls_to_copy, commands_of, of_stack
from tests.support.local_stack.process import LocalStack, local_stack

pytestmark = pytest.mark.slow


SEARCH = "audit?q=priya+deleted+smith"
KEPT = {"type": "family", "id": "keep"}


def run_shell(commands: str) -> str:
    """What the commands print, as in another terminal in the folder of the repository."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DAYBOOK_")}
    done = subprocess.run(
        ["bash", "-euc", commands], cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (commands, done.stderr)
    return done.stdout


def emails_of(stack: dict[str, Any], path: str = "") -> dict[str, Any]:
    """What a call about the e-mails of the record that is kept is answered with."""
    answer = request(stack, "GET", f"records/family/keep/emails{path}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def screen_of(started: LocalStack) -> list[str]:
    """The lines that were printed once the stack was ready."""
    started.wait_for("Ctrl-C stops all of it")
    return started.output[started.output.index("Daybook is running.") :].splitlines()


def check_screen(started: LocalStack) -> None:
    """What was printed is at most 20 lines, and its commands find something."""
    stack, lines = started.described(), screen_of(started)
    assert len(lines) <= 20
    assert all(token not in started.output for token in stack["tokens"].values())
    before = [line for line in lines if line.startswith(("  cd ", "  export "))]
    commands = [line.strip() for line in lines if line.startswith(("  /", "  .")) and "/bin/daybook " in line]
    assert len(commands) == 3
    for command in commands:
        found = run_shell("\n".join([*before, command]))
        assert len(found.splitlines()) > 1, command
    (token,) = (line.removeprefix("  Tokens").strip() for line in lines if line.startswith("  Tokens"))
    assert run_shell("\n".join([*before, token])) == f"{stack['tokens']['admin']}\n"


def check_documents(started: LocalStack) -> None:
    """The commands and calls of the README and of the page of the local stack find something."""
    for command in commands_of(REPOSITORY / "README.md"):
        found = run_shell(of_stack(command, started))
        assert len(found.splitlines()) > 1, command
    for document in ("README.md", "docs/local.md"):
        for call in calls_to_copy(REPOSITORY / document):
            answer = json.loads(run_shell(of_stack(call, started)))
            rows = [answer[name] for name in ("entries", "counts", "results", "org") if name in answer]
            assert rows, call
            assert all(rows), call


def check_restored(started: LocalStack, found: list[dict[str, Any]]) -> None:
    """Demonstration data were put back, and nothing that was written to the stack before this one."""
    stack = started.described()
    assert "restoring today's demonstration data" in started.output
    assert "loading demonstration data" not in started.output
    assert request(stack, "GET", SEARCH).json()["entries"] == found
    assert request(stack, "GET", "blacklist?limit=1").json()["entries"]
    assert emails_of(stack)["entries"] == []


def test_it_prints_one_screen_whose_commands_find_something_and_starts_faster_again(tmp_path: Path) -> None:
    with local_stack(tmp_path) as first:
        check_screen(first)
        check_documents(first)
        stack = first.described()
        found = request(stack, "GET", SEARCH).json()["entries"]
        assert found
        posted(stack, {"log": "email", "record": KEPT, "recipient": "a@mail.example.com", "subject": "Gone"})
        assert first.has_processes
        assert stat.S_IMODE(first.file.stat().st_mode) == 0o600
        assert first.interrupt() == 0
    assert first.output.endswith("Stopped.\n")
    assert not first.leaves_processes()
    assert not first.file.exists()
    assert sorted(entry.name for entry in (tmp_path / "state").iterdir()) == [
        "data.json",
        "demonstration.json",
        "emulator.log",
        "issuer-key.json",
        "lock",
        "template.json",
    ]
    with local_stack(tmp_path) as second:
        check_restored(second, found)
        assert second.interrupt() == 0
    # As another day or another code would have left them.
    saved = tmp_path / "state" / "demonstration.json"
    saved.write_text(json.dumps(json.loads(saved.read_text()) | {"digest": "of another day"}))
    with local_stack(tmp_path) as third:
        third.wait_for("loading demonstration data")


def test_it_starts_clean_and_with_keep_it_goes_on(tmp_path: Path) -> None:
    entry = {"log": "email", "record": KEPT, "recipient": "a@mail.example.com"}
    entry |= {"subject": "Kept", "body": {"text": "word " * 20_000, "html": os.urandom(30_000).hex()}}
    with local_stack(tmp_path) as first:
        (id_,) = posted(first.described(), entry)
        assert first.interrupt() == 0
    with local_stack(tmp_path, KEEP="1") as kept:
        stack = kept.described()
        assert [row["id"] for row in emails_of(stack)["entries"]] == [id_]
        assert emails_of(stack, f"/{id_}/content")["text"] == "word " * 20_000
        assert "demonstration" not in kept.output
        assert kept.interrupt() == 0
    with local_stack(tmp_path) as clean:
        assert emails_of(clean.described())["entries"] == []


def test_a_busy_port_and_a_second_stack_are_refused_with_a_sentence(tmp_path: Path) -> None:
    with local_stack(tmp_path / "one") as one:
        one.wait_for("starting the emulator")
        with local_stack(tmp_path / "one", PORT=str(free_port())) as second:
            assert second.wait() == 1
            assert "Stop it first" in second.output
        port = one.described()["api"].rpartition(":")[2]
        with local_stack(tmp_path / "busy", PORT=port) as refused:
            assert refused.wait() == 1
            assert f"Port {port} is in use." in refused.output


def test_it_can_be_stopped_before_it_is_ready(tmp_path: Path) -> None:
    stack = LocalStack(tmp_path, PORT=str(free_port()))
    stack.wait_for("applying infra/template.yaml")
    assert stack.interrupt() == 0
    assert not stack.file.exists()
    assert not stack.leaves_processes()
