"""What a function is told by its environment: one type a function, read from a mapping that is handed in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

from daybook.access import ClaimNames
from daybook.retention import Policy, parse_period

S = TypeVar("S", bound=Struct)


class IngestSettings(Struct, frozen=True, kw_only=True, rename="upper"):
    aws_region: str
    url_suffix: str
    table_name: str
    bucket_name: str
    claim_org: str
    claim_username: str
    claim_name: str
    claim_groups: str
    claim_scope: str
    retain_email: str
    retain_sms: str
    retain_push: str
    retain_activity: str
    retain_audit: str
    retain_content: str
    retention_grace: str
    soft_bounce_limit: Annotated[int, Meta(ge=0)]
    # Of AWS's own variables; the local stack sets one of them.
    aws_endpoint_url: str = ""
    aws_endpoint_url_dynamodb: str = ""

    @property
    def claim_names(self) -> ClaimNames:
        return ClaimNames(self.claim_org, self.claim_username, self.claim_name, self.claim_groups, self.claim_scope)

    @property
    def dynamodb_endpoint(self) -> str:
        """The one that is set, the narrower first as in AWS's SDKs; else the region's own in its partition."""
        given = self.aws_endpoint_url_dynamodb or self.aws_endpoint_url
        return given or f"https://dynamodb.{self.aws_region}.{self.url_suffix}"

    @property
    def policy(self) -> Policy:
        """ValueError where a period is not one, or content or the grace would be for ever."""
        grace, content = parse_period(self.retention_grace), parse_period(self.retain_content)
        if grace is None or content is None:
            raise ValueError("RETENTION_GRACE and RETAIN_CONTENT cannot be for ever")
        periods = {
            "email": parse_period(self.retain_email),
            "sms": parse_period(self.retain_sms),
            "push": parse_period(self.retain_push),
            "activity": parse_period(self.retain_activity),
            "audit": parse_period(self.retain_audit),
            "content": content,
        }
        return Policy(periods, grace)


class QuerySettings(IngestSettings, frozen=True, rename="upper"):
    cursor_key: str


class ManageSettings(IngestSettings, frozen=True, rename="upper"):
    feedback_queue_url: str


class FeedbackSettings(ManageSettings, frozen=True, rename="upper"):
    dead_letters_url: str


def read(environ: Mapping[str, str], kind: type[S]) -> S:
    """The settings in an environment; ValidationError names the variable that is missing."""
    return msgspec.convert(dict(environ), kind, strict=False)
