"""The routes that write entries, and read them by record and by org."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from msgspec import Meta, Raw, Struct

from daybook.access import callers
from daybook.access.callers import WRITE_SCOPE, Caller
from daybook.api import batches, gateway, routes
from daybook.api.gateway import Request, Response, Route
from daybook.entries.ingest import EntryResults, Ingest
from daybook.entries.messages.email_content import EmailContents
from daybook.entries.messages.message_counts import CountsQuery, MessageCounts
from daybook.entries.messages.message_events import MessageEvents
from daybook.entries.messages.org_messages import MessagesQuery, OrgMessages
from daybook.entries.record_log import LOGS, Log, RecordLogs, permissions_of
from daybook.entries.timeline import Timeline, TimelineQuery
from daybook.model.delivery_events import MessageLog
from daybook.model.entries import MAX_ENTRIES, canonical_type
from daybook.model.shown_words import any_status_of, status_of

LISTS = frozenset({"status"})
TIMELINE_LISTS = frozenset({"log"})

_MESSAGE_LOGS = {log.kind: log for log in LOGS.values() if log.statuses}
_OF_ANY_MESSAGES = {
    f"{log.kind} {kind}": permission for log in _MESSAGE_LOGS.values() for kind, permission in log.permissions.items()
}


def read_log(logs: RecordLogs, log: Log) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        record = gateway.readable_record(request, caller, log)
        query = gateway.read_query(request, log.query, LISTS, spelled={"status": partial(status_of, log=log.kind)})
        return gateway.page(partial(logs.page, request.parameters["org"], record, log), query)

    return endpoint


def read_entry(logs: RecordLogs, log: Log) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        record = gateway.readable_record(request, caller, log)
        return gateway.json(logs.entry(request.parameters["org"], record, log, request.parameters["entry"]))

    return endpoint


def read_content(contents: EmailContents) -> Route:
    log = LOGS["emails"]

    def endpoint(request: Request, caller: Caller) -> Response:
        record = gateway.readable_record(request, caller, log)
        org, entry_id = request.parameters["org"], request.parameters["entry"]
        return gateway.json(contents.read(org, record, entry_id, caller, request.ip))

    return endpoint


def list_messages(messages: OrgMessages) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.readable(caller, _OF_ANY_MESSAGES)
        query = gateway.read_query(request, MessagesQuery, LISTS, spelled={"status": any_status_of})
        readable = callers.readable(caller, _MESSAGE_LOGS[query.log].permissions)
        org = request.parameters["org"]
        return gateway.page(lambda query: messages.page(org, query, readable), query)

    return endpoint


def count_messages(counts: MessageCounts) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.readable(caller, _OF_ANY_MESSAGES)
        query = gateway.read_query(request, CountsQuery)
        readable = callers.readable(caller, _MESSAGE_LOGS[query.log].permissions)
        return gateway.json(counts.count(request.parameters["org"], query, readable))

    return endpoint


def read_timeline(timeline: Timeline) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        record_type = canonical_type(request.parameters["type"])
        readable = callers.readable(caller, permissions_of(record_type))
        record = gateway.read_record(request)
        query = gateway.read_query(request, TimelineQuery, TIMELINE_LISTS)
        asked = [log for log in LOGS.values() if log.kind in query.log]
        for log in asked:
            # As the list of that log refuses it.
            gateway.readable_record(request, caller, log)
        shown = asked or [LOGS[name] for name in readable]
        return gateway.page(partial(timeline.page, request.parameters["org"], record, shown), query)

    return endpoint


def read_events(events: MessageEvents, log: Log) -> Route:
    kind: MessageLog = log.kind  # type: ignore[assignment]

    def endpoint(request: Request, caller: Caller) -> Response:
        record = gateway.readable_record(request, caller, log)
        return gateway.json(events.read(request.parameters["org"], record, kind, request.parameters["entry"]))

    return endpoint


def event_routes(events: MessageEvents) -> dict[str, Route]:
    return {route: read_events(events, LOGS[name]) for route, name in routes.EVENT_ROUTES.items()}


def log_routes(logs: RecordLogs) -> dict[str, Route]:
    return {route: read_log(logs, LOGS[name]) for route, name in routes.LOG_ROUTES.items()}


def entry_routes(logs: RecordLogs) -> dict[str, Route]:
    return {route: read_entry(logs, LOGS[name]) for route, name in routes.ENTRY_ROUTES.items()}


class Batch(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of POST /entries; each entry is read by itself, so that one cannot spoil the others."""

    entries: Annotated[list[Raw], Meta(min_length=1, max_length=MAX_ENTRIES)]


def post_entries(ingest: Ingest) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require_scope(caller, WRITE_SCOPE)
        payloads, replaced = batches.read(request, Batch, lambda body: body.entries)
        results = ingest.post(request.parameters["org"], payloads, replaced)
        # Every count in every line, zero too: who sums them up need not ask whether there is one.
        counts = {"entries_created": 0, "entries_duplicate": 0, "entries_rejected": 0}
        for result in results:
            counts[f"entries_{result.status}"] += 1
        return gateway.json(EntryResults(results), 207 if counts["entries_rejected"] else 201, counts)

    return endpoint
