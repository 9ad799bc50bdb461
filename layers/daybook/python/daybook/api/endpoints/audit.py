"""The routes of the org's audit log."""

from __future__ import annotations

from functools import partial

from daybook.access import callers
from daybook.access.callers import Caller
from daybook.api import gateway, routes
from daybook.api.gateway import Request, Response, Route
from daybook.audit.entry import AuditEntries
from daybook.audit.log import AuditLog, AuditQuery
from daybook.audit.staff import StaffQueries, StaffQuery
from daybook.core import usernames
from daybook.model.shown_words import source_of

PERMISSION = "audit_log"
LISTS = frozenset({"source"})
# A username may have a comma.
REPEATABLE = frozenset({"staff"})
SPELLED = {"source": source_of, "staff": usernames.visible}


def query_routes(entries: AuditEntries, staff: StaffQueries) -> dict[str, Route]:
    return {routes.GET_AUDIT_STAFF: list_staff(staff), routes.GET_AUDIT_ENTRY: read_entry(entries)}


def list_audit(log: AuditLog) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require(caller, PERMISSION)
        query = gateway.read_query(request, AuditQuery, LISTS, REPEATABLE, SPELLED)
        return gateway.page(partial(log.page, request.parameters["org"]), query)

    return endpoint


def list_staff(staff: StaffQueries) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require(caller, PERMISSION)
        query = gateway.read_query(request, StaffQuery)
        return gateway.page(partial(staff.page, request.parameters["org"]), query)

    return endpoint


def read_entry(entries: AuditEntries) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require(caller, PERMISSION)
        return gateway.json(entries.read(request.parameters["org"], request.parameters["entry"]))

    return endpoint
