"""Erasing the people of a record."""

from __future__ import annotations

from daybook.api import routes

from tools.openapi.responses import problems, request_body, success
from tools.openapi.schemas import Schema, ref


def operations() -> dict[str, Schema]:
    erasure = ref("Erasure")
    return {
        routes.POST_ERASE: {
            "operationId": "postErase",
            "summary": "Erase the people of a record from its entries, for good",
            "description": "Of what is here by now, in the background. Needs the permission `erase`. An audit entry.",
            "requestBody": request_body(ref("Reason")),
            "responses": {
                "202": success("The erasure, under way", erasure),
                **problems(400, 401, 403, 409, 413, 422, 503),
            },
        },
        routes.GET_ERASURE: {
            "operationId": "getErasure",
            "summary": "How far an erasure is",
            "description": "Needs the permission `erase`.",
            "responses": {"200": success("The erasure", erasure), **problems(401, 403, 404, 503)},
        },
    }
