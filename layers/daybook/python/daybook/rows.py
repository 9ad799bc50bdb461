"""What callers read: one type a log, made from an item of the table. The OpenAPI document is made from these types."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from daybook import ids, keys, retention, times
from daybook.entries import Affected, EmailStatus, PushStatus, Record, SmsReason, SmsStatus, Source
from daybook.events import EventType, Happening
from daybook.states import Bounce
from daybook.table import Item

# After 72 hours of silence the provider itself gives up (AWS End User Messaging, TEXT_UNKNOWN).
SMS_LIMIT = timedelta(hours=72)

Instant = Annotated[
    str, Meta(description="RFC 3339 in UTC, milliseconds, Z", extra_json_schema={"format": "date-time"})
]


ERASED_AT = "when a person was erased from the entry; its texts say [erased]"


class _Row(Struct, frozen=True, kw_only=True, tag_field="log"):
    id: str
    record: Record
    occurred_at: Instant
    expires_at: Annotated[Instant | UnsetType, Meta(description="only where the entry will expire")] = UNSET
    erased_at: Annotated[Instant | UnsetType, Meta(description=ERASED_AT)] = UNSET


class EmailRow(_Row, frozen=True, tag="email", kw_only=True):
    recipient: str
    subject: str
    status: EmailStatus
    last_activity_at: Instant
    opens: int
    clicks: int
    has_content: bool
    message_id: str | None = None
    sender: str | None = None
    bounce: Bounce | UnsetType = UNSET
    content_expires_at: Instant | None = None


class SmsRow(_Row, frozen=True, tag="sms", kw_only=True):
    recipient: str
    text: str
    status: SmsStatus
    last_activity_at: Instant
    message_id: str | None = None
    reason: SmsReason | None = None
    stale: Annotated[bool, Meta(description="in delivery for longer than the provider's own limit, 72 hours")]


class PushRow(_Row, frozen=True, tag="push", kw_only=True):
    subject: str
    text: str
    message_id: str | None = None
    status: Annotated[PushStatus | None, Meta(description="what the push service answered, where that is known")] = None
    reason: str | None = None


class ActivityRow(_Row, frozen=True, tag="activity", kw_only=True):
    name: str
    action: str
    ip: str | None = None
    details: str | dict[str, Any] | None = None


class AuditRow(_Row, frozen=True, tag="audit", kw_only=True):
    member_name: str
    username: str
    source: Source
    action: str
    affected_count: int
    names: Annotated[list[str], Meta(description="of the affected records")]
    ip: str | None = None
    affected: Annotated[
        list[Affected], Meta(description="what was done to this record; without details, before and after when large")
    ] = []


Row = EmailRow | SmsRow | PushRow | ActivityRow | AuditRow


class OrgAuditRow(Struct, frozen=True, kw_only=True, tag_field="log", tag="audit"):
    """An entry of the org's audit log. `record` is the first of those affected; null where there is none."""

    id: str
    record: Record | None
    occurred_at: Instant
    expires_at: Annotated[Instant | UnsetType, Meta(description="only where the entry will expire")] = UNSET
    erased_at: Annotated[Instant | UnsetType, Meta(description=ERASED_AT)] = UNSET
    member_name: str
    username: str
    source: Source
    action: str
    affected_count: int
    names: Annotated[list[str], Meta(description="of the affected records")]
    ip: str | None = None


class OrgAuditEntry(OrgAuditRow, frozen=True, kw_only=True, tag="audit"):
    """One entry, whole."""

    affected: list[Affected]


class Content(Struct, frozen=True):
    """The content of an e-mail; null where the mail has no such part."""

    subject: str
    text: str | None
    html: str | None


Whose = Literal["recipient", "message"]


class EventRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One delivery event of an e-mail.

    `kind` and `subtype` are SES's words for a bounce, complaint or delay; `code` is SMTP's enhanced status (RFC 3463).
    """

    type: EventType
    occurred_at: Instant
    of: Annotated[Whose, Meta(description="`message`: SES cannot say which of its recipients it was")] = "recipient"
    bot: Annotated[bool, Meta(description="SES takes it for a machine's; it does not raise the status")] = False
    kind: str | None = None
    subtype: str | None = None
    code: str | None = None
    diagnostic: str | None = None
    user_agent: str | None = None
    ip: str | None = None
    link: str | None = None


class Events(Struct, frozen=True):
    """Every delivery event known of one e-mail, oldest first."""

    events: list[EventRow]


def event(what: Happening, of: Whose) -> EventRow:
    return EventRow(
        type=what.type,
        occurred_at=what.at,
        of=of,
        bot=what.bot,
        kind=what.kind,
        subtype=what.subtype,
        code=what.code,
        diagnostic=what.diagnostic,
        user_agent=what.user_agent,
        ip=what.ip,
        link=what.link,
    )


def text(item: Item, name: str) -> str:
    value: str = item[name]["S"]
    return value


def optional_text(item: Item, name: str) -> str | None:
    return item[name]["S"] if name in item else None


def number(item: Item, name: str) -> int | None:
    return int(item[name]["N"]) if name in item else None


def is_visible(item: Item, now: datetime) -> bool:
    """What has expired is not shown, whether or not TTL has taken it."""
    return not retention.is_expired(number(item, "expires_at"), now)


def make(item: Item, record: Record, now: datetime) -> Row:
    """The row of an item as it stands at `now`."""
    log, moment, suffix = keys.split_entry(text(item, "sk"))
    return _MAKERS[log](item, now, _common(item, record, moment, suffix))


def _common(item: Item, record: Record | None, moment: str, suffix: str) -> dict[str, Any]:
    common: dict[str, Any] = {"id": ids.entry_id(moment, suffix), "record": record, "occurred_at": moment}
    if "erased" in item:
        common["erased_at"] = text(item, "erased")
    if "expires_at" in item:
        common["expires_at"] = times.from_epoch_seconds(int(item["expires_at"]["N"]))
    return common


def _email(item: Item, now: datetime, common: dict[str, Any]) -> EmailRow:
    # The longest pages are of these, and this is most of what they cost: hence no call for each attribute.
    # A held content has an end that is none: DynamoDB's NULL (`daybook.holding`).
    content = item.get("content_until")
    until = int(content["N"]) if content is not None and "N" in content else None
    return EmailRow(
        recipient=item["recipient"]["S"],
        subject=item["subject"]["S"],
        status=item["status"]["S"],
        last_activity_at=last_activity(item),
        opens=int(item["opens"]["N"]) if "opens" in item else 0,
        clicks=int(item["clicks"]["N"]) if "clicks" in item else 0,
        has_content=content is not None and not retention.is_expired(until, now),
        message_id=item["message_id"]["S"] if "message_id" in item else None,
        sender=item["sender"]["S"] if "sender" in item else None,
        bounce=msgspec.json.decode(item["bounce"]["S"], type=Bounce) if "bounce" in item else UNSET,
        content_expires_at=None if until is None else times.from_epoch_seconds(until),
        **common,
    )


def _sms(item: Item, now: datetime, common: dict[str, Any]) -> SmsRow:
    waits = text(item, "status") == "delivery"
    return SmsRow(
        stale=waits and times.from_instant(common["occurred_at"]) + SMS_LIMIT < now,
        recipient=text(item, "recipient"),
        text=text(item, "text"),
        status=text(item, "status"),  # type: ignore[arg-type]
        last_activity_at=last_activity(item),
        message_id=optional_text(item, "message_id"),
        reason=optional_text(item, "reason"),  # type: ignore[arg-type]
        **common,
    )


def _push(item: Item, now: datetime, common: dict[str, Any]) -> PushRow:  # noqa: ARG001
    return PushRow(
        subject=text(item, "subject"),
        text=text(item, "text"),
        message_id=optional_text(item, "message_id"),
        status=optional_text(item, "status"),  # type: ignore[arg-type]
        reason=optional_text(item, "reason"),
        **common,
    )


def _activity(item: Item, now: datetime, common: dict[str, Any]) -> ActivityRow:  # noqa: ARG001
    return ActivityRow(
        name=text(item, "name"),
        action=text(item, "action"),
        ip=optional_text(item, "ip"),
        details=msgspec.json.decode(text(item, "details")) if "details" in item else None,
        **common,
    )


def _audit(item: Item, now: datetime, common: dict[str, Any]) -> AuditRow:  # noqa: ARG001
    return AuditRow(affected=affected(item, "change"), **_act(item), **common)


def org_audit(item: Item, record: Record | None) -> OrgAuditRow:
    """The row of an item of the audit log, or of the indexes by staff and source."""
    return OrgAuditRow(**_of_the_org(item, record))


def org_audit_entry(item: Item, record: Record | None, affected: list[Affected]) -> OrgAuditEntry:
    return OrgAuditEntry(affected=affected, **_of_the_org(item, record))


def affected(item: Item, name: str) -> list[Affected]:
    """The records that this attribute of an audit item says were affected."""
    return msgspec.json.decode(text(item, name), type=list[Affected]) if name in item else []


def names(item: Item) -> list[str]:
    """Those of an audit item's affected records."""
    found: list[str] = msgspec.json.decode(text(item, "names")) if "names" in item else []
    return found


def _of_the_org(item: Item, record: Record | None) -> dict[str, Any]:
    _, moment, suffix = keys.split_entry(text(item, "sk"))
    return _common(item, record, moment, suffix) | _act(item)


def _act(item: Item) -> dict[str, Any]:
    return {
        "member_name": text(item, "member_name"),
        "username": text(item, "username"),
        "source": text(item, "source"),
        "action": text(item, "action"),
        "affected_count": number(item, "affected_count") or 0,
        "names": names(item),
        "ip": optional_text(item, "ip"),
    }


_MAKERS: dict[str, Callable[[Item, datetime, dict[str, Any]], Row]] = {
    "email": _email,
    "sms": _sms,
    "push": _push,
    "activity": _activity,
    "audit": _audit,
}


def last_activity(item: Item) -> str:
    """The instant in the key by which the log of messages is shown."""
    return text(item, "activity_key").split("/")[1]
