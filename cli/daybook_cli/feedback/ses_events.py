"""Records of SES event publishing about an e-mail, as SES writes them.

The same arguments give the same record, with its ids: publishing it again is a second delivery of the same event.
Format: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parseaddr
from typing import Any, Literal

from daybook_cli.connection.timestamps import format_timestamp

Record = dict[str, Any]

EmailKind = Literal["send", "delivery", "delay", "open", "click", "bounce", "soft-bounce", "complaint", "reject"]

ACCOUNT = "111122223333"
READER_IP, SENDER_IP, OUTGOING_IP = "192.0.2.81", "192.0.2.10", "192.0.2.11"
LINK = "https://www.example.com/portal"
USER_AGENT = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
# SES gives up after so long: 840 minutes.
DELIVERY_TIMEOUT = timedelta(hours=14)
# The header that SES makes of its id: `<id@email.amazonses.com>` in us-east-1, else `<id@region.amazonses.com>`.
_SES_HEADER = re.compile(r"(?P<id>[^@\s]+)@[a-z0-9-]+\.amazonses\.com", re.IGNORECASE)
_UUID_NAMESPACE = uuid.UUID("5b0f8d0c-6a7e-4c5e-9d0e-3a4f2f6b8a11")


@dataclass(frozen=True)
class Mail:
    """The e-mail that events are about. `tags` are the sender's own."""

    message_id: str
    recipients: Sequence[str]
    sent_at: datetime
    sender: str = "office@example.com"
    subject: str = "Simulated message"
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class BounceType:
    """How a mailbox refuses: type and subtype of SES, enhanced status code and SMTP answer.

    `{}` in the answer stands for the address.
    """

    bounce_type: str
    subtype: str
    status: str
    answer: str


PERMANENT_BOUNCE = BounceType(
    "Permanent", "General", "5.1.1", "smtp; 550 5.1.1 <{}>: Recipient address rejected: no such user here"
)
TRANSIENT_BOUNCE = BounceType(
    "Transient", "MailboxFull", "4.2.2", "smtp; 452 4.2.2 <{}>: The recipient's mailbox is over its quota"
)


def bare_message_id(message_id: str) -> str:
    """The id that SES reports, of one that may be in the form of a `Message-ID` header: without brackets and domain.

    A mailer's own id keeps its domain.
    """
    bare = message_id.strip().removeprefix("<").removesuffix(">").strip()
    match = _SES_HEADER.fullmatch(bare)
    return (match["id"] if match else bare) or message_id


def ses_event(
    kind: EmailKind,
    mail: Mail,
    at: datetime,
    *,
    recipients: Sequence[str] | None = None,
    link: str = LINK,
    user_agent: str = USER_AGENT,
    bounce: BounceType | None = None,
    is_bot: bool = False,
) -> Record:
    """The record of one event at `at`. `recipients` are those that it is about: by default all of the e-mail's.

    `bounce` takes the place of the usual one of a kind. `is_bot` marks an open or click as that of a machine.
    """
    affected = list(recipients or mail.recipients)
    engagement = _engagement(at, user_agent) | ({"isBotEvent": "Likely"} if is_bot else {})
    events: dict[EmailKind, tuple[str, str, Record]] = {
        "send": ("Send", "send", {}),
        "reject": ("Reject", "reject", {"reason": "Bad content"}),
        "delivery": ("Delivery", "delivery", _delivery(mail, at, affected)),
        "delay": ("DeliveryDelay", "deliveryDelay", _delivery_delay(at, affected)),
        "open": ("Open", "open", engagement),
        "click": ("Click", "click", {**engagement, "link": link, "linkTags": None}),
        "bounce": ("Bounce", "bounce", _bounce(mail, at, affected, bounce or PERMANENT_BOUNCE)),
        "soft-bounce": ("Bounce", "bounce", _bounce(mail, at, affected, bounce or TRANSIENT_BOUNCE)),
        "complaint": ("Complaint", "complaint", _complaint(mail, at, affected, user_agent)),
    }
    event_type, name, details = events[kind]
    return {"eventType": event_type, "mail": _mail(kind, mail, at), name: details}


