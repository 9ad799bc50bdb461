"""The HTTP API as the command line uses it; what goes wrong becomes one `ApiError` with a sentence for people."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias
from urllib.parse import quote

import httpx

from daybook_cli.connection.settings import Connection

_TIMEOUT = httpx.Timeout(60, connect=5)
_FIRST_WAIT = 0.5
_LONGEST_WAIT = 60.0
_LONGEST_TOLD_WAIT = 300.0
# 429 comes from the gateway, before any function; the others may come after some of the entries were written.
_TOO_MANY = 429
_TRY_LATER = frozenset({_TOO_MANY, 502, 503, 504})
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_HOPELESS = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)
# What may stand unescaped in one segment of a path (RFC 3986, pchar).
_SEGMENT = "._~:@!$&'()*+,;=-"
_HINTS = {
    401: "the token is missing, expired or from another issuer (give --token, DAYBOOK_TOKEN or --as)",
    403: "this token may not do that here (--as and --org choose others)",
}


# A list gives its parameter once for each of its values.
Parameters: TypeAlias = Mapping[str, str | list[str]]


class ApiError(Exception):
    """The API did not do what was asked; `errors` holds the faults of single fields."""

    def __init__(self, message: str, errors: list[dict[str, Any]] | None = None) -> None:
        super().__init__(message)
        self.errors = errors or []


@dataclass(frozen=True)
class Page:
    """`searched` is the time that a page of the org's audit log covers, [from, to); None is without a bound."""

    entries: list[dict[str, Any]]
    next: str | None
    searched: tuple[str | None, str | None] = (None, None)


class Api:
    """One org of one API, with one token. Several threads may use it at once."""

    def __init__(
        self,
        connection: Connection,
        *,
        transport: httpx.BaseTransport | None = None,
        pause: Callable[[float], object] | None = None,
        attempts: int = 3,
    ) -> None:
        self._address = connection.api
        self._base = f"{connection.api}/v1/orgs/{quote(connection.org, safe=_SEGMENT)}"
        self._stopped = threading.Event()
        self._pause = pause or self._stopped.wait
        self._attempts = attempts
        # Bytes, so that a token of odd characters is refused by the API and not by an encoder.
        headers = {b"authorization": b"Bearer " + connection.token.encode(errors="replace")}
        self._client = httpx.Client(headers=headers, transport=transport, timeout=_TIMEOUT)

    def stop(self) -> None:
        """End every pause; what is under way is finished, and nothing is tried again."""
        self._stopped.set()

    def close(self) -> None:
        """Close the connections; no thread may be using them any more."""
        self._client.close()

    def post_entries(self, body: bytes, *, repeatable: bool) -> list[dict[str, Any]]:
        """Post one batch; `repeatable` when each of its entries carries what makes a second try a duplicate."""
        headers = {"content-type": "application/json"}
        answer = self._request("POST", "/entries", content=body, headers=headers, repeatable=repeatable)
        return _objects(answer, "results")

    def read_page(self, record: tuple[str, str], log: str, parameters: Parameters) -> Page:
        return self._page(f"{_record_path(record)}/{log}", "entries", parameters)

    def walk(self, record: tuple[str, str], log: str, parameters: Parameters) -> Iterator[Page]:
        """Every page, to the end."""
        return self._walk(f"{_record_path(record)}/{log}", "entries", parameters)

    def walk_audit(self, parameters: Parameters) -> Iterator[Page]:
        """Every page of the org's audit log, to the end."""
        return self._walk("/audit", "entries", parameters)

    def walk_audit_staff(self, parameters: Parameters) -> Iterator[Page]:
        """Every page of the usernames in the org's audit log."""
        return self._walk("/audit/staff", "staff", parameters)

    def read_audit_entry(self, entry: str) -> dict[str, Any]:
        found = self._request("GET", f"/audit/{quote(entry, safe=_SEGMENT)}")
        # `staff` is no id, but there is something at its path.
        if found.get("id") != entry:
            raise ApiError(f"{entry!r} is not the id of an audit entry.")
        return found

    def read_time_zone(self) -> str:
        """The org's, as an IANA name."""
        name = self._request("GET", "/settings").get("time_zone")
        if not isinstance(name, str):
            raise ApiError("The API answered without 'time_zone': is the address right?")
        return name

    def read_content(self, record: tuple[str, str], entry: str) -> dict[str, Any]:
        return self._request("GET", f"{_record_path(record)}/emails/{quote(entry, safe=_SEGMENT)}/content")

    def _walk(self, path: str, rows: str, parameters: Parameters) -> Iterator[Page]:
        page = self._page(path, rows, parameters)
        yield page
        while page.next:
            page = self._page(path, rows, {**parameters, "cursor": page.next})
            yield page

    def _page(self, path: str, rows: str, parameters: Parameters) -> Page:
        """`rows` names what the answer holds them in."""
        answer = self._request("GET", path, params=parameters)
        return Page(_objects(answer, rows), _text(answer.get("next")), _bounds(answer.get("range")))

    def _request(self, method: str, path: str, *, repeatable: bool = True, **content: Any) -> dict[str, Any]:
        attempt = 1
        while True:
            is_last = attempt >= self._attempts or self._stopped.is_set()
            try:
                response = self._client.request(method, self._base + path, **content)
            except (httpx.RequestError, httpx.InvalidURL) as error:
                if is_last or not _may_resend(error, repeatable=repeatable):
                    raise ApiError(f"The API at {self._address} cannot be reached: {_reason(error)}") from error
                wait = _backoff(attempt)
            else:
                if is_last or not _asks_to_retry(response, repeatable=repeatable):
                    return _answer(response)
                wait = _told_wait(response) or _backoff(attempt)
            self._pause(wait)
            attempt += 1


