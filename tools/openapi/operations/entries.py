"""Writing entries, and what is read of entries besides a record's single logs."""

from __future__ import annotations

from daybook.api import routes
from daybook.entries.messages.message_counts import BUDGET, MAX_DAYS, CountsQuery
from daybook.entries.messages.org_messages import MessagesQuery
from daybook.entries.record_log import LOGS
from daybook.entries.timeline import TimelineQuery

from tools.openapi import parameters
from tools.openapi.responses import problems, request_body, success
from tools.openapi.schemas import Components, Schema, ref

# Of both logs; each takes its own.
ALL_STATUSES = list(dict.fromkeys(status for log in LOGS.values() for status in log.statuses))


def operations(components: Components) -> dict[str, Schema]:
    return {
        routes.POST_ENTRIES: {
            "operationId": "postEntries",
            "summary": "Write entries",
            "description": "Needs the scope daybook/write.",
            "requestBody": request_body(ref("Batch")),
            "responses": {
                "201": success("None was rejected", ref("EntryResults")),
                "207": success("Some were rejected", ref("EntryResults")),
                **problems(400, 401, 403, 413, 422, 503),
            },
        },
        routes.POST_DELIVERIES: {
            "operationId": "postDeliveries",
            "summary": "Report what became of messages: the delivery events of any provider",
            "description": (
                "Needs the scope daybook/write. The events of entries of this org; one whose entry is not here yet "
                "waits for it for seven days."
            ),
            "requestBody": request_body(ref("Deliveries")),
            "responses": {
                "200": success("None was rejected", ref("DeliveryResults")),
                "207": success("Some were rejected", ref("DeliveryResults")),
                **problems(400, 401, 403, 413, 422, 503),
            },
        },
        routes.GET_CONTENT: {
            "operationId": "getEmailContent",
            "summary": "The content of an e-mail; the look is itself an audit entry",
            "responses": {"200": success("The content", ref("Content")), **problems(401, 403, 404, 422, 503)},
        },
        routes.GET_TIMELINE: {
            "operationId": "getTimeline",
            "summary": "All the logs of a record that the caller may see, merged, newest first",
            "description": (
                "By the entries' own dates. Without `log`, record types that lack a log simply have none of it. With "
                "`log`, one that the caller may not see is 403, and one that such records lack is 404. A page may be "
                "short and still have a `next`."
            ),
            "parameters": parameters.of_query(components.queries[TimelineQuery]),
            "responses": {"200": success("A page", ref("TimelinePage")), **problems(400, 401, 403, 404, 422, 503)},
        },
        routes.GET_MESSAGES: {
            "operationId": "getMessages",
            "summary": "Every message of the whole org, of some statuses or of any, newest first",
            "description": "Of family and staff records, as the caller may see. A page may be short and have a `next`.",
            "parameters": parameters.of_query(components.queries[MessagesQuery], statuses=ALL_STATUSES),
            "responses": {"200": success("A page", ref("MessagePage")), **problems(400, 401, 403, 422, 503)},
        },
        routes.GET_MESSAGE_COUNTS: {
            "operationId": "getMessageCounts",
            "summary": "How many messages there are of each day and class, newest days first",
            "description": (
                f"Of family and staff records, as the caller may see. Of {MAX_DAYS} days at most, and of as many of "
                f"them as have {BUDGET:,} messages in all. What has expired may still be counted for some days."
            ),
            "parameters": parameters.of_query(components.queries[CountsQuery]),
            "responses": {"200": success("The counts", ref("MessageCountList")), **problems(401, 403, 422, 503)},
        },
        routes.GET_EMAIL_EVENTS: _events("getEmailEvents", "an e-mail"),
        routes.GET_SMS_EVENTS: _events("getSmsEvents", "an SMS"),
    }


def _events(operation_id: str, message: str) -> Schema:
    return {
        "operationId": operation_id,
        "summary": f"Every delivery event known of {message}, oldest first",
        "description": "Of more than one answer holds, which are thousands, the earliest.",
        "responses": {"200": success("The events", ref("EventList")), **problems(401, 403, 404, 422, 503)},
    }
