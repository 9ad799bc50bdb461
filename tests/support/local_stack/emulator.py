"""The emulated AWS by itself, without Daybook in it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.support.dynamodb.local_server import free_port

START_SECONDS = 60
STOP_SECONDS = 20


@contextmanager
def emulated_aws(folder: Path) -> Iterator[dict[str, Any]]:
    """`aws`, its address, and `region`, as in stack.json; its output goes into the folder."""
    port, output = free_port(), folder / "emulator.log"
    # An endpoint in the environment would be that of its functions, too.
    environment = {name: value for name, value in os.environ.items() if name != "AWS_ENDPOINT_URL"}
    settings = {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "IOT_MTLS_ENABLED": "0"}
    with output.open("w") as log:
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("ministack"))],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**environment, **settings},
            start_new_session=True,
        )
    stack = {"aws": f"http://127.0.0.1:{port}", "region": "us-east-1"}
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(stack["aws"]):
            assert process.poll() is None, output.read_text()
            assert time.monotonic() < deadline, output.read_text()
            time.sleep(0.1)
        yield stack
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(STOP_SECONDS)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/_ministack/health", timeout=5).is_success
    except httpx.TransportError:
        return False
