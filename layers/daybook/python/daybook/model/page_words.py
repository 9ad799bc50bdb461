"""What the pages of the console say of a message: its status, and what a bounce was.

`console/src/words` has the same words, which a test compares. Files have them, and a search line finds them.
"""

from __future__ import annotations

from collections.abc import Mapping

from daybook.model.entries import EmailStatus, PushStatus, SmsReason, SmsStatus
from daybook.model.responses import SmsRow, VerdictCode

EMAIL_STATUS: Mapping[EmailStatus, str] = {
    "queued": "Waiting",
    "sent": "Sent",
    "delayed": "Delayed",
    "delivered": "Delivered",
    "opened": "Opened",
    "clicked": "Clicked",
    "bounced": "Bounced",
    "complained": "Marked as spam",
    "rejected": "Rejected",
    "failed": "Failed",
    "suppressed": "Not sent: blacklisted",
}
# What a bounce was, by the code of its verdict.
BOUNCES: Mapping[VerdictCode, str] = {
    "no_mailbox": "no such mailbox",
    "mailbox_full": "mailbox full",
    "refused_for_now": "refused for now",
    "refused_content": "content refused",
    "refused_by_policy": "refused by policy",
    "domain_unreachable": "mail server unreachable",
}
SMS_STATUS: Mapping[SmsStatus, str] = {
    "delivery": "Delivery",
    "delivered": "Delivered",
    "not_delivered": "Not Delivered",
}
SMS_REASONS: Mapping[SmsReason, str] = {
    "rejected": "Rejected",
    "failed": "Failed",
    "undelivered": "Undelivered",
}
STALE = "no answer from the provider for 3 days"
PUSH_STATUS: Mapping[PushStatus, str] = {"sent": "Sent", "failed": "Failed"}
NO_SUBJECT = "(no subject)"


def bounce(status: EmailStatus, verdict: VerdictCode | None) -> str | None:
    """What the bounce of an e-mail was; None where that is not known, and of another status."""
    return BOUNCES.get(verdict) if status == "bounced" and verdict else None


def email_status(status: EmailStatus, verdict: VerdictCode | None) -> str:
    """The delivery status of an e-mail; of a bounce also what it was, where that is known."""
    why = bounce(status, verdict)
    return f"{EMAIL_STATUS[status]}: {why}" if why else EMAIL_STATUS[status]


def sms_status(row: SmsRow) -> str:
    """The delivery status of a text message; of one that was not delivered also the reason."""
    return sms_text(row.status, row.reason, stale=row.stale)


def sms_text(status: SmsStatus, reason: SmsReason | None, *, stale: bool = False) -> str:
    """As `sms_status`, of what a row tells."""
    shown = SMS_STATUS[status]
    if stale:
        return f"{shown}: {STALE}"
    return f"{shown} – {SMS_REASONS[reason]}" if reason else shown
