"""The OpenAPI document, made from the types that validate requests and write answers."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from functools import cache
from types import GenericAlias
from typing import Any, get_args

import msgspec
from msgspec import Struct, defstruct

from daybook.access import grants, org_settings
from daybook.api import access, audit, routes
from daybook.api.blacklist import ResetBody
from daybook.api.gateway import Problem
from daybook.audit import staff
from daybook.audit.log import AuditQuery, OrgAuditPage
from daybook.blacklist import actions, address_status
from daybook.blacklist.queries import MAX_SPELLING, BlacklistPage, BlacklistQuery, Blocks, Check, Checked
from daybook.core import entry_ids
from daybook.entries import ingest, org_messages, record_log, timeline
from daybook.entries.record_log import LOGS, Log
from daybook.erasure import requests
from daybook.holds import holds
from daybook.model import entries, responses
from daybook.model.entries import Entry, Record

Schema = dict[str, Any]


REF = "#/components/schemas/{name}"


PROBLEMS = {
    400: "Malformed, or a cursor that this list did not give out",
    401: "No token, an expired one, or one from another issuer",
    403: "Another org's token, or a missing permission or scope",
    404: "No such thing",
    405: "Not with this method",
    409: "Not as things stand",
    413: "Over 1 MiB",
    422: "Understood, and wrong: `errors` says where",
    503: "The store throttles; try again after `Retry-After` seconds",
}


ROWS: dict[str, Any] = dict(zip(LOGS, get_args(responses.Row), strict=True))


QUERIES = (
    record_log.PlainQuery,
    record_log.MessageQuery,
    BlacklistQuery,
    org_messages.MessagesQuery,
    timeline.TimelineQuery,
    AuditQuery,
    staff.StaffQuery,
    holds.HoldsQuery,
)


# What else there is of e-mails, hence of records that have some.
OF_EMAILS = frozenset({routes.GET_CONTENT, routes.GET_EVENTS, routes.GET_RECORD_BLACKLIST})


ENTRY_ID: Schema = {"type": "string", "pattern": entry_ids.PATTERN}


GATEWAY_MESSAGE: Schema = {"type": "object", "properties": {"message": {"type": "string"}}, "required": ["message"]}


def _page_type(name: str) -> type[Struct]:
    entries_type = GenericAlias(list, (ROWS[name],))
    return defstruct(f"{name.title()}Page", [("entries", entries_type), ("next", str | None)])


@cache
def document_bytes() -> bytes:
    """The document as it is served."""
    return msgspec.json.format(msgspec.json.encode(document()), indent=2)


def document() -> Schema:
    """The document for all routes."""
    page_types = {name: _page_type(name) for name in LOGS}
    kinds = [
        Entry,
        Record,
        record_log.PlainQuery,
        record_log.MessageQuery,
        ingest.Results,
        responses.Content,
        responses.Events,
        Problem,
        address_status.Block,
        actions.Reset,
        ResetBody,
        BlacklistPage,
        BlacklistQuery,
        Blocks,
        Check,
        Checked,
        timeline.TimelinePage,
        timeline.TimelineQuery,
        org_messages.MessagePage,
        org_messages.MessagesQuery,
        grants.OrgGrants,
        grants.Permissions,
        org_settings.Settings,
        OrgAuditPage,
        AuditQuery,
        responses.OrgAuditEntry,
        staff.StaffPage,
        staff.StaffQuery,
        holds.Hold,
        holds.HoldPage,
        holds.HoldsQuery,
        holds.Reason,
        requests.Erasure,
        *page_types.values(),
    ]
    schemas, components = msgspec.json.schema_components(kinds, ref_template=REF)
    for component in components.values():
        if "description" in component:
            # Docstrings: Python takes their indentation away since 3.13.
            component["description"] = inspect.cleandoc(component["description"])
    components["Batch"] = _batch(schemas[0])
    pages = dict(zip(page_types, schemas[-len(page_types) :], strict=True))
    queries = {kind: components.pop(kind.__name__) for kind in QUERIES}
    record = components["Record"]["properties"]
    paths: dict[str, Schema] = {}
    for route, operation in _operations(pages, queries).items():
        method, path = route.split(" ")
        operation["parameters"] = _path_parameters(route, record) + operation.get("parameters", [])
        paths.setdefault(path, {})[method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Daybook",
            "version": "1",
            "description": "The communication and audit log of a business.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
        "security": [{"token": []}],
    }


def _batch(entry: Schema) -> Schema:
    return {
        "title": "Batch",
        "description": "1 to 100 entries, 1 MiB at most; each stands or falls alone.",
        "type": "object",
        "properties": {
            "entries": {"type": "array", "items": entry, "minItems": 1, "maxItems": entries.MAX_ENTRIES},
        },
        "required": ["entries"],
        "additionalProperties": False,
    }


def _operations(pages: dict[str, Schema], queries: Mapping[Any, Schema]) -> dict[str, Schema]:
    listed = queries[org_messages.MessagesQuery]
    operations: dict[str, Schema] = {
        routes.POST_ENTRIES: {
            "operationId": "postEntries",
            "summary": "Write entries",
            "description": "Needs the scope daybook/write.",
            "requestBody": {"required": True, "content": _json({"$ref": REF.format(name="Batch")})},
            "responses": {
                "201": _answer("None was rejected", {"$ref": REF.format(name="Results")}),
                "207": _answer("Some were rejected", {"$ref": REF.format(name="Results")}),
                **_problems(400, 401, 403, 413, 422, 503),
            },
        },
        routes.GET_CONTENT: {
            "operationId": "getEmailContent",
            "summary": "The content of an e-mail; the look is itself an audit entry",
            "responses": {
                "200": _answer("The content", {"$ref": REF.format(name="Content")}),
                **_problems(401, 403, 404, 422, 503),
            },
        },
        routes.GET_TIMELINE: {
            "operationId": "getTimeline",
            "summary": "All the logs of a record that the caller may see, merged, newest first",
            "description": "By the entries' own dates. Record types that have no such log simply have none of it.",
            "parameters": [
                _query_parameter(name, schema) for name, schema in queries[timeline.TimelineQuery]["properties"].items()
            ],
            "responses": {
                "200": _answer("A page", {"$ref": REF.format(name="TimelinePage")}),
                **_problems(400, 401, 403, 422, 503),
            },
        },
        routes.GET_MESSAGES: {
            "operationId": "getMessages",
            "summary": "Every message of one status in the whole org, newest first",
            "description": "Of family and staff records, as the caller may see. A page may be short and have a `next`.",
            "parameters": [
                _query_parameter(name, schema) | ({"required": True} if name in listed["required"] else {})
                for name, schema in listed["properties"].items()
            ],
            "responses": {
                "200": _answer("A page", {"$ref": REF.format(name="MessagePage")}),
                **_problems(400, 401, 403, 422, 503),
            },
        },
        routes.GET_EVENTS: {
            "operationId": "getEmailEvents",
            "summary": "Every delivery event known of an e-mail, oldest first",
            "responses": {
                "200": _answer("The events", {"$ref": REF.format(name="Events")}),
                **_problems(401, 403, 404, 422, 503),
            },
        },
        routes.GET_OPENAPI: {
            "operationId": "getOpenapi",
            "summary": "This document",
            "security": [],
            "responses": {"200": _answer("This document", {"type": "object"})},
        },
    }
    for route, name in routes.LOG_ROUTES.items():
        operations[route] = _log_operation(LOGS[name], pages[name], queries[LOGS[name].query])
    operations |= _access_operations()
    operations |= _audit_operations(queries)
    operations |= _hold_operations(queries[holds.HoldsQuery])
    operations |= _erasure_operations()
    return operations | _blacklist_operations(queries[BlacklistQuery])


def _access_operations() -> dict[str, Schema]:
    permissions = {"$ref": REF.format(name="Permissions")}
    change = {
        "description": "Replaces what was granted; an empty list removes it. In force everywhere within 60 s. Audited.",
        "requestBody": {"required": True, "content": _json(permissions)},
    }
    changed = {"200": _answer("What is granted now", permissions), **_problems(400, 401, 403, 413, 422, 503)}
    settings = {"$ref": REF.format(name="Settings")}
    return {
        routes.GET_ACCESS: {
            "operationId": "getAccess",
            "summary": "Every grant of the org; the group admin has all permissions without one",
            "responses": {
                "200": _answer("The grants", {"$ref": REF.format(name="OrgGrants")}),
                **_problems(401, 403, 503),
            },
        },
        routes.GET_ACCESS_ME: {
            "operationId": "getOwnAccess",
            "summary": "The caller's own effective permissions",
            "responses": {"200": _answer("They may", permissions), **_problems(401, 403, 503)},
        },
        routes.PUT_GROUP_ACCESS: {
            "operationId": "putGroupAccess",
            "summary": "What the members of a group may",
            **change,
            "responses": {**changed, **_problems(409)},
        },
        routes.PUT_STAFF_ACCESS: {
            "operationId": "putStaffAccess",
            "summary": "What one staff member may, beyond their groups",
            **change,
            "responses": changed,
        },
        routes.GET_SETTINGS: {
            "operationId": "getSettings",
            "summary": "The org's settings",
            "responses": {"200": _answer("The settings", settings), **_problems(401, 403, 503)},
        },
        routes.PUT_SETTINGS: {
            "operationId": "putSettings",
            "summary": "Change the org's settings; an audit entry",
            "requestBody": {"required": True, "content": _json(settings)},
            "responses": {"200": _answer("The settings now", settings), **_problems(400, 401, 403, 413, 422, 503)},
        },
    }


def _audit_operations(queries: Mapping[Any, Schema]) -> dict[str, Schema]:
    asked = queries[AuditQuery]["properties"]
    return {
        routes.GET_ORG_AUDIT: {
            "operationId": "getOrgAudit",
            "summary": "The audit log of the org, by date, staff and source, and by the line that staff type",
            "description": "A search stops after some seconds: such a page is short, and has a `next` to go on with.",
            "parameters": [
                _query_parameter(name, schema) | ({"explode": True} if name in audit.REPEATABLE else {})
                for name, schema in asked.items()
            ],
            "responses": {
                "200": _answer("A page", {"$ref": REF.format(name="OrgAuditPage")}),
                **_problems(400, 401, 403, 422, 503),
            },
        },
        routes.GET_AUDIT_STAFF: {
            "operationId": "getAuditStaff",
            "summary": "The usernames in the org's audit log with the time of the last entry of each, by username",
            "description": "A page may be short and still have a `next`.",
            "parameters": [
                _query_parameter(name, schema) for name, schema in queries[staff.StaffQuery]["properties"].items()
            ],
            "responses": {
                "200": _answer("A page", {"$ref": REF.format(name="StaffPage")}),
                **_problems(400, 401, 403, 422, 503),
            },
        },
        routes.GET_AUDIT_ENTRY: {
            "operationId": "getAuditEntry",
            "summary": "One entry of the audit log, with all that it says of the affected records",
            "responses": {
                "200": _answer("The entry", {"$ref": REF.format(name="OrgAuditEntry")}),
                **_problems(401, 403, 404, 503),
            },
        },
    }


def _hold_operations(query: Schema) -> dict[str, Schema]:
    hold = {"$ref": REF.format(name="Hold")}
    return {
        routes.GET_HOLDS: {
            "operationId": "getHolds",
            "summary": "The holds of the org, by record",
            "description": "A page may be short and still have a `next`.",
            "parameters": [_query_parameter(name, schema) for name, schema in query["properties"].items()],
            "responses": {
                "200": _answer("A page", {"$ref": REF.format(name="HoldPage")}),
                **_problems(400, 401, 403, 422, 503),
            },
        },
        routes.PUT_HOLD: {
            "operationId": "putHold",
            "summary": "Stop expiry for the entries and contents of a record, also for those still to be written",
            "description": "Another reason replaces the last. Entries follow: `status` tells. Changes are audited.",
            "requestBody": {"required": True, "content": _json({"$ref": REF.format(name="Reason")})},
            "responses": {"200": _answer("The hold", hold), **_problems(400, 401, 403, 413, 422, 503)},
        },
        routes.DELETE_HOLD: {
            "operationId": "deleteHold",
            "summary": "Let a record's entries and contents expire again",
            "description": "Each at its own time; what is past that stays for the grace period. An audit entry.",
            "responses": {"200": _answer("The hold as it was", hold), **_problems(401, 403, 404, 422, 503)},
        },
    }


def _erasure_operations() -> dict[str, Schema]:
    erasure = {"$ref": REF.format(name="Erasure")}
    return {
        routes.POST_ERASE: {
            "operationId": "postErase",
            "summary": "Erase the people of a record from its entries, for good",
            "description": "Of what is here by now; it goes on in the background. An audit entry.",
            "requestBody": {"required": True, "content": _json({"$ref": REF.format(name="Reason")})},
            "responses": {
                "202": _answer("The erasure, under way", erasure),
                **_problems(400, 401, 403, 409, 413, 422, 503),
            },
        },
        routes.GET_ERASURE: {
            "operationId": "getErasure",
            "summary": "How far an erasure is",
            "responses": {"200": _answer("The erasure", erasure), **_problems(401, 403, 404, 503)},
        },
    }


def _blacklist_operations(query: Schema) -> dict[str, Schema]:
    block = {"$ref": REF.format(name="Block")}
    return {
        routes.GET_BLACKLIST: {
            "operationId": "getBlacklist",
            "summary": "The addresses that must not be written to, in their own order, a page at a time",
            "description": "A page may be short and still have a `next`.",
            "parameters": [_query_parameter(name, schema) for name, schema in query["properties"].items()],
            "responses": {
                "200": _answer("A page", {"$ref": REF.format(name="BlacklistPage")}),
                **_problems(400, 401, 403, 422, 503),
            },
        },
        routes.GET_BLOCK: {
            "operationId": "getBlacklistEntry",
            "summary": "One address of the blacklist, in any spelling",
            "responses": {"200": _answer("The entry", block), **_problems(401, 403, 404, 422, 503)},
        },
        routes.GET_RECORD_BLACKLIST: {
            "operationId": "getRecordBlacklist",
            "summary": "The blacklisted ones among the addresses in the e-mail log of a record",
            "responses": {
                "200": _answer("The entries", {"$ref": REF.format(name="Blocks")}),
                **_problems(401, 403, 404, 422, 503),
            },
        },
        routes.POST_CHECK: {
            "operationId": "checkBlacklist",
            "summary": "Which of these addresses must not be written to: ask before sending",
            "requestBody": {"required": True, "content": _json({"$ref": REF.format(name="Check")})},
            "responses": {
                "200": _answer("The blacklisted ones, as they were given", {"$ref": REF.format(name="Checked")}),
                **_problems(400, 401, 403, 413, 422, 503),
            },
        },
        routes.DELETE_BLOCK: {
            "operationId": "resetBlacklist",
            "summary": "Take an address off the blacklist; an event from before does not put it back",
            "description": "Takes it off SES's suppression list too, unless another org blocks it. An audit entry.",
            "requestBody": {"required": False, "content": _json({"$ref": REF.format(name="ResetBody")})},
            "responses": {
                "200": _answer("It is off", {"$ref": REF.format(name="Reset")}),
                **_problems(400, 401, 403, 404, 413, 422, 503),
            },
        },
        routes.POST_VALIDATE: {
            "operationId": "validateAddress",
            "summary": "Have SES verify an address: `validate` until it answers, then `invalid` or off the blacklist",
            "description": "An audit entry. 409 where somebody complained: that is taken off by a reset only.",
            "responses": {"202": _answer("It is being verified", block), **_problems(401, 403, 409, 422, 503)},
        },
    }


def _log_operation(log: Log, page: Schema, query: Schema) -> Schema:
    kept_for = ", ".join(log.record_types or ("any",))
    return {
        "operationId": f"get{log.name.title()}",
        "summary": f"The {log.name} log of a record, a page at a time",
        "description": f"Kept for {kept_for} records. A page may be short and still have a `next`.",
        "parameters": [_query_parameter(name, schema, log.statuses) for name, schema in query["properties"].items()],
        "responses": {"200": _answer("A page", page), **_problems(400, 401, 403, 404, 422, 503)},
    }


def _query_parameter(name: str, schema: Schema, statuses: Sequence[str] = ()) -> Schema:
    schema = {key: value for key, value in schema.items() if key != "default" or value not in (None, "", [])}
    description = schema.pop("description", None)
    if "anyOf" in schema:
        # In a query string an absent parameter is simply not there; there is no null.
        schema |= schema.pop("anyOf")[0]
    parameter: Schema = {"name": name, "in": "query", "schema": schema}
    if schema.get("type") == "array":
        if statuses:
            schema["items"] = {"enum": list(statuses)}
        schema["minItems"] = 1
        parameter |= {"style": "form", "explode": False}
    if description:
        parameter["description"] = description
    return parameter


def _path_parameters(route: str, record: Schema) -> list[Schema]:
    log = routes.LOG_ROUTES.get(route, "emails" if route in OF_EMAILS else None)
    kept_for = None if log is None else LOGS[log].record_types
    parameters: dict[str, Schema] = {
        "org": {"schema": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"}, "example": "riverside"},
        "type": {"schema": {"enum": list(kept_for)} if kept_for else record["type"], "example": "family"},
        "id": {"schema": ENTRY_ID} if route == routes.GET_ERASURE else {"schema": record["id"], "example": "101"},
        "entry": {"schema": ENTRY_ID},
        "group": {"schema": {"type": "string", "pattern": access.GROUP}, "example": "front_desk"},
        "username": {"schema": {"type": "string", "minLength": 1, "maxLength": 256}, "example": "front"},
        "address": {
            "schema": {"type": "string", "maxLength": MAX_SPELLING},
            "example": "jane@x.example",
        },
    }
    return [
        {"name": name, "in": "path", "required": True, **parameter}
        for name, parameter in parameters.items()
        if f"{{{name}}}" in route
    ]


def _json(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}


def _answer(description: str, schema: Schema) -> Schema:
    return {"description": description, "content": _json(schema)}


def _problems(*statuses: int) -> dict[str, Schema]:
    return {str(status): _problem(status) for status in statuses}


def _problem(status: int) -> Schema:
    answer: Schema = {
        "description": PROBLEMS[status],
        "content": {"application/problem+json": {"schema": {"$ref": REF.format(name="Problem")}}},
    }
    if status in (401, 413):
        # API Gateway itself answers these before a function sees the request.
        answer["content"] |= _json(GATEWAY_MESSAGE)
    if status == 503:  # noqa: PLR2004
        answer["headers"] = {"Retry-After": {"description": "seconds", "schema": {"type": "integer"}}}
    return answer
