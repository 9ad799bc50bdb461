"""The orgs of the deployment, and their settings."""

from __future__ import annotations

from daybook.access.orgs import OrgsQuery
from daybook.api import routes

from tools.openapi import parameters
from tools.openapi.responses import problems, request_body, success
from tools.openapi.schemas import Components, Schema, ref


def operations(components: Components) -> dict[str, Schema]:
    org, settings = ref("Org"), ref("Settings")
    return {
        routes.GET_ORGS: {
            "operationId": "getOrgs",
            "summary": "The orgs, a page at a time",
            "description": "For services with the scope daybook/read. A page may be short and still have a `next`.",
            "parameters": parameters.of_query(components.queries[OrgsQuery]),
            "responses": {"200": success("A page", ref("OrgPage")), **problems(400, 401, 403, 422, 503)},
        },
        routes.GET_ORG: {
            "operationId": "getOrg",
            "summary": "One org",
            "description": "For services with the scope daybook/read.",
            "responses": {"200": success("The org", org), **problems(401, 403, 503)},
        },
        routes.PUT_ORG: {
            "operationId": "putOrg",
            "summary": "Make an org, or change it; an audit entry of the org",
            "description": "For services with the scope daybook/manage. Every other call needs an org that was made.",
            "requestBody": request_body(ref("OrgChange")),
            "responses": {"200": success("The org now", org), **problems(400, 401, 403, 413, 422, 503)},
        },
        routes.GET_SETTINGS: {
            "operationId": "getSettings",
            "summary": "The org's settings",
            "responses": {"200": success("The settings", settings), **problems(401, 403, 503)},
        },
        routes.PUT_SETTINGS: {
            "operationId": "putSettings",
            "summary": "Change the org's settings; an audit entry",
            "requestBody": request_body(ref("SettingsChange")),
            "responses": {"200": success("The settings now", settings), **problems(400, 401, 403, 413, 422, 503)},
        },
    }
