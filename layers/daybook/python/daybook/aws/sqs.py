"""SQS: what is sent to a queue."""

from __future__ import annotations

import re
from collections.abc import Mapping

from daybook.aws import clients
from daybook.aws.clients import AWS_ERRORS, translated

# SQS knows no longer delay.
MAX_DELAY = 900


# SQS takes the characters that XML 1.0 has.
_REFUSED = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Queue:
    """One queue; its client is made with the first message, most requests send none."""

    def __init__(self, *, url: str, region: str) -> None:
        self._url = url
        self._client = clients.lazy("sqs", region)

    def send(self, body: str, *, delay: int = 0, attributes: Mapping[str, str] | None = None) -> None:
        """Send a message, to be seen after `delay` seconds, 900 at most. StoreBusyError."""
        told = {
            name: {"DataType": "String", "StringValue": _sendable(value)} for name, value in (attributes or {}).items()
        }
        try:
            self._client().send_message(
                QueueUrl=self._url, MessageBody=_sendable(body), DelaySeconds=delay, MessageAttributes=told
            )
        except AWS_ERRORS as error:
            raise translated(error, "the queue") from error


def _sendable(text: str) -> str:
    """The text with what SQS would refuse written as JSON escapes it."""
    return _REFUSED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
