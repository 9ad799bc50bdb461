"""The dead-letter queue: listing its messages, and sending them back to their source queue."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from daybook_cli.connection import aws
from daybook_cli.connection.aws import AwsError, AwsTarget
from daybook_cli.connection.timestamps import format_timestamp

# The limit of one ReceiveMessage.
_RECEIVE_BATCH = 10
# Long enough to read a whole queue before its first message is visible again.
_VISIBILITY_TIMEOUT = 120
# A queue is spread over several servers, of which a short poll asks some: one empty answer does not mean much.
_EMPTY_ANSWERS = 5
_POLL_SECONDS = 0.1
_EXCERPT = 100
# Message attributes: that of Daybook, and the one that Lambda writes for a failed invocation.
_REASON_ATTRIBUTES = ("reason", "ErrorMessage")


@dataclass(frozen=True)
class DeadLetter:
    """One message of the queue."""

    id: str
    body: str
    sent_at: str
    receives: int
    attributes: dict[str, str]
    receipt_handle: str

    @property
    def reason(self) -> str:
        """Why it is here; a message that was received too often has no attribute that says so."""
        reason = next((self.attributes[name] for name in _REASON_ATTRIBUTES if name in self.attributes), None)
        return reason or "tried too often"

    def as_row(self) -> dict[str, Any]:
        """What a list shows: the text is cut to 100 characters."""
        return {"id": self.id, "sent_at": self.sent_at, "reason": self.reason, "text": self.body[:_EXCERPT]}

    def as_dict(self) -> dict[str, Any]:
        """The whole message, as `--json` prints it."""
        fields = {"id": self.id, "sent_at": self.sent_at, "receives": self.receives, "reason": self.reason}
        return {**fields, "attributes": self.attributes, "text": self.body}


@dataclass(frozen=True)
class DeadLetterQueue:
    """`source` is the queue that messages are sent back to. Both are URLs."""

    target: AwsTarget
    url: str
    source: str | None = None
    sleep: Callable[[float], object] = time.sleep

    def read_all(self) -> list[DeadLetter]:
        """All messages, oldest first; they are visible to others again when this returns. AwsError."""
        sqs = self._client()
        with aws.aws_errors():
            letters = list(self._receive_all(sqs))
            self._release(sqs, letters)
        return sorted(letters, key=lambda letter: letter.sent_at)

    def redrive(self, ids: set[str] | None, on_sent: Callable[[DeadLetter], None]) -> set[str]:
        """Send these messages, or all, to the source queue; the ids that were not found. AwsError.

        Each is sent before it is deleted: an interruption between the two sends it twice, which does no harm.
        """
        if self.source is None:
            raise AwsError("The queue that the dead letters go back to is not known: give --queue.")
        sqs = self._client()
        with aws.aws_errors():
            # All of them first: one that fails again comes back as a new message while this goes on.
            letters = list(self._receive_all(sqs))
            selected = [letter for letter in letters if ids is None or letter.id in ids]
            self._release(sqs, [letter for letter in letters if letter not in selected])
            for letter in selected:
                sqs.send_message(QueueUrl=self.source, MessageBody=letter.body)
                sqs.delete_message(QueueUrl=self.url, ReceiptHandle=letter.receipt_handle)
                on_sent(letter)
        return set(ids or ()) - {letter.id for letter in selected}

    def _client(self) -> Any:
        return aws.client(self.target, "sqs")

    def _receive_all(self, sqs: Any) -> Iterator[DeadLetter]:
        """Each message once, invisible to others from then on."""
        seen: set[str] = set()
        empty_answers = 0
        while empty_answers < _EMPTY_ANSWERS:
            messages = sqs.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=_RECEIVE_BATCH,
                VisibilityTimeout=_VISIBILITY_TIMEOUT,
                MessageAttributeNames=["All"],
                MessageSystemAttributeNames=["SentTimestamp", "ApproximateReceiveCount"],
            ).get("Messages", [])
            new = [_dead_letter(message) for message in messages if message["MessageId"] not in seen]
            for letter in new:
                seen.add(letter.id)
                yield letter
            empty_answers = 0 if new else empty_answers + 1
            if not new:
                self.sleep(_POLL_SECONDS)

    def _release(self, sqs: Any, letters: list[DeadLetter]) -> None:
        for letter in letters:
            # Visible already, where reading has taken long.
            with suppress(sqs.exceptions.MessageNotInflight):
                sqs.change_message_visibility(
                    QueueUrl=self.url, ReceiptHandle=letter.receipt_handle, VisibilityTimeout=0
                )


def _dead_letter(message: dict[str, Any]) -> DeadLetter:
    sent_at = datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)
    attributes = message.get("MessageAttributes") or {}
    return DeadLetter(
        id=message["MessageId"],
        body=message["Body"],
        sent_at=format_timestamp(sent_at),
        receives=int(message["Attributes"]["ApproximateReceiveCount"]),
        attributes={name: value["StringValue"] for name, value in attributes.items() if "StringValue" in value},
        receipt_handle=message["ReceiptHandle"],
    )
