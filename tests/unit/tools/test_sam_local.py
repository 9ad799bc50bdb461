"""`make sam-local`, up to the call of sam: what it writes and calls, and what it says where something is missing."""

import json
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.support.template import FUNCTIONS
from tools.sam_local import __main__ as command
from tools.sam_local import docker, local_stack, template

BUILT = {
    "Globals": {"Function": {"Timeout": 28, "Environment": {"Variables": {"ISSUER": {"Ref": "Issuer"}}}}},
    "Resources": {
        "QueryFunction": {"Type": template.FUNCTION, "Properties": {"CodeUri": "QueryFunction", "Environment": {}}},
        "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {}},
    },
}
HOSTS = "127.0.0.1\tlocalhost\n::1\tlocalhost\nfe80::1\tlocal-stack\n172.17.0.1\tlocal-stack\n172.17.0.2\t1a2b3c\n"


def stack_file(folder: Path, port: int) -> Path:
    path = folder / "stack.json"
    path.write_text(json.dumps({"aws": f"http://127.0.0.1:{port}", "region": "us-east-1"}))
    return path


def test_without_a_stack_it_says_how_to_start_one(tmp_path: Path) -> None:
    message = command.main(["--stack", str(tmp_path / "stack.json")])
    assert str(message).endswith("no local stack is running. Start one with: make run")


def test_a_stack_that_was_killed_is_told_from_one_that_runs(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        path = stack_file(tmp_path, server.getsockname()[1])
        assert local_stack.read(path)["region"] == "us-east-1"
    with pytest.raises(local_stack.NoStackError, match="Nothing answers at http://127"):
        local_stack.read(path)


def test_without_a_build_it_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(template.NotBuiltError, match="make build"):
        template.read(tmp_path / "template.yaml")


def test_without_docker_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(docker.DockerError, match=r"docker was not found.*make run"):
        docker.gateway_address()


def test_a_daemon_that_is_not_running_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = tmp_path / "docker"
    script.write_text("#!/bin/sh\necho 'Cannot connect to the Docker daemon' >&2\nexit 1\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(docker.DockerError, match=r"Cannot connect to the Docker daemon\. Is its daemon running"):
        docker.gateway_address()


def test_the_address_of_this_machine_is_the_one_that_docker_gives_its_containers() -> None:
    assert docker.address_in(HOSTS) == "172.17.0.1"
    with pytest.raises(docker.DockerError, match=r"20\.10"):
        docker.address_in("127.0.0.1\tlocalhost\n")


def test_the_derived_template_has_the_variables_of_the_stack_and_no_reference() -> None:
    made = template.with_variables(BUILT, {"QueryFunction": {"TABLE_NAME": "t", "AWS_ENDPOINT_URL": "u"}})
    assert made["Globals"]["Function"] == {"Timeout": 28, "Environment": {"Variables": {}}}
    variables = made["Resources"]["QueryFunction"]["Properties"]["Environment"]["Variables"]
    assert variables == {"TABLE_NAME": "", "AWS_ENDPOINT_URL": ""}
    assert made["Resources"]["Table"] == BUILT["Resources"]["Table"]  # type: ignore[index]
    # The template itself is as it was.
    assert BUILT["Resources"]["QueryFunction"]["Properties"]["Environment"] == {}  # type: ignore[index]


def test_a_container_gets_addresses_that_it_reaches() -> None:
    variables = {"QUEUE_URL": "http://127.0.0.1:4581/000000000000/q", "ISSUER": "http://localhost:4582", "ORG": "org"}
    seen = local_stack.seen_from_containers({"QueryFunction": variables}, "http://127.0.0.1:4581", "172.17.0.1")
    assert seen["QueryFunction"] == {
        "QUEUE_URL": "http://172.17.0.1:4581/000000000000/q",
        "ISSUER": "http://172.17.0.1:4582",
        "ORG": "org",
        "AWS_ENDPOINT_URL": "http://172.17.0.1:4581",
    }


def test_the_files_of_sam_are_written_for_the_user_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(command, "DERIVED", tmp_path / "build" / "template.local.json")
    monkeypatch.setattr(command, "ENV_VARS", tmp_path / "sam-local" / "env.json")
    found = {"QueryFunction": {"TABLE_NAME": "daybook"}}
    command.prepare("http://127.0.0.1:4581", "172.17.0.1", found, BUILT)
    content = json.loads(command.ENV_VARS.read_text())
    assert content == {"QueryFunction": {"TABLE_NAME": "daybook", "AWS_ENDPOINT_URL": "http://172.17.0.1:4581"}}
    # sam sets variables only that the template has.
    derived: Any = json.loads(command.DERIVED.read_text())
    environment = derived["Resources"]["QueryFunction"]["Properties"]["Environment"]
    assert environment["Variables"].keys() == content["QueryFunction"].keys()
    assert command.ENV_VARS.stat().st_mode & 0o077 == 0


def test_an_event_is_of_the_function_of_its_folder(tmp_path: Path) -> None:
    folders = {function["Properties"]["CodeUri"].rpartition("/")[2]: name for name, function in FUNCTIONS.items()}
    built = {"Resources": FUNCTIONS}
    for folder, name in folders.items():
        assert template.function_of(built, Path("events") / folder / "x.json") == name
    with pytest.raises(ValueError, match="no folder of a function's events"):
        template.function_of(built, tmp_path / "x.json")


def test_an_event_is_one_invocation_and_without_one_the_api_is_started() -> None:
    event = Path("events/query/GetEmails.json")
    invoke = command.sam_command("QueryFunction", event, 3000, "us-east-1")
    assert invoke[1:4] == ["local", "invoke", "QueryFunction"]
    assert invoke[-2:] == ["--event", str(event)]
    start = command.sam_command(None, None, 3001, "us-east-1")
    assert start[1:3] == ["local", "start-api"]
    assert start[start.index("--port") + 1] == "3001"
    for line in (invoke, start):
        assert line[line.index("--env-vars") + 1] == str(command.ENV_VARS)
        assert line[line.index("--template") + 1] == str(command.DERIVED)


def test_no_setting_of_the_users_aws_reaches_sam() -> None:
    made = command.environment({"PATH": "/bin", "AWS_PROFILE": "production", "AWS_SESSION_TOKEN": "x"})
    assert made["PATH"] == "/bin"
    assert {name: value for name, value in made.items() if name.startswith("AWS_")} == {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def test_what_containers_send_to_the_address_reaches_the_loopback() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def echo() -> None:
            near, _ = server.accept()
            with near:
                while data := near.recv(1024):
                    near.sendall(data.upper())

        threading.Thread(target=echo, daemon=True).start()
        # Another address of this machine, as docker's bridge is.
        with docker.forwarded("127.0.0.2", port), socket.create_connection(("127.0.0.2", port), timeout=5) as client:
            client.sendall(b"hello")
            client.shutdown(socket.SHUT_WR)
            assert client.makefile("rb").read() == b"HELLO"
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port), timeout=5)


def test_an_address_that_is_not_this_machines_is_left_to_docker() -> None:
    with docker.forwarded("192.0.2.1", 4581):
        pass
