"""What a CloudTrail event did, from its name: `DeleteRolePolicy` is the verb Delete and the noun role_policy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from daybook_cli.importing.cloudtrail.fields import object_at, text_at

VERBS = {
    "created": "Allocate Create Import Launch Register Run",
    "deleted": "Delete Deregister Purge Release Terminate",
    "viewed": "Describe Detect Discover Download Estimate Get Head List Lookup Preview Query Scan Search Select View",
}
_CHANGES = {verb: change for change, verbs in VERBS.items() for verb in verbs.split()}
# Lambda and CloudFront write the version of their API into the names of their events.
_API_VERSION = re.compile(r"\d{4}_?\d\d_?\d\d(v\d+)?$")
_VERB_AND_NOUN = re.compile(r"(?:Batch|Admin)?(?P<verb>[A-Z]?[a-z]+)(?P<noun>.*)", re.DOTALL)
_WORD_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_AWS_DOMAIN = re.compile(r"\.amazonaws\.com(\.cn)?$")


@dataclass(frozen=True)
class Event:
    """`service` as in `s3`; `verb` and `noun` from `name`; `insight` is empty but for an Insight event."""

    service: str
    name: str
    verb: str
    noun: str
    has_failed: bool
    is_read_only: bool
    is_sign_in: bool
    insight: str

    @property
    def action(self) -> str:
        """The action of an audit entry, as `s3:GetBucketPolicy`."""
        service_and_name = ":".join(part for part in (self.service, self.name) if part)
        return f"{service_and_name} {self.insight}".rstrip()

    def creates(self, noun: str) -> bool:
        """Whether this event creates a resource of that noun."""
        return _CHANGES.get(self.verb) == "created" and noun == self.noun

    def change(self, noun: str) -> str:
        """What became of a resource of that noun; `failed` where the call was refused."""
        if self.has_failed:
            return "failed"
        if self.insight:
            return "noticed"
        if self.is_sign_in:
            return "signed_in"
        change = _CHANGES.get(self.verb) or ("used" if self.is_read_only else "updated")
        # DeleteRolePolicy deletes no role.
        return change if change not in {"created", "deleted"} or noun == self.noun else "updated"


def read_event(record: dict[str, Any]) -> Event:
    """The event of a record; its `name` is empty where the record has none."""
    insight = object_at(record, "insightDetails")
    name = text_at(record, "eventName") or text_at(insight, "eventName")
    source = text_at(record, "eventSource") or text_at(insight, "eventSource")
    words = _VERB_AND_NOUN.match(_API_VERSION.sub("", name))
    return Event(
        service=_AWS_DOMAIN.sub("", source),
        name=name,
        verb=words["verb"].capitalize() if words else "",
        noun=_singular(snake(words["noun"])) if words else "",
        has_failed=_has_failed(record),
        is_read_only=record.get("readOnly") in (True, "true"),
        is_sign_in=source.startswith("signin.") or text_at(record, "eventType") == "AwsConsoleSignIn",
        insight=" ".join(part for part in (text_at(insight, "insightType"), text_at(insight, "state")) if part),
    )


def _has_failed(record: dict[str, Any]) -> bool:
    response = object_at(record, "responseElements")
    return (
        bool(text_at(record, "errorCode") or text_at(record, "errorMessage"))
        or "Failure" in (response.get("ConsoleLogin"), response.get("CheckMfa"))
    )  # fmt: skip


def snake(text: str) -> str:
    """`DBInstance`, `log-group`, `NatGateway` as `db_instance`, `log_group`, `nat_gateway`."""
    return _NOT_WORD.sub("_", _WORD_BOUNDARY.sub("_", text).lower()).strip("_")


def _singular(noun: str) -> str:
    if noun.endswith("ies"):
        return f"{noun[:-3]}y"
    if noun.endswith("sses"):
        return noun[:-2]
    return noun if noun.endswith("ss") else noun.removesuffix("s")
