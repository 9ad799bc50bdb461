"""Finding records, and what heads the page of one."""

from __future__ import annotations

from daybook.api import routes
from daybook.records.finding import RecordsQuery

from tools.openapi import parameters
from tools.openapi.responses import problems, success
from tools.openapi.schemas import Components, Schema, ref


def operations(components: Components) -> dict[str, Schema]:
    return {
        routes.GET_RECORDS: {
            "operationId": "getRecords",
            "summary": "Find records by a name, an id, an address or a phone number",
            "description": (
                "Of the types of which the caller may read some log. An exact id comes first. A record is found by "
                "five names, some seconds after the first entry with such a name. They are those that audit entries "
                "gave it, the latest first; then, of a family, those of who acted in its activity log."
            ),
            "parameters": parameters.of_query(components.queries[RecordsQuery]),
            "responses": {"200": success("The first ones", ref("FoundRecords")), **problems(400, 401, 403, 422, 503)},
        },
        routes.GET_RECORD: {
            "operationId": "getRecord",
            "summary": "What heads a record's page: name, link, logs with their last activity, blacklist, hold",
            "description": "Of the logs that the caller may see. A record without entries has no name and no activity.",
            "responses": {"200": success("The head", ref("RecordHead")), **problems(400, 401, 403, 422, 503)},
        },
    }
