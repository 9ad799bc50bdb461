"""What can be exported: the lists, and the parameters of the API that each of them takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import typer

from daybook_cli.options.values import parse_record

Query: TypeAlias = dict[str, str | list[str]]

_ORG_LISTS = {
    "audit": ("q", "from", "to", "staff", "source", "order"),
    "messages": ("log", "status", "recipient", "from", "to"),
    "blacklist": ("q", "address", "status"),
    "holds": (),
}
_MESSAGES = ("q", "from", "to", "status", "sort", "order")
_ENTRIES = ("q", "from", "to", "order")
_RECORD_LISTS = {
    "emails": _MESSAGES,
    "sms": _MESSAGES,
    "pushes": _ENTRIES,
    "activity": _ENTRIES,
    "audit": _ENTRIES,
    "timeline": ("q", "from", "to", "log"),
}
# Of which the API takes one value only.
_SINGLE = {("messages", "log")}


def path_of(name: str) -> str:
    """The list as the API names it: of `family/101/emails`, `records/family/101/emails`. typer.BadParameter."""
    if name in _ORG_LISTS:
        return name
    record, _, log = name.removeprefix("records/").rpartition("/")
    if log not in _RECORD_LISTS or "/" not in record:
        raise typer.BadParameter(
            f"{name!r} is no list that can be exported. There are {', '.join(_ORG_LISTS)}, and of a record "
            f"{', '.join(_RECORD_LISTS)}, as in family/123/emails"
        )
    return "/".join(("records", *parse_record(record), log))


def is_audit(path: str) -> bool:
    """Whether the rows of a list are audit entries."""
    return path.rpartition("/")[2] == "audit"


def query_of(path: str, given: Mapping[str, str | list[str] | None]) -> Query:
    """The parameters of a list that were given; typer.BadParameter where it does not take one of them.

    E-mails and SMS come by `sent` where no sort was given, and messages are e-mails where no log was.
    """
    query: Query = {name: value for name, value in given.items() if value is not None and value != []}
    taken = _RECORD_LISTS[path.rpartition("/")[2]] if path.startswith("records/") else _ORG_LISTS[path]
    other = next((name for name in query if name not in taken), None)
    if other is not None:
        raise typer.BadParameter(
            f"{path.removeprefix('records/')} takes no {_option(other)}; "
            f"it takes {', '.join(map(_option, taken)) or 'no option of this kind'}"
        )
    for name, value in query.items():
        if (path, name) in _SINGLE and isinstance(value, list):
            if len(value) > 1:
                raise typer.BadParameter(f"{path} takes one {_option(name)}")
            query[name] = value[0]
    if taken is _MESSAGES:
        # As of `daybook log --all`: the API's own order is by the last activity.
        query.setdefault("sort", "sent")
    if path == "messages":
        # As of `daybook messages`: the API demands one.
        query.setdefault("log", "email")
    return query


def _option(parameter: str) -> str:
    return "LINE" if parameter == "q" else f"--{parameter}"
