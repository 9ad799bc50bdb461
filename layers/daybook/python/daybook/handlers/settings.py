"""The settings of each function: one type a function, read from environment variables that are handed in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

from daybook.access.callers import CallerRules, ClaimNames
from daybook.model.retention_policy import Policy, parse_policy

S = TypeVar("S", bound=Struct)


class IngestSettings(Struct, frozen=True, kw_only=True, rename="upper"):
    aws_region: str
    table_name: str
    bucket_name: str
    claim_org: str
    claim_username: str
    claim_name: str
    claim_groups: str
    claim_scope: str
    admin_group: Annotated[str, Meta(min_length=1)]
    # Client ids, comma-separated; empty where no client is a service.
    service_clients: str
    retain_email: str
    retain_sms: str
    retain_push: str
    retain_activity: str
    retain_audit: str
    retain_content: str
    retention_grace: str
    soft_bounce_limit: Annotated[int, Meta(ge=0)]
    # The key of the hashes of addresses: with another key, items written before cannot be looked up. The keys of the
    # cursors are derived from it.
    address_key: Annotated[str, Meta(min_length=16)]

    @property
    def caller_rules(self) -> CallerRules:
        names = ClaimNames(self.claim_org, self.claim_username, self.claim_name, self.claim_groups, self.claim_scope)
        clients = (client.strip() for client in self.service_clients.split(","))
        return CallerRules(names, frozenset(client for client in clients if client))

    @property
    def durations(self) -> dict[str, str]:
        """How long things are kept, as `model.retention_policy.parse_policy` takes it."""
        return {
            "email": self.retain_email,
            "sms": self.retain_sms,
            "push": self.retain_push,
            "activity": self.retain_activity,
            "audit": self.retain_audit,
            "content": self.retain_content,
            "grace": self.retention_grace,
        }

    @property
    def policy(self) -> Policy:
        """ValueError as `model.retention_policy.parse_policy`."""
        return parse_policy(self.durations)


class ExportSettings(IngestSettings, frozen=True, rename="upper"):
    """Of the functions that ask for exports, and write them."""

    exports_bucket: str
    export_queue_url: str
    # How long the bucket keeps a file.
    export_days: Annotated[int, Meta(ge=1)]


class ManageSettings(IngestSettings, frozen=True, rename="upper"):
    feedback_queue_url: str
    exports_bucket: str


class FeedbackSettings(IngestSettings, frozen=True, rename="upper"):
    feedback_queue_url: str
    dead_letters_url: str


class RetentionSettings(IngestSettings, frozen=True, rename="upper"):
    exports_bucket: str
    # Empty where nothing is archived.
    archive_bucket: str


def read(environ: Mapping[str, str], kind: type[S]) -> S:
    """The settings in an environment; ValidationError names the variable that is missing."""
    return msgspec.convert(dict(environ), kind, strict=False)
