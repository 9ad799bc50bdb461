"""What the API says when it refuses a request or an entry, as a sentence for the user."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import httpx

_HINTS = {
    401: "the token is missing, expired or from another issuer (give --token, DAYBOOK_TOKEN or --as)",
    403: "this token may not do that here (--as and --org choose others)",
}
_HINTS_BY_CODE = {
    "unknown_org": "`daybook orgs put ORG --name NAME` makes one",
}


class ApiError(Exception):
    """The API refused a request or cannot be reached. `errors` are its errors of single fields: `field`, `message`.

    `status` is that of its answer; None where there was no refusal.
    """

    def __init__(self, message: str, errors: list[dict[str, Any]] | None = None, status: int | None = None) -> None:
        super().__init__(message)
        self.errors = errors or []
        self.status = status


def json_object(response: httpx.Response) -> dict[str, Any]:
    """The body of a successful response, empty where it has none; ApiError for any other response or body."""
    if response.status_code == HTTPStatus.NO_CONTENT:
        return {}
    try:
        body = response.json()
    except (ValueError, RecursionError):
        body = None
    if not response.is_success:
        raise _api_error(response, body if isinstance(body, dict) else {})
    if not isinstance(body, dict):
        raise ApiError(f"{response.url} did not answer as a Daybook API does: is the address right?")
    return body


def _api_error(response: httpx.Response, problem: dict[str, Any]) -> ApiError:
    """From a problem document (RFC 9457), or from the `{"message"}` of API Gateway."""
    detail = problem.get("detail") or problem.get("title") or problem.get("message") or response.reason_phrase
    hint = _HINTS_BY_CODE.get(str(problem.get("code"))) or _HINTS.get(response.status_code)
    message = f"The API answered {response.status_code}: {detail}" + (f"; {hint}" if hint else "")
    return ApiError(message, objects_in(problem.get("errors")), response.status_code)


def objects_in(value: object) -> list[dict[str, Any]]:
    """The objects of a list; none of anything else."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def field_sentences(faults: Iterable[dict[str, Any]]) -> list[str]:
    """What the API says of single fields, each as a sentence."""
    return [f"{fault.get('field') or 'entry'}: {fault.get('message')}" for fault in faults]


def rejection_reason(error: object) -> str:
    """The `error` of a rejected entry as one sentence; empty where there is none."""
    if not isinstance(error, dict):
        return ""
    sentence = "; ".join(field_sentences(objects_in(error.get("errors"))))
    return sentence or str(error.get("detail") or error.get("message") or error.get("code") or "no reason given")
