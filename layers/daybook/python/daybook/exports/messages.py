"""The messages that invoke the export function: an export to begin, or to continue."""

from __future__ import annotations

from typing import Protocol

import msgspec
from msgspec import Struct

from daybook.aws.sqs import MAX_DELAY


class Queue(Protocol):
    """The queue that invokes the export function: `aws.sqs.Queue`."""

    def send(self, body: str, *, delay: int = 0, tenant: str) -> None:
        """Send a message of the org `tenant` that is delivered after `delay` seconds. StoreBusyError."""


class Message(Struct, frozen=True):
    """A message of the queue: an export to begin, or to continue."""

    org: str
    id: str

    def send(self, queue: Queue, delay: int = 0) -> None:
        """Have the export continued after so many seconds, MAX_DELAY at most. StoreBusyError."""
        queue.send(msgspec.json.encode(self).decode(), delay=min(delay, MAX_DELAY), tenant=self.org)
