"""Why a text or push message was not delivered, from what providers say of it.

Of text messages: the names and texts of AWS End User Messaging and SNS, and Twilio's error codes. Of push messages:
what Apple's and Google's push services answer.
"""

from __future__ import annotations

import re
from typing import Literal

from daybook.model.entries import SmsReason

SmsCause = Literal[
    "unreachable", "network_unreachable", "no_answer", "invalid_number", "landline", "blocked", "refused", "spam",
    "opted_out", "too_long", "not_accepted", "other",
]  # fmt: skip

PushCause = Literal["app_removed", "not_accepted", "other"]

# In order: the first that matches decides.
SMS_TEXTS: tuple[tuple[SmsCause, str], ...] = (
    ("opted_out", r"opted[ _-]?out|opt[ _-]?out|unsubscribed"),
    ("not_accepted", "max(imum)? price|no quota|rate exceeded|spend(ing)? limit|insufficient (funds|balance)"),
    (
        "not_accepted",
        "account suspended|not registered|unregistered|unverified|protect ?configuration|permission to send",
    ),
    ("spam", "spam|carrier (violation|filter)|message filtered|unwanted|phishing"),
    ("landline", "landline|not a mobile|not .{0,20}(sms|text)[- ]?capable"),
    ("invalid_number", "invalid (phone|'?to'?|destination|number)|unknown (destination|subscriber)|unallocated"),
    ("invalid_number", "number .{0,30}(not exist|not valid|invalid)|not a valid phone"),
    ("too_long", "body is (invalid|empty)|too long|invalid message|missing segment"),
    ("blocked", "blocked|barred"),
    ("network_unreachable", "(carrier|network) .{0,20}(unreachable|unavailable)"),
    ("unreachable", "unreachable|unavailable|absent|switched off|powered off|out of (reach|coverage)|expired"),
)

# Twilio's error codes, https://www.twilio.com/docs/api/errors
TWILIO_CODE = re.compile(r"(?<!\d)(2[12]\d{3}|30\d{3})(?!\d)")
CAUSE_BY_TWILIO_CODE: dict[str, SmsCause] = {
    "21211": "invalid_number", "21217": "invalid_number", "21401": "invalid_number", "21408": "not_accepted",
    "21421": "invalid_number", "21602": "too_long", "21606": "not_accepted", "21610": "opted_out",
    "21611": "not_accepted", "21612": "not_accepted", "21614": "landline", "21617": "too_long",
    "30001": "not_accepted", "30002": "not_accepted", "30003": "unreachable", "30004": "blocked",
    "30005": "invalid_number", "30006": "landline", "30007": "spam", "30008": "other", "30009": "too_long",
    "30010": "not_accepted", "30017": "network_unreachable", "30022": "not_accepted", "30032": "not_accepted",
    "30034": "not_accepted", "30410": "network_unreachable", "30454": "not_accepted",
}  # fmt: skip

# The names of End User Messaging's events, without their prefix.
CAUSE_BY_NAME: dict[str, SmsCause] = {
    "blocked": "blocked", "carrier_blocked": "blocked", "spam": "spam", "protect_blocked": "not_accepted",
    "invalid": "invalid_number", "invalid_message": "too_long", "ttl_expired": "unreachable",
    "unreachable": "unreachable", "carrier_unreachable": "network_unreachable", "unknown": "no_answer",
    "opted_out": "opted_out",
}  # fmt: skip
NAME_PREFIX = re.compile(r"^(?:text|media)_")

# A reason alone does not tell the cause.
CAUSE_BY_REASON: dict[SmsReason | None, SmsCause] = {
    "rejected": "refused", "undelivered": "no_answer", "failed": "other", None: "other",
}  # fmt: skip

PUSH_TEXTS: tuple[tuple[PushCause, str], ...] = (
    (
        "app_removed",
        "unregistered|not-?registered|not registered|invalidregistration|bad ?device ?token|invalid ?token",
    ),
    ("app_removed", "endpoint (is )?disabled|endpointdisabled|requested entity was not found|expiredtoken"),
    (
        "not_accepted",
        "sender ?id ?mismatch|mismatchsenderid|topicdisallowed|devicetokennotfortopic|badtopic|missingtopic",
    ),
    (
        "not_accepted",
        "provider ?token|certificate|credential|auth|payloadtoolarge|message too (big|long)|messagetoobig",
    ),
)


def sms_cause(reason: SmsReason | None, subtype: str | None, diagnostic: str | None) -> SmsCause:
    """Why a text message was not delivered; any words, of any provider or of none."""
    words = (diagnostic or "").lower()
    codes = TWILIO_CODE.findall(words)
    by_name = CAUSE_BY_NAME.get(NAME_PREFIX.sub("", (subtype or "").strip().lower()))
    return (
        next((CAUSE_BY_TWILIO_CODE[code] for code in codes if code in CAUSE_BY_TWILIO_CODE), None)
        or next((cause for cause, text in SMS_TEXTS if re.search(text, words)), None)
        or by_name
        or CAUSE_BY_REASON[reason]
    )


def push_cause(reason: str | None) -> PushCause:
    """Why a push message was not delivered; any words, of any service or of none."""
    words = (reason or "").lower()
    return next((cause for cause, text in PUSH_TEXTS if re.search(text, words)), "other")


def twilio_code(diagnostic: str | None) -> str | None:
    """The first of Twilio's error codes in a diagnostic, for an administrator."""
    return next((code for code in TWILIO_CODE.findall(diagnostic or "") if code in CAUSE_BY_TWILIO_CODE), None)
