"""The responses of an operation, and the body of its request."""

from __future__ import annotations

from http import HTTPStatus

from tools.openapi import schemas
from tools.openapi.schemas import Schema

PROBLEM_DESCRIPTIONS = {
    400: "Malformed; of a list also a cursor that it did not give out",
    401: "No token, an expired one, or one from another issuer",
    403: "Another org's token, or a missing permission or scope: `detail` says which",
    404: "No such thing; or no such org, then the `code` is `unknown_org`",
    405: "Not with this method",
    409: "Not as things stand: `detail` says why",
    412: "No longer as it was with the `ETag` that If-Match names; nothing was changed",
    413: "Over 1 MiB",
    422: "Understood, and wrong: `errors` says where",
    500: "Nobody foresaw this: it is in the log, under the id in `detail`",
    503: "The store throttles; try again after `Retry-After` seconds",
}

# API Gateway itself answers these before a function sees the request.
GATEWAY_STATUSES = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.REQUEST_ENTITY_TOO_LARGE})

GATEWAY_MESSAGE: Schema = {"type": "object", "properties": {"message": {"type": "string"}}, "required": ["message"]}


def request_body(schema: Schema, *, required: bool = True) -> Schema:
    return {"required": required, "content": _json(schema)}


def success(description: str, schema: Schema) -> Schema:
    """A response with a JSON body of that schema."""
    return {"description": description, "content": _json(schema)}


def tagged_success(description: str, schema: Schema) -> Schema:
    """As `success`, with the entity tag of what a change may depend on."""
    etag: Schema = {"description": "for If-Match of a change", "schema": {"type": "string"}}
    return success(description, schema) | {"headers": {"ETag": etag}}


def problems(*statuses: int) -> dict[str, Schema]:
    """A response with a problem document for each of these statuses, and for 500, which any operation may have.

    KeyError of a status without a description.
    """
    return {str(status): _problem(status) for status in sorted((*statuses, HTTPStatus.INTERNAL_SERVER_ERROR))}


def _problem(status: int) -> Schema:
    response: Schema = {
        "description": PROBLEM_DESCRIPTIONS[status],
        "content": {"application/problem+json": {"schema": schemas.ref("Problem")}},
    }
    if status in GATEWAY_STATUSES:
        response["content"] |= _json(GATEWAY_MESSAGE)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response["headers"] = {"Retry-After": {"description": "seconds", "schema": {"type": "integer"}}}
    return response


def _json(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}
