"""The caller of a CloudTrail event, from its `userIdentity`: every type of identity has other fields."""

from __future__ import annotations

from typing import Any

from daybook_cli.importing.cloudtrail.fields import object_at, text_at

UNKNOWN = "unknown"


def username(record: dict[str, Any]) -> str:
    """One name for a caller, whatever session it used. Never empty.

    An IAM, SAML, web identity or directory user is its `userName`. An assumed role or federated user is the issuer of
    its session, the root user `root`, a service its host name. Another account or Identity Center user is an id.
    """
    user_identity = object_at(record, "userIdentity")
    issuer = object_at(object_at(user_identity, "sessionContext"), "sessionIssuer")
    identity_type = text_at(user_identity, "type")
    candidates = (
        text_at(user_identity, "userName"),
        text_at(issuer, "userName"),
        "root" if identity_type == "Root" else "",
        text_at(user_identity, "invokedBy"),
        last_arn_part(text_at(user_identity, "arn")),
        text_at(user_identity, "principalId"),
        text_at(object_at(user_identity, "onBehalfOf"), "userId"),
        text_at(user_identity, "accountId"),
        identity_type,
        text_at(record, "eventSource"),
        text_at(object_at(record, "insightDetails"), "eventSource"),
    )
    return next((name for name in candidates if name), UNKNOWN)


def member_name(record: dict[str, Any]) -> str:
    """The caller for people to read: the session name of a role, often a person's address; else as `username`."""
    user_identity = object_at(record, "userIdentity")
    return last_arn_part(text_at(user_identity, "arn")) or username(record)


def last_arn_part(arn: str) -> str:
    """The last part of an ARN: `maria` of `arn:aws:iam::123456789012:user/staff/maria`."""
    return arn.rstrip("/").rpartition("/")[2].rpartition(":")[2]
