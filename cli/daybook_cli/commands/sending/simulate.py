"""`daybook simulate`: publishes what a provider would report of a message."""

# Not `from __future__ import annotations`: typer reads the annotations at run time.

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import typer

from daybook_cli.connection.aws import AwsTarget
from daybook_cli.connection.settings import ConnectionSettingsError, find_stack, stack_value
from daybook_cli.connection.timestamps import format_timestamp
from daybook_cli.feedback.local_stack import recipients_of
from daybook_cli.feedback.publishing import FeedbackTopic, SmsLogGroup
from daybook_cli.feedback.ses_events import LINK, USER_AGENT, EmailKind, Mail, bare_message_id, ses_event
from daybook_cli.feedback.sms_logs import SmsKind, sms_log
from daybook_cli.options.values import parse_pairs, parse_timestamp
from daybook_cli.runtime import Runtime

Kind = Literal[EmailKind, SmsKind]

# How long before an event its e-mail was sent; only a provider knows.
_TIME_TO_EVENT = timedelta(milliseconds=1500)


def simulate(
    context: typer.Context,
    event: Annotated[Kind, typer.Argument(help="What happened to the message.")],
    message_id: Annotated[str, typer.Argument(help="The message's id at its provider, or its Message-ID.")],
    *,
    recipients: Annotated[
        list[str] | None,
        typer.Option("--recipient", help="Whom it happened to. Repeatable. Default: everybody it went to."),
    ] = None,
    at: Annotated[str | None, typer.Option("--at", help="When: RFC 3339. Default: now.")] = None,
    link: Annotated[str, typer.Option("--link", help="What was clicked on.")] = LINK,
    user_agent: Annotated[str, typer.Option("--user-agent", help="Of an open, a click or a complaint.")] = USER_AGENT,
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
    """Publish an event of a message as its provider would: to SES's topic, or to SNS's log group."""
    runtime = context.ensure_object(Runtime)
    moment = parse_timestamp(at) if at else datetime.now(UTC)
    with runtime.reporting_errors():
        stack = {} if topic or log_group else find_stack(runtime.directory, runtime.environ)
        match event:
            case "sms-delivered" | "sms-failed":
                logs = _sms_log_group(log_group, stack)
                numbers = recipients or _message_recipients(message_id, recipients, stack)
                logs.write([sms_log(event, message_id, number, moment) for number in numbers])
            case _:
                feedback_topic = _feedback_topic(topic, stack)
                message_id = bare_message_id(message_id)
                known = _message_recipients(message_id, recipients, stack)
                mail = Mail(
                    message_id=message_id,
                    recipients=list(dict.fromkeys([*known, *(recipients or [])])),
                    sent_at=moment - _TIME_TO_EVENT,
                    subject=subject,
                    tags=parse_pairs(tags or [], "--tag"),
                )
                record = ses_event(event, mail, moment, recipients=recipients, link=link, user_agent=user_agent)
                feedback_topic.publish([record])
    runtime.echo_err(f"{event} of {message_id} at {format_timestamp(moment)}: published")


def _message_recipients(message_id: str, named: list[str] | None, stack: Mapping[str, Any]) -> list[str]:
    """The message's recipients in the local stack; ConnectionSettingsError where there are none and none was named."""
    recipients = recipients_of(message_id, stack) if stack else []
    if not recipients and not named:
        raise ConnectionSettingsError(f"To whom {message_id} went is not known here: give --recipient.")
    return recipients


def _feedback_topic(arn: str | None, stack: Mapping[str, Any]) -> FeedbackTopic:
    if arn:
        return FeedbackTopic(AwsTarget.of_arn(arn), arn)
    arn = stack_value(stack, "feedback_topic", "--topic of a test deployment")
    return FeedbackTopic(AwsTarget.of_stack(stack), arn)


def _sms_log_group(name: str | None, stack: Mapping[str, Any]) -> SmsLogGroup:
    if name:
        return SmsLogGroup(AwsTarget(), name)
    name = stack_value(stack, "sms_log_group", "--log-group of a test deployment")
    return SmsLogGroup(AwsTarget.of_stack(stack), name)
