"""What callers read of an item: a row of `model.responses`, one type for each log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import UNSET

from daybook.core import entry_ids, timestamps
from daybook.model import retention_policy
from daybook.model.delivery_events import DeliveryEvent
from daybook.model.delivery_status import Bounce
from daybook.model.entries import Affected, Record
from daybook.model.responses import (
    ActivityRow,
    AuditRow,
    EmailRow,
    EventRow,
    EventScope,
    OrgAuditEntry,
    OrgAuditRow,
    PushRow,
    Row,
    SmsRow,
)
from daybook.storage.attributes import optional_number, optional_text, text
from daybook.storage.items import audit_items
from daybook.storage.keys import index_keys, record_keys
from daybook.storage.store import Item

# After 72 hours of silence the provider itself gives up (AWS End User Messaging, TEXT_UNKNOWN).
SMS_LIMIT = timedelta(hours=72)


def row(item: Item, record: Record, now: datetime) -> Row:
    """The row of an entry of this record, or of an audit entry's copy, as it is shown at `now`."""
    log, instant, suffix = record_keys.split_entry(text(item, "sk"))
    return _ROWS[log](item, now, _common(item, record, instant, suffix))


def org_audit_row(item: Item) -> OrgAuditRow:
    """The row, in the org's audit log, of an audit entry as the table or an index by username or source has it."""
    return OrgAuditRow(**_org_audit(item))


def org_audit_entry(item: Item, affected: list[Affected]) -> OrgAuditEntry:
    """A whole entry of the org's audit log; `affected` is all that it did to records."""
    return OrgAuditEntry(affected=affected, **_org_audit(item))


def event_row(event: DeliveryEvent, of: EventScope) -> EventRow:
    """The row of an event of a recipient, or of a whole message."""
    return EventRow(
        type=event.type,
        occurred_at=event.at,
        of=of,
        bot=event.bot,
        kind=event.kind,
        subtype=event.subtype,
        code=event.code,
        diagnostic=event.diagnostic,
        user_agent=event.user_agent,
        ip=event.ip,
        link=event.link,
    )


def last_activity(item: Item) -> str:
    """The instant by which the log of messages is shown."""
    return index_keys.activity_of(text(item, "activity_key"))


def _common(item: Item, record: Record | None, instant: str, suffix: str) -> dict[str, Any]:
    common: dict[str, Any] = {"id": entry_ids.entry_id(instant, suffix), "record": record, "occurred_at": instant}
    if "erased" in item:
        common["erased_at"] = text(item, "erased")
    if "expires_at" in item:
        common["expires_at"] = timestamps.from_epoch_seconds(int(item["expires_at"]["N"]))
    return common


def _email(item: Item, now: datetime, common: dict[str, Any]) -> EmailRow:
    # The longest pages are of these, and this is most of what they cost: hence no call for each attribute.
    # A held content has an end that is none: DynamoDB's NULL (`holds.enforcement`).
    content = item.get("content_until")
    until = int(content["N"]) if content is not None and "N" in content else None
    return EmailRow(
        recipient=item["recipient"]["S"],
        subject=item["subject"]["S"],
        status=item["status"]["S"],
        last_activity_at=last_activity(item),
        opens=int(item["opens"]["N"]) if "opens" in item else 0,
        clicks=int(item["clicks"]["N"]) if "clicks" in item else 0,
        has_content=content is not None and not retention_policy.is_expired(until, now),
        message_id=item["message_id"]["S"] if "message_id" in item else None,
        sender=item["sender"]["S"] if "sender" in item else None,
        bounce=msgspec.json.decode(item["bounce"]["S"], type=Bounce) if "bounce" in item else UNSET,
        content_expires_at=None if until is None else timestamps.from_epoch_seconds(until),
        **common,
    )


def _sms(item: Item, now: datetime, common: dict[str, Any]) -> SmsRow:
    waits = text(item, "status") == "delivery"
    return SmsRow(
        stale=waits and timestamps.from_instant(common["occurred_at"]) + SMS_LIMIT < now,
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
    return AuditRow(affected=audit_items.own_affected(item), **_audit_attributes(item), **common)


def _org_audit(item: Item) -> dict[str, Any]:
    _, instant, suffix = record_keys.split_entry(text(item, "sk"))
    return _common(item, audit_items.record(item), instant, suffix) | _audit_attributes(item)


def _audit_attributes(item: Item) -> dict[str, Any]:
    return {
        "member_name": text(item, "member_name"),
        "username": text(item, "username"),
        "source": text(item, "source"),
        "action": text(item, "action"),
        "affected_count": optional_number(item, "affected_count") or 0,
        "names": audit_items.names(item),
        "ip": optional_text(item, "ip"),
    }


_ROWS: dict[str, Callable[[Item, datetime, dict[str, Any]], Row]] = {
    "email": _email,
    "sms": _sms,
    "push": _push,
    "activity": _activity,
    "audit": _audit,
}
