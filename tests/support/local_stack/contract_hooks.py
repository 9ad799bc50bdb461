"""Hooks of schemathesis: what the OpenAPI document cannot say of a valid request is made right before it is sent.

Loaded by schemathesis itself, for `tests/e2e/demonstration/test_contract.py`. What is meant to be wrong stays so.
"""

import os
import re
from typing import Any

import schemathesis
from daybook.entries.messages.org_messages import STATUSES
from daybook.storage.keys.org_keys import is_org
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.openapi.checks import UseAfterFree

# The org of all requests: in one that was not made, nothing but 404 would be seen.
ORG = os.environ["CONTRACT_ORG"]
ADDRESS, NUMBER = "jane@x.example", "+14155550123"
PATH_NAME = re.compile(r"[\w.~@:+-]+")


@schemathesis.hook
def before_call(_: Any, case: schemathesis.Case[Any], __: dict[str, Any]) -> None:
    if is_org(str(case.path_parameters.get("org"))):
        case.path_parameters["org"] = ORG
    if case.meta is not None and case.meta.generation.mode.is_positive:
        _correct_path(case.path_parameters)
        _correct_query(case.query, case.operation.path)
        if "If-Match" in case.headers:
            case.headers["If-Match"] = "*"
        if isinstance(case.body, dict):
            _correct_body(case.body)


def _correct_path(path: dict[str, Any]) -> None:
    """An address that can be one, and names of the letters and digits of any alphabet."""
    if "address" in path:
        path["address"] = ADDRESS
    for name in ("group", "username"):
        if name in path and not PATH_NAME.fullmatch(path[name]):
            path[name] = name


def _correct_query(query: dict[str, Any], path: str) -> None:
    """No cursor, as it is of the list that gave it out; what goes together, in order, and within a month."""
    query.pop("cursor", None)
    if path.endswith("/messages/counts") and "from" in query:
        # Without it, it is now.
        query.setdefault("to", "2026-01-31")
    if {"from", "to"} <= query.keys():
        query["from"], query["to"] = "2026-01-02T00:00:00Z", "2026-01-31T17:59:59-06:00"
    if {"log", "status"} <= query.keys():
        query["status"] = STATUSES[query["log"]][0]
    if "recipient" in query:
        query["recipient"] = NUMBER if query.get("log") == "sms" else ADDRESS
    if "address" in query:
        query["address"] = ADDRESS
        for other in ("status", "q"):
            query.pop(other, None)


def _correct_body(body: dict[str, Any]) -> None:
    """An address that can be one, a time zone that there is, a name and links that can be shown."""
    if "address" in body:
        body["address"] = ADDRESS
    if "time_zone" in body:
        body["time_zone"] = "America/Chicago"
    if "name" in body:
        body["name"] = "Contract"
    for record_type in body.get("record_url", ()):
        body["record_url"][record_type] = "https://portal.example/{id}"
    if {"list", "format"} <= body.keys():
        # A list that there is, with parameters of its own; changes are for audit logs, and for CSV.
        body["list"], body["query"] = "audit", {"q": "smith"}
        if body.get("rows") == "changes":
            body["format"] = "csv"


@schemathesis.hook
def filter_failure(_: Any, failure: Failure, case: schemathesis.Case[Any], __: Any) -> bool:
    """Leave out what schemathesis cannot know.

    It takes cases that it made valid for wrong once `before_call` was here. And an address that was reset is on the
    blacklist again where a verification was asked for between. An export that was cancelled is still told of.
    """
    if isinstance(failure, UseAfterFree) and case.operation.path.endswith(("/blacklist/{address}", "/exports/{id}")):
        return False
    made = case.meta.phase.data.description if case.meta is not None else None
    return not (isinstance(failure, AcceptedNegativeData) and (made or "").lower() == "positive test case")
