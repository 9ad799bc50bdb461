"""What each route of the blacklist does with a request: read it, ask a service, answer."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from daybook.access import callers
from daybook.access.callers import Caller
from daybook.api import gateway, routes
from daybook.api.gateway import Request, Response, Route
from daybook.blacklist.actions import BlacklistActions
from daybook.blacklist.queries import MAX_SPELLING, BlacklistQueries, BlacklistQuery, Check
from daybook.core.errors import NotFoundError
from daybook.entries.record_log import LOGS
from daybook.model.entries import Record

PERMISSION = "blacklist"


LISTS = frozenset({"status"})


class AddressPath(Struct, frozen=True):
    address: Annotated[str, Meta(max_length=MAX_SPELLING)]


class ResetBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a reset, which may be left out."""

    reason: Annotated[Annotated[str, Meta(max_length=500)] | None, Meta(description="why, for the audit log")] = None


def query_routes(pages: BlacklistQueries) -> dict[str, Route]:
    return {
        routes.GET_BLACKLIST: list_blacklist(pages),
        routes.GET_BLOCK: read_block(pages),
        routes.GET_RECORD_BLACKLIST: list_record_blacklist(pages),
        routes.POST_CHECK: check(pages),
    }


def manage_routes(blacklist: BlacklistActions) -> dict[str, Route]:
    return {routes.DELETE_BLOCK: reset(blacklist), routes.POST_VALIDATE: validate(blacklist)}


def list_blacklist(pages: BlacklistQueries) -> Route:
    def endpoint(request: Request, who: Caller) -> Response:
        callers.require(who, PERMISSION)
        query = gateway.read_query(request, BlacklistQuery, LISTS)
        return gateway.json(pages.page(request.parameters["org"], query))

    return endpoint


def read_block(pages: BlacklistQueries) -> Route:
    def endpoint(request: Request, who: Caller) -> Response:
        callers.require(who, PERMISSION)
        return gateway.json(pages.one(request.parameters["org"], _address(request)))

    return endpoint


def list_record_blacklist(pages: BlacklistQueries) -> Route:
    log = LOGS["emails"]

    def endpoint(request: Request, who: Caller) -> Response:
        callers.require(who, PERMISSION)
        record = gateway.read_path(request, Record)
        if log.record_types is not None and record.type not in log.record_types:
            raise NotFoundError(f"{record.type} records have no {log.name} log")
        return gateway.json(pages.of_record(request.parameters["org"], record))

    return endpoint


def check(pages: BlacklistQueries) -> Route:
    def endpoint(request: Request, who: Caller) -> Response:
        callers.require(who, PERMISSION)
        return gateway.json(pages.check(request.parameters["org"], gateway.read_body(request, Check).addresses))

    return endpoint


def reset(blacklist: BlacklistActions) -> Route:
    def endpoint(request: Request, who: Caller) -> Response:
        callers.require_change(who, PERMISSION)
        body = gateway.read_body(request, ResetBody) if request.body.strip() else ResetBody()
        org = request.parameters["org"]
        return gateway.json(blacklist.reset(org, _address(request), body.reason, who, request.ip))

    return endpoint


def validate(blacklist: BlacklistActions) -> Route:
    def endpoint(request: Request, who: Caller) -> Response:
        callers.require_change(who, PERMISSION)
        return gateway.json(blacklist.validate(request.parameters["org"], _address(request), who, request.ip), 202)

    return endpoint


def _address(request: Request) -> str:
    return gateway.read_path(request, AddressPath).address
