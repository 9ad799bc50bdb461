"""The routes of the blacklist."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, TypeVar

from msgspec import Meta, Raw, Struct
from msgspec.structs import replace

from daybook.access import callers
from daybook.access.callers import Caller
from daybook.api import batches, gateway, routes
from daybook.api.gateway import Request, Response, Route
from daybook.blacklist.additions import BlacklistAdditions
from daybook.blacklist.queries import (
    MAX_SPELLING,
    NO_ADDRESS,
    BlacklistQueries,
    BlacklistQuery,
    Check,
    RecordBlacklistQuery,
    Spelling,
)
from daybook.core import addresses
from daybook.core.errors import FieldError, InvalidRequestError
from daybook.entries.record_log import LOGS
from daybook.model.posted import surrogates

if TYPE_CHECKING:
    # Named only: what changes the blacklist loads the clients of SES and SQS, which a function that reads never needs.
    from daybook.blacklist.actions import BlacklistActions

S = TypeVar("S", bound=Struct)

PERMISSION = "blacklist"
LISTS = frozenset({"status"})
MAX_PUTS = 100
ResetReason = Annotated[Annotated[str, Meta(max_length=500)] | None, Meta(description="why, for the audit log")]


class AddressPath(Struct, frozen=True):
    address: Annotated[str, Meta(max_length=MAX_SPELLING)]


class ReasonBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a reset of the address in the path; it may be left out."""

    reason: ResetReason = None


class ResetBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a reset of any address."""

    address: Spelling
    reason: ResetReason = None


class ValidateBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a request to verify any address."""

    address: Spelling


class AddressPuts(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of PUT /blacklist; each address is read by itself, so that one cannot spoil the others."""

    addresses: Annotated[list[Raw], Meta(min_length=1, max_length=MAX_PUTS)]


def query_routes(queries: BlacklistQueries) -> dict[str, Route]:
    return {
        routes.GET_BLACKLIST: list_blacklist(queries),
        routes.GET_BLACKLISTED: read_address(queries),
        routes.GET_RECORD_BLACKLIST: list_record_blacklist(queries),
        routes.POST_CHECK: check(queries),
    }


def manage_routes(actions: BlacklistActions, additions: BlacklistAdditions) -> dict[str, Route]:
    return {
        routes.PUT_BLACKLIST: put_addresses(additions),
        routes.DELETE_BLACKLISTED: reset_in_path(actions),
        routes.POST_RESET: reset(actions),
        routes.POST_VALIDATE_BLACKLISTED: validate_in_path(actions),
        routes.POST_VALIDATE: validate(actions),
    }


def list_blacklist(queries: BlacklistQueries) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require(caller, PERMISSION)
        query = gateway.read_query(request, BlacklistQuery, LISTS)
        if query.address is not None:
            _check_alone(query)
            _check_in_query(query.address)
        return gateway.page(partial(queries.page, request.parameters["org"]), query)

    return endpoint


def read_address(queries: BlacklistQueries) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require(caller, PERMISSION)
        return gateway.json(queries.get(request.parameters["org"], _address(request, "GET /blacklist?address=")))

    return endpoint


def list_record_blacklist(queries: BlacklistQueries) -> Route:
    log = LOGS["emails"]

    def endpoint(request: Request, caller: Caller) -> Response:
        # Whoever reads the log sees there whose messages bounced: this is no more.
        record = gateway.readable_record(request, caller, log)
        query = gateway.read_query(request, RecordBlacklistQuery)
        return gateway.page(partial(queries.for_record, request.parameters["org"], record), query)

    return endpoint


def check(queries: BlacklistQueries) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require(caller, PERMISSION)
        return gateway.json(queries.check(request.parameters["org"], _body(request, Check).addresses))

    return endpoint


def put_addresses(additions: BlacklistAdditions) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require_change(caller, PERMISSION)
        payloads, _ = batches.read(request, AddressPuts, lambda body: body.addresses)
        found = additions.put(request.parameters["org"], payloads, caller, request.ip)
        is_rejected = any(result.status == "rejected" for result in found.results)
        return gateway.json(found, 207 if is_rejected else 200)

    return endpoint


def reset(actions: BlacklistActions) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require_change(caller, PERMISSION)
        body = _body(request, ResetBody)
        _check_spelling(body.address)
        return gateway.json(actions.reset(request.parameters["org"], body.address, body.reason, caller, request.ip))

    return endpoint


def reset_in_path(actions: BlacklistActions) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require_change(caller, PERMISSION)
        body = gateway.read_body(request, ReasonBody) if request.body.strip() else ReasonBody()
        org, address = request.parameters["org"], _address(request, "POST /blacklist/reset")
        return gateway.json(actions.reset(org, address, body.reason, caller, request.ip))

    return endpoint


def validate(actions: BlacklistActions) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require_change(caller, PERMISSION)
        address = gateway.read_body(request, ValidateBody).address
        _check_spelling(address)
        return gateway.json(actions.validate(request.parameters["org"], address, caller, request.ip), 202)

    return endpoint


def validate_in_path(actions: BlacklistActions) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require_change(caller, PERMISSION)
        org, address = request.parameters["org"], _address(request, "POST /blacklist/validate")
        return gateway.json(actions.validate(org, address, caller, request.ip), 202)

    return endpoint


def _body(request: Request, kind: type[S]) -> S:
    """The body, with U+FFFD for half of a character, as an entry's recipient has it.

    Not for a verification: nobody can be written to at such an address.
    """
    return gateway.read_body(replace(request, body=surrogates.replace_escapes(request.body)), kind)


def _address(request: Request, call_for_any: str) -> str:
    """The address in the path. InvalidRequestError where API Gateway may have made it of another one."""
    address = gateway.read_path(request, AddressPath).address
    if "/" in address or "%" in address:
        fault = FieldError("address", f"a path cannot hold a slash or a %: use {call_for_any}, which takes any address")
        raise InvalidRequestError([fault])
    _check_spelling(address)
    return address


def _check_alone(query: BlacklistQuery) -> None:
    others = {"cursor": query.cursor is not None, "status": query.status != [], "q": query.q != ""}
    faults = [FieldError(name, "goes without address") for name, is_given in others.items() if is_given]
    if faults:
        raise InvalidRequestError(faults)


def _check_in_query(address: str) -> None:
    """InvalidRequestError also for a blank that may have been a plus: only in quotes has an address one."""
    mailbox = addresses.normalize(address)
    if not addresses.names_one_mailbox(address) or (" " in mailbox and not mailbox.startswith('"')):
        fault = FieldError("address", f"{NO_ADDRESS} (in a query string a + is a blank: write %2B)")
        raise InvalidRequestError([fault])


def _check_spelling(address: str) -> None:
    """InvalidRequestError where another's mailbox would be taken for this one's."""
    if not addresses.names_one_mailbox(address):
        raise InvalidRequestError([FieldError("address", NO_ADDRESS)])