def _mail(kind: EmailKind, mail: Mail, at: datetime) -> Record:
    domain = parseaddr(mail.sender)[1].rpartition("@")[2]
    # The events `send` and `reject` have no time of their own.
    sent_at = at if kind in ("send", "reject") else min(mail.sent_at, at)
    headers = _headers(mail, sent_at)
    record: Record = {
        "timestamp": format_timestamp(sent_at),
        "source": mail.sender,
        "sendingAccountId": ACCOUNT,
        "messageId": mail.message_id,
        "destination": list(mail.recipients),
        "headersTruncated": False,
        "headers": [{"name": name, "value": value} for name, value in headers.items()],
        "commonHeaders": {
            "from": [mail.sender],
            "to": list(mail.recipients),
            "messageId": mail.message_id,
            "subject": mail.subject,
            "date": headers["Date"],
        },
        "tags": _tags(kind, mail, domain),
    }
    if kind in ("open", "click"):
        return record
    return {**record, "sourceArn": f"arn:aws:ses:us-east-1:{ACCOUNT}:identity/{domain}"}


def _headers(mail: Mail, sent_at: datetime) -> dict[str, str]:
    return {
        "From": mail.sender,
        "To": ", ".join(mail.recipients),
        "Subject": mail.subject,
        "MIME-Version": "1.0",
        "Content-Type": "text/html; charset=UTF-8",
        "Date": format_datetime(sent_at),
    }


def _tags(kind: EmailKind, mail: Mail, domain: str) -> Record:
    return {
        "ses:source-ip": [SENDER_IP],
        "ses:configuration-set": ["daybook"],
        "ses:from-domain": [domain],
        "ses:caller-identity": ["mailer"],
        "ses:operation": ["SendEmail"],
        **({"ses:outgoing-ip": [OUTGOING_IP]} if kind == "delivery" else {}),
        **{name: [value] for name, value in mail.tags.items()},
    }


def _delivery(mail: Mail, at: datetime, recipients: list[str]) -> Record:
    return {
        "timestamp": format_timestamp(at),
        "processingTimeMillis": max(0, _milliseconds(at - mail.sent_at)),
        "recipients": recipients,
        "smtpResponse": f"250 2.0.0 OK {int(at.timestamp())} {_uuid(mail, 'smtp', at).hex[:16]} - accepted",
        "reportingMTA": "a11-22.smtp-out.example.com",
    }


def _delivery_delay(at: datetime, recipients: list[str]) -> Record:
    reason = {"status": "4.4.1", "diagnosticCode": "smtp; 421 4.4.1 The host does not answer"}
    return {
        "timestamp": format_timestamp(at),
        "delayType": "TransientCommunicationFailure",
        "expirationTime": format_timestamp(at + DELIVERY_TIMEOUT),
        "delayedRecipients": [{"emailAddress": recipient, **reason} for recipient in recipients],
        "reportingMTA": "a11-22.smtp-out.example.com",
    }


def _engagement(at: datetime, user_agent: str) -> Record:
    """What SES says of an open or a click."""
    return {"timestamp": format_timestamp(at), "userAgent": user_agent, "ipAddress": READER_IP}


def _bounce(mail: Mail, at: datetime, recipients: list[str], bounce: BounceType) -> Record:
    return {
        "bounceType": bounce.bounce_type,
        "bounceSubType": bounce.subtype,
        "bouncedRecipients": [
            {
                "emailAddress": recipient,
                "action": "failed",
                "status": bounce.status,
                "diagnosticCode": bounce.answer.format(recipient),
            }
            for recipient in recipients
        ],
        "timestamp": format_timestamp(at),
        "feedbackId": _feedback_id(mail, bounce.bounce_type, at),
        "reportingMTA": "dns; mx.example.com",
    }


def _complaint(mail: Mail, at: datetime, recipients: list[str], user_agent: str) -> Record:
    return {
        "complainedRecipients": [{"emailAddress": recipient} for recipient in recipients],
        "timestamp": format_timestamp(at),
        "feedbackId": _feedback_id(mail, "Complaint", at),
        "complaintSubType": None,
        "userAgent": user_agent,
        "complaintFeedbackType": "abuse",
        "arrivalDate": format_timestamp(at),
    }


def _milliseconds(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)


def _feedback_id(mail: Mail, kind: str, at: datetime) -> str:
    """An id in the form of SES: the time in hexadecimal, then a UUID."""
    elapsed = _milliseconds(at - datetime(1970, 1, 1, tzinfo=UTC)) & 0xFFFFFFFFF
    return f"0100019{elapsed:09x}-{_uuid(mail, kind, at)}-000000"


def _uuid(mail: Mail, kind: str, at: datetime) -> uuid.UUID:
    return uuid.uuid5(_UUID_NAMESPACE, f"{mail.message_id} {kind} {format_timestamp(at)}")
