"""The routes of erasures."""

from __future__ import annotations

from daybook.access import callers
from daybook.access.callers import Caller
from daybook.api import gateway, routes
from daybook.api.gateway import Request, Response, Route
from daybook.erasure.requests import ErasureQueries, ErasureRequests
from daybook.holds.holds import Reason
from daybook.model.entries import Record

PERMISSION = "holds"


def query_routes(erasures: ErasureQueries) -> dict[str, Route]:
    return {routes.GET_ERASURE: read(erasures)}


def manage_routes(requests: ErasureRequests) -> dict[str, Route]:
    return {routes.POST_ERASE: ask(requests)}


def read(erasures: ErasureQueries) -> Route:
    def endpoint(request: Request, who: Caller) -> Response:
        callers.require(who, PERMISSION)
        return gateway.json(erasures.one(request.parameters["org"], request.parameters["id"]))

    return endpoint


def ask(requests: ErasureRequests) -> Route:
    def endpoint(request: Request, who: Caller) -> Response:
        callers.require_change(who, PERMISSION)
        record, why = gateway.read_path(request, Record), gateway.read_body(request, Reason)
        asked = requests.ask(request.parameters["org"], record, why, who, request.ip)
        return gateway.json(asked, 202)

    return endpoint
