"""When a request to the API is sent again, and after how many seconds."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

_FIRST_WAIT = 0.5
_MAX_WAIT = 60.0
_MAX_RETRY_AFTER = 300.0
# 429 comes from API Gateway, before any function; the others may come after some of the entries were written.
_TOO_MANY_REQUESTS = 429
_RETRYABLE_STATUSES = frozenset({_TOO_MANY_REQUESTS, 502, 503, 504})
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_PERMANENT = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)


def is_retryable_error(error: Exception, *, idempotent: bool) -> bool:
    """Whether a request that got no response may be sent again; one that is not idempotent only if it never left."""
    if isinstance(error, _NOT_SENT):
        return True
    return idempotent and isinstance(error, httpx.TransportError) and not isinstance(error, _PERMANENT)


def is_retryable_response(response: httpx.Response, *, idempotent: bool) -> bool:
    """Whether a request that was refused may be sent again."""
    return response.status_code == _TOO_MANY_REQUESTS or (idempotent and response.status_code in _RETRYABLE_STATUSES)


def backoff(attempt: int) -> float:
    """Seconds to wait after the given attempt, counted from 1: exponential, with jitter."""
    # The jitter spreads threads that were refused together.
    return min(_FIRST_WAIT * float(2 ** (attempt - 1)), _MAX_WAIT) * random.uniform(0.8, 1.2)  # noqa: S311


def retry_after(response: httpx.Response) -> float | None:
    """The seconds of `Retry-After`, 300 at most (RFC 9110, 10.2.3: a number or a date); None where there are none."""
    value = response.headers.get("retry-after", "")
    try:
        seconds = float(value) if value.strip().isdigit() else _seconds_until(parsedate_to_datetime(value))
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 0.0), _MAX_RETRY_AFTER)


def _seconds_until(moment: datetime) -> float:
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
