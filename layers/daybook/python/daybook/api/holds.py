"""The routes of holds."""

from __future__ import annotations

from daybook.access import callers
from daybook.access.callers import Caller
from daybook.api import gateway, routes
from daybook.api.gateway import Request, Response, Route
from daybook.holds.holds import HoldChanges, HoldQueries, HoldsQuery, Reason
from daybook.model.entries import Record

PERMISSION = "holds"


def query_routes(pages: HoldQueries) -> dict[str, Route]:
    return {routes.GET_HOLDS: list_holds(pages)}


def manage_routes(changes: HoldChanges) -> dict[str, Route]:
    return {routes.PUT_HOLD: place(changes), routes.DELETE_HOLD: lift(changes)}


def list_holds(pages: HoldQueries) -> Route:
    def endpoint(request: Request, who: Caller) -> Response:
        callers.require(who, PERMISSION)
        return gateway.json(pages.page(request.parameters["org"], gateway.read_query(request, HoldsQuery)))

    return endpoint


def place(changes: HoldChanges) -> Route:
    def endpoint(request: Request, who: Caller) -> Response:
        callers.require_change(who, PERMISSION)
        record, why = gateway.read_path(request, Record), gateway.read_body(request, Reason)
        return gateway.json(changes.place(request.parameters["org"], record, why, who, request.ip))

    return endpoint


def lift(changes: HoldChanges) -> Route:
    def endpoint(request: Request, who: Caller) -> Response:
        callers.require_change(who, PERMISSION)
        record = gateway.read_path(request, Record)
        return gateway.json(changes.lift(request.parameters["org"], record, who, request.ip))

    return endpoint
