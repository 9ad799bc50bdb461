"""Sending messages to an SQS queue."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

from daybook.aws import clients
from daybook.aws.faults import AWS_ERRORS, as_store_error

# Seconds; SQS allows no longer delay.
MAX_DELAY = 900

# SQS accepts only the characters of XML 1.0 (SendMessage).
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Queue:
    """One queue; the boto3 client is made with the first message."""

    def __init__(self, *, url: str, region: str) -> None:
        self._url = url
        self._client = partial(clients.client, "sqs", region)

    def send(
        self, body: str, *, delay: int = 0, attributes: Mapping[str, str] | None = None, tenant: str | None = None
    ) -> None:
        """Send a message that becomes visible after `delay` seconds, MAX_DELAY at most. Attributes are strings.

        Of the messages of a tenant who has many, SQS puts off some for those of others: AWS calls it a fair queue.
        StoreBusyError where SQS throttles or does not answer.
        """
        message_attributes = {
            name: {"DataType": "String", "StringValue": _escaped(value)} for name, value in (attributes or {}).items()
        }
        more = {} if tenant is None else {"MessageGroupId": tenant}
        try:
            self._client().send_message(
                QueueUrl=self._url,
                MessageBody=_escaped(body),
                DelaySeconds=delay,
                MessageAttributes=message_attributes,
                **more,
            )
        except AWS_ERRORS as error:
            raise as_store_error(error, "the queue") from error


def _escaped(text: str) -> str:
    """The text, with characters that SQS refuses written as JSON escapes."""
    return _NOT_XML.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
