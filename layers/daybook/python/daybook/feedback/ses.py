"""Parser of SES's events in both formats: event publishing (`eventType`) and notifications (`notificationType`)."""

from __future__ import annotations

import hashlib
import re
from typing import Any, Literal

import msgspec
from msgspec import Raw, Struct

from daybook.core import addresses, timestamps
from daybook.feedback.records import (
    MalformedFeedbackError,
    Parts,
    Reading,
    decode,
    decode_any,
    is_absent,
    parse_time,
    require_message_id,
    truncate,
)
from daybook.model import entries, surrogates
from daybook.model.delivery_events import (
    ENGAGEMENT,
    MAX_CODE,
    MAX_DIAGNOSTIC,
    MAX_LINK,
    MAX_USER_AGENT,
    DeliveryEvent,
    EventType,
    RecipientEvent,
    TaggedSend,
)
from daybook.storage.keys import org_keys

ORG_TAG = "daybook-org"
RECORD_TAG = "daybook-record"

# SES allows letters, digits and `_.@-` in the value of a tag; the other separators are used outside of tags.
_RECORD_TAG_VALUE = re.compile(r"(family|staff)[._@:/-](.+)", re.DOTALL)


# RFC 5321, 4.5.3.1: 64 octets, `@`, 255 octets; with a display name before them.
MAX_MAILBOX_BYTES = 320

MAX_ADDRESS = 1000
MAX_IP = 45
MAX_SUBJECT = 998

# A longer source is replaced by its SHA-256, so that an event's identity stays small.
MAX_SOURCE = 200


class _Mail(Struct, rename="camel"):
    message_id: str | None = None
    timestamp: str | None = None
    destination: list[str] | None = None
    source: Any = None
    tags: Raw = Raw(b"null")
    common_headers: Raw = Raw(b"null")
    headers: Raw = Raw(b"null")


class _Recipient(Struct, rename="camel"):
    """A recipient that an event names, with its SMTP status and diagnostic."""

    email_address: str
    status: str | None = None
    diagnostic_code: str | None = None


class _EventObject(Struct, rename="camel"):
    """The object in an event's record that is named after its type, such as `bounce`."""

    timestamp: str | None = None

    def named_recipients(self) -> list[_Recipient] | None:
        """The recipients of the event; None where SES names them only in `mail.destination`."""
        return None

    def details(self) -> dict[str, Any]:
        """The fields of its DeliveryEvent besides times and type."""
        return {}


class _Bounce(_EventObject, rename="camel"):
    bounce_type: str | None = None
    bounce_sub_type: str | None = None
    bounced_recipients: list[_Recipient] | None = None
    feedback_id: str | None = None

    def named_recipients(self) -> list[_Recipient] | None:
        return self.bounced_recipients

    def details(self) -> dict[str, Any]:
        return {
            "source": _source(self.feedback_id),
            "kind": truncate(self.bounce_type, MAX_CODE),
            "subtype": truncate(self.bounce_sub_type, MAX_CODE),
        }


class _Complaint(_EventObject, rename="camel"):
    complaint_feedback_type: str | None = None
    complaint_sub_type: str | None = None
    complained_recipients: list[_Recipient] | None = None
    feedback_id: str | None = None
    user_agent: str | None = None

    def named_recipients(self) -> list[_Recipient] | None:
        return self.complained_recipients

    def details(self) -> dict[str, Any]:
        return {
            "source": _source(self.feedback_id),
            "kind": truncate(self.complaint_feedback_type, MAX_CODE),
            "subtype": truncate(self.complaint_sub_type, MAX_CODE),
            "user_agent": truncate(self.user_agent, MAX_USER_AGENT),
        }


class _Delivery(_EventObject, rename="camel"):
    recipients: list[str] | None = None
    smtp_response: str | None = None

    def named_recipients(self) -> list[_Recipient] | None:
        return [_Recipient(address) for address in self.recipients or ()]

    def details(self) -> dict[str, Any]:
        return {"diagnostic": truncate(self.smtp_response, MAX_DIAGNOSTIC)}


class _DeliveryDelay(_EventObject, rename="camel"):
    delay_type: str | None = None
    delayed_recipients: list[_Recipient] | None = None

    def named_recipients(self) -> list[_Recipient] | None:
        return self.delayed_recipients

    def details(self) -> dict[str, Any]:
        return {"kind": truncate(self.delay_type, MAX_CODE)}


class _Open(_EventObject, rename="camel"):
    ip_address: str | None = None
    user_agent: str | None = None
    # Seen so far: "Likely" and "Unlikely"; a boolean is accepted too.
    is_bot_event: Any = None

    def details(self) -> dict[str, Any]:
        return {
            "bot": str(self.is_bot_event).lower() in {"likely", "true"},
            "user_agent": truncate(self.user_agent, MAX_USER_AGENT),
            "ip": truncate(self.ip_address, MAX_IP),
        }


class _Click(_Open, rename="camel"):
    link: str | None = None

    def details(self) -> dict[str, Any]:
        return {**super().details(), "source": _source(self.link), "link": truncate(self.link, MAX_LINK)}


