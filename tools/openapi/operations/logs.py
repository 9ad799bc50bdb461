"""Reading one log of a record."""

from __future__ import annotations

from daybook.api import routes
from daybook.entries.record_log import LOGS, Log

from tools.openapi import parameters
from tools.openapi.responses import problems, success
from tools.openapi.schemas import Components, Schema


def operations(components: Components) -> dict[str, Schema]:
    return {route: _operation(LOGS[name], components) for route, name in routes.LOG_ROUTES.items()}


def _operation(log: Log, components: Components) -> Schema:
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
