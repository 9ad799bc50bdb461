"""Who called, from a record's `userIdentity`: every type of it has another set of fields."""

from __future__ import annotations

from typing import Any

from daybook_cli.importing.cloudtrail.fields import mapping_at, text_at

UNKNOWN = "unknown"


def username(record: dict[str, Any]) -> str:
    """The name that stands for the caller, whatever session it used. Never empty.

    An IAM, SAML, web identity or directory user is its `userName`; an assumed role or federated user is who issued the
    session; the root user is `root`; a service is its host name; another account or an Identity Center user is an id.
    """
    who = mapping_at(record, "userIdentity")
    issuer = mapping_at(mapping_at(who, "sessionContext"), "sessionIssuer")
    kind = text_at(who, "type")
    candidates = (
        text_at(who, "userName"),
        text_at(issuer, "userName"),
        "root" if kind == "Root" else "",
        text_at(who, "invokedBy"),
        last_part(text_at(who, "arn")),
        text_at(who, "principalId"),
        text_at(mapping_at(who, "onBehalfOf"), "userId"),
        text_at(who, "accountId"),
        kind,
        text_at(record, "eventSource"),
        text_at(mapping_at(record, "insightDetails"), "eventSource"),
    )
    return next((name for name in candidates if name), UNKNOWN)


def member_name(record: dict[str, Any]) -> str:
    """The caller for people to read: a role's session name, often a person's address; else as `username`."""
    who = mapping_at(record, "userIdentity")
    return last_part(text_at(who, "arn")) or username(record)


def last_part(arn: str) -> str:
    """What an ARN names last: `maria` of `arn:aws:iam::123456789012:user/staff/maria`."""
    return arn.rstrip("/").rpartition("/")[2].rpartition(":")[2]
