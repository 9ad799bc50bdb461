"""The entry of HTTP requests: an event of API Gateway in, its response out, and authentication in between.

API Gateway has routed the request and says so in `routeKey`; a second router could only disagree with it.
"""

from __future__ import annotations

import base64
import re
import time
from codecs import BOM_UTF8
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import parse_qsl

import msgspec
from aws_lambda_powertools import Logger, Metrics
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from daybook.access import callers
from daybook.access.callers import Caller, CallerRules
from daybook.access.orgs import Orgs
from daybook.api import routes
from daybook.aws import cloudwatch
from daybook.core import date_bounds, errors, paging
from daybook.core.errors import DaybookError, FieldError, InvalidRequestError, MalformedError, NotFoundError
from daybook.model import entries
from daybook.model.entries import Record
from daybook.model.posted import every_fault, faults, surrogates

if TYPE_CHECKING:
    # A function without grants or logs does not load them.
    from daybook.access.grants import Grants
    from daybook.entries.record_log import Log

STATUSES: dict[type[DaybookError], int] = {
    errors.MalformedError: 400,
    errors.InvalidCursorError: 400,
    errors.UnauthenticatedError: 401,
    errors.ForbiddenError: 403,
    errors.NotFoundError: 404,
    errors.UnknownOrgError: 404,
    errors.NoContentError: 404,
    errors.ContentExpiredError: 404,
    errors.MethodNotAllowedError: 405,
    errors.ConflictError: 409,
    errors.OnHoldError: 409,
    errors.PreconditionFailedError: 412,
    errors.TooLargeError: 413,
    errors.InvalidRequestError: 422,
    errors.StoreBusyError: 503,
}

TITLES = {
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    409: "Conflict", 412: "Precondition Failed", 413: "Content Too Large", 422: "Unprocessable Content",
    500: "Internal Server Error", 503: "Service Unavailable",
}  # fmt: skip

# What an answer has beside its body: status, headers, and the names of all three.
HEADER_BYTES = 1024

# The one parameter that is no text. What has more digits is far over its limit.
_INTEGER = re.compile(r"-?[0-9]{1,9}")

# In a query string a `+` is a blank, unless it is escaped; in a bound of time, nothing else can be meant.
_BLANK_FOR_PLUS = re.compile(r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?) (\d\d:?\d\d)", re.ASCII)

Event = dict[str, Any]
S = TypeVar("S", bound=Struct)
Q = TypeVar("Q", bound=Struct)


class Page(Protocol):
    """A page of any list."""

    @property
    def entries(self) -> Sequence[object]: ...


class Problem(Struct, frozen=True):
    """RFC 9457."""

    title: str
    status: int
    detail: str
    code: str
    type: str = "about:blank"
    errors: list[FieldError] | UnsetType = UNSET


class Request(Struct, frozen=True):
    """A request; the names of its `headers` are in lower case.

    `page_rows` is how many rows a page of a list has, where Daybook itself asks: more than a client may ask for.
    """

    route: str
    path: str
    parameters: Mapping[str, str]
    query_string: str
    headers: Mapping[str, str]
    body: bytes
    ip: str | None
    page_rows: int | None = None