class _Reject(_EventObject, rename="camel"):
    reason: str | None = None

    def details(self) -> dict[str, Any]:
        return {"diagnostic": truncate(self.reason, MAX_DIAGNOSTIC)}


class _Failure(_EventObject, rename="camel"):
    template_name: str | None = None
    error_message: str | None = None

    def details(self) -> dict[str, Any]:
        return {
            "kind": truncate(self.template_name, MAX_CODE),
            "diagnostic": truncate(self.error_message, MAX_DIAGNOSTIC),
        }


class _Subscription(_EventObject, rename="camel"):
    contact_list: str | None = None
    source: str | None = None

    def details(self) -> dict[str, Any]:
        return {"kind": truncate(self.source, MAX_CODE), "subtype": truncate(self.contact_list, MAX_CODE)}


class _EventFormat(Struct, frozen=True):
    """The type of an event here, the name of its object in SES's record, its field in `Parts`, its decoder.

    `required` says whether the record must have the object.
    """

    type: EventType
    name: str
    field: str
    decoder: msgspec.json.Decoder[Any]
    required: bool = True


EVENT_FORMATS = {
    "Send": _EventFormat("send", "send", "", msgspec.json.Decoder(_EventObject), required=False),
    "Delivery": _EventFormat("delivery", "delivery", "delivery", msgspec.json.Decoder(_Delivery)),
    "DeliveryDelay": _EventFormat(
        "delivery_delay", "deliveryDelay", "delivery_delay", msgspec.json.Decoder(_DeliveryDelay)
    ),
    "Bounce": _EventFormat("bounce", "bounce", "bounce", msgspec.json.Decoder(_Bounce)),
    "Complaint": _EventFormat("complaint", "complaint", "complaint", msgspec.json.Decoder(_Complaint)),
    "Open": _EventFormat("open", "open", "open", msgspec.json.Decoder(_Open)),
    "Click": _EventFormat("click", "click", "click", msgspec.json.Decoder(_Click)),
    "Reject": _EventFormat("reject", "reject", "reject", msgspec.json.Decoder(_Reject), required=False),
    "Rendering Failure": _EventFormat(
        "rendering_failure", "failure", "failure", msgspec.json.Decoder(_Failure), required=False
    ),
    "Subscription": _EventFormat("subscription", "subscription", "subscription", msgspec.json.Decoder(_Subscription)),
}

_SEND_TYPES = frozenset({"send", "rendering_failure"})
_mail_decoder = msgspec.json.Decoder(_Mail)


def read(name: str, parts: Parts, enveloped_at: str | None) -> Reading:
    """Parse an SES record of the type `name`, a key of EVENT_FORMATS; `enveloped_at` is its envelope's instant.

    One event for each recipient. MalformedFeedbackError where a field is missing or invalid.
    """
    event_format = EVENT_FORMATS[name]
    if is_absent(parts.mail):
        raise MalformedFeedbackError("mail is missing.")
    mail = decode(_mail_decoder, parts.mail, "mail")
    message_id = require_message_id(mail.message_id, "mail.messageId")
    event_object = _event_object(event_format, parts)
    mail_at = timestamps.instant(parse_time(mail.timestamp, "mail.timestamp")) if mail.timestamp else None
    event_at = (
        timestamps.instant(parse_time(event_object.timestamp, f"{event_format.name}.timestamp"))
        if event_object.timestamp
        else None
    )
    at = event_at or mail_at or enveloped_at
    if at is None:
        raise MalformedFeedbackError("Neither the event nor mail nor an envelope has a timestamp.")
    sent_at = mail_at if mail_at and mail_at > at else None
    details = event_object.details()
    events = [
        RecipientEvent(
            log="email",
            message_id=message_id,
            recipient=recipient,
            event=_delivery_event(event_format.type, at, sent_at, details, recipient_details),
        )
        for recipient, recipient_details in _recipients(event_format.type, event_object, mail).items()
    ]
    tagged_send = _tagged_send(mail, message_id, at) if event_format.type in _SEND_TYPES else None
    return Reading(events=events, sends=[tagged_send] if tagged_send else [])


def _event_object(event_format: _EventFormat, parts: Parts) -> _EventObject:
    raw = getattr(parts, event_format.field) if event_format.field else None
    if raw is not None and not is_absent(raw):
        event_object: _EventObject = decode(event_format.decoder, raw, event_format.name)
        return event_object
    if event_format.required:
        raise MalformedFeedbackError(f"{event_format.name} is missing.")
    return _EventObject()


def _delivery_event(
    type_: EventType, at: str, sent_at: str | None, details: dict[str, Any], recipient_details: _Recipient | None
) -> DeliveryEvent:
    if recipient_details is None or (recipient_details.status is None and recipient_details.diagnostic_code is None):
        return DeliveryEvent(type=type_, at=at, sent_at=sent_at, **details)
    of_recipient = {
        "code": truncate(recipient_details.status, MAX_CODE),
        "diagnostic": truncate(recipient_details.diagnostic_code, MAX_DIAGNOSTIC),
    }
    return DeliveryEvent(type=type_, at=at, sent_at=sent_at, **{**details, **of_recipient})


