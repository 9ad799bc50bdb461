"""The parameters of an operation, in its path and in its query string."""

from __future__ import annotations

from collections.abc import Sequence

from daybook.api import routes
from daybook.api.endpoints import access
from daybook.blacklist.queries import MAX_SPELLING
from daybook.core import entry_ids
from daybook.entries.record_log import LOGS

from tools.openapi import optional_fields
from tools.openapi.schemas import Schema

# Messages have more than their logs, and so do the records that have e-mails.
OTHER_ROUTES = {
    **routes.ENTRY_ROUTES,
    **routes.EVENT_ROUTES,
    routes.GET_CONTENT: "emails",
    routes.GET_RECORD_BLACKLIST: "emails",
}

# The id is that of a job, not of a record.
OWN_IDS = frozenset({routes.GET_ERASURE, routes.GET_EXPORT, routes.DELETE_EXPORT})

ENTRY_ID: Schema = {"type": "string", "pattern": entry_ids.PATTERN}

# OpenAPI's expressions have no letters of all alphabets.
NAME: Schema = {"type": "string", "minLength": 1, "maxLength": access.MAX_NAME}
NAME_DESCRIPTION = f"of {access.PATH_NAMES}; for any other name use {routes.PUT_ACCESS}"

IF_MATCH: Schema = {
    "name": "If-Match",
    "in": "header",
    # RFC 9110, 13.1.1; elements that are empty are left to those who know that they may be.
    "schema": {"type": "string", "pattern": r'^(\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*)$'},
    "description": "the `ETag` of the state that the change is meant for, several by commas, or `*`: otherwise 412",
}


def of_path(route: str, record: Schema) -> list[Schema]:
    """The parameters in a route's path; `record` holds the schemas of a record's `type` and `id`."""
    log_name = (routes.LOG_ROUTES | OTHER_ROUTES).get(route)
    record_types = None if log_name is None else LOGS[log_name].record_types
    parameters: dict[str, Schema] = {
        "org": {"schema": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"}, "example": "riverside"},
        "type": {"schema": {"enum": list(record_types)} if record_types else record["type"], "example": "family"},
        "id": {"schema": ENTRY_ID} if route in OWN_IDS else {"schema": record["id"], "example": "101"},
        "entry": {"schema": ENTRY_ID},
        "group": {"schema": NAME, "description": NAME_DESCRIPTION, "example": "front_desk"},
        "username": {"schema": NAME, "description": NAME_DESCRIPTION, "example": "front"},
        "address": {
            # API Gateway unescapes a path before it routes, so another address might arrive.
            "schema": {"type": "string", "maxLength": MAX_SPELLING, "pattern": "^[^/%]*$"},
            "example": "jane@x.example",
        },
    }
    return [
        {"name": name, "in": "path", "required": True, **parameter}
        for name, parameter in parameters.items()
        if f"{{{name}}}" in route
    ]


def of_query(query: Schema, *, statuses: Sequence[str] = ()) -> list[Schema]:
    """The parameters in a query string, from the object schema of the type that it is read as.

    A list is given once for each item. `statuses` are the items that a list may hold.
    """
    required = query.get("required", ())
    parameters = []
    for name, schema in query["properties"].items():
        parameter = _query_parameter(name, schema, statuses)
        if name in required:
            parameter["required"] = True
        parameters.append(parameter)
    return parameters


def _query_parameter(name: str, schema: Schema, statuses: Sequence[str]) -> Schema:
    schema = optional_fields.without_default(schema)
    if "anyOf" in schema:
        # In a query string an absent parameter is simply not there; there is no null.
        schema = schema.pop("anyOf")[0] | schema
    description = schema.pop("description", None)
    parameter: Schema = {"name": name, "in": "query", "schema": schema}
    if schema.get("type") == "array":
        if statuses:
            schema["items"] = {"type": "string", "enum": list(statuses)}
        schema["minItems"] = 1
        parameter |= {"style": "form", "explode": True}
    if description:
        parameter["description"] = description
    return parameter
