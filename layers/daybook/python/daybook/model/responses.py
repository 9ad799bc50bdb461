"""The entries and delivery events in responses: one type for each log. The OpenAPI document is generated from them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from daybook.core.timestamps import Instant
from daybook.model.delivery_events import EventType
from daybook.model.delivery_status import Bounce
from daybook.model.entries import Affected, EmailStatus, PushStatus, Record, SmsReason, SmsStatus, Source

AFFECTED_NAMES = "of the affected records; of the first ten without a name, type and id: family/123"
COMPLAINT_UNCERTAIN = "true where the complaint names several recipients or none: it is not known who complained"
NAMED = "the address as the provider named it, where that is another one: such as that of a forward's target"
HAS_VERDICT = "in every list; not in the archive"
RECORD_URL = "where the portal shows the record; only where the org's settings have a link to records of its type"
ERASED_AT = "when a person was erased from the entry; its texts say [erased]"


VerdictCode = Literal[
    "opened", "arrived_opened_by_machine", "arrived", "on_its_way", "delayed", "silent",
    "no_mailbox", "mailbox_full", "refused_for_now", "refused_content", "refused_by_policy", "domain_unreachable",
    "bounced_other", "marked_as_spam", "not_sent_blacklisted", "not_sent_unsubscribed", "not_accepted",
    "sms_waiting", "sms_no_answer", "sms_delivered", "sms_unreachable", "sms_invalid_number", "sms_blocked",
    "sms_opted_out", "sms_failed",
    "push_sent", "push_failed",
    "unknown",
]  # fmt: skip


class Verdict(Struct, frozen=True):
    """What became of a message, and what to do now: `text` and `next` are sentences for people, `next` may be null."""

    code: VerdictCode
    text: str
    next: str | None


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
    complaint_uncertain: Annotated[bool | UnsetType, Meta(description=COMPLAINT_UNCERTAIN)] = UNSET
    bot_opens: Annotated[int | UnsetType, Meta(description="opens by machines, which `opens` does not count")] = UNSET
    bot_clicks: Annotated[int | UnsetType, Meta(description="clicks by machines, which `clicks` does not count")] = (
        UNSET
    )
    content_expires_at: Instant | None = None
    verdict: Annotated[Verdict | UnsetType, Meta(description=HAS_VERDICT)] = UNSET


class SmsRow(_Row, frozen=True, tag="sms", kw_only=True):
    recipient: str
    text: str
    status: SmsStatus
    last_activity_at: Instant
    message_id: str | None = None
    reason: SmsReason | None = None
    stale: Annotated[bool, Meta(description="in delivery for longer than the provider's own limit, 72 hours")]
    verdict: Annotated[Verdict | UnsetType, Meta(description=HAS_VERDICT)] = UNSET


class PushRow(_Row, frozen=True, tag="push", kw_only=True):
    subject: str
    text: str
    message_id: str | None = None
    status: Annotated[PushStatus | None, Meta(description="what the push service answered, where that is known")] = None
    reason: str | None = None
    verdict: Annotated[Verdict | UnsetType, Meta(description=HAS_VERDICT)] = UNSET


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
    names: Annotated[list[str], Meta(description=AFFECTED_NAMES)]
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
    names: Annotated[list[str], Meta(description=AFFECTED_NAMES)]
    ip: str | None = None


class LinkedAffected(Affected, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """As `Affected`, with a link to the record."""

    url: Annotated[str | UnsetType, Meta(description=RECORD_URL)] = UNSET


class OrgAuditEntry(OrgAuditRow, frozen=True, kw_only=True, tag="audit"):
    """One entry, whole."""

    affected: list[LinkedAffected]


class Content(Struct, frozen=True):
    """The content of an e-mail; null where the mail has no such part."""

    subject: str
    text: str | None
    html: str | None


EventScope = Literal["recipient", "message"]


class EventRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One delivery event of an e-mail or SMS.

    `kind` and `subtype` are SES's words for a bounce, complaint or delay; `code` is SMTP's enhanced status (RFC 3463).
    Of a failed SMS, `kind` is the reason.
    """

    type: EventType
    occurred_at: Instant
    of: Annotated[EventScope, Meta(description="`message`: SES cannot say which of its recipients it was")] = (
        "recipient"
    )
    bot: Annotated[bool, Meta(description="SES takes it for a machine's; it does not raise the status")] = False
    kind: str | None = None
    subtype: str | None = None
    code: str | None = None
    action: Annotated[str | None, Meta(description="what the mail server's report says was done (RFC 3464)")] = None
    uncertain: Annotated[bool, Meta(description=COMPLAINT_UNCERTAIN)] = False
    recipient: Annotated[str | None, Meta(description=NAMED)] = None
    diagnostic: str | None = None
    user_agent: str | None = None
    ip: str | None = None
    link: str | None = None


# Of e-mails the first seven, of text messages the others (`model.delivery_status.status_class`).
MessageClass = Literal[
    "waiting", "reached", "bounced", "complained", "rejected", "failed", "suppressed",
    "delivery", "delivered", "not_delivered",
]  # fmt: skip


class MessageCount(Struct, frozen=True):
    """How many messages of a class there are of a day of the org's zone, by their own dates."""

    day: Annotated[str, Meta(extra_json_schema={"format": "date"})]
    status_class: MessageClass = field(name="class")
    count: int


class CountedRange(Struct, frozen=True):
    """The time that the counts are of: `from` is the beginning of the last day that was counted, and included.

    What is before it has to be asked for with its `from` as `to`. Where it is empty, the newest day alone is too much:
    then a part of that day can be asked for.
    """

    start: Instant = field(name="from")
    end: Instant = field(name="to")


class MessageCountList(Struct, frozen=True, kw_only=True):
    """Newest days first; a day and class without messages has no row."""

    counts: list[MessageCount]
    range: Annotated[CountedRange | UnsetType, Meta(description="only where not all that was asked for is counted")] = (
        UNSET
    )


class EventList(Struct, frozen=True):
    """Every delivery event known of one e-mail or SMS, oldest first."""

    events: list[EventRow]
