"""What providers say about a message, as they say it: SES's event publishing, and SNS's delivery-status logs of SMS.

The same arguments give the same record, ids and all: saying it again is a second delivery of the same event.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parseaddr
from typing import Any, Literal

Record = dict[str, Any]

EmailKind = Literal["send", "delivery", "delay", "open", "click", "bounce", "soft-bounce", "complaint", "reject"]
SmsKind = Literal["sms-delivered", "sms-failed"]
Kind = Literal[EmailKind, SmsKind]

ACCOUNT = "111122223333"
READER_IP, SENDER_IP, OUTGOING_IP = "192.0.2.81", "192.0.2.10", "192.0.2.11"
LINK = "https://www.example.com/portal"
USER_AGENT = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
# SES gives up after so long: 840 minutes.
GIVING_UP = timedelta(hours=14)
_SPACE = uuid.UUID("5b0f8d0c-6a7e-4c5e-9d0e-3a4f2f6b8a11")


@dataclass(frozen=True)
class Mail:
    """The e-mail that events are about. `tags` are the sender's own."""

    message_id: str
    recipients: Sequence[str]
    sent_at: datetime
    sender: str = "office@example.com"
    subject: str = "Simulated message"
    tags: Mapping[str, str] = field(default_factory=dict)


def ses_event(
    kind: EmailKind,
    mail: Mail,
    at: datetime,
    *,
    recipients: Sequence[str] | None = None,
    link: str = LINK,
    user_agent: str = USER_AGENT,
) -> Record:
    """A record of event publishing. `recipients` are those that it befell: all of the e-mail's where none are given."""
    befallen = list(recipients or mail.recipients)
    reading = _reading(at, user_agent)
    told: dict[EmailKind, tuple[str, str, Record]] = {
        "send": ("Send", "send", {}),
        "reject": ("Reject", "reject", {"reason": "Bad content"}),
        "delivery": ("Delivery", "delivery", _delivery(mail, at, befallen)),
        "delay": ("DeliveryDelay", "deliveryDelay", _delay(at, befallen)),
        "open": ("Open", "open", reading),
        "click": ("Click", "click", {**reading, "link": link, "linkTags": None}),
        "bounce": ("Bounce", "bounce", _bounce(mail, at, befallen, _GONE)),
        "soft-bounce": ("Bounce", "bounce", _bounce(mail, at, befallen, _FULL)),
        "complaint": ("Complaint", "complaint", _complaint(mail, at, befallen, user_agent)),
    }
    event_type, name, details = told[kind]
    return {"eventType": event_type, "mail": _mail(kind, mail, at), name: details}


@dataclass(frozen=True)
class _Failure:
    """How a mailbox refuses."""

    bounce_type: str
    subtype: str
    status: str
    answer: str


_GONE = _Failure("Permanent", "General", "5.1.1", "smtp; 550 5.1.1 <{}>: Recipient address rejected: no such user here")
_FULL = _Failure("Transient", "MailboxFull", "4.2.2", "smtp; 452 4.2.2 <{}>: The recipient's mailbox is over its quota")


def _mail(kind: EmailKind, mail: Mail, at: datetime) -> Record:
    domain = parseaddr(mail.sender)[1].rpartition("@")[2]
    # These two have no time of their own.
    sent_at = at if kind in ("send", "reject") else min(mail.sent_at, at)
    headers = {
        "From": mail.sender,
        "To": ", ".join(mail.recipients),
        "Subject": mail.subject,
        "MIME-Version": "1.0",
        "Content-Type": "text/html; charset=UTF-8",
        "Date": format_datetime(sent_at),
    }
    common = {"from": [mail.sender], "to": list(mail.recipients), "messageId": mail.message_id, "subject": mail.subject}
    tags = {
        "ses:source-ip": [SENDER_IP],
        "ses:configuration-set": ["daybook"],
        "ses:from-domain": [domain],
        "ses:caller-identity": ["mailer"],
        "ses:operation": ["SendEmail"],
        **({"ses:outgoing-ip": [OUTGOING_IP]} if kind == "delivery" else {}),
        **{name: [value] for name, value in mail.tags.items()},
    }
    said: Record = {
        "timestamp": instant(sent_at),
        "source": mail.sender,
        "sendingAccountId": ACCOUNT,
        "messageId": mail.message_id,
        "destination": list(mail.recipients),
        "headersTruncated": False,
        "headers": [{"name": name, "value": value} for name, value in headers.items()],
        "commonHeaders": {**common, "date": headers["Date"]},
        "tags": tags,
    }
    if kind in ("open", "click"):
        return said
    return {**said, "sourceArn": f"arn:aws:ses:us-east-1:{ACCOUNT}:identity/{domain}"}