def _recipients(type_: EventType, event_object: _EventObject, mail: _Mail) -> dict[str, _Recipient | None]:
    """The mailboxes of an event, with what it says of each; "" stands for the message as a whole.

    Opens and clicks of a message to several have no recipient: all of them got the same link.
    """
    mailboxes: dict[str, _Recipient | None] = {}
    for recipient_details in event_object.named_recipients() or ():
        mailboxes.setdefault(_mailbox(recipient_details.email_address), recipient_details)
    mailboxes.pop("", None)
    if not mailboxes:
        mailboxes = dict.fromkeys(_mailboxes(mail))
    return {"": None} if not mailboxes or (type_ in ENGAGEMENT and len(mailboxes) > 1) else mailboxes


def _mailboxes(mail: _Mail) -> list[str]:
    """The distinct mailboxes of `mail.destination`."""
    return [mailbox for mailbox in dict.fromkeys(map(_mailbox, mail.destination or ())) if mailbox]


def _mailbox(address: str) -> str:
    if len(address) > MAX_ADDRESS:
        raise MalformedFeedbackError(f"A recipient's address is over {MAX_ADDRESS} characters.")
    mailbox = addresses.normalize(address.strip())
    if len(mailbox) > MAX_MAILBOX_BYTES or len(mailbox.encode()) > MAX_MAILBOX_BYTES:
        raise MalformedFeedbackError(f"A recipient's address is over {MAX_MAILBOX_BYTES} bytes.")
    return mailbox


def _source(text: str | None) -> str:
    if text is None or len(text) <= MAX_SOURCE:
        return text or ""
    return hashlib.sha256(text.encode()).hexdigest()


def _tagged_send(mail: _Mail, message_id: str, at: str) -> TaggedSend | None:
    """The send of a message whose tags name a record; None without these tags.

    MalformedFeedbackError where they are incomplete or invalid.
    """
    tags = decode_any(mail.tags, "mail.tags") or {}
    if not isinstance(tags, dict):
        raise MalformedFeedbackError("mail.tags is not an object.")
    if ORG_TAG not in tags and RECORD_TAG not in tags:
        return None
    org, record = _tag(tags, ORG_TAG), _tag(tags, RECORD_TAG)
    if not org_keys.is_org(org):
        raise MalformedFeedbackError(f"The tag {ORG_TAG} is not the name of an org.")
    match = _RECORD_TAG_VALUE.fullmatch(record)
    if match is None or not entries.is_record_id(match[2]):
        raise MalformedFeedbackError(f"The tag {RECORD_TAG} names no record, as in family.4711 or staff.12.")
    recipients = _mailboxes(mail)
    if not recipients:
        raise MalformedFeedbackError("mail.destination names no recipient for whom the tagged message could be logged.")
    record_type: Literal["family", "staff"] = "family" if match[1] == "family" else "staff"
    return TaggedSend(
        org=org,
        record_type=record_type,
        record_id=match[2],
        message_id=message_id,
        recipients=tuple(recipients),
        sent_at=at,
        subject=_subject(mail),
        sender=mail.source[:320] if isinstance(mail.source, str) and mail.source else None,
    )


def _tag(tags: dict[str, Any], name: str) -> str:
    if name not in tags:
        raise MalformedFeedbackError(f"The tag {name} is missing; {ORG_TAG} and {RECORD_TAG} go together.")
    values = tags[name]
    if not isinstance(values, list) or len(values) != 1 or not isinstance(values[0], str):
        raise MalformedFeedbackError(f"The tag {name} is not a list of one string.")
    text: str = values[0]
    return text


def _subject(mail: _Mail) -> str:
    common = decode_any(mail.common_headers, "mail.commonHeaders")
    if isinstance(common, dict) and isinstance(common.get("subject"), str) and common["subject"]:
        return _decoded_words(common["subject"])[:MAX_SUBJECT]
    headers = decode_any(mail.headers, "mail.headers")
    subjects = (_subject_header(header) for header in headers) if isinstance(headers, list) else ()
    return _decoded_words(next((subject for subject in subjects if subject), ""))[:MAX_SUBJECT]


def _subject_header(header: Any) -> str | None:
    """The value of a header if it is the subject."""
    if not isinstance(header, dict) or str(header.get("name")).lower() != "subject":
        return None
    text = header.get("value")
    return text if isinstance(text, str) else None


def _decoded_words(subject: str) -> str:
    """The subject with its encoded words decoded (RFC 2047); unchanged where that fails."""
    if "=?" not in subject:
        return subject
    from email.errors import MessageError  # noqa: PLC0415 - rare, and not free
    from email.header import decode_header, make_header  # noqa: PLC0415

    try:
        # Some charsets, as UTF-7, can say half of a character.
        return surrogates.replace(str(make_header(decode_header(subject))))
    except (MessageError, LookupError, ValueError):
        return subject
