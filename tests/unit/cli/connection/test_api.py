from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from daybook_cli.connection.api import Api
from daybook_cli.connection.problems import ApiError
from daybook_cli.connection.settings import Connection

from tests.support.cli.api_stand_in import API, StandIn

BODY = b'{"entries":[{"log":"audit","key":"k"}]}'
CONNECTION = Connection(API, "secret", "riverside")


def api_of(transport: httpx.BaseTransport, pauses: list[float], attempts: int = 4) -> Api:
    return Api(CONNECTION, transport=transport, sleep=pauses.append, attempts=attempts)


def busy(status: int = 503, retry_after: str = "") -> httpx.Response:
    return httpx.Response(status, headers={"retry-after": retry_after}, json={"detail": "busy"})


def test_the_wait_that_the_api_asks_for_is_kept() -> None:
    pauses: list[float] = []
    transport = StandIn(busy(retry_after="7"), busy(429, retry_after="2"))
    api_of(transport, pauses).post_entries(BODY, idempotent=True)
    assert pauses == [7.0, 2.0]
    assert len(transport.requests) == 3


def test_the_wait_may_be_a_date() -> None:
    pauses: list[float] = []
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    api_of(StandIn(busy(retry_after=later)), pauses).post_entries(BODY, idempotent=True)
    assert 20 < pauses[0] <= 30


@pytest.mark.parametrize("retry_after", ["", "soon", "-5", "0"])
def test_without_a_usable_wait_it_backs_off(retry_after: str) -> None:
    pauses: list[float] = []
    api_of(StandIn(*[busy(retry_after=retry_after)] * 3), pauses).post_entries(BODY, idempotent=True)
    assert pauses == sorted(pauses)
    assert 0.4 <= pauses[0] <= 0.6


def test_an_absurd_wait_is_cut() -> None:
    pauses: list[float] = []
    api_of(StandIn(busy(retry_after="999999999")), pauses).post_entries(BODY, idempotent=True)
    assert pauses == [300.0]


def test_a_broken_connection_is_tried_again() -> None:
    pauses: list[float] = []
    transport = StandIn(httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("closed"))
    api_of(transport, pauses).post_entries(BODY, idempotent=True)
    assert len(transport.batches) == 1


def test_in_the_end_it_gives_up() -> None:
    transport = StandIn(*[busy() for _ in range(9)])
    with pytest.raises(ApiError, match="503: busy"):
        api_of(transport, []).post_entries(BODY, idempotent=True)
    assert len(transport.requests) == 4


@pytest.mark.parametrize("refusal", [busy(), busy(504), httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("closed")])
def test_what_may_have_been_written_is_not_sent_again_without_a_key(refusal: Any) -> None:
    transport = StandIn(refusal)
    with pytest.raises(ApiError):
        api_of(transport, []).post_entries(BODY, idempotent=False)
    assert len(transport.requests) == 1


@pytest.mark.parametrize("refusal", [busy(429), httpx.ConnectError("refused"), httpx.ConnectTimeout("slow")])
def test_what_was_not_taken_is_sent_again_even_without_a_key(refusal: Any) -> None:
    transport = StandIn(refusal)
    api_of(transport, []).post_entries(BODY, idempotent=False)
    assert len(transport.requests) == 2


def test_a_problem_has_its_field_errors() -> None:
    faults = [{"field": "limit", "message": "must be 1 to 200"}]
    transport = StandIn(httpx.Response(422, json={"title": "Unprocessable", "detail": "wrong", "errors": faults}))
    with pytest.raises(ApiError, match="422: wrong") as caught:
        next(api_of(transport, []).pages("records", "family", "1", "emails", parameters={}))
    assert caught.value.errors == faults


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (httpx.Response(401, json={"message": "Unauthorized"}), "401: Unauthorized; the token is missing, expired"),
        (httpx.Response(403, json={"detail": "Not yours"}), "403: Not yours; this token may not"),
        (httpx.Response(500, text="<html>"), "500: Internal Server Error"),
        (httpx.Response(200, text="<html>"), "is the address right"),
        (httpx.Response(200, json=[]), "is the address right"),
        (httpx.Response(200, json={"entries": "x"}), "is the address right"),
        (httpx.Response(302, headers={"location": "/"}), "302"),
        (httpx.ConnectError("refused"), "cannot be reached: refused"),
        (httpx.UnsupportedProtocol("no http://"), "cannot be reached: no http://"),
        (httpx.ConnectError("[Errno 111] Connection refused"), "nothing answers there (is `make run` still running?)"),
        (httpx.ConnectError("[Errno -2] Name or service not known"), "no computer of this name is known; check the"),
        (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate"), "its certificate cannot be trusted"),
        (httpx.ConnectTimeout("timed out"), "cannot be reached: it did not answer in time"),
        (httpx.ReadTimeout("The read operation timed out"), "cannot be reached: it did not answer in time"),
        (
            httpx.UnsupportedProtocol("Request URL is missing an 'http://' or 'https://' protocol."),
            "cannot be reached: an address begins with http:// or https://",
        ),
    ],
)
def test_every_failure_is_a_sentence(answer: Any, sentence: str) -> None:
    with pytest.raises(ApiError) as caught:
        next(api_of(StandIn(answer), [], attempts=1).pages("records", "family", "1", "emails", parameters={}))
    assert sentence in str(caught.value)


def test_ids_stand_in_the_path_as_they_are() -> None:
    transport = StandIn()
    next(api_of(transport, []).pages("records", "family", "a:b@c+d=e,f/../x?y#z", "emails", parameters={"q": "a b&c"}))
    assert transport.requests[0].url.raw_path == (
        b"/v1/orgs/riverside/records/family/a:b@c+d=e,f%2F..%2Fx%3Fy%23z/emails?q=a+b%26c"
    )
    assert transport.requests[0].headers["authorization"] == "Bearer secret"


def test_an_odd_token_is_for_the_api_to_refuse() -> None:
    transport = StandIn()
    api = Api(Connection(API, "tökén\u2028", "riverside"), transport=transport)
    next(api.pages("records", "family", "1", "emails", parameters={}))
    assert len(transport.requests) == 1


def test_pages_follow_next_to_the_end() -> None:
    pages = [{"entries": [{"id": str(n)}], "next": str(n + 1) if n < 2 else None} for n in range(3)]
    transport = StandIn(pages=pages)
    pages_seen = list(api_of(transport, []).pages("records", "family", "1", "emails", parameters={"limit": "1"}))
    assert [page.items[0]["id"] for page in pages_seen] == ["0", "1", "2"]
    assert all(request.url.params["limit"] == "1" for request in transport.requests)


def test_stopping_ends_what_is_waited_for() -> None:
    transport = StandIn(*[busy(retry_after="300")] * 9)
    api = Api(CONNECTION, transport=transport, attempts=9)
    threading.Timer(0.2, api.stop).start()
    with pytest.raises(ApiError, match="503: busy"):
        api.post_entries(BODY, idempotent=True)
    assert len(transport.requests) == 2
