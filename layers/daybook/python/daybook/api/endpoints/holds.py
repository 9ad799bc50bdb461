"""The routes of holds."""

from __future__ import annotations

from functools import partial

from daybook.access import callers
from daybook.access.callers import Caller
from daybook.api import gateway, routes
from daybook.api.gateway import Request, Response, Route
from daybook.holds.holds import HoldChanges, HoldQueries, HoldsQuery, Reason

PERMISSION = "holds"


def query_routes(queries: HoldQueries) -> dict[str, Route]:
    return {routes.GET_HOLDS: list_holds(queries)}


def manage_routes(changes: HoldChanges) -> dict[str, Route]:
    return {routes.PUT_HOLD: place(changes), routes.DELETE_HOLD: lift(changes)}


def list_holds(queries: HoldQueries) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require(caller, PERMISSION)
        query = gateway.read_query(request, HoldsQuery)
        return gateway.page(partial(queries.page, request.parameters["org"]), query)

    return endpoint


def place(changes: HoldChanges) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require_change(caller, PERMISSION)
        record, reason = gateway.read_record(request), gateway.read_body(request, Reason)
        return gateway.json(changes.place(request.parameters["org"], record, reason, caller, request.ip))

    return endpoint


def lift(changes: HoldChanges) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require_change(caller, PERMISSION)
        record = gateway.read_record(request)
        return gateway.json(changes.lift(request.parameters["org"], record, caller, request.ip))

    return endpoint
