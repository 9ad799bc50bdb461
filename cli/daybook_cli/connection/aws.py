"""The few calls that go to AWS itself and not to the API: those that play a provider, those on the dead letters, and
those of functions that nobody else calls.

The only module here that knows botocore, which takes longer to load than most commands take.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

# ruff: noqa: PLC0415


class AwsError(Exception):
    """AWS did not do what was asked; the message is a sentence for people."""


@dataclass(frozen=True)
class Site:
    """Where AWS is: the emulator of a local stack, or AWS as the caller's own configuration has it."""

    region: str | None = None
    endpoint: str | None = None

    @classmethod
    def of_stack(cls, stack: Mapping[str, Any]) -> Site:
        return cls(region=str(stack["region"]), endpoint=str(stack["aws"]))

    @classmethod
    def of_arn(cls, arn: str) -> Site:
        """The region in an ARN; AwsError where it has none."""
        region = re.match(r"arn:[^:]+:[^:]+:([^:]+):", arn)
        if region is None:
            raise AwsError(f"{arn!r} is not an ARN with a region.")
        return cls(region=region[1])

    @classmethod
    def of_queue(cls, url: str) -> Site:
        """The region in a queue's address; the caller's own where the address does not tell it."""
        host = urlsplit(url).hostname or ""
        return cls(region=host.split(".")[1] if host.startswith("sqs.") else None)


@cache
def client(site: Site, service: str, patience: float | None = None) -> Any:
    """`patience` is for calls that take minutes: each is made once, and waited for so many seconds."""
    from botocore.config import Config
    from botocore.session import Session

    # The emulator takes any credentials; those of the caller are none of its business.
    anybody: dict[str, Any] = {"aws_access_key_id": "local", "aws_secret_access_key": "local"} if site.endpoint else {}
    once = Config(read_timeout=patience, retries={"total_max_attempts": 1}, tcp_keepalive=True) if patience else None
    with told():
        return Session().create_client(
            service, region_name=site.region, endpoint_url=site.endpoint, config=once, **anybody
        )


@contextmanager
def told() -> Iterator[None]:
    """What botocore raises, as an AwsError."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise AwsError(f"AWS: {error}") from error
