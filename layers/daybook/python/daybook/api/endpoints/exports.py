"""The routes of exports."""

from __future__ import annotations

from functools import partial

from daybook.access import callers
from daybook.access.callers import Caller
from daybook.api import gateway, routes
from daybook.api.gateway import Request, Response, Route
from daybook.exports.endings import ExportEndings
from daybook.exports.queries import ExportQueries, ExportsQuery
from daybook.exports.requests import ExportRequest, ExportRequests

PERMISSION = "export"


def query_routes(queries: ExportQueries, requests: ExportRequests) -> dict[str, Route]:
    return {
        routes.GET_EXPORTS: list_exports(queries),
        routes.POST_EXPORTS: post_export(requests),
        routes.GET_EXPORT: read_export(queries),
    }


def manage_routes(endings: ExportEndings) -> dict[str, Route]:
    return {routes.DELETE_EXPORT: cancel_export(endings)}


def list_exports(queries: ExportQueries) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require(caller, PERMISSION)
        query = gateway.read_query(request, ExportsQuery)
        return gateway.page(partial(queries.page, request.parameters["org"], caller), query)

    return endpoint


def post_export(requests: ExportRequests) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require_change(caller, PERMISSION)
        body = gateway.read_body(request, ExportRequest)
        return gateway.json(requests.create(request.parameters["org"], body, caller, request.ip), 202)

    return endpoint


def read_export(queries: ExportQueries) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require(caller, PERMISSION)
        return gateway.json(queries.get(request.parameters["org"], request.parameters["id"], caller))

    return endpoint


def cancel_export(endings: ExportEndings) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require_change(caller, PERMISSION)
        endings.cancel(request.parameters["org"], request.parameters["id"], caller)
        return Response(204, b"")

    return endpoint
