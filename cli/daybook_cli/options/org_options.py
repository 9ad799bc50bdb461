"""The options that set what an org is called, when its days begin, and where its records are shown."""

# Not `from __future__ import annotations`: typer reads the annotations at run time.

from typing import Annotated

import typer

from daybook_cli.options.values import parse_pairs

TimeZone = Annotated[
    str | None,
    typer.Option(
        "--time-zone", help="An IANA name, as in America/Chicago. Default: as it is, and UTC where the org is new."
    ),
]
RecordUrls = Annotated[
    list[str] | None,
    typer.Option(
        "--record-url",
        help="Where a portal shows the records of a type, as in family=https://portal.example/families/{id}. "
        "Repeatable; those given take the place of all that there were. Default: as they are.",
    ),
]


def settings(name: str | None, time_zone: str | None, record_urls: list[str] | None) -> dict[str, object]:
    """The body of the API for what was given; typer.BadParameter."""
    given: dict[str, object] = {"name": name, "time_zone": time_zone}
    if record_urls:
        example = "family=https://portal.example/families/{id}"
        given["record_url"] = parse_pairs(record_urls, "--record-url", example=example)
    return {field: value for field, value in given.items() if value is not None}
