"""Who may do what in an org."""

from __future__ import annotations

from daybook.api import routes

from tools.openapi import parameters
from tools.openapi.responses import problems, request_body, success, tagged_success
from tools.openapi.schemas import Schema, ref


def operations() -> dict[str, Schema]:
    permissions = ref("PermissionList")
    grant_change = {
        "description": "Replaces what was granted; an empty list removes it. In force everywhere within 60 s. Audited.",
        "parameters": [parameters.IF_MATCH],
    }
    grant_responses = {
        "200": tagged_success("What is granted now", permissions),
        **problems(400, 401, 403, 409, 412, 413, 422, 503),
    }
    return {
        routes.GET_ACCESS: {
            "operationId": "getAccess",
            "summary": "Every grant of the org; the admin group has all permissions without one",
            "responses": {"200": tagged_success("The grants", ref("OrgGrants")), **problems(401, 403, 503)},
        },
        routes.GET_ACCESS_ME: {
            "operationId": "getOwnAccess",
            "summary": "Who the caller is, and their effective permissions",
            "responses": {"200": success("The caller", ref("OwnAccess")), **problems(401, 403, 503)},
        },
        routes.PUT_ACCESS: {
            "operationId": "putAccess",
            "summary": "What the members of a group, or one staff member, may: of any name, which stands in the body",
            **grant_change,
            "requestBody": request_body(ref("Grant")),
            "responses": grant_responses,
        },
        routes.PUT_GROUP_ACCESS: {
            "operationId": "putGroupAccess",
            "summary": "What the members of a group may",
            **grant_change,
            "requestBody": request_body(permissions),
            "responses": grant_responses,
        },
        routes.PUT_STAFF_ACCESS: {
            "operationId": "putStaffAccess",
            "summary": "What one staff member may, beyond their groups",
            **grant_change,
            "requestBody": request_body(permissions),
            "responses": grant_responses,
        },
    }
