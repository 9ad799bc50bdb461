"""The routes of erasures."""

from __future__ import annotations

from daybook.access import callers
from daybook.access.callers import Caller
from daybook.api import gateway, routes
from daybook.api.gateway import Request, Response, Route
from daybook.erasure.requests import ErasureQueries, ErasureRequests
from daybook.holds.holds import Reason

PERMISSION = "erase"


def query_routes(erasures: ErasureQueries) -> dict[str, Route]:
    return {routes.GET_ERASURE: read_erasure(erasures)}


def manage_routes(requests: ErasureRequests) -> dict[str, Route]:
    return {routes.POST_ERASE: post_erase(requests)}


def read_erasure(erasures: ErasureQueries) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require(caller, PERMISSION)
        return gateway.json(erasures.get(request.parameters["org"], request.parameters["id"]))

    return endpoint


def post_erase(requests: ErasureRequests) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require_change(caller, PERMISSION)
        record, reason = gateway.read_record(request), gateway.read_body(request, Reason)
        erasure = requests.create(request.parameters["org"], record, reason, caller, request.ip)
        return gateway.json(erasure, 202)

    return endpoint