def _record_path(record: tuple[str, str]) -> str:
    record_type, record_id = (quote(part, safe=_SEGMENT) for part in record)
    return f"/records/{record_type}/{record_id}"


def _may_resend(error: Exception, *, repeatable: bool) -> bool:
    if isinstance(error, _NOT_SENT):
        return True
    return repeatable and isinstance(error, httpx.TransportError) and not isinstance(error, _HOPELESS)


def _asks_to_retry(response: httpx.Response, *, repeatable: bool) -> bool:
    return response.status_code == _TOO_MANY or (repeatable and response.status_code in _TRY_LATER)


def _backoff(attempt: int) -> float:
    # Spread, so that threads that were refused together do not come back together.
    return min(_FIRST_WAIT * float(2 ** (attempt - 1)), _LONGEST_WAIT) * random.uniform(0.8, 1.2)  # noqa: S311


def _told_wait(response: httpx.Response) -> float | None:
    """Seconds that `Retry-After` asks for, in either of its forms."""
    told = response.headers.get("retry-after", "")
    try:
        seconds = float(told) if told.strip().isdigit() else _seconds_until(parsedate_to_datetime(told))
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 0.0), _LONGEST_TOLD_WAIT)


def _seconds_until(moment: datetime) -> float:
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()


def _reason(error: Exception) -> str:
    if isinstance(error, httpx.ConnectError):
        return f"{error} (is `make run` still running?)"
    return str(error) or type(error).__name__


def _answer(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except (ValueError, RecursionError):
        body = None
    if not response.is_success:
        raise _problem(response, body if isinstance(body, dict) else {})
    if not isinstance(body, dict):
        raise ApiError(f"{response.url} did not answer as a Daybook API does: is the address right?")
    return body


def _problem(response: httpx.Response, problem: dict[str, Any]) -> ApiError:
    """An error from problem+json, or from the gateway's own `{"message"}`."""
    said = problem.get("detail") or problem.get("title") or problem.get("message") or response.reason_phrase
    hint = _HINTS.get(response.status_code)
    message = f"The API answered {response.status_code}: {said}" + (f"; {hint}" if hint else "")
    errors = problem.get("errors")
    return ApiError(message, [fault for fault in errors if isinstance(fault, dict)] if isinstance(errors, list) else [])


def _objects(answer: dict[str, Any], field: str) -> list[dict[str, Any]]:
    found = answer.get(field)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise ApiError(f"The API answered without {field!r}: is the address right?")
    return found


def _bounds(found: object) -> tuple[str | None, str | None]:
    return (_text(found.get("from")), _text(found.get("to"))) if isinstance(found, dict) else (None, None)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
