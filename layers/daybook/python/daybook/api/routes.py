"""The routes of the API, as API Gateway names them (`routeKey`), and the function that each invokes."""

from __future__ import annotations

ORGS = "/v1/orgs"
ORG = f"{ORGS}/{{org}}"
RECORD = f"{ORG}/records/{{type}}/{{id}}"
GET_ORGS = f"GET {ORGS}"
GET_ORG = f"GET {ORG}"
PUT_ORG = f"PUT {ORG}"
POST_ENTRIES = f"POST {ORG}/entries"
POST_DELIVERIES = f"POST {ORG}/deliveries"
GET_EMAILS = f"GET {RECORD}/emails"
GET_SMS = f"GET {RECORD}/sms"
GET_PUSHES = f"GET {RECORD}/pushes"
GET_ACTIVITY = f"GET {RECORD}/activity"
GET_AUDIT = f"GET {RECORD}/audit"
GET_EMAIL_ENTRY = f"GET {RECORD}/emails/{{entry}}"
GET_SMS_ENTRY = f"GET {RECORD}/sms/{{entry}}"
GET_PUSH_ENTRY = f"GET {RECORD}/pushes/{{entry}}"
GET_ACTIVITY_ENTRY = f"GET {RECORD}/activity/{{entry}}"
GET_CONTENT = f"GET {RECORD}/emails/{{entry}}/content"
GET_EMAIL_EVENTS = f"GET {RECORD}/emails/{{entry}}/events"
GET_SMS_EVENTS = f"GET {RECORD}/sms/{{entry}}/events"
GET_RECORD_BLACKLIST = f"GET {RECORD}/blacklist"
GET_BLACKLIST = f"GET {ORG}/blacklist"
POST_CHECK = f"POST {ORG}/blacklist/check"
GET_BLACKLISTED = f"GET {ORG}/blacklist/{{address}}"
POST_RESET = f"POST {ORG}/blacklist/reset"
POST_VALIDATE = f"POST {ORG}/blacklist/validate"
PUT_BLACKLIST = f"PUT {ORG}/blacklist"
DELETE_BLACKLISTED = f"DELETE {ORG}/blacklist/{{address}}"
POST_VALIDATE_BLACKLISTED = f"POST {ORG}/blacklist/{{address}}/validate"
GET_RECORDS = f"GET {ORG}/records"
GET_RECORD = f"GET {RECORD}"
GET_TIMELINE = f"GET {RECORD}/timeline"
GET_MESSAGES = f"GET {ORG}/messages"
GET_MESSAGE_COUNTS = f"GET {ORG}/messages/counts"
GET_ORG_AUDIT = f"GET {ORG}/audit"
GET_AUDIT_STAFF = f"GET {ORG}/audit/staff"
GET_AUDIT_ENTRY = f"GET {ORG}/audit/{{entry}}"
GET_ACCESS = f"GET {ORG}/access"
GET_ACCESS_ME = f"GET {ORG}/access/me"
PUT_ACCESS = f"PUT {ORG}/access"
PUT_GROUP_ACCESS = f"PUT {ORG}/access/groups/{{group}}"
PUT_STAFF_ACCESS = f"PUT {ORG}/access/staff/{{username}}"
GET_SETTINGS = f"GET {ORG}/settings"
PUT_SETTINGS = f"PUT {ORG}/settings"
GET_HOLDS = f"GET {ORG}/holds"
PUT_HOLD = f"PUT {ORG}/holds/{{type}}/{{id}}"
DELETE_HOLD = f"DELETE {ORG}/holds/{{type}}/{{id}}"
POST_ERASE = f"POST {RECORD}/erase"
GET_ERASURE = f"GET {ORG}/erasures/{{id}}"
GET_EXPORTS = f"GET {ORG}/exports"
POST_EXPORTS = f"POST {ORG}/exports"
GET_EXPORT = f"GET {ORG}/exports/{{id}}"
DELETE_EXPORT = f"DELETE {ORG}/exports/{{id}}"
GET_OPENAPI = "GET /v1/openapi.json"

# Everything else: API Gateway would answer it without saying what exists, and not as a problem document.
DEFAULT = "$default"