class Response(Struct, frozen=True):
    """The response to a request; `counts` go into the request's line of the log."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: dict[str, str] = {}
    counts: dict[str, int] = {}


# A route is given the caller; an open route needs none.
Route = Callable[[Request, Caller], Response]
OpenRoute = Callable[[Request], Response]


class Gateway:
    """A Lambda handler made of routes: those within an org, those of the platform, and those open to everybody."""

    def __init__(
        self,
        *,
        org_routes: Mapping[str, Route],
        platform_routes: Mapping[str, Route],
        open_routes: Mapping[str, OpenRoute],
        caller_rules: CallerRules,
        orgs: Orgs,
        grants: Grants | None,
        logger: Logger,
        metrics: Metrics,
    ) -> None:
        self._org_routes = org_routes
        self._platform_routes = platform_routes
        self._open_routes = open_routes
        self._caller_rules = caller_rules
        self._orgs = orgs
        self._grants = grants
        self._logger = logger
        self._metrics = metrics

    def __call__(self, event: Event, context: Any) -> Event:
        """The answer to a request. Never raises, as API Gateway would make a bare 502 of it."""
        request_id = _request_id(event, context)
        try:
            return self._logged(event, context, request_id)
        except Exception:
            # Even the line of the request could not be written.
            self._logger.exception("request failed", extra={"correlation_id": request_id})
            return _sent(internal_error(request_id))

    def _logged(self, event: Event, context: Any, request_id: str) -> Event:
        """The answer to a request, of which there is a line in the log."""
        started = time.perf_counter()
        cloudwatch.begin_invocation(self._logger, context, request_id)
        # Ids and figures only: never an address, a body or a token. The org once it is known to be one: a path may have
        # anything in its place.
        figures: dict[str, Any] = {"route": event.get("routeKey"), "org": None}
        response = self._answer(event, figures, request_id)
        figures |= {
            "status": response.status,
            "milliseconds": round((time.perf_counter() - started) * 1000, 1),
            **response.counts,
        }
        cloudwatch.report(self._logger, self._metrics, "answered", figures)
        return _sent(response)

    def _answer(self, event: Event, figures: dict[str, Any], request_id: str) -> Response:
        """The response of the route, or a problem document. Never raises."""
        try:
            return _small_enough(self._routed(event, figures))
        except Exception as error:
            if isinstance(error, DaybookError) and type(error) in STATUSES:
                return problem(error)
            self._logger.exception("request failed", extra={"route": event.get("routeKey")})
            return internal_error(request_id)

    def _routed(self, event: Event, figures: dict[str, Any]) -> Response:
        """The response of the route; the org goes into `figures`. DaybookError."""
        key, request = event["routeKey"], _request(event)
        if key in self._open_routes:
            return self._open_routes[key](request)
        caller = callers.caller_of(_claims(event), _authorization(event), self._caller_rules)
        if key in self._platform_routes:
            response = self._platform_routes[key](request, caller)
            figures["org"] = request.parameters.get("org")
            return response
        org = request.parameters["org"]
        callers.admit(caller, org)
        self._orgs.require(org)
        figures["org"] = org
        if self._grants is not None:
            caller = self._grants.with_permissions(org, caller)
        return self._org_routes[key](request, caller)


class AnswerTooLargeError(Exception):
    """The answer has more bytes than a function may answer."""


def _small_enough(response: Response) -> Response:
    """The response; AnswerTooLargeError where Lambda would not take it. Pages end before."""
    limit = paging.MAX_ANSWER_BYTES - HEADER_BYTES
    if 2 * len(response.body) > limit and paging.answer_bytes(response.body) > limit:
        raise AnswerTooLargeError
    return response


def _sent(response: Response) -> Event:
    """The response as API Gateway takes it from a function."""
    headers = {"content-type": response.content_type, "cache-control": "no-store", **response.headers}
    return {"statusCode": response.status, "headers": headers, "body": response.body.decode()}


def _request_id(event: Event, context: Any) -> str:
    """The id that API Gateway gave the request; Lambda's own where there is none."""
    request_id: str = (event.get("requestContext") or {}).get("requestId") or context.aws_request_id
    return request_id


def _claims(event: Event) -> Mapping[str, Any] | None:
    """The claims that API Gateway has verified; None where it has verified none."""
    found: Any = event
    for name in ("requestContext", "authorizer", "jwt", "claims"):
        found = found.get(name) or {}
    return found or None


def _authorization(event: Event) -> str | None:
    """The one Authorization header of the request; None where there are several, or none."""
    values = [value for name, value in event.get("headers", {}).items() if name.lower() == "authorization"]
    return values[0] if len(values) == 1 else None


