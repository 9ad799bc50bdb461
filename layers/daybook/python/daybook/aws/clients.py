"""boto3 clients, each made at its first use: most requests need none, and boto3 itself takes 80 ms to load."""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import Any

from botocore.config import Config

from daybook.aws.faults import reject_foreign_response

# A constant, as botocore builds its own anew for every request.
USER_AGENT = "daybook"

# With these a call without a response fails within 15 s, so that a function with a timeout of 28 s can answer 503.
CONNECT_SECONDS, READ_SECONDS = 1, 3

# In botocore's standard retry mode, with pauses of up to 1 and 2 seconds in between.
ATTEMPTS = 3
RETRIES: Any = {"mode": "standard", "total_max_attempts": ATTEMPTS}

# Kept open at most, as in botocore.
CONNECTIONS = 10

# A boto3 session is for one thread at a time.
_lock = Lock()


def client(service: str, region: str) -> Any:
    """The boto3 client of a service, always the same one. Safe to call from several threads."""
    with _lock:
        return _client(service, region)


@cache
def _client(service: str, region: str) -> Any:
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries=RETRIES,
        user_agent=USER_AGENT,
        max_pool_connections=CONNECTIONS,
        # Of a link to an object botocore would sign version 2 in some regions, which newer regions refuse.
        signature_version="s3v4" if service == "s3" else None,
    )
    made = _session().client(service, region, config=config)
    made.meta.events.register("after-call", reject_foreign_response)
    return made


@cache
def _session() -> Any:
    # Not at the start of a function, which mostly speaks to DynamoDB only.
    import boto3  # noqa: PLC0415

    return boto3.Session()
