"""`daybook erase`: takes a person out of everything that is recorded."""

# Not `from __future__ import annotations`: typer reads the annotations at run time.

import sys
import time
from http import HTTPStatus
from typing import Annotated

import typer

from daybook_cli.commands.api_commands import Session, api_command
from daybook_cli.commands.default_commands import group_with_default
from daybook_cli.connection.problems import ApiError
from daybook_cli.options.values import Record, parse_record
from daybook_cli.rendering import documents, local_time
from daybook_cli.rendering.escaping import one_line
from daybook_cli.rendering.tables import Row

# Seconds between two looks at an erasure.
_PAUSE = 1.0

app = group_with_default("Erase a person. `daybook erase family/123` is `daybook erase start family/123`.")


@app.command("start")
@api_command
def start(
    session: Session,
    record: Record,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the audit log.")],
    is_confirmed: Annotated[bool, typer.Option("--yes", help="Do not ask for a confirmation.")] = False,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Do not wait until it is done.")] = False,
) -> None:
    """Erase the person of a record from everything. It cannot be undone."""
    type_and_id = parse_record(record)
    head = _head(session, type_and_id)
    if head is not None and documents.is_unknown(head):
        _say_nothing_is_known(session, record, is_confirmed=is_confirmed)
    if not is_confirmed:
        _confirm(session, record, head)
    # A second request would be a second erasure.
    path = ("records", *type_and_id, "erase")
    erasure = session.api.send("POST", *path, body={"reason": reason}, idempotent=False)
    _show(session, erasure if no_wait else _followed(session, erasure))


@app.command("follow")
@api_command
def follow(
    session: Session, erasure: Annotated[str, typer.Argument(help="The id of the erasure.", metavar="ERASURE_ID")]
) -> None:
    """Wait until an erasure that was started before is done, and show what it has found."""
    _show(session, _followed(session, session.api.get("erasures", erasure)))


def _head(session: Session, type_and_id: tuple[str, str]) -> Row | None:
    """What heads the record's page; None where the token may erase but read none of its logs. ApiError."""
    try:
        return session.api.get("records", *type_and_id)
    except ApiError as error:
        if error.status == HTTPStatus.FORBIDDEN:
            return None
        raise


def _say_nothing_is_known(session: Session, record: str, *, is_confirmed: bool) -> None:
    """typer.Exit unless `is_confirmed`: what is in the archive, or in a log of no permission, can still be erased."""
    if is_confirmed:
        session.runtime.echo_err(f"Nothing is known of {record}; it is erased all the same.")
        return
    session.runtime.echo_err(f"Nothing is known of {record}. Nothing was erased; --yes erases all the same.")
    raise typer.Exit(1)


def _confirm(session: Session, record: str, head: Row | None) -> None:
    """typer.Exit where the answer is no, or where nobody can be asked."""
    name = one_line(head.get("name")) if head else ""
    person = f"{name} ({record})" if name else record
    question = f"Erase {person} of {session.api.org} from everything that is recorded? It cannot be undone."
    try:
        is_confirmed = typer.confirm(question, err=True)
    except typer.Abort:
        is_confirmed = False
    if not is_confirmed:
        if not sys.stdin.isatty():
            # Nobody has ended the line of the question.
            session.runtime.echo_err("")
        session.runtime.echo_err("Nothing was erased. --yes erases without a question.")
        raise typer.Exit(1)


def _followed(session: Session, erasure: Row) -> Row:
    """The erasure when it is done, or has failed and waits for another attempt."""
    erasure_id = str(erasure.get("id"))
    stopped = f"The erasure goes on. `daybook erase follow {erasure_id}` waits for its end."
    sleep = session.runtime.sleep or time.sleep
    with session.runtime.interruptible(stopped), session.runtime.progress() as bar:
        bar.add_task("", total=None, text=f"erasing, {erasure_id}")
        while erasure.get("status") == "running" and not erasure.get("next_attempt_at"):
            sleep(_PAUSE)
            try:
                erasure = session.api.get("erasures", erasure_id)
            except ApiError as error:
                raise ApiError(f"{error}. {stopped}", error.errors) from error
    return erasure


def _show(session: Session, erasure: Row) -> None:
    session.show(erasure, documents.erasure)
    sentence = _shortcoming(erasure, session)
    if sentence:
        session.runtime.echo_err(sentence)
        raise typer.Exit(1)


def _shortcoming(erasure: Row, session: Session) -> str | None:
    """What is not done, and what to do; None where nothing is wanting."""
    match erasure.get("status"):
        case "incomplete":
            return "Some entries are on hold and were left as they are: lift the hold, and erase again."
        case "failed":
            return "It was given up: some of the record may be erased. Erase again for the rest."
        case "running" if erasure.get("next_attempt_at"):
            moment = local_time.to_minute(erasure["next_attempt_at"], session.zone())
            return f"It has failed, and is tried again at {moment}: `daybook erase follow {erasure.get('id')}`."
    return None
