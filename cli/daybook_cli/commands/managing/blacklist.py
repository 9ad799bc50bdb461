"""`daybook blacklist`: the addresses that are not written to."""

# Not `from __future__ import annotations`: typer reads the annotations at run time.

import shlex
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from daybook_cli.commands.api_commands import Session, api_command
from daybook_cli.commands.default_commands import group_with_default
from daybook_cli.connection.client import objects
from daybook_cli.connection.problems import ApiError
from daybook_cli.importing.address_lists import MANUAL, ListedAddress, read_addresses
from daybook_cli.options import paging_options
from daybook_cli.options.values import parse_record
from daybook_cli.posting.json_files import Fault
from daybook_cli.rendering import documents, list_columns
from daybook_cli.rendering.escaping import json_line
from daybook_cli.rendering.tables import Row, show_rows

# Of a request.
MAX_ADDRESSES = 100
OUTCOMES = ("created", "updated", "unchanged", "rejected")
NOT_BLOCKED = "not blacklisted"

app = group_with_default(
    "List the addresses that are not written to, check, block and reset them. "
    "`daybook blacklist` is `daybook blacklist list`."
)
Address = Annotated[str, typer.Argument(help="An e-mail address, in any spelling.", metavar="ADDRESS")]


@app.command("list")
@api_command
def list_addresses(
    session: Session,
    *,
    q: Annotated[str | None, typer.Option("--q", "-q", help="The beginning of the addresses.")] = None,
    address: Annotated[str | None, typer.Option("--address", help="Only this one, if it is there.")] = None,
    status: Annotated[
        list[str] | None,
        typer.Option("--status", help="bounce, complaint, invalid, manual or validate. Repeatable: any of them."),
    ] = None,
    record: Annotated[
        str | None, typer.Option("--record", help="Only those that this record was written to at, as in family/123.")
    ] = None,
    limit: paging_options.Limit = None,
    cursor: paging_options.Cursor = None,
    all_pages: paging_options.AllPages = False,
) -> None:
    """List the addresses that are not written to, with the reason of each."""
    options: dict[str, str | list[str] | None] = {"q": q, "address": address, "status": status}
    if record is not None and any(options.values()):
        raise typer.BadParameter("--record goes without --q, --address and --status")
    path = ("blacklist",) if record is None else ("records", *parse_record(record), "blacklist")
    parameters = paging_options.parameters(options, limit, cursor, all_pages=all_pages)
    session.show_pages(session.api.pages(*path, parameters=parameters), list_columns.BLACKLIST, all_pages=all_pages)


@app.command("show")
@api_command
def show(session: Session, address: Address) -> None:
    """Show why and since when an address is blacklisted, and who has reset it before."""
    # In a path, API Gateway would change some addresses.
    found = objects(session.api.get("blacklist", parameters={"address": address}), "entries")
    if not found:
        search = shlex.quote(f"reset blacklist {address}")
        raise ApiError(f"{address} is {NOT_BLOCKED}. `daybook audit {search}` finds who reset it, if somebody did.")
    session.show(found[0], documents.blocked_address)


@app.command("check")
@api_command
def check(
    session: Session,
    addresses: Annotated[list[str], typer.Argument(help="E-mail addresses, in any spelling.", metavar="ADDRESS")],
) -> None:
    """Say of each address whether it may be written to, as a mailer asks before it sends."""
    is_first = True
    for chunk in _chunks(addresses):
        answer = session.api.send("POST", "blacklist", "check", body={"addresses": chunk})
        blocked = answer.get("blocked")
        statuses = blocked if isinstance(blocked, dict) else {}
        rows = [{"address": address, "status": statuses.get(address, NOT_BLOCKED)} for address in chunk]
        if session.as_json:
            session.runtime.echo(json_line(answer))
        else:
            show_rows(session.runtime.out, list_columns.CHECKED, rows, as_json=False, heading=is_first)
        is_first = False


