"""`daybook simulate` and `daybook dead-letters`: the commands about what providers say of messages."""

# Not `from __future__ import annotations`: typer reads the annotations when it runs.

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from daybook_cli.connection.aws import Site
from daybook_cli.connection.settings import ConnectionSettingsError, find_stack
from daybook_cli.feedback import provider, provider_records
from daybook_cli.feedback.dead_letters import DeadLetters, Letter
from daybook_cli.feedback.provider import SmsLogs, Topic
from daybook_cli.feedback.provider_records import Kind, Mail
from daybook_cli.options import api_access
from daybook_cli.rendering import tables
from daybook_cli.runtime import World

# How long before an event its e-mail was sent; only a provider knows.
UNDER_WAY = timedelta(milliseconds=1500)

dead_letters_app = typer.Typer(
    help="What providers sent that could not be taken in.", no_args_is_help=True, rich_markup_mode=None
)
DeadLettersUrl = Annotated[
    str | None,
    typer.Option("--dead-letters", help="Address of a deployment's dead-letter queue. Default: the local stack's."),
]


def simulate(
    context: typer.Context,
    event: Annotated[Kind, typer.Argument(help="What happened to the message.")],
    message_id: Annotated[str, typer.Argument(help="The message's id at its provider.")],
    *,
    recipients: Annotated[
        list[str] | None,
        typer.Option("--recipient", help="Whom it happened to. Repeatable. Default: everybody it went to."),
    ] = None,
    at: Annotated[str | None, typer.Option("--at", help="When: RFC 3339. Default: now.")] = None,
    link: Annotated[str, typer.Option("--link", help="What was clicked on.")] = provider_records.LINK,
    user_agent: Annotated[
        str, typer.Option("--user-agent", help="Of an open, a click or a complaint.")
    ] = provider_records.USER_AGENT,
    subject: Annotated[str, typer.Option("--subject", help="The e-mail's subject.")] = Mail.subject,
    tags: Annotated[
        list[str] | None, typer.Option("--tag", help="A tag of the e-mail, as in daybook-org=riverside. Repeatable.")
    ] = None,
    topic: Annotated[
        str | None, typer.Option("--topic", help="ARN of a test deployment's topic. Default: the local stack's.")
    ] = None,
    log_group: Annotated[
        str | None, typer.Option("--log-group", help="SMS log group of a test deployment. Default: the local stack's.")
    ] = None,
) -> None:
    """Say about a message what its provider would, where the provider would."""
    world = context.ensure_object(World)
    moment = api_access.read_instant(at) if at else datetime.now(UTC)
    with world.reporting():
        stack = {} if topic or log_group else find_stack(world.directory)
        match event:
            case "sms-delivered" | "sms-failed":
                logs = _sms_logs(log_group, stack)
                named = recipients or _known(message_id, recipients, stack)
                logs.write([provider_records.sms_log(event, message_id, each, moment) for each in named])
            case _:
                told = _topic(topic, stack)
                known = _known(message_id, recipients, stack)
                mail = Mail(
                    message_id=message_id,
                    recipients=list(dict.fromkeys([*known, *(recipients or [])])),
                    sent_at=moment - UNDER_WAY,
                    subject=subject,
                    tags=api_access.read_pairs(tags or [], "--tag"),
                )
                told.publish(
                    [
                        provider_records.ses_event(
                            event, mail, moment, recipients=recipients, link=link, user_agent=user_agent
                        )
                    ]
                )
    world.complain(f"{event} of {message_id} at {provider_records.instant(moment)}: published")


def _known(message_id: str, recipients: list[str] | None, stack: Mapping[str, Any]) -> list[str]:
    """To whom the message went, as far as that is known here; an error where it is not and nobody was named."""
    known = provider.recipients_of(message_id, stack) if stack else []
    if not known and not recipients:
        raise ConnectionSettingsError(f"To whom {message_id} went is not known here: give --recipient.")
    return known


def _topic(arn: str | None, stack: Mapping[str, Any]) -> Topic:
    if arn:
        return Topic(Site.of_arn(arn), arn)
    arn = _of_stack(stack, "feedback_topic", "--topic")
    return Topic(Site.of_stack(stack), arn)


def _sms_logs(group: str | None, stack: Mapping[str, Any]) -> SmsLogs:
    if group:
        return SmsLogs(Site(), group)
    group = _of_stack(stack, "sms_log_group", "--log-group")
    return SmsLogs(Site.of_stack(stack), group)


def _of_stack(stack: Mapping[str, Any], name: str, option: str) -> str:
    if name not in stack:
        raise ConnectionSettingsError(
            f"No local stack was found here. Start one with `make run`, or give {option} of a test deployment."
        )
    return str(stack[name])


def _queues(world: World, dead_letters: str | None, queue: str | None) -> DeadLetters:
    if dead_letters:
        return DeadLetters(Site.of_queue(dead_letters), dead_letters, queue)
    stack = find_stack(world.directory)
    url = _of_stack(stack, "dead_letters", "--dead-letters")
    return DeadLetters(Site.of_stack(stack), url, queue or stack.get("feedback_queue"))


@dead_letters_app.command("list")
def list_letters(
    context: typer.Context, *, dead_letters: DeadLettersUrl = None, as_json: api_access.Json = False
) -> None:
    """List them, oldest first, with the reason and how each begins."""
    world = context.ensure_object(World)
    with world.reporting():
        letters = _queues(world, dead_letters, None).all()
    rows = [letter.row() for letter in letters]
    tables.show(world.out, tables.DEAD_LETTERS, rows, as_json=as_json, heading=True)


@dead_letters_app.command()
def show(
    context: typer.Context,
    message: Annotated[str, typer.Argument(help="Its id in the list.", metavar="ID")],
    *,
    dead_letters: DeadLettersUrl = None,
    as_json: api_access.Json = False,
) -> None:
    """Show one of them: its whole text and attributes."""
    world = context.ensure_object(World)
    with world.reporting():
        letters = _queues(world, dead_letters, None).all()
        letter = next((letter for letter in letters if letter.id == message), None)
        if letter is None:
            raise ConnectionSettingsError(f"There is no dead letter {message}.")
    world.say(tables.json_line(letter.whole()) if as_json else tables.dead_letter(letter.whole()))


@dead_letters_app.command()
def redrive(
    context: typer.Context,
    messages: Annotated[list[str] | None, typer.Argument(help="Their ids in the list.", metavar="ID")] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All that are there now.")] = False,
    dead_letters: DeadLettersUrl = None,
    queue: Annotated[
        str | None,
        typer.Option("--queue", help="Address of the queue that they go back to. Default: the local stack's."),
    ] = None,
) -> None:
    """Send them back, to be taken in again. One that still cannot be comes back as a new one."""
    world = context.ensure_object(World)
    if bool(messages) == everything:
        raise typer.BadParameter("give the IDs of dead letters, or --all")

    def done(letter: Letter) -> None:
        world.say(letter.id)

    with world.reporting():
        missing = _queues(world, dead_letters, queue).redrive(None if everything else set(messages or ()), done)
    for message in sorted(missing):
        world.complain(f"There is no dead letter {message}.")
    if missing:
        raise typer.Exit(1)
