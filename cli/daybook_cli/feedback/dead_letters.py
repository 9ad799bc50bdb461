"""The dead-letter queue: what is in it, and the way back to where it came from."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from daybook_cli.connection import aws
from daybook_cli.connection.aws import AwsError, Site

RECEIVE_BATCH = 10
# Long enough to read a queue through before the first of it is seen again.
HELD_SECONDS = 120
# A queue is spread over several servers, of which an answer asks some: one that is empty does not mean much.
EMPTY_ANSWERS = 5
EXCERPT = 100
# Ours, and the one that Lambda writes for a failed invocation.
REASONS = ("reason", "ErrorMessage")


@dataclass(frozen=True)
class Letter:
    """One message of the queue, held for a while."""

    id: str
    body: str
    sent_at: str
    receives: int
    attributes: dict[str, str]
    receipt: str

    @property
    def reason(self) -> str:
        """Why it is here; a message that was tried too often has none."""
        told = next((self.attributes[name] for name in REASONS if name in self.attributes), None)
        return told or "tried too often"

    def row(self) -> dict[str, Any]:
        return {"id": self.id, "sent_at": self.sent_at, "reason": self.reason, "text": self.body[:EXCERPT]}

    def whole(self) -> dict[str, Any]:
        told = {"id": self.id, "sent_at": self.sent_at, "receives": self.receives, "reason": self.reason}
        return {**told, "attributes": self.attributes, "text": self.body}


@dataclass(frozen=True)
class DeadLetters:
    """`url` is the dead-letter queue, `origin` the one that its messages go back to."""

    site: Site
    url: str
    origin: str | None = None
    pause: Callable[[float], object] = time.sleep

    def all(self) -> list[Letter]:
        """All of them, oldest first; they are free again for others when this returns."""
        sqs = self._client()
        with aws.told():
            letters = list(self._held(sqs))
            self._release(sqs, letters)
        return sorted(letters, key=lambda letter: letter.sent_at)

    def redrive(self, ids: set[str] | None, done: Callable[[Letter], None]) -> set[str]:
        """Send these, or all, back to their queue; the ids that were not found.

        A letter is sent before it is deleted: who is interrupted between the two sends it twice, which does no harm.
        """
        if self.origin is None:
            raise AwsError("The queue that the dead letters go back to is not known: give --queue.")
        sqs = self._client()
        with aws.told():
            # All of them first: one that fails again comes back as a new letter, while this is still going on.
            held = list(self._held(sqs))
            meant = [letter for letter in held if ids is None or letter.id in ids]
            self._release(sqs, [letter for letter in held if letter not in meant])
            for letter in meant:
                sqs.send_message(QueueUrl=self.origin, MessageBody=letter.body)
                sqs.delete_message(QueueUrl=self.url, ReceiptHandle=letter.receipt)
                done(letter)
        return set(ids or ()) - {letter.id for letter in meant}

    def _client(self) -> Any:
        return aws.client(self.site, "sqs")

    def _held(self, sqs: Any) -> Iterator[Letter]:
        """Each letter once."""
        seen: set[str] = set()
        empty = 0
        while empty < EMPTY_ANSWERS:
            found = sqs.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=RECEIVE_BATCH,
                VisibilityTimeout=HELD_SECONDS,
                MessageAttributeNames=["All"],
                MessageSystemAttributeNames=["SentTimestamp", "ApproximateReceiveCount"],
            ).get("Messages", [])
            fresh = [_letter(message) for message in found if message["MessageId"] not in seen]
            empty = 0 if fresh else empty + 1
            for letter in fresh:
                seen.add(letter.id)
                yield letter
            if not fresh:
                self.pause(0.1)

    def _release(self, sqs: Any, letters: list[Letter]) -> None:
        for letter in letters:
            # Free already, where reading has taken so long.
            with suppress(sqs.exceptions.MessageNotInflight):
                sqs.change_message_visibility(QueueUrl=self.url, ReceiptHandle=letter.receipt, VisibilityTimeout=0)


def _letter(message: dict[str, Any]) -> Letter:
    sent = datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)
    attributes = message.get("MessageAttributes") or {}
    return Letter(
        id=message["MessageId"],
        body=message["Body"],
        sent_at=sent.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        receives=int(message["Attributes"]["ApproximateReceiveCount"]),
        attributes={name: value["StringValue"] for name, value in attributes.items() if "StringValue" in value},
        receipt=message["ReceiptHandle"],
    )
