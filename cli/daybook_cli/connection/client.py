"""Requests to the HTTP API, repeated where they may be. What goes wrong is an ApiError, a sentence for the user."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import httpx

from daybook_cli.connection import retry
from daybook_cli.connection.problems import ApiError, json_object
from daybook_cli.connection.settings import Endpoint

_TIMEOUT = httpx.Timeout(60, connect=5)

_REFUSED = "nothing answers there"
# What the errors of httpx and of the system below it say, and what is meant.
_SENTENCES = {
    "Connection refused": _REFUSED,
    "Name or service not known": "no computer of this name is known; check the address",
    "nodename nor servname": "no computer of this name is known; check the address",
    "getaddrinfo failed": "no computer of this name is known; check the address",
    "Temporary failure in name resolution": "names cannot be looked up now; check the network",
    "Network is unreachable": "there is no network",
    "CERTIFICATE_VERIFY_FAILED": "its certificate cannot be trusted",
    "WRONG_VERSION_NUMBER": "it does not speak https; try the address with http://",
    "Server disconnected": "it closed the connection without an answer",
    "Connection reset": "it closed the connection without an answer",
    "'http://' or 'https://' protocol": "an address begins with http:// or https://",
    "unsupported protocol": "an address begins with http:// or https://",
    "Invalid port": "the address has a port that cannot be",
}

# A list repeats its parameter for each of its values.
Parameters: TypeAlias = Mapping[str, str | list[str]]


@dataclass(frozen=True)
class Page:
    """One page of a list. `answer` is the whole answer, of which `items` are the list's.

    `searched` is the time that a search has covered, [from, to); None is without a bound.
    """

    answer: dict[str, Any]
    items: list[dict[str, Any]]
    next_cursor: str | None
    searched: tuple[str | None, str | None] = (None, None)


class Client:
    """One API with one token. Threads may share it. Paths begin with `/v1/`."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], object] | None = None,
        attempts: int = 3,
    ) -> None:
        self._address = endpoint.api
        self._stopped = threading.Event()
        self._sleep = sleep or self._stopped.wait
        self._attempts = attempts
        # Bytes, so that a token of odd characters is refused by the API and not by an encoder.
        headers = {b"authorization": b"Bearer " + endpoint.token.encode(errors="replace")}
        self._client = httpx.Client(headers=headers, transport=transport, timeout=_TIMEOUT)

    def stop(self) -> None:
        """End every wait before a retry. Requests under way are finished, and none is sent again."""
        self._stopped.set()

    def close(self) -> None:
        """Close the connections; no thread may be using them any more."""
        self._client.close()

    def request(self, method: str, path: str, *, idempotent: bool = True, **content: Any) -> dict[str, Any]:
        """The body of the answer. `idempotent`: a second request would change nothing more."""
        attempt = 1
        while True:
            is_last = attempt >= self._attempts or self._stopped.is_set()
            try:
                response = self._client.request(method, self._address + path, **content)
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

    def pages(self, path: str, parameters: Parameters) -> Iterator[Page]:
        """Every page of a list."""
        page = self._page(path, parameters)
        yield page
        while page.next_cursor:
            page = self._page(path, {**parameters, "cursor": page.next_cursor})
            yield page

    def _page(self, path: str, parameters: Parameters) -> Page:
        answer = self.request("GET", path, params=parameters)
        return Page(answer, objects(answer, "entries"), _text(answer.get("next")), _bounds(answer.get("range")))


def objects(answer: dict[str, Any], field: str) -> list[dict[str, Any]]:
    """The list of objects in a field of an answer. ApiError where there is none."""
    value = answer.get(field)
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ApiError(f"The API answered without {field!r}: is the address right?")
    return value


def describe(error: Exception) -> str:
    """What went wrong with a request, in a sentence where the words of the library are for programmers."""
    text = str(error) or type(error).__name__
    sentence = next((sentence for part, sentence in _SENTENCES.items() if part in text), None)
    if isinstance(error, httpx.TimeoutException):
        sentence = "it did not answer in time"
    return sentence or text


def _describe(error: Exception) -> str:
    reason = describe(error)
    is_stopped = isinstance(error, httpx.ConnectError) and reason in {_REFUSED, str(error)}
    return f"{reason} (is `make run` still running?)" if is_stopped else reason


def _bounds(value: object) -> tuple[str | None, str | None]:
    return (_text(value.get("from")), _text(value.get("to"))) if isinstance(value, dict) else (None, None)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