LOG_ROUTES = {
    GET_EMAILS: "emails",
    GET_SMS: "sms",
    GET_PUSHES: "pushes",
    GET_ACTIVITY: "activity",
    GET_AUDIT: "audit",
}

# Audit entries are read in the log of the org, where each has all that it affected.
ENTRY_ROUTES = {
    GET_EMAIL_ENTRY: "emails",
    GET_SMS_ENTRY: "sms",
    GET_PUSH_ENTRY: "pushes",
    GET_ACTIVITY_ENTRY: "activity",
}

EVENT_ROUTES = {GET_EMAIL_EVENTS: "emails", GET_SMS_EVENTS: "sms"}

ROUTES = {
    GET_ORGS: "query",
    GET_ORG: "query",
    PUT_ORG: "manage",
    POST_ENTRIES: "ingest",
    POST_DELIVERIES: "ingest",
    **dict.fromkeys(LOG_ROUTES, "query"),
    **dict.fromkeys(ENTRY_ROUTES, "query"),
    GET_CONTENT: "query",
    **dict.fromkeys(EVENT_ROUTES, "query"),
    GET_RECORD_BLACKLIST: "query",
    GET_BLACKLIST: "query",
    POST_CHECK: "query",
    GET_BLACKLISTED: "query",
    PUT_BLACKLIST: "manage",
    DELETE_BLACKLISTED: "manage",
    POST_VALIDATE_BLACKLISTED: "manage",
    POST_RESET: "manage",
    POST_VALIDATE: "manage",
    GET_RECORDS: "query",
    GET_RECORD: "query",
    GET_TIMELINE: "query",
    GET_MESSAGES: "query",
    GET_MESSAGE_COUNTS: "query",
    GET_ORG_AUDIT: "query",
    GET_AUDIT_STAFF: "query",
    GET_AUDIT_ENTRY: "query",
    GET_ACCESS: "query",
    GET_ACCESS_ME: "query",
    PUT_ACCESS: "manage",
    PUT_GROUP_ACCESS: "manage",
    PUT_STAFF_ACCESS: "manage",
    GET_SETTINGS: "query",
    PUT_SETTINGS: "manage",
    GET_HOLDS: "query",
    PUT_HOLD: "manage",
    DELETE_HOLD: "manage",
    POST_ERASE: "manage",
    GET_ERASURE: "query",
    GET_EXPORTS: "query",
    POST_EXPORTS: "query",
    GET_EXPORT: "query",
    DELETE_EXPORT: "manage",
    GET_OPENAPI: "query",
    DEFAULT: "query",
}

# The calls that take any name, by where a path holds a name and what it is called there. API Gateway unescapes a path
# before it routes, so a name with a `/` reaches no route.
_CALLS_FOR_ANY_NAME = {
    ("blacklist",): ("address", "GET /blacklist?address=, POST /blacklist/reset or POST /blacklist/validate"),
    ("access", "groups"): ("group", 'PUT /access with {"group": ..., "permissions": [...]}'),
    ("access", "staff"): ("username", 'PUT /access with {"staff": ..., "permissions": [...]}'),
}


def call_for_any_name(path: str) -> tuple[str, str] | None:
    """What the name in this path is called, and the call that takes any; None for a path that holds no name with a `/`.

    The path is as it came, and has no route.
    """
    match path.split("/"):
        case ["", "v1", "orgs", _, *segments]:
            for place, found in _CALLS_FOR_ANY_NAME.items():
                if tuple(segments[: len(place)]) == place and len(segments) > len(place) + 1:
                    return found
    return None


def methods(path: str) -> list[str]:
    """The methods for which there is a route of this path; the path is as it came."""
    segments = path.split("/")
    matching = set()
    for route in ROUTES:
        method, _, template = route.partition(" ")
        if template and _matches(template.split("/"), segments):
            matching.add(method)
    return sorted(matching)


def _matches(template: list[str], segments: list[str]) -> bool:
    return len(template) == len(segments) and all(
        part == segment or (part.startswith("{") and segment != "")
        for part, segment in zip(template, segments, strict=True)
    )
