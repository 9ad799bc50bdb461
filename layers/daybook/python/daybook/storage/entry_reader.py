"""From items of the table to the rows that callers read, one type a log."""

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
    OrgAuditEntry,
    OrgAuditRow,
    PushRow,
    Row,
    SmsRow,
    Whose,
)
from daybook.storage.attributes import number, optional_text, text
from daybook.storage.keys import index_keys, record_keys
from daybook.storage.store import Item

# After 72 hours of silence the provider itself gives up (AWS End User Messaging, TEXT_UNKNOWN).
SMS_LIMIT = timedelta(hours=72)


def event(what: DeliveryEvent, of: Whose) -> EventRow:
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


def make(item: Item, record: Record, now: datetime) -> Row:
    """The row of an item as it stands at `now`."""
    log, moment, suffix = record_keys.split_entry(text(item, "sk"))
    return _MAKERS[log](item, now, _common(item, record, moment, suffix))


def _common(item: Item, record: Record | None, moment: str, suffix: str) -> dict[str, Any]:
    common: dict[str, Any] = {"id": entry_ids.entry_id(moment, suffix), "record": record, "occurred_at": moment}
    if "erased" in item:
        common["erased_at"] = text(item, "erased")
    if "expires_at" in item:
        common["expires_at"] = timestamps.from_epoch_seconds(int(item["expires_at"]["N"]))
    return common


def _email(item: Item, now: datetime, common: dict[str, Any]) -> EmailRow:
    # The longest pages are of these, and this is most of what they cost: hence no call for each attribute.
    # Held content has NULL for its end (`daybook.holds.enforcement`).
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
    """The names of an audit item's affected records."""
    names: list[str] = msgspec.json.decode(text(item, "names")) if "names" in item else []
    return names


def _of_the_org(item: Item, record: Record | None) -> dict[str, Any]:
    _, moment, suffix = record_keys.split_entry(text(item, "sk"))
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
    return index_keys.activity_of(text(item, "activity_key"))


def first_record(item: Item) -> Record | None:
    """The record that an entry stands under; None where it affected none."""
    return record_keys.record_of(text(item, "pk"))
