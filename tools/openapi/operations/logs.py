"""Reading one log of a record, a page or an entry."""

from __future__ import annotations

from daybook.api import routes
from daybook.entries.record_log import LOGS, Log

from tools.openapi import parameters
from tools.openapi.responses import problems, success
from tools.openapi.schemas import ROW_TYPES, Components, Schema, ref


def operations(components: Components) -> dict[str, Schema]:
    pages = {route: _page(LOGS[name], components) for route, name in routes.LOG_ROUTES.items()}
    return pages | {route: _entry(LOGS[name]) for route, name in routes.ENTRY_ROUTES.items()}


def _page(log: Log, components: Components) -> Schema:
    record_types = ", ".join(log.record_types or ("any",))
    return {
        "operationId": f"get{log.name.title()}",
        "summary": f"The {log.name} log of a record, a page at a time",
        "description": f"Kept for {record_types} records. A page may be short and still have a `next`.",
        "parameters": parameters.of_query(components.queries[log.query], statuses=log.statuses),
        "responses": {
            "200": success("A page", components.log_pages[log.name]),
            **problems(400, 401, 403, 404, 422, 503),
        },
    }


def _entry(log: Log) -> Schema:
    return {
        "operationId": f"get{log.kind.title()}Entry",
        "summary": f"One entry of the {log.name} log of a record, as a page of that shows it",
        "responses": {
            "200": success("The entry", ref(ROW_TYPES[log.name].__name__)),
            **problems(401, 403, 404, 422, 503),
        },
    }