def _delivery(mail: Mail, at: datetime, recipients: list[str]) -> Record:
    return {
        "timestamp": instant(at),
        "processingTimeMillis": max(0, _milliseconds(at - mail.sent_at)),
        "recipients": recipients,
        "smtpResponse": f"250 2.0.0 OK {int(at.timestamp())} {_id(mail, 'smtp', at).hex[:16]} - accepted",
        "reportingMTA": "a11-22.smtp-out.example.com",
    }


def _delay(at: datetime, recipients: list[str]) -> Record:
    said = {"status": "4.4.1", "diagnosticCode": "smtp; 421 4.4.1 The host does not answer"}
    return {
        "timestamp": instant(at),
        "delayType": "TransientCommunicationFailure",
        "expirationTime": instant(at + GIVING_UP),
        "delayedRecipients": [{"emailAddress": recipient, **said} for recipient in recipients],
        "reportingMTA": "a11-22.smtp-out.example.com",
    }


def _reading(at: datetime, user_agent: str) -> Record:
    return {"timestamp": instant(at), "userAgent": user_agent, "ipAddress": READER_IP}


def _bounce(mail: Mail, at: datetime, recipients: list[str], failure: _Failure) -> Record:
    said = {"action": "failed", "status": failure.status}
    return {
        "bounceType": failure.bounce_type,
        "bounceSubType": failure.subtype,
        "bouncedRecipients": [
            {"emailAddress": recipient, **said, "diagnosticCode": failure.answer.format(recipient)}
            for recipient in recipients
        ],
        "timestamp": instant(at),
        "feedbackId": _feedback_id(mail, failure.bounce_type, at),
        "reportingMTA": "dns; mx.example.com",
    }


def _complaint(mail: Mail, at: datetime, recipients: list[str], user_agent: str) -> Record:
    return {
        "complainedRecipients": [{"emailAddress": recipient} for recipient in recipients],
        "timestamp": instant(at),
        "feedbackId": _feedback_id(mail, "Complaint", at),
        "complaintSubType": None,
        "userAgent": user_agent,
        "complaintFeedbackType": "abuse",
        "arrivalDate": instant(at),
    }


def sms_log(kind: SmsKind, message_id: str, recipient: str, at: datetime) -> Record:
    """A line of SNS's delivery-status log of an SMS whose fate was known at `at`."""
    is_delivered = kind == "sms-delivered"
    dwelt, until_device = 640, 1820
    delivery: Record = {
        "numberOfMessageParts": 1,
        "destination": recipient,
        "priceInUSD": 0.00645,
        "smsType": "Transactional",
        "mcc": 310 if is_delivered else 0,
        "mnc": 4 if is_delivered else 0,
        "providerResponse": ("Message has been accepted by phone carrier" if is_delivered else "Invalid phone number"),
        "dwellTimeMs": dwelt,
        "dwellTimeMsUntilDeviceAck": until_device,
    }
    if is_delivered:
        delivery["phoneCarrier"] = "Example Wireless"
    sent_at = instant(at - timedelta(milliseconds=until_device))
    return {
        "notification": {"messageId": message_id, "timestamp": sent_at.rstrip("Z").replace("T", " ")},
        "delivery": delivery,
        "status": "SUCCESS" if is_delivered else "FAILURE",
    }


def instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _milliseconds(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)


def _feedback_id(mail: Mail, word: str, at: datetime) -> str:
    """An id as SES gives them."""
    return (
        f"0100019{_milliseconds(at - datetime(1970, 1, 1, tzinfo=UTC)) & 0xFFFFFFFFF:09x}-{_id(mail, word, at)}-000000"
    )


def _id(mail: Mail, word: str, at: datetime) -> uuid.UUID:
    return uuid.uuid5(_SPACE, f"{mail.message_id} {word} {instant(at)}")
