"""Exports: a whole list as a file."""

from __future__ import annotations

from daybook.api import routes
from daybook.exports.queries import ExportsQuery

from tools.openapi import parameters
from tools.openapi.responses import no_content, problems, request_body, success
from tools.openapi.schemas import Components, Schema, ref

OWN = "The caller's own only"


def operations(components: Components) -> dict[str, Schema]:
    export = ref("Export")
    return {
        routes.GET_EXPORTS: {
            "operationId": "getExports",
            "summary": "One's own exports, newest first",
            "description": f"{OWN}. Needs the permission `export`. A page may be short and still have a `next`.",
            "parameters": parameters.of_query(components.queries[ExportsQuery]),
            "responses": {"200": success("A page", ref("ExportPage")), **problems(400, 401, 403, 422, 503)},
        },
        routes.POST_EXPORTS: {
            "operationId": "postExport",
            "summary": "Write all rows of a list to a file",
            "description": (
                "In the background: GET tells how far it is, and then where the file is. Needs the permission `export` "
                "and that of the list; of a service the scopes daybook/manage and daybook/read. An audit entry with "
                "the query, and another one with the rows. Messages are read by the date of sending, an order in which "
                "none moves."
            ),
            "requestBody": request_body(ref("ExportRequest")),
            "responses": {
                "202": success("The export, under way", export),
                **problems(400, 401, 403, 404, 413, 422, 503),
            },
        },
        routes.GET_EXPORT: {
            "operationId": "getExport",
            "summary": "How far an export is, and where its file is",
            "description": f"{OWN}, with the permissions `export` and that of the list, as at the start.",
            "responses": {"200": success("The export", export), **problems(401, 403, 404, 503)},
        },
        routes.DELETE_EXPORT: {
            "operationId": "deleteExport",
            "summary": "Cancel an export, or delete its file",
            "description": f"{OWN}. Needs the permission `export`. Of one that has ended without a file: nothing.",
            "responses": {"204": no_content("It is cancelled, and its file deleted"), **problems(401, 403, 404, 503)},
        },
    }
