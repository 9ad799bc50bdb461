"""`make run` itself: what it prints works, it stops clean, it keeps what it is told to keep."""

import os
import shlex
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.dynamodb.local_server import free_port
from tests.support.local_stack.calls import posted, request
from tests.support.local_stack.process import LocalStack, local_stack

pytestmark = pytest.mark.slow


def emails_of(stack: dict[str, Any], path: str = "") -> dict[str, Any]:
    """What a call about the e-mails of the record that is kept is answered with."""
    answer = request(stack, "GET", f"records/family/keep/emails{path}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_the_printed_curl_lines_work_and_ctrl_c_leaves_nothing_running(tmp_path: Path) -> None:
    with local_stack(tmp_path) as started:
        started.described()
        started.wait_for("Ctrl-C stops all of it")
        lines = [line for line in started.output.splitlines() if line.startswith("curl ")]
        assert len(lines) == 10
        for line in lines:
            url = shlex.split(line)[2]
            answer = subprocess.run([*shlex.split(line), "--fail"], capture_output=True, text=True, check=False)
            assert answer.returncode == 0, (url, answer.stderr)
            assert answer.stdout.startswith("{"), url
            if "records?" in url or "counts" in url:
                assert '"entries":[]' not in answer.stdout
                assert '"counts":[]' not in answer.stdout
        assert started.has_processes
        assert stat.S_IMODE(started.file.stat().st_mode) == 0o600
        assert started.interrupt() == 0
    assert started.output.endswith("Stopped.\n")
    assert not started.leaves_processes()
    assert not started.file.exists()
    assert sorted(entry.name for entry in (tmp_path / "state").iterdir()) == [
        "data.json",
        "emulator.log",
        "issuer-key.json",
        "lock",
    ]


def test_it_starts_clean_and_with_keep_it_goes_on(tmp_path: Path) -> None:
    entry = {"log": "email", "record": {"type": "family", "id": "keep"}, "recipient": "a@mail.example.com"}
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
        one.wait_for("Starting the emulator")
        with local_stack(tmp_path / "one", PORT=str(free_port())) as second:
            assert second.wait() == 1
            assert "Stop it first" in second.output
        port = one.described()["api"].rpartition(":")[2]
        with local_stack(tmp_path / "busy", PORT=port) as refused:
            assert refused.wait() == 1
            assert f"Port {port} is in use." in refused.output


def test_it_can_be_stopped_before_it_is_ready(tmp_path: Path) -> None:
    stack = LocalStack(tmp_path, PORT=str(free_port()))
    stack.wait_for("Applying infra/template.yaml")
    assert stack.interrupt() == 0
    assert not stack.file.exists()
    assert not stack.leaves_processes()
