"""What the functions tell CloudWatch: lines of their logs, and metrics of the figures in these lines.

A metric is a line of the log as well, in CloudWatch's embedded metric format (EMF). Its one dimension is `service`, the
name of the function.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from typing import Any

import msgspec
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from aws_lambda_powertools.metrics import MetricUnit

NAMESPACE = "Daybook"

# The metric of each figure that has one. A figure of zero is not published, but for those of the daily check: a check
# that finds nothing says so.
METRICS = {
    "entries_created": "EntriesCreated",
    "entries_duplicate": "EntriesDuplicate",
    "entries_rejected": "EntriesRejected",
    "deliveries_applied": "DeliveriesApplied",
    "deliveries_duplicate": "DeliveriesDuplicate",
    "deliveries_pending": "DeliveriesPending",
    "deliveries_rejected": "DeliveriesRejected",
    "events_applied": "EventsApplied",
    "events_duplicate": "EventsDuplicate",
    "events_parked": "EventsParked",
    "events_passed": "EventsPassedOver",
    "events_dead_lettered": "EventsDeadLettered",
    "events_failed": "EventsFailed",
    "bounces_unknown": "BouncesUnknown",
    "entries_indexed": "EntriesIndexed",
    "backfills_given_up": "BackfillsGivenUp",
    "entries_expired": "EntriesExpired",
    "entries_archived": "EntriesArchived",
    "objects_deleted": "ObjectsDeleted",
    "erasures_given_up": "ErasuresGivenUp",
    "exports_done": "ExportsDone",
    "exports_given_up": "ExportsGivenUp",
    "rows_exported": "RowsExported",
    "items_overdue": "ItemsOverdue",
    "contents_without_entry": "ContentsWithoutEntry",
    "events_unclaimed": "EventsUnclaimed",
}
ZERO_TOO = frozenset({"items_overdue", "contents_without_entry", "events_unclaimed"})


class Formatter(LambdaPowertoolsFormatter):
    """Lines of JSON; of an exception the traceback, without messages: they may quote an address or a text."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - of `logging`
        return "\n".join(_traceback(ei[1]))


def _traceback(error: BaseException) -> list[str]:
    """The type and the frames of an exception, after those of the exceptions that it was raised from."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    # An exception may be its own cause: `raise translated(error) from error`, where the translation is the error.
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return [line for each in reversed(chain) for line in _frames(each)]


def _frames(error: BaseException) -> list[str]:
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    return [kind, *map(str.rstrip, traceback.format_tb(error.__traceback__))]


def logger() -> Logger:
    """The function's logger; its name and level are the environment's."""
    # One line a request is a fifth of our own share of it: no look for the calling line, and the quicker serializer.
    formatter = Formatter(
        json_serializer=lambda line: msgspec.json.encode(line).decode(),
        utc=True,
        serialize_stacktrace=False,
        location=None,
    )
    return Logger(logger_formatter=formatter)


def metrics() -> Metrics:
    return Metrics(namespace=NAMESPACE)


def begin_invocation(logger: Logger, context: Any, correlation_id: str | None = None) -> None:
    """Give the following lines the ids of this invocation, and drop all keys of the one before.

    `context` is Lambda's. `correlation_id` is what others know the work by; None where that is Lambda's request id.
    """
    # Not `inject_lambda_context`: the function's name, memory and ARN are the same in all of a log group.
    request_id = context.aws_request_id
    logger.structure_logs(function_request_id=request_id, correlation_id=correlation_id or request_id)


def report(logger: Logger, metrics: Metrics, message: str, figures: Mapping[str, Any]) -> None:
    """Log a line with these figures, and publish the metrics of those that have one."""
    logger.info(message, extra=figures)
    measured = {
        METRICS[name]: value for name, value in figures.items() if name in METRICS and (value > 0 or name in ZERO_TOO)
    }
    for name, value in measured.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    if measured:
        metrics.flush_metrics()
