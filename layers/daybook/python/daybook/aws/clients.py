"""botocore clients, each made at its first use: most requests need none, and making one takes 20 ms."""

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

# S3 has error codes of its own.
BUSY_CODES = dynamodb.BUSY_CODES | {"SlowDown", "InternalError", "RequestTimeout"}
RETRIES: Any = {"mode": "standard", "total_max_attempts": dynamodb.ATTEMPTS}


def lazy_client(service: str, region: str) -> Callable[[], Any]:
    """A function that returns the botocore client of a service: made at the first call, then always the same one.

    Safe to call from several threads. The timeouts and attempts are those of `daybook.aws.dynamodb`.
    """
    clients: list[Any] = []
    lock = Lock()

    def client() -> Any:
        with lock:
            if not clients:
                config = Config(
                    connect_timeout=dynamodb.CONNECT_SECONDS,
                    read_timeout=dynamodb.READ_SECONDS,
                    retries=RETRIES,
                    user_agent=dynamodb.USER_AGENT,
                    max_pool_connections=dynamodb.CONNECTIONS,
                )
                clients.append(Session().create_client(service, region, config=config))
        return clients[0]

    return client


def as_store_error(error: Exception, store: str) -> Exception:
    """StoreBusyError, naming the store, for an error that a retry may resolve; otherwise the error itself.

    `error` is one of AWS_ERRORS.
    """
    if not isinstance(error, ClientError):
        return StoreBusyError(f"{store} does not answer")
    return StoreBusyError(f"{store} is throttling") if error.response["Error"]["Code"] in BUSY_CODES else error
