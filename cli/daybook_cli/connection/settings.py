"""Which API to ask, as whom, for which org: options first, then the environment, then `.local/stack.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STACK_FILE = Path(".local") / "stack.json"


class ConnectionSettingsError(Exception):
    """The address, the token or the org is not known; the message says what to give."""


@dataclass(frozen=True)
class Choice:
    """What the caller asked for on the command line; None where nothing was said."""

    api: str | None = None
    token: str | None = None
    org: str | None = None
    role: str | None = None


@dataclass(frozen=True)
class Connection:
    api: str
    token: str
    org: str


def find_stack(directory: Path) -> dict[str, Any]:
    """What the nearest running local stack, in this directory or above it, says of itself; empty when there is none."""
    for folder in (directory, *directory.parents):
        path = folder / STACK_FILE
        if path.is_file():
            return _read_stack(path)
    return {}


def _read_stack(path: Path) -> dict[str, Any]:
    try:
        stack = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ConnectionSettingsError(f"{path} cannot be read ({error}). Start the stack again: make run") from error
    if not isinstance(stack, dict):
        raise ConnectionSettingsError(f"{path} is not the description of a stack. Start the stack again: make run")
    return stack


def resolve(choice: Choice, environ: Mapping[str, str], stack: Mapping[str, Any], default_role: str) -> Connection:
    """Put address, token and org together, or say which one is missing."""
    api = choice.api or environ.get("DAYBOOK_API") or stack.get("api")
    if not api:
        raise ConnectionSettingsError(
            "No Daybook API is known here. Start one with `make run`, or give --api (or DAYBOOK_API)."
        )
    api = str(api).rstrip("/")
    org = choice.org or environ.get("DAYBOOK_ORG") or next(iter(stack.get("orgs") or []), None)
    if not org:
        raise ConnectionSettingsError("No org is known here: give --org (or DAYBOOK_ORG).")
    return Connection(api=api, token=_token(choice, environ, stack, api, default_role), org=str(org))


def _token(choice: Choice, environ: Mapping[str, str], stack: Mapping[str, Any], api: str, default_role: str) -> str:
    if choice.token:
        return choice.token
    if not choice.role and environ.get("DAYBOOK_TOKEN"):
        return environ["DAYBOOK_TOKEN"]
    # A token of the local stack is sent to another address only when it was asked for by name.
    is_stack = api == str(stack.get("api", "")).rstrip("/")
    token = (stack.get("tokens") or {}).get(choice.role or default_role)
    if token and (choice.role or is_stack):
        return str(token)
    if choice.role:
        raise ConnectionSettingsError(f"No local stack with a token for {choice.role!r} was found: run `make run`.")
    raise ConnectionSettingsError(f"No token is known for {api}: give --token (or DAYBOOK_TOKEN).")
