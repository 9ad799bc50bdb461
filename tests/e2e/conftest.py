"""The local stack, as `make run` starts it, on free ports and in a folder of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session

from tests.support.dynamodb_local import free_port

START_SECONDS = 120
STOP_SECONDS = 30
LEAVING_SECONDS = 5


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of a stack are for one process: with `--dist loadgroup` each of the two has a worker to itself."""
    for item in items:
        if isinstance(item, pytest.Function) and item.path.is_relative_to(Path(__file__).parent):
            for name in {"stack", "short_stack"} & set(item.fixturenames):
                item.add_marker(pytest.mark.xdist_group(name))


class LocalStack:
    """`python -m daybook_local`, in a process group of its own, so that it is interrupted as by a terminal."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.file = folder / "stack.json"
        self._output = folder / f"output-{time.monotonic_ns()}.txt"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "daybook_local"],
            stdin=subprocess.DEVNULL,
            stdout=self._output.open("w"),
            stderr=subprocess.STDOUT,
            env={**os.environ, "DAYBOOK_LOCAL_FOLDER": str(folder), **environment},
            start_new_session=True,
        )

    @property
    def output(self) -> str:
        return self._output.read_text()

    def described(self) -> dict[str, Any]:
        """The content of stack.json, once it is there."""
        deadline = time.monotonic() + START_SECONDS
        while not self.file.exists():
            assert self._process.poll() is None, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.1)
        stack: dict[str, Any] = json.loads(self.file.read_text())
        return stack

    @property
    def has_processes(self) -> bool:
        """The stack itself or one that it has started: all are of one process group."""
        try:
            os.killpg(self._process.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def leaves_processes(self) -> bool:
        """Whether some are there still, seconds after it has stopped: on a busy machine a killed one takes a moment."""
        deadline = time.monotonic() + LEAVING_SECONDS
        while self.has_processes and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.has_processes

    def interrupt(self) -> int:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGINT)
        return self._process.wait(STOP_SECONDS)

    def wait_for(self, text: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while text not in self.output:
            assert self._process.poll() is None, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.05)

    def wait(self) -> int:
        return self._process.wait(START_SECONDS)


@contextmanager
def local_stack(folder: Path, **environment: str) -> Iterator[LocalStack]:
    folder.mkdir(parents=True, exist_ok=True)
    stack = LocalStack(folder, **{"PORT": str(free_port()), **environment})
    try:
        yield stack
    finally:
        stack.interrupt()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What stack.json says of a stack that all tests of the session share."""
    with local_stack(tmp_path_factory.mktemp("local-stack")) as started:
        yield started.described()


# Long enough for cold functions on a busy machine to have followed an entry before it ends.
SHORT_SECONDS, SHORT_GRACE_SECONDS = 25, 10


@pytest.fixture(scope="session")
def short_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The same of a stack in which everything is kept for seconds."""
    with local_stack(tmp_path_factory.mktemp("short-stack")) as started:
        stack = started.described()
        lambdas: Any = Session().create_client(
            "lambda",
            region_name=stack["region"],
            endpoint_url=stack["aws"],
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )
        for function in lambdas.list_functions()["Functions"]:
            told = function["Environment"]["Variables"]
            periods = {name: f"PT{SHORT_SECONDS}S" for name in told if name.startswith("RETAIN_")}
            short = {**told, **periods, "RETENTION_GRACE": f"PT{SHORT_GRACE_SECONDS}S"}
            lambdas.update_function_configuration(
                FunctionName=function["FunctionName"], Environment={"Variables": short}
            )
        yield stack
