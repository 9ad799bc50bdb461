"""The routes of the blacklist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from daybook.access import callers
from daybook.access.callers import Caller
from daybook.api import gateway, routes
from daybook.api.gateway import Request, Response, Route
from daybook.blacklist.queries import MAX_SPELLING, BlacklistQueries, BlacklistQuery, Check
from daybook.core.errors import NotFoundError
from daybook.entries.record_log import LOGS
from daybook.model.entries import Record

if TYPE_CHECKING:
    # Named only: what changes the blacklist loads the clients of SES and SQS, which a function that reads never needs.
    from daybook.blacklist.actions import BlacklistActions

PERMISSION = "blacklist"
LISTS = frozenset({"status"})


class AddressPath(Struct, frozen=True):
    address: Annotated[str, Meta(max_length=MAX_SPELLING)]


class ResetBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a reset, which may be left out."""

    reason: Annotated[Annotated[str, Meta(max_length=500)] | None, Meta(description="why, for the audit log")] = None


def query_routes(queries: BlacklistQueries) -> dict[str, Route]:
    return {
        routes.GET_BLACKLIST: list_blacklist(queries),
        routes.GET_BLACKLISTED: read_address(queries),
        routes.GET_RECORD_BLACKLIST: list_record_blacklist(queries),
        routes.POST_CHECK: check(queries),
    }


def manage_routes(actions: BlacklistActions) -> dict[str, Route]:
    return {routes.DELETE_BLACKLISTED: reset(actions), routes.POST_VALIDATE: validate(actions)}


def list_blacklist(queries: BlacklistQueries) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require(caller, PERMISSION)
        query = gateway.read_query(request, BlacklistQuery, LISTS)
        return gateway.json(queries.page(request.parameters["org"], query))

    return endpoint


def read_address(queries: BlacklistQueries) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require(caller, PERMISSION)
        return gateway.json(queries.get(request.parameters["org"], _address(request)))

    return endpoint


def list_record_blacklist(queries: BlacklistQueries) -> Route:
    log = LOGS["emails"]

    def endpoint(request: Request, caller: Caller) -> Response:
        # Whoever reads the log sees there whose messages bounced: this is no more.
        callers.require(caller, log.permission(request.parameters["type"]))
        record = gateway.read_path(request, Record)
        if log.record_types is not None and record.type not in log.record_types:
            raise NotFoundError(f"{record.type} records have no {log.name} log")
        return gateway.json(queries.for_record(request.parameters["org"], record))

    return endpoint


def check(queries: BlacklistQueries) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require(caller, PERMISSION)
        return gateway.json(queries.check(request.parameters["org"], gateway.read_body(request, Check).addresses))

    return endpoint


def reset(actions: BlacklistActions) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require_change(caller, PERMISSION)
        body = gateway.read_body(request, ResetBody) if request.body.strip() else ResetBody()
        org = request.parameters["org"]
        return gateway.json(actions.reset(org, _address(request), body.reason, caller, request.ip))

    return endpoint


def validate(actions: BlacklistActions) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require_change(caller, PERMISSION)
        return gateway.json(actions.validate(request.parameters["org"], _address(request), caller, request.ip), 202)

    return endpoint


def _address(request: Request) -> str:
    return gateway.read_path(request, AddressPath).address
