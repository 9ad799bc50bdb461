"""Clients of AWS, or of what stands in for it, for tests."""

from functools import cache
from typing import Any

from botocore.session import Session

REGION = "us-east-1"


@cache
def client(service: str, endpoint: str | None = None) -> Any:
    """Making a client costs more than most tests."""
    return Session().create_client(service, region_name=REGION, endpoint_url=endpoint)
