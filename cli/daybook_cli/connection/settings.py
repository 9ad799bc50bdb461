"""Which API to call, with which token, for which org: options first, then the environment, then `.local/stack.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STACK_FILE = Path(".local") / "stack.json"


class ConnectionSettingsError(Exception):
    """The address, the token or the org is not known; the message says which option to give."""


@dataclass(frozen=True)
class ConnectionOptions:
    """The options of the command line; None where one was not given. `role` names a token of the local stack."""

    api: str | None = None
    token: str | None = None
    org: str | None = None
    role: str | None = None


@dataclass(frozen=True)
class Endpoint:
    """`api` is the address without a slash at its end."""

    api: str
    token: str


@dataclass(frozen=True)
class Connection(Endpoint):
    """An endpoint, and one org of it."""

    org: str


def find_stack(directory: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    """The stack.json of the local stack that runs in this directory or the nearest above; empty where none does.

    DAYBOOK_LOCAL_FOLDER comes first, as for the stack itself. ConnectionSettingsError where the file cannot be read.
    """
    if named := environ.get("DAYBOOK_LOCAL_FOLDER"):
        path = directory / named / STACK_FILE.name
        return _read_stack(path) if path.is_file() else {}
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


def stack_value(stack: Mapping[str, Any], name: str, alternative: str) -> str:
    """A value of stack.json; ConnectionSettingsError, which offers the alternative, where there is none."""
    if name not in stack:
        raise ConnectionSettingsError(
            f"No local stack was found here. Start one with `make run`, or give {alternative}."
        )
    return str(stack[name])


def resolve(
    options: ConnectionOptions, environ: Mapping[str, str], stack: Mapping[str, Any], default_role: str
) -> Connection:
    """Address, token and org, each from the first source that has it; ConnectionSettingsError where none has."""
    api = _address(options, environ, stack)
    org = options.org or environ.get("DAYBOOK_ORG") or next(iter(stack.get("orgs") or []), None)
    if not org:
        raise ConnectionSettingsError("No org is known here: give --org (or DAYBOOK_ORG).")
    return Connection(api=api, token=_token(options, environ, stack, api, default_role), org=str(org))


def resolve_endpoint(
    options: ConnectionOptions, environ: Mapping[str, str], stack: Mapping[str, Any], default_role: str
) -> Endpoint:
    """As `resolve`, for the calls that are not within an org."""
    api = _address(options, environ, stack)
    return Endpoint(api=api, token=_token(options, environ, stack, api, default_role))


def resolve_token(
    options: ConnectionOptions, environ: Mapping[str, str], stack: Mapping[str, Any], default_role: str
) -> str:
    """The token that `resolve` takes; where it is given, no address is needed."""
    return _given_token(options, environ) or resolve_endpoint(options, environ, stack, default_role).token


def named_token(stack: Mapping[str, Any], name: str) -> str:
    """The token of that name in stack.json; ConnectionSettingsError, which lists the names, where there is none."""
    tokens = stack.get("tokens") or {}
    if not tokens:
        raise ConnectionSettingsError(
            "No local stack was found here. Start one with `make run`, and stay in its folder."
        )
    if name not in tokens:
        raise ConnectionSettingsError(f"The local stack has no token {name!r}. It has {', '.join(tokens)}.")
    return str(tokens[name])


def _given_token(options: ConnectionOptions, environ: Mapping[str, str]) -> str | None:
    return options.token or (None if options.role else environ.get("DAYBOOK_TOKEN"))


def _address(options: ConnectionOptions, environ: Mapping[str, str], stack: Mapping[str, Any]) -> str:
    api = options.api or environ.get("DAYBOOK_API") or stack.get("api")
    if not api:
        raise ConnectionSettingsError(
            "No Daybook API is known here. Start one with `make run`, or give --api (or DAYBOOK_API)."
        )
    return str(api).rstrip("/")


def _token(
    options: ConnectionOptions, environ: Mapping[str, str], stack: Mapping[str, Any], api: str, default_role: str
) -> str:
    if given := _given_token(options, environ):
        return given
    # A token of the local stack is sent to another address only when --as asks for it.
    is_stack = api == str(stack.get("api", "")).rstrip("/")
    if options.role:
        return named_token(stack, options.role)
    token = (stack.get("tokens") or {}).get(default_role)
    if token and is_stack:
        return str(token)
    raise ConnectionSettingsError(f"No token is known for {api}: give --token (or DAYBOOK_TOKEN).")
