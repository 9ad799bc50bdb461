"""The CPU of a function's start against a bare boto3 DynamoDB client's: python -m benchmarks.startup.

Targets 1 and 2 of docs/performance.md. Both are built for this machine as the layers are for Lambda: dependencies
installed into a folder, botocore trimmed, everything compiled. Run it with Python 3.13, which is what Lambda runs.
"""

from __future__ import annotations

import json
import os
import runpy
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from daybook_local.deployment.template import REPOSITORY, function_environment

RUNS = 25
TARGET = 1.00
FORBIDDEN = ("boto3", "pydantic", "aws_xray_sdk")
BARE = """
import boto3
boto3.client("dynamodb", region_name="us-east-1")
"""
FUNCTION = """
import app
app.gateway()
import gc
connections = [each for each in gc.get_objects() if type(each).__name__ == "Connection"]
"""
TELL = """
import json, sys, time
print(json.dumps([time.process_time(), len(globals().get("connections", ())), list(sys.modules)]))
"""


def install(folder: Path, *requirements: str) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*command, "--target", str(folder), *requirements], check=True)


def build(folder: Path, function: str) -> None:
    dependencies = REPOSITORY / "layers" / "dependencies"
    install(folder, "-r", str(dependencies / "requirements.txt"))
    runpy.run_path(str(dependencies / "build.py"))["trim"](folder)
    shutil.copytree(REPOSITORY / "layers" / "daybook" / "python" / "daybook", folder / "daybook")
    shutil.copy(REPOSITORY / "functions" / function / "app.py", folder)


def compiled(folder: Path) -> Path:
    command = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", str(folder)]
    subprocess.run(command, check=True)
    return folder


def start(folder: Path, code: str) -> tuple[float, int, list[str]]:
    """CPU seconds from the start of the process, connections to DynamoDB made ready, modules loaded."""
    resolved = {"Table": "table", "Bodies": "bodies", "AddressKey": "a key of the benchmarks"}
    variables = function_environment(service="benchmark", resolved=resolved)
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "us-east-1"}
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(folder), **variables, **keys}
    command = [sys.executable, "-S", "-B", "-c", code + TELL]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    cpu, connections, modules = json.loads(done.stdout.splitlines()[-1])
    return cpu, connections, modules


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        bare = Path(scratch) / "bare"
        install(bare, "boto3==1.43.106")
        compiled(bare)
        for function in ("ingest", "query"):
            folder = Path(scratch) / function
            build(folder, function)
            compiled(folder)
            pairs = [(start(folder, FUNCTION), start(bare, BARE)) for _ in range(RUNS)]
            mine, theirs = (min(pair[side][0] for pair in pairs) for side in (0, 1))
            _, connections, modules = pairs[0][0]
            found = sorted({module.split(".")[0] for module in modules} & set(FORBIDDEN))
            missed = "" if mine / theirs <= TARGET else "   MISSED"
            print(
                f"start of {function}: {mine * 1000:.0f} ms, bare boto3 client {theirs * 1000:.0f} ms: "
                f"{mine / theirs:.2f}, target {TARGET:.2f}{missed}; connections to DynamoDB: {connections}; "
                f"of {', '.join(FORBIDDEN)}: {', '.join(found) or 'none'}"
            )


if __name__ == "__main__":
    main()
