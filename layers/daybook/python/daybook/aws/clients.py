"""Clients of AWS's other services, each made with its first call: most requests need none, and a client costs 20 ms."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as BotocoreConnectionError
from botocore.session import Session

from daybook.aws import dynamodb
from daybook.core.errors import StoreBusyError

AWS_ERRORS = (ClientError, HTTPClientError, BotocoreConnectionError)


# S3 has words of its own.
BUSY_CODES = dynamodb.BUSY_CODES | {"SlowDown", "InternalError", "RequestTimeout"}


RETRIES: Any = {"mode": "standard", "total_max_attempts": dynamodb.ATTEMPTS}


def lazy(service: str, region: str) -> Callable[[], Any]:
    """A function that gives the client of a service, always the same one."""
    made: list[Any] = []
    making = Lock()

    def client() -> Any:
        with making:
            if not made:
                limits = Config(
                    connect_timeout=dynamodb.CONNECT_SECONDS,
                    read_timeout=dynamodb.READ_SECONDS,
                    retries=RETRIES,
                    user_agent=dynamodb.USER_AGENT,
                    max_pool_connections=dynamodb.CONNECTIONS,
                )
                made.append(Session().create_client(service, region, config=limits))
        return made[0]

    return client


def translated(error: Exception, store: str) -> Exception:
    """What a caller hears of an error of AWS: that this store is busy, or else the error itself."""
    if not isinstance(error, ClientError):
        return StoreBusyError(f"{store} does not answer")
    return StoreBusyError(f"{store} is throttling") if error.response["Error"]["Code"] in BUSY_CODES else error