def _request(event: Event) -> Request:
    return Request(
        route=event["routeKey"],
        path=event["rawPath"],
        parameters=event.get("pathParameters") or {},
        query_string=event.get("rawQueryString") or "",
        headers={name.lower(): value for name, value in event.get("headers", {}).items()},
        body=_body(event),
        ip=((event.get("requestContext") or {}).get("http") or {}).get("sourceIp"),
    )


def _body(event: Event) -> bytes:
    """The body of a request. MalformedError where it is said to be base64, and is not."""
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        # A half of a surrogate pair is no UTF-8; `read_body` says so.
        return body.encode(errors="surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except ValueError as error:
        raise MalformedError("the body is not base64") from error


def problem(error: DaybookError) -> Response:
    status = STATUSES[type(error)]
    document = Problem(
        TITLES[status],
        status,
        error.detail,
        error.code,
        errors=error.errors if isinstance(error, InvalidRequestError) else UNSET,
    )
    headers = {}
    if isinstance(error, errors.StoreBusyError):
        headers["retry-after"] = str(error.retry_after)
    if isinstance(error, errors.MethodNotAllowedError):
        headers["allow"] = ", ".join(error.allowed)
    return Response(status, msgspec.json.encode(document), "application/problem+json", headers)


def internal_error(request_id: str) -> Response:
    """The response to a request that failed for a reason that nobody foresaw, and that is in the log."""
    detail = f"the request failed; its id in the log is {request_id}"
    document = Problem(TITLES[500], 500, detail, "internal_error")
    return Response(500, msgspec.json.encode(document), "application/problem+json")


def json(
    value: object, status: int = 200, counts: dict[str, int] | None = None, headers: dict[str, str] | None = None
) -> Response:
    return Response(status, msgspec.json.encode(value), headers=headers or {}, counts=counts or {})


def page(read: Callable[[Q], Page], query: Q) -> Response:
    """The response with a page of a list, which ends before it is larger than `core.paging` allows.

    `read` is asked again for as many entries as there is room for: cursors do not depend on the limit. Few pages need
    it, and the others are encoded once.
    """
    while True:
        found = read(query)
        response = json(found)
        # Escapes make it twice as large at most.
        if 2 * len(response.body) <= paging.MAX_PAGE_BYTES:
            return response
        fitting = paging.fitting(found.entries)
        if fitting == len(found.entries):
            return response
        query = replace(query, limit=fitting)


def read_body(request: Request, kind: type[S]) -> S:
    """The JSON body as a type. TooLargeError, MalformedError, InvalidRequestError."""
    if len(request.body) > entries.MAX_BODY_BYTES:
        raise errors.TooLargeError(
            f"the body has {len(request.body):,} bytes, over the limit of {entries.MAX_BODY_BYTES:,}: "
            "send fewer entries at once, in several requests"
        )
    if not request.body.strip():
        raise MalformedError("the body is empty: send a JSON object")
    if request.body.startswith(BOM_UTF8):
        raise MalformedError("the body begins with a byte order mark: send JSON in UTF-8 without one")
    try:
        return msgspec.json.decode(request.body.decode(), type=kind)
    except UnicodeDecodeError as error:
        found = f"0x{request.body[error.start]:02X} (byte {error.start})"
        raise MalformedError(f"the body is not UTF-8: it has {found}; send JSON in UTF-8") from error
    except msgspec.ValidationError as error:
        raise InvalidRequestError(every_fault.of_json(request.body, kind, error)) from error
    except (msgspec.DecodeError, RecursionError) as error:
        if surrogates.replace_escapes(request.body) != request.body:
            fault = FieldError("", "an escape such as \\ud83d is half of a character: both halves are needed")
            raise InvalidRequestError([fault]) from error
        raise MalformedError(f"the body is not JSON: {faults.not_json(error, request.body)}") from error


def read_query(
    request: Request,
    kind: type[S],
    lists: frozenset[str] = frozenset(),
    repeatable: frozenset[str] = frozenset(),
    spelled: Mapping[str, Callable[[str], str | None]] = MappingProxyType({}),
) -> S:
    """The query string as a type. MalformedError, InvalidRequestError.

    Parameters in `lists` and in `repeatable` are lists of what each time is given; those in `lists` also of what is
    between commas. Of those in `spelled`, the function gives what a spelling stands for, None where it is none.
    """
    try:
        # Half of a surrogate pair, which an event can hold, is none.
        request.query_string.encode()
        pairs = parse_qsl(request.query_string, keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise MalformedError(f"the query string is not UTF-8: {_not_utf_8(error)}") from error
    values: dict[str, Any] = {}
    repeated: dict[str, FieldError] = {}
    for given_name, given in pairs:
        name = given_name or faults.NO_NAME
        value = _BLANK_FOR_PLUS.sub(r"\1+\2", given) if name in date_bounds.NAMES else given
        items = [item.strip() for item in value.split(",")] if name in lists else [value]
        if name in spelled:
            items = [spelled[name](item) or item for item in items]
        if name in lists or name in repeatable:
            values.setdefault(name, []).extend(items)
            continue
        (value,) = items
        if name in values:
            repeated[name] = FieldError(name, "given more than once: give it once")
        values[name] = value
    if isinstance(limit := values.get("limit"), str) and _INTEGER.fullmatch(limit):
        values["limit"] = int(limit)
    try:
        # Strictly, as otherwise a number is a moment since 1970, and `null` is none.
        query = msgspec.convert(values, kind)
    except msgspec.ValidationError as error:
        found = [*repeated.values(), *every_fault.of_value(values, kind, error, noun=faults.PARAMETER)]
        named = {fault.field for fault in found}
        of_bounds = [fault for fault in date_bounds.faults(values) if fault.field not in named]
        raise InvalidRequestError([*found, *of_bounds]) from error
    if repeated:
        raise InvalidRequestError([*repeated.values()])
    return query if request.page_rows is None else replace(query, limit=request.page_rows)


def _not_utf_8(error: ValueError) -> str:
    """What to do about a query string with bytes or characters that are not UTF-8."""
    if isinstance(error, UnicodeDecodeError):
        return f"it has %{error.object[error.start]:02X}; write each byte of a text in UTF-8 so, as in %C3%A9 for é"
    return "it has half of a character; send both halves"


def read_path(request: Request, kind: type[S]) -> S:
    """The path parameters that the type names, as that type. InvalidRequestError."""
    values = {name: request.parameters[name] for name in kind.__struct_fields__}
    try:
        return msgspec.convert(values, kind)
    except msgspec.ValidationError as error:
        raise InvalidRequestError(every_fault.of_value(values, kind, error)) from error


def read_record(request: Request) -> Record:
    """The record that the path names. InvalidRequestError."""
    record = read_path(request, Record)
    errors_of_id = list(entries.id_errors(record, "id"))
    if errors_of_id:
        raise InvalidRequestError(errors_of_id)
    return record


def readable_record(request: Request, caller: Caller, log: Log) -> Record:
    """The record of the path, once the caller may read this log of it; the permission comes before all else.

    ForbiddenError, InvalidRequestError, NotFoundError where such records have no such log.
    """
    callers.require(caller, log.permission(entries.canonical_type(request.parameters["type"])))
    record = read_record(request)
    if log.record_types is not None and record.type not in log.record_types:
        raise NotFoundError(f"{record.type} records have no {log.name} log")
    return record


def no_route(request: Request) -> Response:
    """The response of `$default`: MethodNotAllowedError, or NotFoundError where there is no such path.

    InvalidRequestError where it may have held a name with a `/`: it tells the call that takes any name.
    """
    allowed = routes.methods(request.path)
    if allowed:
        raise errors.MethodNotAllowedError(f"this path takes {', '.join(allowed)}", allowed)
    named = routes.call_for_any_name(request.path)
    if named:
        field, call = named
        raise InvalidRequestError([FieldError(field, f"a path cannot hold a slash: use {call}")])
    raise NotFoundError("there is nothing at this path")
