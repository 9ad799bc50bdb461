"""Holds, which keep a record's entries from expiring."""

from __future__ import annotations

from daybook.api import routes
from daybook.holds.holds import HoldsQuery

from tools.openapi import parameters
from tools.openapi.responses import problems, request_body, success
from tools.openapi.schemas import Components, Schema, ref


def operations(components: Components) -> dict[str, Schema]:
    hold = ref("Hold")
    return {
        routes.GET_HOLDS: {
            "operationId": "getHolds",
            "summary": "The holds of the org, by record",
            "description": "A page may be short and still have a `next`.",
            "parameters": parameters.of_query(components.queries[HoldsQuery]),
            "responses": {"200": success("A page", ref("HoldPage")), **problems(400, 401, 403, 422, 503)},
        },
        routes.PUT_HOLD: {
            "operationId": "putHold",
            "summary": "Stop expiry for the entries and contents of a record, also for those still to be written",
            "description": "Another reason replaces the last. Entries follow: `status` tells. Changes are audited.",
            "requestBody": request_body(ref("Reason")),
            "responses": {"200": success("The hold", hold), **problems(400, 401, 403, 413, 422, 503)},
        },
        routes.DELETE_HOLD: {
            "operationId": "deleteHold",
            "summary": "Let a record's entries and contents expire again",
            "description": "Each at its own time; what is past that stays for the grace period. An audit entry.",
            "responses": {"200": success("The hold, which is being lifted", hold), **problems(401, 403, 404, 422, 503)},
        },
    }
