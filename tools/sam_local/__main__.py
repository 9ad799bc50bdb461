"""Run `sam local` against the local stack: python -m tools.sam_local [EVENT]; by `make sam-local`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from tools.sam_local import docker, local_stack, template

REPOSITORY = Path(__file__).resolve().parents[2]
LOCAL = REPOSITORY / ".local"
BUILT = REPOSITORY / ".aws-sam" / "build" / "template.yaml"
# Beside the built one, since it names the folders of the functions as that does.
DERIVED = BUILT.with_name("template.local.json")
ENV_VARS = LOCAL / "sam-local" / "env.json"
SAM = LOCAL / "sam" / "bin" / "sam"
PORT = 3000


def main(arguments: list[str]) -> str | int | None:
    """The exit status, as `sys.exit` takes it: a message is printed and means failure."""
    options = _parser().parse_args(arguments)
    try:
        stack = local_stack.read(options.stack)
        if options.check:
            docker.gateway_address()
            return None
        built = template.read(BUILT)
        function = template.function_of(built, options.event) if options.event else None
        if options.event and not options.event.is_file():
            return f"{options.event} is no file. docs/sam-local.md says what is in events/."
        address = docker.gateway_address()
        prepare(stack["aws"], address, local_stack.environments(stack), built)
        command = sam_command(function, options.event, options.port, stack["region"])
        with docker.forwarded(address, urlsplit(stack["aws"]).port or 0):
            return subprocess.run(command, env=environment(os.environ), check=False).returncode  # noqa: S603
    except (local_stack.NoStackError, template.NotBuiltError, docker.DockerError, ValueError) as error:
        return str(error)
    except KeyboardInterrupt:
        return None


def prepare(endpoint: str, address: str, found: local_stack.Environments, built: dict[str, object]) -> None:
    """Write the derived template, and the variables of each function as a container needs them."""
    variables = local_stack.seen_from_containers(found, endpoint, address)
    template.write_json(DERIVED, template.with_variables(built, variables))
    template.write_json(ENV_VARS, dict(variables))


def sam_command(function: str | None, event: Path | None, port: int, region: str) -> list[str]:
    """The command line: one invocation of a function with an event, or the API where there is none."""
    common = ["--template", str(DERIVED), "--env-vars", str(ENV_VARS), "--region", region]
    if function is None:
        return [str(SAM), "local", "start-api", *common, "--port", str(port), "--warm-containers", "LAZY"]
    return [str(SAM), "local", "invoke", function, *common, "--event", str(event)]


def environment(environ: os._Environ[str] | dict[str, str]) -> dict[str, str]:
    """Without the user's settings of AWS: no container may get real credentials."""
    kept = {name: value for name, value in environ.items() if not name.startswith("AWS_")}
    return kept | {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAM_CLI_TELEMETRY": "0",
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.sam_local", description="Run sam local on the local stack.")
    parser.add_argument("event", nargs="?", type=Path, help="a file of events/; without one the API is started")
    parser.add_argument("--port", type=int, default=PORT, help=f"the port of the API, {PORT} if it is not given")
    parser.add_argument("--stack", type=Path, default=LOCAL / "stack.json", help="the description of the local stack")
    parser.add_argument("--check", action="store_true", help="only tell whether the local stack and docker are there")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
