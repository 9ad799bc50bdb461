"""The addresses that must not be written to."""

from __future__ import annotations

from daybook.api import routes
from daybook.blacklist.queries import BlacklistQuery, RecordBlacklistQuery

from tools.openapi import parameters
from tools.openapi.responses import problems, request_body, success
from tools.openapi.schemas import Components, Schema, ref

RESET = "Takes it off SES's suppression list too, unless another org blocks it. An audit entry."
VALIDATE = "An audit entry. 409 where somebody complained or blocked it by hand: a reset takes that off."


def operations(components: Components) -> dict[str, Schema]:
    block = ref("Block")
    reset = {"200": success("It is off", ref("Reset")), **problems(400, 401, 403, 404, 413, 422, 503)}
    validating = success("It is being verified", block)
    return {
        routes.GET_BLACKLIST: {
            "operationId": "getBlacklist",
            "summary": "The addresses that must not be written to, in their own order, a page at a time",
            "description": (
                "A page may be short and still have a `next`. With `address` it is one entry or none; write `+` as "
                "%2B. `resets` are the newest 20 of an address that was reset before."
            ),
            "parameters": parameters.of_query(components.queries[BlacklistQuery]),
            "responses": {"200": success("A page", ref("BlacklistPage")), **problems(400, 401, 403, 422, 503)},
        },
        routes.GET_BLACKLISTED: {
            "operationId": "getBlacklistEntry",
            "summary": "One address of the blacklist without `/` and `%`, in any spelling",
            "responses": {"200": success("The entry", block), **problems(401, 403, 404, 422, 503)},
        },
        routes.GET_RECORD_BLACKLIST: {
            "operationId": "getRecordBlacklist",
            "summary": "The blacklisted ones among the addresses in the e-mail log of a record",
            "description": "In their own order. Needs the permission of that log. A page may be short with a `next`.",
            "parameters": parameters.of_query(components.queries[RecordBlacklistQuery]),
            "responses": {"200": success("A page", ref("BlacklistPage")), **problems(400, 401, 403, 404, 422, 503)},
        },
        routes.POST_CHECK: {
            "operationId": "checkBlacklist",
            "summary": "Which of these addresses must not be written to: ask before sending",
            "requestBody": request_body(ref("Check")),
            "responses": {
                "200": success("The blacklisted ones, as they were given", ref("Checked")),
                **problems(400, 401, 403, 413, 422, 503),
            },
        },
        routes.PUT_BLACKLIST: {
            "operationId": "putBlacklist",
            "summary": "Put addresses on the blacklist: a list brought from elsewhere, or a block by hand",
            "description": (
                "Idempotent, and each address stands or falls alone. What is older than the last reset of an address "
                "does not put it back. An audit entry."
            ),
            "requestBody": request_body(ref("AddressPuts")),
            "responses": {
                "200": success("None was rejected", ref("PutResults")),
                "207": success("Some were rejected", ref("PutResults")),
                **problems(400, 401, 403, 413, 422, 503),
            },
        },
        routes.POST_RESET: {
            "operationId": "resetAnyAddress",
            "summary": "Take any address off the blacklist; an event from before does not put it back",
            "description": RESET,
            "requestBody": request_body(ref("ResetBody")),
            "responses": reset,
        },
        routes.DELETE_BLACKLISTED: {
            "operationId": "resetBlacklist",
            "summary": "Take an address without `/` and `%` off the blacklist",
            "description": RESET,
            "requestBody": request_body(ref("ReasonBody"), required=False),
            "responses": reset,
        },
        routes.POST_VALIDATE: {
            "operationId": "validateAnyAddress",
            "summary": "Have SES verify any address: `validate` until it answers, then `invalid` or off the blacklist",
            "description": VALIDATE,
            "requestBody": request_body(ref("ValidateBody")),
            "responses": {"202": validating, **problems(400, 401, 403, 409, 413, 422, 503)},
        },
        routes.POST_VALIDATE_BLACKLISTED: {
            "operationId": "validateAddress",
            "summary": "Have SES verify an address without `/` and `%`",
            "description": VALIDATE,
            "responses": {"202": validating, **problems(401, 403, 409, 422, 503)},
        },
    }
