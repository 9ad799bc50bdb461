"""A client of Daybook's HTTP API. What goes wrong is an ApiError, whose message is a sentence for the user."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import quote

import httpx

from daybook_cli.connection import retry
from daybook_cli.connection.problems import ApiError, json_object
from daybook_cli.connection.settings import Connection

_TIMEOUT = httpx.Timeout(60, connect=5)
# What may stand unescaped in one segment of a path (RFC 3986, pchar).
_SEGMENT = "._~:@!$&'()*+,;=-"

# A list repeats its parameter for each of its values.
Parameters: TypeAlias = Mapping[str, str | list[str]]


@dataclass(frozen=True)
class Page:
    """One page of a list. `searched` is the time that a search has covered, [from, to); None is without a bound."""

    items: list[dict[str, Any]]
    next_cursor: str | None
    searched: tuple[str | None, str | None] = (None, None)


class Api:
    """One org of one API, with one token. Threads may share it."""

    def __init__(
        self,
        connection: Connection,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], object] | None = None,
        attempts: int = 3,
    ) -> None:
        self._address = connection.api
        self._base = f"{connection.api}/v1/orgs/{quote(connection.org, safe=_SEGMENT)}"
        self._stopped = threading.Event()
        self._sleep = sleep or self._stopped.wait
        self._attempts = attempts
        # Bytes, so that a token of odd characters is refused by the API and not by an encoder.
        headers = {b"authorization": b"Bearer " + connection.token.encode(errors="replace")}
        self._client = httpx.Client(headers=headers, transport=transport, timeout=_TIMEOUT)

    def stop(self) -> None:
        """End every wait before a retry. Requests under way are finished, and none is sent again."""
        self._stopped.set()

    def close(self) -> None:
        """Close the connections; no thread may be using them any more."""
        self._client.close()

    def post_entries(self, body: bytes, *, idempotent: bool) -> list[dict[str, Any]]:
        """Post one batch; the `results` of the answer. `idempotent`: posting an entry again makes a duplicate of it."""
        headers = {"content-type": "application/json"}
        answer = self._request("POST", "/entries", content=body, headers=headers, idempotent=idempotent)
        return _objects(answer, "results")

    def log_pages(self, record: tuple[str, str], log: str, parameters: Parameters) -> Iterator[Page]:
        """Every page of one record's log."""
        return self._pages(f"{_record_path(record)}/{log}", "entries", parameters)

    def audit_pages(self, parameters: Parameters) -> Iterator[Page]:
        """Every page of the org's audit log."""
        return self._pages("/audit", "entries", parameters)

    def audit_staff_pages(self, parameters: Parameters) -> Iterator[Page]:
        """Every page of the usernames in the org's audit log."""
        return self._pages("/audit/staff", "staff", parameters)

    def get_audit_entry(self, entry_id: str) -> dict[str, Any]:
        """One entry of the org's audit log, with every field."""
        entry = self._request("GET", f"/audit/{quote(entry_id, safe=_SEGMENT)}")
        # `staff` is no id, but there is something at its path.
        if entry.get("id") != entry_id:
            raise ApiError(f"{entry_id!r} is not the id of an audit entry.")
        return entry

    def get_time_zone(self) -> str:
        """The org's time zone, an IANA name."""
        name = self._request("GET", "/settings").get("time_zone")
        if not isinstance(name, str):
            raise ApiError("The API answered without 'time_zone': is the address right?")
        return name

    def get_content(self, record: tuple[str, str], entry_id: str) -> dict[str, Any]:
        """The `subject`, `text` and `html` of an e-mail."""
        return self._request("GET", f"{_record_path(record)}/emails/{quote(entry_id, safe=_SEGMENT)}/content")

    def _pages(self, path: str, field: str, parameters: Parameters) -> Iterator[Page]:
        page = self._page(path, field, parameters)
        yield page
        while page.next_cursor:
            page = self._page(path, field, {**parameters, "cursor": page.next_cursor})
            yield page

    def _page(self, path: str, field: str, parameters: Parameters) -> Page:
        """`field` is where the answer holds the page's items."""
        answer = self._request("GET", path, params=parameters)
        return Page(_objects(answer, field), _text(answer.get("next")), _bounds(answer.get("range")))

    def _request(self, method: str, path: str, *, idempotent: bool = True, **content: Any) -> dict[str, Any]:
        attempt = 1
        while True:
            is_last = attempt >= self._attempts or self._stopped.is_set()
            try:
                response = self._client.request(method, self._base + path, **content)
            except (httpx.RequestError, httpx.InvalidURL) as error:
                if is_last or not retry.is_retryable_error(error, idempotent=idempotent):
                    raise ApiError(f"The API at {self._address} cannot be reached: {_describe(error)}") from error
                seconds = retry.backoff(attempt)
            else:
                if is_last or not retry.is_retryable_response(response, idempotent=idempotent):
                    return json_object(response)
                seconds = retry.retry_after(response) or retry.backoff(attempt)
            self._sleep(seconds)
            attempt += 1


def _record_path(record: tuple[str, str]) -> str:
    record_type, record_id = (quote(part, safe=_SEGMENT) for part in record)
    return f"/records/{record_type}/{record_id}"


def _describe(error: Exception) -> str:
    if isinstance(error, httpx.ConnectError):
        return f"{error} (is `make run` still running?)"
    return str(error) or type(error).__name__


def _objects(answer: dict[str, Any], field: str) -> list[dict[str, Any]]:
    value = answer.get(field)
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ApiError(f"The API answered without {field!r}: is the address right?")
    return value


def _bounds(value: object) -> tuple[str | None, str | None]:
    return (_text(value.get("from")), _text(value.get("to"))) if isinstance(value, dict) else (None, None)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
