"""Fill the dependencies layer: arm64 wheels for Python 3.13, whatever machine this runs on, trimmed to what is used."""

import argparse
import gzip
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# glibc of Amazon Linux 2023 is 2.34; older tags run on it as well.
PLATFORMS = ("manylinux_2_34_aarch64", "manylinux_2_28_aarch64", "manylinux2014_aarch64")
HOW = ["--quiet", "--disable-pip-version-check", "--no-compile", "--only-binary=:all:"]
HOW += ["--implementation", "cp", "--python-version", "3.13"]
HOW += [argument for platform in PLATFORMS for argument in ("--platform", platform)]

# Those that a function has a client of.
SERVICES = ("dynamodb", "s3", "sesv2", "sqs")

# botocore's endpoints go by the service's prefix.
ENDPOINTS = {"dynamodb", "s3", "email", "sqs"}

# Of DynamoDB, whose service model every function reads at its start.
OPERATIONS = {
    "BatchExecuteStatement", "BatchGetItem", "DeleteItem", "DescribeTable", "ExecuteStatement", "PutItem", "Query",
    "Scan", "UpdateItem",
}  # fmt: skip
BOTOCORE_DATA = {*SERVICES, "_retry.json", "endpoints.json", "partitions.json", "sdk-default-configuration.json"}

# The names of time zones are beside the zones, in a file that looks like documentation.
START_CLIENTS = """
import sys
from importlib import resources
sys.path.insert(0, sys.argv[1])
import boto3
assert boto3.__file__.startswith(sys.argv[1])
session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="us-east-1")
for service in sys.argv[2:]:
    session.client(service)
zones = resources.files("tzdata").joinpath("zones")
assert str(zones).startswith(sys.argv[1])
assert "America/Chicago" in zones.read_text("utf-8").splitlines()
"""


def install(requirements: Path, target: Path) -> None:
    where = ["--target", str(target), "--requirement", str(requirements)]
    subprocess.run([sys.executable, "-m", "pip", "install", *HOW, *where], check=True)  # noqa: S603


def trim(target: Path) -> None:
    for entry in (target / "botocore" / "data").iterdir():
        if entry.name not in BOTOCORE_DATA:
            remove(entry)
    trim_endpoints(target / "botocore" / "data" / "endpoints.json")
    for model in (target / "botocore" / "data" / "dynamodb").glob("2012-08-10/service-2.json.gz"):
        trim_service_model(model)
    # Of boto3's resources, which nothing uses.
    shutil.rmtree(target / "boto3" / "data", ignore_errors=True)
    # METADATA stays: importlib.metadata answers from it.
    for entry in target.glob("*.dist-info/*"):
        if entry.name not in ("METADATA", "licenses"):
            remove(entry)
    shutil.rmtree(target / "bin", ignore_errors=True)


def trim_endpoints(file: Path) -> None:
    """Leave the endpoints of the services in use."""
    endpoints = json.loads(file.read_text())
    for partition in endpoints["partitions"]:
        partition["services"] = {name: service for name, service in partition["services"].items() if name in ENDPOINTS}
    file.write_text(json.dumps(endpoints, separators=(",", ":")))


def trim_service_model(file: Path) -> None:
    """Leave the operations in use, with the shapes that they need, and no documentation."""
    model = json.loads(gzip.decompress(file.read_bytes()))
    model["operations"] = {name: model["operations"][name] for name in sorted(OPERATIONS)}
    shapes: dict[str, Any] = {}
    pending = list(model["operations"].values())
    while pending:
        for name in _shapes_in(pending.pop()):
            if name not in shapes:
                shapes[name] = model["shapes"][name]
                pending.append(shapes[name])
    trimmed = _without_documentation(model | {"shapes": shapes})
    file.write_bytes(gzip.compress(json.dumps(trimmed, separators=(",", ":")).encode(), mtime=0))


def _shapes_in(part: Any) -> Iterator[str]:
    """The names of the shapes that a part of a service model refers to."""
    if isinstance(part, dict):
        if isinstance(part.get("shape"), str):
            yield part["shape"]
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            yield from _shapes_in(each)


def _without_documentation(part: Any) -> Any:
    if isinstance(part, dict):
        return {
            name: _without_documentation(value)
            for name, value in part.items()
            if not (name == "documentation" and isinstance(value, str))
        }
    return [_without_documentation(each) for each in part] if isinstance(part, list) else part


def remove(entry: Path) -> None:
    if entry.is_dir():
        shutil.rmtree(entry)
    else:
        entry.unlink()


def check_clients_start(target: Path) -> None:
    subprocess.run([sys.executable, "-I", "-B", "-c", START_CLIENTS, str(target), *SERVICES], check=True)  # noqa: S603


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("requirements", type=Path)
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    target = arguments.target.resolve()
    install(arguments.requirements, target)
    trim(target)
    check_clients_start(target)


if __name__ == "__main__":
    main()
