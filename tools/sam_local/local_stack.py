"""The running local stack: its description, and the environments of its functions."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.session import Session

# As `make run` names its stack of CloudFormation.
STACK = "daybook"
LOOPBACK = ("127.0.0.1", "localhost")

# What a function is told of itself and of AWS by whoever runs it.
_RUNTIME_PREFIXES = ("AWS_", "LAMBDA_", "_")

Environments = dict[str, dict[str, str]]


class NoStackError(Exception):
    """No local stack is running; the message says how to start one."""


def read(path: Path) -> dict[str, Any]:
    """The content of stack.json; NoStackError where there is none, or where nobody listens at its address."""
    if not path.is_file():
        raise NoStackError(f"{path} is not there: no local stack is running. Start one with: make run")
    description: dict[str, Any] = json.loads(path.read_text())
    address = urlsplit(description["aws"])
    try:
        socket.create_connection((address.hostname or "", address.port or 0), timeout=2).close()
    except OSError as error:
        raise NoStackError(f"Nothing answers at {description['aws']}, which {path} names. Run: make run") from error
    return description


def environments(description: Mapping[str, Any]) -> Environments:
    """The variables of each deployed function, by its logical id in the template."""
    cloudformation, lambda_ = (_client(service, description) for service in ("cloudformation", "lambda"))
    resources = cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
    found = {}
    for resource in resources:
        if resource["ResourceType"] == "AWS::Lambda::Function":
            configuration = lambda_.get_function_configuration(FunctionName=resource["PhysicalResourceId"])
            variables = configuration.get("Environment", {}).get("Variables", {})
            found[resource["LogicalResourceId"]] = {
                name: value for name, value in variables.items() if not name.startswith(_RUNTIME_PREFIXES)
            }
    return found


def _client(service: str, description: Mapping[str, Any]) -> Any:
    session = Session()
    # The emulator takes any.
    session.set_credentials("local", "local")
    return session.create_client(service, region_name=description["region"], endpoint_url=description["aws"])


def seen_from_containers(found: Environments, endpoint: str, host: str) -> Environments:
    """The same, with the address `host` for this machine's loopback, and with the endpoint of all services of AWS."""

    def replaced(value: str) -> str:
        for name in LOOPBACK:
            value = value.replace(f"//{name}:", f"//{host}:")
        return value

    return {
        function: {name: replaced(value) for name, value in variables.items()}
        | {"AWS_ENDPOINT_URL": replaced(endpoint)}
        for function, variables in found.items()
    }
