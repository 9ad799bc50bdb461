"""The API as its callers see it, without a network: events of API Gateway to the real handlers."""

import importlib.util
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

from daybook.api.routes import ROUTES

from tests.support.functions import tokens
from tests.support.functions.events import Context

FUNCTIONS = Path(__file__).resolve().parents[2] / "functions"
# What makes each function's handler, once.
FACTORIES = {
    "ingest": "gateway",
    "query": "gateway",
    "manage": "gateway",
    "feedback": "batch_handler",
    "index": "triggers",
    "retention": "triggers",
    "export": "queue_handler",
}
# Claims as they stand in tokens.
SERVICE = {"scope": "daybook/write daybook/read", "client_id": "portal", "sub": "portal"}
PLATFORM = {"scope": "daybook/write daybook/read daybook/manage", "client_id": "platform", "sub": "platform"}
ADMIN = {"org": "riverside", "username": "ada", "name": "Ada Admin", "groups": ["admin"], "sub": "1"}
STAFF = {"org": "riverside", "username": "ben", "name": "Ben Front", "groups": ["front_desk"], "sub": "2"}
OTHER_ADMIN = {"org": "hilltop", "username": "cleo", "name": "Cleo Chief", "groups": ["admin"], "sub": "3"}


# Of a query string; a list is given once for each item.
Parameter = str | int | list[str]


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: dict[str, str]
    text: str


@cache
def function(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"function_{name}", FUNCTIONS / name / "app.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def factory(name: str) -> Any:
    """What makes the function's handler; `cache_clear` has it made anew, from the environment as it is then."""
    return getattr(function(name), FACTORIES[name])


def event(
    route: str,
    path: str,
    parameters: dict[str, str],
    query: str = "",
    body: str | None = None,
    claims: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> dict[str, Any]:
    """What API Gateway sends for a request with a token of these claims, in payload format 2.0."""
    made: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"content-type": "application/json", **(headers or {})},
        "requestContext": {
            "requestId": "request-1",
            "http": {"method": route.split(" ", maxsplit=1)[0], "path": path, "sourceIp": "203.0.113.7"},
        },
        "isBase64Encoded": False,
    }
    if parameters:
        made["pathParameters"] = parameters
    if claims is not None:
        made["headers"]["authorization"] = tokens.bearer(claims)
        jwt = {"claims": tokens.as_api_gateway_writes(claims), "scopes": None}
        made["requestContext"]["authorizer"] = {"jwt": jwt}
    if body is not None:
        made["body"] = body
    return made


def call(
    method: str,
    path: str,
    *,
    claims: dict[str, Any] | None = ADMIN,
    body: Any = None,
    headers: dict[str, str] | None = None,
    **query: Parameter,
) -> Answer:
    """One request, routed as API Gateway would; a body that is a text is sent as it is."""
    return sent(request(method, path, claims=claims, body=body, headers=headers, **query))


def sent(event: dict[str, Any]) -> Answer:
    """The answer to an event of API Gateway."""
    answer = function(ROUTES[event["routeKey"]]).handler(event, Context())
    # Whoever does not look at the status must hear of it too.
    assert answer["statusCode"] != 500, "an unforeseen error: the log has its traceback"
    return Answer(answer["statusCode"], json.loads(answer["body"] or "null"), answer["headers"], answer["body"])


def request(
    method: str,
    path: str,
    *,
    claims: dict[str, Any] | None = ADMIN,
    body: Any = None,
    headers: dict[str, str] | None = None,
    **query: Parameter,
) -> dict[str, Any]:
    """The event of one request, as API Gateway routes it; a body that is a text is sent as it is."""
    route, parameters = _route(method, path)
    text = body if body is None or isinstance(body, str) else json.dumps(body)
    names = {"from_": "from"}
    query_string = urlencode({names.get(name, name): value for name, value in query.items()}, doseq=True)
    return event(route, path, parameters, query_string, text, claims, headers)


def post(*entries: dict[str, Any], org: str = "riverside", claims: dict[str, Any] = SERVICE) -> Answer:
    return call("POST", f"/v1/orgs/{org}/entries", claims=claims, body={"entries": list(entries)})


def delivery(**fields: Any) -> dict[str, Any]:
    """An event as POST /deliveries takes it."""
    fields = {"log": "email", "message_id": "m-1", "type": "delivered", "at": "2026-11-20T09:00:05Z"} | fields
    return {name: value for name, value in fields.items() if value is not None}


def deliver(*events: dict[str, Any], org: str = "riverside") -> Answer:
    return call("POST", f"/v1/orgs/{org}/deliveries", claims=SERVICE, body={"events": list(events)})


def posted(*entries: dict[str, Any], **how: Any) -> list[str]:
    """The ids of entries that are posted, none of which is rejected."""
    answer = post(*entries, **how)
    assert answer.status == 201, answer.text
    return [result["id"] for result in answer.body["results"]]


def read(log: str, /, record: str = "family/1", *, org: str = "riverside", claims: Any = ADMIN, **query: Any) -> Answer:
    return call("GET", f"/v1/orgs/{org}/records/{record}/{log}", claims=claims, **query)


def walk(log: str, /, record: str = "family/1", **query: Any) -> list[dict[str, Any]]:
    """All entries of a list, page by page."""
    entries = []
    while True:
        answer = read(log, record, **query)
        assert answer.status == 200, answer.text
        entries += answer.body["entries"]
        if answer.body["next"] is None:
            return entries
        query["cursor"] = answer.body["next"]


def _route(method: str, path: str) -> tuple[str, dict[str, str]]:
    for route in ROUTES:
        known, _, template = route.partition(" ")
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template))
        match = re.fullmatch(pattern, path)
        if template and known == method and match:
            return route, match.groupdict()
    return "$default", {}


def email(**fields: Any) -> dict[str, Any]:
    record = {"type": "family", "id": "1"}
    return {"log": "email", "record": record, "recipient": "smith@mail.example", "subject": "Hello", **fields}


def sms(**fields: Any) -> dict[str, Any]:
    record = {"type": "family", "id": "1"}
    return {"log": "sms", "record": record, "recipient": "+14155550123", "text": "Hello", **fields}


def push(**fields: Any) -> dict[str, Any]:
    return {"log": "push", "record": {"type": "family", "id": "1"}, "subject": "Hello", "text": "There", **fields}


def activity(**fields: Any) -> dict[str, Any]:
    record = {"type": "family", "id": "1"}
    return {"log": "activity", "record": record, "name": "Sam Smith", "action": "signed in", **fields}


def audit(**fields: Any) -> dict[str, Any]:
    who = {"member_name": "Ada Admin", "username": "ada", "source": "office_portal"}
    affected = [{"record": {"type": "family", "id": "1"}, "change": "deleted", "name": "Smith"}]
    return {"log": "audit", **who, "action": "deleted enrolment", "affected": affected, **fields}
