"""A batch of feedback: a Lambda event in, its records to their entries, malformed ones to the dead-letter queue.

Every record succeeds or fails alone. One that is malformed is sent to the dead-letter queue by itself, with the reason;
one that the store was too busy for, or that failed unforeseen, is retried through its queue. All of it may be delivered
any number of times.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec
from aws_lambda_powertools import Logger, Metrics
from msgspec import Struct

from daybook.access.orgs import Orgs
from daybook.aws import cloudwatch
from daybook.aws.sqs import Queue
from daybook.blacklist.actions import BlacklistActions, ValidationRequest
from daybook.core import timestamps
from daybook.core.errors import StoreBusyError, UnknownOrgError
from daybook.entries.ingest import Ingest
from daybook.feedback.providers.dispatch import read
from daybook.feedback.providers.envelopes import unwrap
from daybook.feedback.providers.records import UNMATCHED, MalformedFeedbackError, ProviderRecord, Reading
from daybook.feedback.reconcile import Reconciler
from daybook.handlers.triggers import partial_batches
from daybook.model import delivery_status
from daybook.model.entries import CLOCK_SKEW
from daybook.storage.table import RefusedError

if TYPE_CHECKING:
    # A start does not load it for the sake of a type.
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

# An SQS message attribute may be as long as the message; a reason that long helps nobody.
MAX_REASON = 1000

# From this delivery of a message on, a record may be what keeps the others waiting: the queue makes five.
SUSPECT_DELIVERY = 3

# Of the 28 of an invocation: a store that is busy for all takes its time with each attempt.
SPLIT_SECONDS = 8

COUNTS = (
    "events_applied", "events_duplicate", "events_parked", "events_passed", "events_dead_lettered", "events_failed",
    "bounces_unknown",
)  # fmt: skip
_UNMATCHED = "unmatched"

# After these outcomes the tags of an e-mail are asked for its entry. A duplicate may be the second try of a record: its
# event was stored as pending, and the entry was not.
_MAY_LACK_ENTRY = frozenset({"parked", "duplicate"})

# Python refuses to parse thousands of digits.
_MAX_DIGITS = 20
_VALIDATION = '{"validation":'


class ValidationMessage(Struct, frozen=True):
    """A message of our own in the feedback queue: an address to be verified."""

    validation: ValidationRequest


class _ReadRecord(Struct, frozen=True):
    record: ProviderRecord
    reading: Reading


class _Batch(Struct):
    """What became of the records so far: those to dead-letter with the reason, and those to retry.

    Until `split_until`, a time of `time.perf_counter`, records for which the store is busy are tried apart.
    """

    counts: Counter[str]
    ignored: Counter[str]
    malformed: list[tuple[ProviderRecord, str]]
    failed: list[ProviderRecord]
    split_until: float


class _BusyAgainError(Exception):
    """The store is busy for records of which one has come several times: it may be busy for that one only."""


class FeedbackHandler:
    def __init__(
        self,
        *,
        reconciler: Reconciler,
        ingest: Ingest,
        orgs: Orgs,
        blacklist: BlacklistActions,
        queue: Queue,
        dead_letters: Queue,
        logger: Logger,
        metrics: Metrics,
        clock: Callable[[], datetime],
    ) -> None:
        self._reconciler = reconciler
        self._ingest = ingest
        self._orgs = orgs
        self._blacklist = blacklist
        self._queue = queue
        self._dead_letters = dead_letters
        self._logger = logger
        self._metrics = metrics
        self._clock = clock

    def __call__(self, event: dict[str, Any], context: Any) -> PartialItemFailureResponse:
        """The partial batch response of SQS: the ids of messages to deliver again. Other senders do not read it."""
        started = time.perf_counter()
        # Where an invocation that is not of the queue fails for good, its dead letter has the request's id as well.
        cloudwatch.begin_invocation(self._logger, context)
        split_until = started + SPLIT_SECONDS if _has_suspect(event) else started
        batch = _Batch(Counter(dict.fromkeys(COUNTS, 0)), Counter(), [], [], split_until)
        partial_batches.process(
            list(self._readings(unwrap(event), batch)),
            partial(self._apply, batch=batch),
            lambda each, error: self._fail(batch, each.record, error),
            self._logger,
        )
        retried = {record.sqs_message_id for record in batch.failed if record.sqs_message_id is not None}
        self._dead_letter(batch, retried)
        for record in batch.failed:
            if record.sqs_message_id is None:
                self._queue.send(record.text)
        batch.counts["events_failed"] = len(batch.failed)
        # Ids and figures only: never an address or a text.
        figures = {
            **batch.counts,
            "passed": dict(batch.ignored),
            "milliseconds": round((time.perf_counter() - started) * 1000, 1),
        }
        cloudwatch.report(self._logger, self._metrics, "taken in", figures)
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in sorted(retried)]}

    def _readings(self, records: Iterable[ProviderRecord], batch: _Batch) -> Iterator[_ReadRecord]:
        """The records that tell of deliveries; all others are done here, or noted in the batch."""
        for record in records:
            try:
                reading = self._read(record, batch)
            except MalformedFeedbackError as error:
                batch.malformed.append((record, error.reason))
            except StoreBusyError:
                batch.failed.append(record)
            except Exception as error:  # noqa: BLE001 - whatever it is, it must not cost the other records
                self._fail(batch, record, error)
            else:
                if reading is not None:
                    yield _ReadRecord(record, reading)

    def _read(self, record: ProviderRecord, batch: _Batch) -> Reading | None:
        """What a record tells of deliveries; None where it is about something else.

        MalformedFeedbackError, StoreBusyError.
        """
        if record.error is not None:
            raise MalformedFeedbackError(record.error)
        if record.text.startswith(_VALIDATION):
            self._verify(record)
            return None
        reading = read(record)
        _reject_future_events(reading, timestamps.instant(self._clock() + CLOCK_SKEW))
        if reading.ignored is not None:
            batch.ignored[reading.ignored] += 1
            batch.counts["events_passed"] += 1
            return None
        for send in reading.sends:
            try:
                self._orgs.require(send.org)
            except UnknownOrgError as error:
                raise MalformedFeedbackError(f"the message's tags: {error.detail}; then redrive it") from error
        batch.counts["bounces_unknown"] += sum(
            delivery_status.is_unknown_bounce(event.event) for event in reading.events
        )
        return reading

    def _verify(self, record: ProviderRecord) -> None:
        """Do a verification that was asked for. MalformedFeedbackError, StoreBusyError."""
        try:
            request = msgspec.json.decode(record.text, type=ValidationMessage).validation
        except msgspec.DecodeError as error:
            raise MalformedFeedbackError(f"a request to validate an address: {error}") from error
        self._blacklist.verify(request)

    def _apply(self, records: Sequence[_ReadRecord], batch: _Batch) -> None:
        """Together, since events of one message are one write."""
        try:
            self._ingest.log_sends(send for each in records if each.reading.is_sending for send in each.reading.sends)
            outcomes = self._outcomes(records)
            self._ingest.log_sends(
                (
                    send
                    for each, of_record in zip(records, outcomes, strict=True)
                    if not each.reading.is_sending and not _MAY_LACK_ENTRY.isdisjoint(of_record)
                    for send in each.reading.sends
                ),
                is_late=True,
            )
        except StoreBusyError as error:
            if time.perf_counter() < batch.split_until:
                raise _BusyAgainError from error
            batch.failed += [each.record for each in records]
        else:
            for each, of_record in zip(records, outcomes, strict=True):
                _note(each, of_record, batch)

    def _outcomes(self, records: Sequence[_ReadRecord]) -> list[list[str]]:
        """Apply the events; their outcomes by record."""
        outcomes = iter(self._reconciler.apply([event for each in records for event in each.reading.events]))
        return [list(islice(outcomes, len(each.reading.events))) for each in records]

    def _fail(self, batch: _Batch, record: ProviderRecord, error: Exception) -> None:
        """A record that is refused will not be taken later either; any other is retried."""
        if isinstance(error, RefusedError):
            batch.malformed.append((record, f"the table refuses it: {error}"))
            return
        if not isinstance(error, _BusyAgainError):
            self._logger.error("record failed", exc_info=error, extra={"message_id": record.sqs_message_id})
        batch.failed.append(record)

    def _dead_letter(self, batch: _Batch, retried: set[str]) -> None:
        """Send malformed records to the dead-letter queue, but for those whose SQS message is retried anyway."""
        for record, reason in batch.malformed:
            if record.sqs_message_id in retried:
                continue
            try:
                self._dead_letters.send(record.text, attributes={"reason": reason[:MAX_REASON]})
            except Exception as error:
                if record.sqs_message_id is None:
                    raise
                if not isinstance(error, StoreBusyError):
                    self._logger.exception("dead letter not sent", extra={"message_id": record.sqs_message_id})
                retried.add(record.sqs_message_id)
            else:
                batch.counts["events_dead_lettered"] += 1


def _note(read_record: _ReadRecord, outcomes: list[str], batch: _Batch) -> None:
    """Count what became of a record's events, and dead-letter one that names none of its message's recipients.

    An `unmatched` event is stored as pending: its recipient may still be posted.
    """
    batch.counts.update(f"events_{'parked' if outcome == _UNMATCHED else outcome}" for outcome in outcomes)
    reason = read_record.reading.unmatched or (UNMATCHED if _UNMATCHED in outcomes else None)
    if reason is not None:
        batch.malformed.append((read_record.record, reason))


def _has_suspect(event: Any) -> bool:
    """Whether one of the queue's messages is in its SUSPECT_DELIVERY or a later one. Never raises."""
    match event:
        case {"Records": [*records]}:
            return any(_deliveries(record) >= SUSPECT_DELIVERY for record in records)
    return False


def _deliveries(record: Any) -> int:
    """How often SQS says that it has delivered the message; 1 where it does not say."""
    match record:
        case {"attributes": {"ApproximateReceiveCount": str(count)}} if len(count) < _MAX_DIGITS and count.isdecimal():
            return int(count)
    return 1


def _reject_future_events(reading: Reading, limit: str) -> None:
    # It would stay the last activity for ever, and no reset would outlast it.
    if any(event.event.moment > limit for event in reading.events):
        raise MalformedFeedbackError(f"the event is dated absurdly far ahead: after {limit}.")
