"""Fill the dependencies layer: arm64 wheels for Python 3.13, whatever machine this runs on, trimmed to what is used."""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

# glibc of Amazon Linux 2023 is 2.34; older tags run on it as well.
PLATFORMS = ("manylinux_2_34_aarch64", "manylinux_2_28_aarch64", "manylinux2014_aarch64")
HOW = ["--quiet", "--disable-pip-version-check", "--no-compile", "--only-binary=:all:"]
HOW += ["--implementation", "cp", "--python-version", "3.13"]
HOW += [argument for platform in PLATFORMS for argument in ("--platform", platform)]

# Those that a function has a client of.
SERVICES = ("dynamodb", "s3", "sesv2", "sns", "sqs")
BOTOCORE_DATA = {*SERVICES, "_retry.json", "endpoints.json", "partitions.json", "sdk-default-configuration.json"}

START_CLIENTS = """
import sys
sys.path.insert(0, sys.argv[1])
import botocore.session
session = botocore.session.Session()
assert botocore.__file__.startswith(sys.argv[1])
for service in sys.argv[2:]:
    session.create_client(service, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
"""


def install(requirements: Path, target: Path) -> None:
    where = ["--target", str(target), "--requirement", str(requirements)]
    subprocess.run([sys.executable, "-m", "pip", "install", *HOW, *where], check=True)  # noqa: S603


def trim(target: Path) -> None:
    for entry in (target / "botocore" / "data").iterdir():
        if entry.name not in BOTOCORE_DATA:
            remove(entry)
    # METADATA stays: importlib.metadata answers from it.
    for entry in target.glob("*.dist-info/*"):
        if entry.name not in ("METADATA", "licenses"):
            remove(entry)
    shutil.rmtree(target / "bin", ignore_errors=True)


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
