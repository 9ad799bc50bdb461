"""`make run` itself: what it prints works, it stops clean, it keeps what it is told to keep."""

import os
import shlex
import stat
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.session import Session
from daybook.api.routes import ROUTES

from tests.e2e.conftest import LocalStack, local_stack
from tests.support.dynamodb_local import free_port

pytestmark = pytest.mark.slow

TOKENS = {"admin", "staff", "service", "other_admin"}


def emails_of(stack: dict[str, Any], token: str, record: str) -> httpx.Response:
    url = f"{stack['api']}/v1/orgs/{stack['orgs'][0]}/records/{record}/emails"
    return httpx.get(url, headers={"Authorization": f"Bearer {stack['tokens'][token]}"}, timeout=30)


def posted(stack: dict[str, Any]) -> None:
    entry = {"log": "email", "record": {"type": "family", "id": "keep"}, "recipient": "a@mail.example.com"}
    entry |= {"subject": "Kept", "body": {"text": "word " * 20_000, "html": os.urandom(30_000).hex()}}
    response = httpx.post(
        f"{stack['api']}/v1/orgs/{stack['orgs'][0]}/entries",
        headers={"Authorization": f"Bearer {stack['tokens']['service']}"},
        json={"entries": [entry]},
        timeout=30,
    )
    assert response.status_code == 201, response.text


def test_it_describes_itself_as_the_contract_says(stack: dict[str, Any]) -> None:
    assert {"api", "tokens", "orgs", "aws", "table", "bucket"} <= stack.keys()
    assert {
        "feedback_topic",
        "feedback_queue",
        "dead_letters",
        "sms_log_group",
        "index_function",
        "retention_function",
    } <= stack.keys()
    assert (stack["tokens"].keys(), len(stack["orgs"])) == (TOKENS, 2)


@pytest.mark.parametrize(("token", "status"), [("admin", 200), ("service", 200), ("staff", 403), ("other_admin", 403)])
def test_each_token_is_a_caller_of_its_kind(stack: dict[str, Any], token: str, status: int) -> None:
    assert emails_of(stack, token, "family/101").status_code == status


def test_no_route_but_the_openapi_document_answers_without_a_token(stack: dict[str, Any]) -> None:
    for route in ROUTES:
        method, _, path = route.partition(" ")
        url = stack["api"] + (path.replace("{", "").replace("}", "") or "/nothing/here")
        response = httpx.request(method if path else "GET", url, timeout=30)
        assert response.status_code == (200 if path == "/v1/openapi.json" else 401), route


@pytest.mark.parametrize("token", ["x", "a.b.c", "W10.W10.W10", "e30.e30.e30"])
def test_a_garbled_token_is_unauthorized(stack: dict[str, Any], token: str) -> None:
    url = f"{stack['api']}/v1/orgs/{stack['orgs'][0]}/records/family/101/emails"
    assert httpx.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=30).status_code == 401


def test_what_has_expired_is_taken_within_seconds(stack: dict[str, Any]) -> None:
    dynamodb: Any = Session().create_client(
        "dynamodb",
        region_name=stack["region"],
        endpoint_url=stack["aws"],
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    key = {"pk": {"S": "expired"}, "sk": {"S": "1"}}
    dynamodb.put_item(TableName=stack["table"], Item={**key, "expires_at": {"N": str(int(time.time()) - 1)}})
    deadline = time.monotonic() + 10
    while "Item" in dynamodb.get_item(TableName=stack["table"], Key=key) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert "Item" not in dynamodb.get_item(TableName=stack["table"], Key=key)


def test_the_printed_curl_lines_work_and_ctrl_c_leaves_nothing_running(tmp_path: Path) -> None:
    with local_stack(tmp_path) as started:
        started.described()
        started.wait_for("Ctrl-C stops all of it")
        lines = [line for line in started.output.splitlines() if line.startswith("curl ")]
        assert len(lines) == 7
        for line in lines:
            url = shlex.split(line)[2]
            answer = subprocess.run([*shlex.split(line), "--fail"], capture_output=True, text=True, check=False)
            assert answer.returncode == 0, (url, answer.stderr)
            assert answer.stdout.startswith("{"), url
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
    with local_stack(tmp_path) as first:
        posted(first.described())
        assert first.interrupt() == 0
    with local_stack(tmp_path, KEEP="1") as kept:
        stack = kept.described()
        (entry,) = emails_of(stack, "admin", "family/keep").json()["entries"]
        url = f"{stack['api']}/v1/orgs/{stack['orgs'][0]}/records/family/keep/emails/{entry['id']}/content"
        content = httpx.get(url, headers={"Authorization": f"Bearer {stack['tokens']['admin']}"}, timeout=30).json()
        assert content["text"] == "word " * 20_000
        assert "demonstration" not in kept.output
        assert kept.interrupt() == 0
    with local_stack(tmp_path) as clean:
        assert emails_of(clean.described(), "admin", "family/keep").json()["entries"] == []


def test_a_busy_port_and_a_second_stack_are_refused_with_a_sentence(tmp_path: Path, stack: dict[str, Any]) -> None:
    port = stack["api"].rpartition(":")[2]
    with local_stack(tmp_path / "busy", PORT=port) as refused:
        assert refused.wait() == 1
        assert f"Port {port} is in use." in refused.output
    with local_stack(tmp_path / "one") as one:
        one.wait_for("Starting the emulator")
        with local_stack(tmp_path / "one", PORT=str(free_port())) as second:
            assert second.wait() == 1
            assert "Stop it first" in second.output
        one.described()


def test_it_can_be_stopped_before_it_is_ready(tmp_path: Path) -> None:
    stack = LocalStack(tmp_path, PORT=str(free_port()))
    stack.wait_for("Applying infra/template.yaml")
    assert stack.interrupt() == 0
    assert not stack.file.exists()
    assert not stack.leaves_processes()
