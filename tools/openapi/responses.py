"""The responses of an operation, and the body of its request."""

from __future__ import annotations

from http import HTTPStatus

from tools.openapi import schemas
from tools.openapi.schemas import Schema

PROBLEM_DESCRIPTIONS = {
    400: "Malformed; of a list also a cursor that it did not give out",
    401: "No token, an expired one, or one from another issuer, says API Gateway",
    403: "Another org's token, or a missing permission or scope: `detail` says which",
    404: "No such thing; or no such org, then the `code` is `unknown_org`",
    405: "Not with this method",
    409: "Not as things stand: `detail` says why",
    412: "No longer as it was with the `ETag` that If-Match names; nothing was changed",
    413: "Over 1 MiB",
    422: "Understood, and wrong: `errors` says where",
    429: "Too many requests at once, says API Gateway; try again later",
    500: "Nobody foresaw this: it is in the log, under the id in `detail`; or API Gateway says that a function failed",
    503: "The store throttles; try again after `Retry-After` seconds; or API Gateway says that no function was there",
}

# API Gateway itself answers these before a function sees the request, and so never as a problem document.
GATEWAY_STATUSES = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS})

# These may be API Gateway's as well: of a body over its own limit, and where a function was not reached or failed.
SHARED_STATUSES = frozenset(
    {HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE}
)

# Any operation may have them.
COMMON_STATUSES = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.INTERNAL_SERVER_ERROR)

GATEWAY_MESSAGE: Schema = {
    "title": "GatewayMessage",
    "description": "What API Gateway answers itself, as in `Unauthorized`.",
    "type": "object",
    "properties": {"message": {"type": "string"}},
    "required": ["message"],
}

# openapi-python-client reads any response of a status as the first of its media types.
PROBLEM_OR_MESSAGE: Schema = {
    "title": "ProblemOrMessage",
    "description": "A problem document or, as `application/json`, what API Gateway answers itself.",
    "anyOf": [schemas.ref("Problem"), schemas.ref("GatewayMessage")],
}


def schemas_of_failures() -> dict[str, Schema]:
    """The schemas of responses by API Gateway, by name."""
    return {schema["title"]: schema for schema in (GATEWAY_MESSAGE, PROBLEM_OR_MESSAGE)}


def request_body(schema: Schema, *, required: bool = True) -> Schema:
    return {"required": required, "content": _json(schema)}


def success(description: str, schema: Schema) -> Schema:
    """A response with a JSON body of that schema."""
    return {"description": description, "content": _json(schema)}


def no_content(description: str) -> Schema:
    """A response without a body."""
    return {"description": description}


def tagged_success(description: str, schema: Schema) -> Schema:
    """As `success`, with the entity tag of what a change may depend on."""
    etag: Schema = {"description": "for If-Match of a change", "schema": {"type": "string"}}
    return success(description, schema) | {"headers": {"ETag": etag}}


def problems(*statuses: int) -> dict[str, Schema]:
    """A response for each of these statuses, and for those that any operation may have: a problem document, mostly.

    KeyError of a status without a description.
    """
    return {str(status): _problem(status) for status in sorted({*map(int, statuses), *map(int, COMMON_STATUSES)})}


def _problem(status: int) -> Schema:
    message = _json(schemas.ref("GatewayMessage"))
    content: Schema = {"application/problem+json": {"schema": schemas.ref("Problem")}}
    if status in GATEWAY_STATUSES:
        content = message
    elif status in SHARED_STATUSES:
        content = {"application/problem+json": {"schema": schemas.ref("ProblemOrMessage")}, **message}
    response: Schema = {"description": PROBLEM_DESCRIPTIONS[status], "content": content}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response["headers"] = {"Retry-After": {"description": "seconds", "schema": {"type": "integer"}}}
    return response


def _json(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}
