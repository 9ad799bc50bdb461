"""What callers read of an entry's item: a row of `model.responses`, one type for each log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import UNSET
from msgspec.structs import asdict

from daybook.core import entry_ids, timestamps
from daybook.model import message_ids, retention_policy
from daybook.model.delivery_events import DeliveryEvent
from daybook.model.delivery_status import Outcome
from daybook.model.entries import PLACEHOLDER, Affected, Record
from daybook.model.posted import nesting
from daybook.model.responses import (
    ActivityRow,
    AuditRow,
    EmailRow,
    EventRow,
    EventScope,
    LinkedAffected,
    OrgAuditEntry,
    OrgAuditRow,
    PushRow,
    Row,
    SmsRow,
)
from daybook.storage import values
from daybook.storage.items import audit_items
from daybook.storage.keys import index_keys, record_keys
from daybook.storage.models.entries import HELD
from daybook.storage.values import Values

# After 72 hours of silence the provider itself gives up (AWS End User Messaging, TEXT_UNKNOWN).
SMS_LIMIT = timedelta(hours=72)

_outcome_decoder = msgspec.json.Decoder(Outcome)


def row(item: Values, record: Record, now: datetime) -> Row:
    """The row of an entry of this record, or of an audit entry's copy, as it is shown at `now`."""
    log, instant, suffix = record_keys.split_entry(item["sk"])
    return _ROWS[log](item, now, _common(item, record, instant, suffix))


def org_audit_row(item: Values) -> OrgAuditRow:
    """The row, in the org's audit log, of an audit entry as the table or an index by username or source has it."""
    return OrgAuditRow(**_org_audit(item))


def org_audit_entry(
    item: Values, affected: Sequence[Affected], url_of: Callable[[Record], str | None] = lambda _: None
) -> OrgAuditEntry:
    """A whole entry of the org's audit log; `affected` is all that it did to records.

    `url_of` gives the link to a record; without it there is none.
    """
    linked = [LinkedAffected(**asdict(each), url=url_of(each.record) or UNSET) for each in affected]
    return OrgAuditEntry(affected=linked, **_org_audit(item))


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
        action=event.action,
        uncertain=event.uncertain,
        recipient=event.named,
        diagnostic=event.diagnostic,
        user_agent=event.user_agent,
        ip=event.ip,
        link=event.link,
    )


def last_activity(item: Values) -> str:
    """The instant by which the log of messages is shown."""
    return index_keys.activity_of(item["activity_key"])


def _common(item: Values, record: Record | None, instant: str, suffix: str) -> dict[str, Any]:
    common: dict[str, Any] = {"id": entry_ids.entry_id(instant, suffix), "record": record, "occurred_at": instant}
    if "erased" in item:
        common["erased_at"] = item["erased"]
    if "expires_at" in item:
        common["expires_at"] = timestamps.from_epoch_seconds(int(item["expires_at"]))
    return common


def _email(item: Values, now: datetime, common: dict[str, Any]) -> EmailRow:
    until = values.number(item, "content_until")
    if "outcome" in item:
        common |= _email_outcome(_outcome_decoder.decode(item["outcome"]), item["status"])
    return EmailRow(
        recipient=item["recipient"],
        subject=item["subject"],
        status=item["status"],
        last_activity_at=last_activity(item),
        opens=int(item.get("opens", 0)),
        clicks=int(item.get("clicks", 0)),
        has_content=until is not None and not retention_policy.is_expired(until, now),
        message_id=_message_id(item),
        sender=item.get("sender"),
        content_expires_at=None if until in (None, HELD) else timestamps.from_epoch_seconds(until),
        **common,
    )


def _message_id(item: Values) -> str | None:
    """The id of an e-mail. The item keeps that of an erased one, which leads to its pointer."""
    message_id = item.get("message_id")
    is_hidden = message_id is not None and "erased" in item and message_ids.may_hold_address(message_id)
    return PLACEHOLDER if is_hidden else message_id


def _email_outcome(outcome: Outcome, status: str) -> dict[str, Any]:
    """The fields of a row that few e-mails have."""
    return {
        "bounce": outcome.bounce if status == "bounced" else UNSET,
        "complaint_uncertain": outcome.uncertain or UNSET,
        "bot_opens": outcome.bot_opens or UNSET,
        "bot_clicks": outcome.bot_clicks or UNSET,
    }


def _sms(item: Values, now: datetime, common: dict[str, Any]) -> SmsRow:
    waits = item["status"] == "delivery"
    return SmsRow(
        stale=waits and timestamps.from_instant(common["occurred_at"]) + SMS_LIMIT < now,
        recipient=item["recipient"],
        text=item["text"],
        status=item["status"],
        last_activity_at=last_activity(item),
        message_id=item.get("message_id"),
        reason=item.get("reason"),
        **common,
    )


def _push(item: Values, now: datetime, common: dict[str, Any]) -> PushRow:  # noqa: ARG001
    return PushRow(
        subject=item["subject"],
        text=item["text"],
        message_id=item.get("message_id"),
        status=item.get("status"),
        reason=item.get("reason"),
        **common,
    )


def _activity(item: Values, now: datetime, common: dict[str, Any]) -> ActivityRow:  # noqa: ARG001
    return ActivityRow(
        name=item["name"],
        action=item["action"],
        ip=item.get("ip"),
        details=msgspec.json.decode(nesting.readable(item["details"])) if "details" in item else None,
        **common,
    )


def _audit(item: Values, now: datetime, common: dict[str, Any]) -> AuditRow:  # noqa: ARG001
    return AuditRow(affected=audit_items.decoded_affected(item.get("change")), **_audit_attributes(item), **common)


def _org_audit(item: Values) -> dict[str, Any]:
    _, instant, suffix = record_keys.split_entry(item["sk"])
    return _common(item, record_keys.record_of(item["pk"]), instant, suffix) | _audit_attributes(item)


def _audit_attributes(item: Values) -> dict[str, Any]:
    return {
        "member_name": item["member_name"],
        "username": item["username"],
        "source": item["source"],
        "action": item["action"],
        "affected_count": int(item.get("affected_count", 0)),
        "names": audit_items.shown_names(item),
        "ip": item.get("ip"),
    }


_ROWS: dict[str, Callable[[Values, datetime, dict[str, Any]], Row]] = {
    "email": _email,
    "sms": _sms,
    "push": _push,
    "activity": _activity,
    "audit": _audit,
}
