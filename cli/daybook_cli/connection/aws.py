"""Clients of AWS itself, for the few commands that the API does not serve.

The only module here that imports botocore, which takes longer to load than most commands take.
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
    """A call to AWS failed; the message is a sentence for the user."""


@dataclass(frozen=True)
class AwsTarget:
    """Which AWS to call: the emulator of a local stack (`endpoint`), or AWS as the user's own configuration has it."""

    region: str | None = None
    endpoint: str | None = None

    @classmethod
    def of_stack(cls, stack: Mapping[str, Any]) -> AwsTarget:
        """The emulator that a stack.json names."""
        return cls(region=str(stack["region"]), endpoint=str(stack["aws"]))

    @classmethod
    def of_arn(cls, arn: str) -> AwsTarget:
        """The region in an ARN; AwsError where it has none."""
        region = re.match(r"arn:[^:]+:[^:]+:([^:]+):", arn)
        if region is None:
            raise AwsError(f"{arn!r} is not an ARN with a region.")
        return cls(region=region[1])

    @classmethod
    def of_queue(cls, url: str) -> AwsTarget:
        """The region in a queue's URL; the user's own where the URL has none."""
        host = urlsplit(url).hostname or ""
        return cls(region=host.split(".")[1] if host.startswith("sqs.") else None)


@cache
def client(target: AwsTarget, service: str, read_timeout: float | None = None) -> Any:
    """A client of botocore. With `read_timeout`, in seconds, each call is made once: for calls that take minutes."""
    from botocore.config import Config
    from botocore.session import Session

    credentials: dict[str, Any] = {}
    if target.endpoint:
        # The emulator takes any credentials; it must not see those of the user.
        credentials = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    config = None
    if read_timeout:
        config = Config(read_timeout=read_timeout, retries={"total_max_attempts": 1}, tcp_keepalive=True)
    with aws_errors():
        return Session().create_client(
            service, region_name=target.region, endpoint_url=target.endpoint, config=config, **credentials
        )


@contextmanager
def aws_errors() -> Iterator[None]:
    """Raise what botocore raises as an AwsError."""
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

    try:
        yield
    except NoCredentialsError as error:
        raise AwsError("AWS: there are no credentials here; sign in, or set AWS_PROFILE.") from error
    except NoRegionError as error:
        raise AwsError("AWS: no region is known; set AWS_REGION, or give the ARN instead of a name.") from error
    except (BotoCoreError, ClientError) as error:
        raise AwsError(f"AWS: {error}") from error
