"""Clients of AWS's services, each made with its first call: most requests need none, and a client costs 20 ms."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any

from botocore.config import Config
from botocore.session import Session

from daybook.table import CONNECT_SECONDS, READ_SECONDS, RETRIES, USER_AGENT


def lazy(service: str, region: str) -> Callable[[], Any]:
    """A function that gives the client of a service, always the same one."""
    made: list[Any] = []
    making = Lock()

    def client() -> Any:
        with making:
            if not made:
                limits = Config(
                    connect_timeout=CONNECT_SECONDS,
                    read_timeout=READ_SECONDS,
                    retries=RETRIES,
                    user_agent=USER_AGENT,
                )
                made.append(Session().create_client(service, region, config=limits))
        return made[0]

    return client
