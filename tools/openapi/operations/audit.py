"""The audit log of an org."""

from __future__ import annotations

from daybook.api import routes
from daybook.audit.log import AuditQuery
from daybook.audit.staff import StaffQuery

from tools.openapi import parameters
from tools.openapi.responses import problems, success
from tools.openapi.schemas import Components, Schema, ref


def operations(components: Components) -> dict[str, Schema]:
    return {
        routes.GET_ORG_AUDIT: {
            "operationId": "getOrgAudit",
            "summary": "The audit log of the org, by date, staff and source, and by the line that staff type",
            "description": "A search stops after some seconds: such a page is short, and has a `next` to go on with.",
            "parameters": parameters.of_query(components.queries[AuditQuery]),
            "responses": {"200": success("A page", ref("OrgAuditPage")), **problems(400, 401, 403, 422, 503)},
        },
        routes.GET_AUDIT_STAFF: {
            "operationId": "getAuditStaff",
            "summary": "Who acts in the org's audit log: usernames with a name, and the day of the last entry of each",
            "description": (
                "By name, or by the day of the last entry, which is noted once a day. A page may be short and still "
                "have a `next`."
            ),
            "parameters": parameters.of_query(components.queries[StaffQuery]),
            "responses": {"200": success("A page", ref("StaffPage")), **problems(400, 401, 403, 422, 503)},
        },
        routes.GET_AUDIT_ENTRY: {
            "operationId": "getAuditEntry",
            "summary": "One entry of the audit log, with all that it says of the affected records",
            "responses": {"200": success("The entry", ref("OrgAuditEntry")), **problems(401, 403, 404, 503)},
        },
    }