@app.command("reset")
@api_command
def reset(
    session: Session,
    address: Address,
    *,
    reason: Annotated[str | None, typer.Option("--reason", help="Why, for the audit log.")] = None,
) -> None:
    """Take an address off the blacklist, and off the mail provider's suppression list."""
    body = {"address": address} | ({} if reason is None else {"reason": reason})
    session.show(session.api.send("POST", "blacklist", "reset", body=body), documents.reset_address)


@app.command("validate")
@api_command
def validate(session: Session, address: Address) -> None:
    """Have it verified whether an address exists. Until then its status is `validate`."""
    answer = session.api.send("POST", "blacklist", "validate", body={"address": address})
    session.show(answer, documents.blocked_address)


@app.command("block")
@api_command
def block(
    session: Session,
    addresses: Annotated[
        list[str] | None, typer.Argument(help="E-mail addresses, in any spelling.", metavar="ADDRESS")
    ] = None,
    *,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            help="Instead, a list: CSV with the headings address, status, since, reason; or JSON.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    status: Annotated[
        str | None, typer.Option("--status", help="bounce, complaint, invalid or manual. Default: manual.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="RFC 3339, or a day of the org's zone. Default: now.")
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why, as the list shows it.")] = None,
) -> None:
    """Put addresses on the blacklist: by hand, or a list brought from elsewhere. Run it again at any time."""
    if bool(addresses) == (file is not None) or (file and (status or since or reason)):
        raise typer.BadParameter("give ADDRESSES with --status, --since and --reason, or --file alone")
    given = {"status": status or MANUAL, "since": since, "reason": reason}
    fields = {name: value for name, value in given.items() if value is not None}
    listed = (
        _from_file(file) if file else (ListedAddress(each, {"address": each, **fields}) for each in addresses or ())
    )
    # By hand, the place of an address is the address itself.
    by_hand = file is None and session.runtime.out.is_terminal
    columns = list_columns.BLOCKED_BY_HAND if by_hand else list_columns.BLOCKED
    counts = dict.fromkeys(OUTCOMES, 0)
    for rows in _put_all(session, listed):
        show_rows(session.runtime.out, columns, rows, as_json=session.as_json, heading=not any(counts.values()))
        for row in rows:
            counts[row["status"]] += 1
    session.runtime.echo_err(", ".join(f"{counts[outcome]:,} {outcome}" for outcome in OUTCOMES))
    if counts["rejected"]:
        raise typer.Exit(1)


def _from_file(file: Path) -> Iterator[ListedAddress | Fault]:
    try:
        yield from read_addresses(file)
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be opened: {error.strerror}") from error


def _put_all(session: Session, listed: Iterable[ListedAddress | Fault]) -> Iterator[list[Row]]:
    """Put the addresses, a hundred a request; of each request the outcomes, in the order of the addresses."""
    zone = None
    for chunk in _chunks(listed):
        good = [each for each in chunk if isinstance(each, ListedAddress)]
        if any("since" in each.fields for each in good):
            zone = zone or session.runtime.zone_named(session.api.get_time_zone())
            good = [each.in_zone(zone) for each in good]
        body = {"addresses": [each.fields for each in good]}
        results = objects(session.api.send("PUT", "blacklist", body=body), "results") if good else []
        outcomes = iter([_outcome(each, index, results) for index, each in enumerate(good)])
        yield [_fault_row(each) if isinstance(each, Fault) else next(outcomes) for each in chunk]


def _outcome(listed: ListedAddress, index: int, results: list[Row]) -> Row:
    silent = {"status": "rejected", "error": {"detail": "the API did not say what became of it"}}
    result = next((each for each in results if each.get("index") == index), silent)
    result = result if result.get("status") in OUTCOMES else silent
    shown = {name: result[name] for name in ("status", "blocked", "error") if name in result}
    return {"place": listed.place, "address": listed.fields["address"], **shown}


def _fault_row(fault: Fault) -> Row:
    return {"place": str(fault.place), "status": "rejected", "error": {"detail": fault.reason}}


def _chunks(items: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, MAX_ADDRESSES)):
        yield chunk
