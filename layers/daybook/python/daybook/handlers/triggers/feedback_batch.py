"""A batch of feedback: a Lambda event in, its records to their entries, malformed ones to the dead-letter queue.

Every record succeeds or fails alone. One that is malformed is sent to the dead-letter queue by itself, with the reason;
one that the store was too busy for is retried through its queue. All of it may be delivered any number of times.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from msgspec import Struct

from daybook.aws.sqs import Queue
from daybook.blacklist.actions import BlacklistActions, ValidationRequest
from daybook.core import timestamps
from daybook.core.errors import StoreBusyError
from daybook.entries.ingest import Ingest
from daybook.feedback.dispatch import read
from daybook.feedback.envelopes import unwrap
from daybook.feedback.reconcile import Reconciler
from daybook.feedback.records import MalformedFeedbackError, ProviderRecord, Reading
from daybook.model import delivery_status
from daybook.model.entries import CLOCK_SKEW
from daybook.storage.table import RefusedError

# An SQS message attribute may be as long as the message; a reason that long helps nobody.
MAX_REASON = 1000

COUNTS = (
    "events_applied", "events_duplicate", "events_parked", "events_passed", "events_dead_lettered", "events_failed",
    "bounces_unknown",
)  # fmt: skip
_VALIDATION = '{"validation":'


class ValidationMessage(Struct, frozen=True):
    """A message of our own in the feedback queue: an address to be verified."""

    validation: ValidationRequest


class _ReadRecord(Struct, frozen=True):
    record: ProviderRecord
    reading: Reading


class _Batch(Struct):
    """What became of the records so far: those to dead-letter with the reason, and those to retry."""

    counts: Counter[str]
    ignored: Counter[str]
    malformed: list[tuple[ProviderRecord, str]]
    failed: list[ProviderRecord]


class FeedbackHandler:
    def __init__(
        self,
        *,
        reconciler: Reconciler,
        ingest: Ingest,
        blacklist: BlacklistActions,
        queue: Queue,
        dead_letters: Queue,
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

    def __call__(self, event: dict[str, Any]) -> dict[str, Any]:
        """The partial batch response of SQS: the ids of messages to deliver again. Other senders do not read it."""
        started = time.perf_counter()
        batch = _Batch(Counter(dict.fromkeys(COUNTS, 0)), Counter(), [], [])
        self._apply(list(self._readings(unwrap(event), batch)), batch)
        retried = {record.sqs_message_id for record in batch.failed if record.sqs_message_id is not None}
        self._dead_letter(batch, retried)
        for record in batch.failed:
            if record.sqs_message_id is None:
                self._queue.send(record.text)
        batch.counts["events_failed"] = len(batch.failed)
        # Ids and figures only: never an address or a text.
        self._logger.info(
            "taken in",
            extra={
                **batch.counts,
                "passed": dict(batch.ignored),
                "milliseconds": round((time.perf_counter() - started) * 1000, 1),
            },
        )
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in sorted(retried)]}

    def _readings(self, records: Iterable[ProviderRecord], batch: _Batch) -> Iterator[_ReadRecord]:
        """The records that tell of deliveries; all others are done here, or noted in the batch."""
        for record in records:
            if record.error is not None:
                batch.malformed.append((record, record.error))
                continue
            try:
                if record.text.startswith(_VALIDATION):
                    self._verify(record, batch)
                    continue
                reading = read(record)
                _reject_future_events(reading, timestamps.instant(self._clock() + CLOCK_SKEW))
            except MalformedFeedbackError as error:
                batch.malformed.append((record, error.reason))
                continue
            if reading.ignored is None:
                batch.counts["bounces_unknown"] += sum(
                    delivery_status.is_unknown_bounce(event.event) for event in reading.events
                )
                yield _ReadRecord(record, reading)
            else:
                batch.ignored[reading.ignored] += 1
                batch.counts["events_passed"] += 1

    def _verify(self, record: ProviderRecord, batch: _Batch) -> None:
        try:
            request = msgspec.json.decode(record.text, type=ValidationMessage).validation
        except msgspec.DecodeError as error:
            raise MalformedFeedbackError(f"a request to validate an address: {error}") from error
        try:
            self._blacklist.verify(request)
        except StoreBusyError:
            batch.failed.append(record)

    def _apply(self, records: Sequence[_ReadRecord], batch: _Batch) -> None:
        """Together, since events of one message are one write; one by one where DynamoDB refuses something of it."""
        try:
            self._ingest.log_sends(send for each in records for send in each.reading.sends)
            outcomes = self._reconciler.apply([event for each in records for event in each.reading.events])
        except StoreBusyError:
            batch.failed += [each.record for each in records]
        except RefusedError as error:
            if len(records) == 1:
                batch.malformed.append((records[0].record, f"the table refuses it: {error}"))
                return
            for each in records:
                self._apply([each], batch)
        else:
            batch.counts.update(f"events_{outcome}" for outcome in outcomes)

    def _dead_letter(self, batch: _Batch, retried: set[str]) -> None:
        """Send malformed records to the dead-letter queue, but for those whose SQS message is retried anyway."""
        for record, reason in batch.malformed:
            if record.sqs_message_id in retried:
                continue
            try:
                self._dead_letters.send(record.text, attributes={"reason": reason[:MAX_REASON]})
            except StoreBusyError:
                if record.sqs_message_id is None:
                    raise
                retried.add(record.sqs_message_id)
            else:
                batch.counts["events_dead_lettered"] += 1


def _reject_future_events(reading: Reading, limit: str) -> None:
    # It would stay the last activity for ever, and no reset would outlast it.
    if any(event.event.moment > limit for event in reading.events):
        raise MalformedFeedbackError(f"the event is dated absurdly far ahead: after {limit}.")
