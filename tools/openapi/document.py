"""The document as a whole: the operations of every route, and the schemas that they refer to."""

from __future__ import annotations

import msgspec
from daybook.api import routes

from tools.openapi import parameters, responses, schemas, shared_schemas
from tools.openapi.operations import (
    access,
    audit,
    blacklist,
    entries,
    erasures,
    exports,
    holds,
    logs,
    orgs,
    records,
)
from tools.openapi.schemas import Schema


def file_content() -> bytes:
    """What docs/openapi.json holds: JSON in UTF-8 with an indent of 2, and a newline at its end."""
    return msgspec.json.format(msgspec.json.encode(document()), indent=2) + b"\n"


def document() -> Schema:
    """The OpenAPI 3.1 document of all routes, as data for JSON."""
    components = schemas.components()
    operations = {
        **_tagged("entries", entries.operations(components)),
        **_tagged("document", _own_operation()),
        **_tagged("logs", logs.operations(components)),
        **_tagged("access", access.operations()),
        **_tagged("orgs", orgs.operations(components)),
        **_tagged("audit", audit.operations(components)),
        **_tagged("holds", holds.operations(components)),
        **_tagged("erasures", erasures.operations()),
        **_tagged("exports", exports.operations(components)),
        **_tagged("records", records.operations(components)),
        **_tagged("blacklist", blacklist.operations(components)),
    }
    record = components.by_name["Record"]["properties"]
    paths: dict[str, Schema] = {}
    for route, operation in operations.items():
        method, path = route.split(" ")
        if routes.ORG in route and route != routes.PUT_ORG:
            # The org was not made.
            operation["responses"] = {**responses.problems(404), **operation["responses"]}
        operation["parameters"] = parameters.of_path(route, record) + operation.get("parameters", [])
        paths.setdefault(path, {})[method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Daybook",
            "version": "1",
            "description": "The communication and audit log of a business.",
        },
        "paths": shared_schemas.referring(paths),
        "components": {
            "schemas": {
                **shared_schemas.referring(components.by_name),
                **responses.schemas_of_failures(),
                **shared_schemas.schemas(),
            },
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
        "security": [{"token": []}],
    }


def _tagged(tag: str, operations: dict[str, Schema]) -> dict[str, Schema]:
    """The operations of one subject, which generated clients keep together under its name."""
    return {route: {"tags": [tag], **operation} for route, operation in operations.items()}


def _own_operation() -> dict[str, Schema]:
    return {
        routes.GET_OPENAPI: {
            "operationId": "getOpenapi",
            "summary": "This document",
            "security": [],
            "responses": {"200": responses.success("This document", {"type": "object"}), **responses.problems()},
        },
    }
