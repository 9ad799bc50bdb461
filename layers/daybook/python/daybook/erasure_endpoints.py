"""The routes of erasures."""

from __future__ import annotations

from daybook import access, gateway, routes
from daybook.access import Caller
from daybook.entries import Record
from daybook.erasures import ErasureRequests, Erasures
from daybook.gateway import Request, Response, Route
from daybook.holds import Reason

PERMISSION = "holds"


def query_routes(erasures: Erasures) -> dict[str, Route]:
    return {routes.GET_ERASURE: read(erasures)}


def manage_routes(requests: ErasureRequests) -> dict[str, Route]:
    return {routes.POST_ERASE: ask(requests)}


def read(erasures: Erasures) -> Route:
    def endpoint(request: Request, who: Caller) -> Response:
        access.require(who, PERMISSION)
        return gateway.json(erasures.one(request.parameters["org"], request.parameters["id"]))

    return endpoint


def ask(requests: ErasureRequests) -> Route:
    def endpoint(request: Request, who: Caller) -> Response:
        access.require_change(who, PERMISSION)
        record, why = gateway.read_path(request, Record), gateway.read_body(request, Reason)
        asked = requests.ask(request.parameters["org"], record, why, who, request.ip)
        return gateway.json(asked, 202)

    return endpoint
