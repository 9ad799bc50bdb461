"""What the pages of the console say, for files: its words of statuses, sources and columns.

`console/src/words` has the same ones, which a test compares.
"""

from __future__ import annotations

from collections.abc import Mapping

from daybook.blacklist.address_status import BlockStatus
from daybook.holds.holds import Hold
from daybook.model.entries import EmailStatus, PushStatus, SmsReason, SmsStatus, Source
from daybook.model.responses import EmailRow, SmsRow, VerdictCode

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
SOURCES: Mapping[Source, str] = {
    "office_portal": "Office Portal",
    "staff_portal": "Staff Portal",
    "customer_portal": "Customer Portal",
    "mobile_app": "Mobile App",
    "check_in_kiosk": "Check-in Kiosk",
    "time_clock_kiosk": "Time Clock Kiosk",
    "system": "System",
    "support": "Support",
}
BLOCK_STATUS: Mapping[BlockStatus, str] = {
    "bounce": "Bounce",
    "complaint": "Complaint",
    "invalid": "Invalid",
    "validate": "Being checked",
    "manual": "Blocked by staff",
}
# Why an address is on the blacklist, where the provider's notice says it in one word only.
BLOCK_REASONS: Mapping[BlockStatus, str] = {
    "bounce": "Mail to this address came back.",
    "complaint": "They marked one of your e-mails as spam.",
    "invalid": "The check found that this address gets no mail.",
    "validate": "Whether this address gets mail is being checked.",
    "manual": "Somebody on your staff blocked this address.",
}
HOLD_STATUS: Mapping[str, str] = {
    "placing": "Being placed",
    "standing": "Standing",
    "lifting": "Being lifted",
}
LOGS: Mapping[str, str] = {
    "email": "Email Log",
    "sms": "SMS Log",
    "push": "Push Notifications Log",
    "activity": "Activity Log",
    "audit": "Audit Log",
}
# Of the changes that Daybook's own clients name; others are shown as they are.
CHANGES: Mapping[str, str] = {"created": "addition", "updated": "update", "deleted": "deletion"}

ERASED = "Erased at the person's request."
NO_SUBJECT = "(no subject)"
EMPTY = "empty"
YES, NO = "yes", "no"


def email_status(row: EmailRow) -> str:
    """The delivery status of an e-mail; of a bounce also what it was, where that is known."""
    status = EMAIL_STATUS[row.status]
    why = BOUNCES.get(row.verdict.code) if row.status == "bounced" and row.verdict else None
    return f"{status}: {why}" if why else status


def sms_status(row: SmsRow) -> str:
    """The delivery status of a text message; of one that was not delivered also the reason."""
    status = SMS_STATUS[row.status]
    if row.stale:
        return f"{status}: {STALE}"
    return f"{status} – {SMS_REASONS[row.reason]}" if row.reason else status


def hold_status(hold: Hold) -> str:
    """How far a hold is."""
    return HOLD_STATUS[hold.status]
