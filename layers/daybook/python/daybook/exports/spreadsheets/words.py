"""What the pages of the console say, for files: its words beside those of messages, in `model.page_words`.

`console/src/words` has the same ones, which a test compares.
"""

from __future__ import annotations

from collections.abc import Mapping

from daybook.blacklist.address_status import BlockStatus
from daybook.holds.holds import Hold
from daybook.model.entries import Source

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
EMPTY = "empty"
YES, NO = "yes", "no"


def hold_status(hold: Hold) -> str:
    """How far a hold is."""
    return HOLD_STATUS[hold.status]
