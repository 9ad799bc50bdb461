"""The feedback function: a Lambda event in, its records to their entries, and what cannot be read to the dead letters.

Every record stands or falls alone. One that is malformed is sent to the dead-letter queue by itself, with the reason;
one that the store was too busy for comes again, through the queue. All of it may be delivered any number of times.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec
from aws_lambda_powertools import Logger
from msgspec import Struct

from daybook.aws.sqs import Queue
from daybook.blacklist.actions import ValidationRequest
from daybook.core import timestamps
from daybook.core.errors import StoreBusyError
from daybook.feedback.dispatch import read
from daybook.feedback.envelopes import carried
from daybook.feedback.reconcile import Outcome
from daybook.feedback.records import MalformedFeedbackError, ProviderRecord, Reading
from daybook.handlers import settings, wiring
from daybook.handlers.blacklist_wiring import blacklist
from daybook.handlers.settings import FeedbackSettings
from daybook.model import delivery_status
from daybook.model.delivery_events import RecipientEvent, TaggedSend
from daybook.model.entries import CLOCK_SKEW
from daybook.storage.table import RefusedError

# An SQS message attribute may be as long as the message; a reason that long helps nobody.
MAX_REASON = 1000


_VALIDATION = '{"validation":'


class Applying(Protocol):
    """See `daybook.reconciler.Deliveries`."""

    def apply(self, events: Sequence[RecipientEvent]) -> list[Outcome]: ...


class Logging(Protocol):
    """See `daybook.ingest.Ingest`."""

    def log_sends(self, sends: Iterable[TaggedSend]) -> None: ...


class Verifying(Protocol):
    """See `daybook.blacklist.Blacklist`."""

    def verify(self, request: ValidationRequest) -> None: ...


class Sending(Protocol):
    """See `daybook.queues.Queue`."""

    def send(self, body: str, *, delay: int = 0, attributes: Mapping[str, str] | None = None) -> None: ...


class Queued(Struct, frozen=True):
    """A message of our own in the queue."""

    validation: ValidationRequest


class _Read(Struct, frozen=True):
    """A record that could be read."""

    record: ProviderRecord
    reading: Reading


class _Outcome(Struct):
    """What became of an invocation's records."""

    counts: Counter[str]
    passed: Counter[str]
    dead: list[tuple[ProviderRecord, str]]
    failed: list[ProviderRecord]


class Intake:
    """A Lambda handler."""

    def __init__(
        self,
        *,
        reconciler: Applying,
        ingest: Logging,
        blacklist: Verifying,
        queue: Sending,
        dead_letters: Sending,
        logger: Logger,
        clock: Callable[[], datetime],
    ) -> None:
        self._reconciler = reconciler
        self._ingest = ingest
        self._blacklist = blacklist
        self._queue = queue
        self._dead_letters = dead_letters
        self._logger = logger
        self._clock = clock

    def __call__(self, event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG002 - Lambda passes two
        """The records that have to come again, as SQS wants to be told; other senders do not read the answer."""
        started = time.perf_counter()
        outcome = _Outcome(Counter(dict.fromkeys(COUNTS, 0)), Counter(), [], [])
        self._apply(list(self._readings(carried(event), outcome)), outcome)
        again = {record.receipt for record in outcome.failed if record.receipt is not None}
        self._bury(outcome, again)
        for record in outcome.failed:
            if record.receipt is None:
                self._queue.send(record.text)
        outcome.counts["events_failed"] = len(outcome.failed)
        # Ids and figures only: never an address or a text.
        self._logger.info(
            "taken in",
            extra={
                **outcome.counts,
                "passed": dict(outcome.passed),
                "milliseconds": round((time.perf_counter() - started) * 1000, 1),
            },
        )
        return {"batchItemFailures": [{"itemIdentifier": receipt} for receipt in sorted(again)]}

    def _readings(self, records: Iterable[ProviderRecord], outcome: _Outcome) -> Iterator[_Read]:
        for record in records:
            if record.fault is not None:
                outcome.dead.append((record, record.fault))
                continue
            try:
                if record.text.startswith(_VALIDATION):
                    self._verify(record, outcome)
                    continue
                reading = read(record)
                _refuse_the_future(reading, timestamps.instant(self._clock() + CLOCK_SKEW))
            except MalformedFeedbackError as error:
                outcome.dead.append((record, error.reason))
                continue
            if reading.passed is None:
                outcome.counts["bounces_unknown"] += sum(
                    delivery_status.is_unknown_bounce(one.what) for one in reading.events
                )
                yield _Read(record, reading)
            else:
                outcome.passed[reading.passed] += 1
                outcome.counts["events_passed"] += 1

    def _verify(self, record: ProviderRecord, outcome: _Outcome) -> None:
        try:
            request = msgspec.json.decode(record.text, type=Queued).validation
        except msgspec.DecodeError as error:
            raise MalformedFeedbackError(f"a request to validate an address: {error}") from error
        try:
            self._blacklist.verify(request)
        except StoreBusyError:
            outcome.failed.append(record)

    def _apply(self, found: list[_Read], outcome: _Outcome) -> None:
        """Together, since events of one message are one write; one by one where DynamoDB refuses something of it."""
        try:
            self._ingest.log_sends(send for one in found for send in one.reading.sends)
            fates = self._reconciler.apply([event for one in found for event in one.reading.events])
        except StoreBusyError:
            outcome.failed += [one.record for one in found]
        except RefusedError as error:
            if len(found) == 1:
                outcome.dead.append((found[0].record, f"the table refuses it: {error}"))
                return
            for one in found:
                self._apply([one], outcome)
        else:
            outcome.counts.update(f"events_{fate}" for fate in fates)

    def _bury(self, outcome: _Outcome, again: set[str]) -> None:
        """Send what is malformed to the dead letters, but for what comes again with its queue message anyway."""
        for record, reason in outcome.dead:
            if record.receipt in again:
                continue
            try:
                self._dead_letters.send(record.text, attributes={"reason": reason[:MAX_REASON]})
            except StoreBusyError:
                if record.receipt is None:
                    raise
                again.add(record.receipt)
            else:
                outcome.counts["events_dead_lettered"] += 1


def _refuse_the_future(reading: Reading, limit: str) -> None:
    # It would stay the last activity for ever, and no reset would outlast it.
    if any(event.what.moment > limit for event in reading.events):
        raise MalformedFeedbackError(f"the event is dated absurdly far ahead: after {limit}.")


COUNTS = (
    "events_applied", "events_duplicate", "events_parked", "events_passed", "events_dead_lettered", "events_failed",
    "bounces_unknown",
)  # fmt: skip


def intake(environ: Mapping[str, str]) -> Intake:
    config = settings.read(environ, FeedbackSettings)
    table = wiring.table(config)
    ingest = wiring.ingest(config, table, wiring.bodies(config))
    return Intake(
        reconciler=wiring.reconciler(config, table),
        ingest=ingest,
        blacklist=blacklist(config, table, ingest),
        queue=Queue(url=config.feedback_queue_url, region=config.aws_region),
        dead_letters=Queue(url=config.dead_letters_url, region=config.aws_region),
        logger=wiring.logger(),
        clock=wiring.now,
    )
