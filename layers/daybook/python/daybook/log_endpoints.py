"""What each route does with a request: read it, ask a service, answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from msgspec import Meta, Raw, Struct

from daybook import access, gateway, routes
from daybook.access import Caller
from daybook.contents import Contents
from daybook.entries import MAX_ENTRIES, Record
from daybook.errors import NotFoundError
from daybook.gateway import OpenRoute, Request, Response, Route
from daybook.ingest import Ingest, Results
from daybook.logs import LOGS, Log, Logs

LISTS = frozenset({"status"})


class Batch(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of POST /entries; each entry is read by itself, so that one cannot spoil the others."""

    entries: Annotated[list[Raw], Meta(min_length=1, max_length=MAX_ENTRIES)]


def post_entries(ingest: Ingest) -> Route:
    def endpoint(request: Request, who: Caller) -> Response:
        access.require_write(who)
        batch = gateway.read_body(request, Batch)
        results = ingest.post(request.parameters["org"], batch.entries)
        # Every count in every line: metric filters of the deployment read them.
        counts = {"entries_created": 0, "entries_duplicate": 0, "entries_rejected": 0}
        for result in results:
            counts[f"entries_{result.status}"] += 1
        return gateway.json(Results(results), 207 if counts["entries_rejected"] else 201, counts)

    return endpoint


def read_log(logs: Logs, log: Log) -> Route:
    def endpoint(request: Request, who: Caller) -> Response:
        record = _readable(request, who, log)
        query = gateway.read_query(request, log.query, LISTS)
        return gateway.json(logs.page(request.parameters["org"], record, log, query))

    return endpoint


def read_content(contents: Contents) -> Route:
    log = LOGS["emails"]

    def endpoint(request: Request, who: Caller) -> Response:
        record = _readable(request, who, log)
        org, entry_id = request.parameters["org"], request.parameters["entry"]
        return gateway.json(contents.read(org, record, entry_id, who, request.ip))

    return endpoint


def read_openapi(document: Callable[[], bytes]) -> OpenRoute:
    return lambda _: Response(200, document())


def log_routes(logs: Logs) -> dict[str, Route]:
    return {route: read_log(logs, LOGS[name]) for route, name in routes.LOG_ROUTES.items()}


def _readable(request: Request, who: Caller, log: Log) -> Record:
    """The record of the path, once the caller may read this log of it; the permission comes before all else."""
    access.require(who, log.permission(request.parameters["type"]))
    record = gateway.read_path(request, Record)
    if log.record_types is not None and record.type not in log.record_types:
        raise NotFoundError(f"{record.type} records have no {log.name} log")
    return record
