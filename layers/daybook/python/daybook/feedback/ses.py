"""SES's events in both of its spellings: event publishing (`eventType`) and notifications (`notificationType`)."""

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
    absent,
    cut,
    decoded,
    message_id_of,
    moment_of,
    value,
)
from daybook.model import entries
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

# SES allows letters, digits and `_.@-` in the value of a tag; the other separators are how people write it elsewhere.
_RECORD = re.compile(r"(family|staff)[._@:/-](.+)", re.DOTALL)
_RECORD_ID = re.compile(entries.RECORD_ID)

# RFC 5321, 4.5.3.1: 64 octets, `@`, 255 octets; with a display name before them.
MAX_MAILBOX_BYTES = 320
MAX_ADDRESS = 1000
MAX_IP = 45
MAX_SUBJECT = 998

# A longer link is identified by its hash, so that an identity stays small.
MAX_SOURCE = 200


class _Mail(Struct, rename="camel"):
    message_id: str | None = None
    timestamp: str | None = None
    destination: list[str] | None = None
    source: Any = None
    tags: Raw = Raw(b"null")
    common_headers: Raw = Raw(b"null")
    headers: Raw = Raw(b"null")


class _Person(Struct, rename="camel"):
    """A recipient whom an event names, and what the provider says of that one."""

    email_address: str
    status: str | None = None
    diagnostic_code: str | None = None


class _Part(Struct, rename="camel"):
    """The object of an event that is named after its type."""

    timestamp: str | None = None

    def named(self) -> list[_Person] | None:
        """The recipients that the event is about; None where SES leaves that to `mail.destination`."""
        return None

    def details(self) -> dict[str, Any]:
        """The fields of its happening besides times and type."""
        return {}


class _Bounce(_Part, rename="camel"):
    bounce_type: str | None = None
    bounce_sub_type: str | None = None
    bounced_recipients: list[_Person] | None = None
    feedback_id: str | None = None

    def named(self) -> list[_Person] | None:
        return self.bounced_recipients

    def details(self) -> dict[str, Any]:
        return {
            "source": _source(self.feedback_id),
            "kind": cut(self.bounce_type, MAX_CODE),
            "subtype": cut(self.bounce_sub_type, MAX_CODE),
        }


class _Complaint(_Part, rename="camel"):
    complaint_feedback_type: str | None = None
    complaint_sub_type: str | None = None
    complained_recipients: list[_Person] | None = None
    feedback_id: str | None = None
    user_agent: str | None = None

    def named(self) -> list[_Person] | None:
        return self.complained_recipients

    def details(self) -> dict[str, Any]:
        return {
            "source": _source(self.feedback_id),
            "kind": cut(self.complaint_feedback_type, MAX_CODE),
            "subtype": cut(self.complaint_sub_type, MAX_CODE),
            "user_agent": cut(self.user_agent, MAX_USER_AGENT),
        }


class _Delivery(_Part, rename="camel"):
    recipients: list[str] | None = None
    smtp_response: str | None = None

    def named(self) -> list[_Person] | None:
        return [_Person(address) for address in self.recipients or ()]

    def details(self) -> dict[str, Any]:
        return {"diagnostic": cut(self.smtp_response, MAX_DIAGNOSTIC)}


class _DeliveryDelay(_Part, rename="camel"):
    delay_type: str | None = None
    delayed_recipients: list[_Person] | None = None

    def named(self) -> list[_Person] | None:
        return self.delayed_recipients

    def details(self) -> dict[str, Any]:
        return {"kind": cut(self.delay_type, MAX_CODE)}


class _Open(_Part, rename="camel"):
    ip_address: str | None = None
    user_agent: str | None = None
    # "Likely" or "Unlikely" in what has been seen; a truth value would say the same.
    is_bot_event: Any = None

    def details(self) -> dict[str, Any]:
        return {
            "bot": str(self.is_bot_event).lower() in {"likely", "true"},
            "user_agent": cut(self.user_agent, MAX_USER_AGENT),
            "ip": cut(self.ip_address, MAX_IP),
        }


class _Click(_Open, rename="camel"):
    link: str | None = None

    def details(self) -> dict[str, Any]:
        return {**super().details(), "source": _source(self.link), "link": cut(self.link, MAX_LINK)}


class _Reject(_Part, rename="camel"):
    reason: str | None = None

    def details(self) -> dict[str, Any]:
        return {"diagnostic": cut(self.reason, MAX_DIAGNOSTIC)}


class _Failure(_Part, rename="camel"):
    template_name: str | None = None
    error_message: str | None = None

    def details(self) -> dict[str, Any]:
        return {
            "kind": cut(self.template_name, MAX_CODE),
            "diagnostic": cut(self.error_message, MAX_DIAGNOSTIC),
        }


class _Subscription(_Part, rename="camel"):
    contact_list: str | None = None
    source: str | None = None

    def details(self) -> dict[str, Any]:
        return {"kind": cut(self.source, MAX_CODE), "subtype": cut(self.contact_list, MAX_CODE)}


class _Kind(Struct, frozen=True):
    """An event's name here, the field of its object in SES's record and of `Parts`, and whether there must be one."""

    type: EventType
    name: str
    field: str
    decoder: msgspec.json.Decoder[Any]
    required: bool = True


KINDS = {
    "Send": _Kind("send", "send", "", msgspec.json.Decoder(_Part), required=False),
    "Delivery": _Kind("delivery", "delivery", "delivery", msgspec.json.Decoder(_Delivery)),
    "DeliveryDelay": _Kind("delivery_delay", "deliveryDelay", "delivery_delay", msgspec.json.Decoder(_DeliveryDelay)),
    "Bounce": _Kind("bounce", "bounce", "bounce", msgspec.json.Decoder(_Bounce)),
    "Complaint": _Kind("complaint", "complaint", "complaint", msgspec.json.Decoder(_Complaint)),
    "Open": _Kind("open", "open", "open", msgspec.json.Decoder(_Open)),
    "Click": _Kind("click", "click", "click", msgspec.json.Decoder(_Click)),
    "Reject": _Kind("reject", "reject", "reject", msgspec.json.Decoder(_Reject), required=False),
    "Rendering Failure": _Kind(
        "rendering_failure", "failure", "failure", msgspec.json.Decoder(_Failure), required=False
    ),
    "Subscription": _Kind("subscription", "subscription", "subscription", msgspec.json.Decoder(_Subscription)),
}

_SENDING = frozenset({"send", "rendering_failure"})
_mail = msgspec.json.Decoder(_Mail)


def read(name: str, parts: Parts, sent: str | None) -> Reading:
    """The events of an SES record of the type `name` (a key of KINDS); `sent` is its envelope's instant."""
    kind = KINDS[name]
    if absent(parts.mail):
        raise MalformedFeedbackError("mail is missing.")
    mail = decoded(_mail, parts.mail, "mail")
    message_id = message_id_of(mail.message_id, "mail.messageId")
    part = _part(kind, parts)
    mailed = timestamps.instant(moment_of(mail.timestamp, "mail.timestamp")) if mail.timestamp else None
    own = timestamps.instant(moment_of(part.timestamp, f"{kind.name}.timestamp")) if part.timestamp else None
    at = own or mailed or sent
    if at is None:
        raise MalformedFeedbackError("Neither the event nor mail.timestamp nor an envelope tells a time.")
    sent_at = mailed if mailed and mailed > at else None
    details = part.details()
    events = [
        RecipientEvent(
            log="email",
            message_id=message_id,
            recipient=recipient,
            event=_happening(kind.type, at, sent_at, details, person),
        )
        for recipient, person in _befallen(kind.type, part, mail).items()
    ]
    tagged = _tagged(mail, message_id, at) if kind.type in _SENDING else None
    return Reading(events=events, sends=[tagged] if tagged else [])


def _part(kind: _Kind, parts: Parts) -> _Part:
    raw = getattr(parts, kind.field) if kind.field else None
    if raw is not None and not absent(raw):
        part: _Part = decoded(kind.decoder, raw, kind.name)
        return part
    if kind.required:
        raise MalformedFeedbackError(f"{kind.name} is missing.")
    return _Part()


def _happening(
    type_: EventType, at: str, sent_at: str | None, details: dict[str, Any], person: _Person | None
) -> DeliveryEvent:
    if person is None or (person.status is None and person.diagnostic_code is None):
        return DeliveryEvent(type=type_, at=at, sent_at=sent_at, **details)
    said = {"code": cut(person.status, MAX_CODE), "diagnostic": cut(person.diagnostic_code, MAX_DIAGNOSTIC)}
    return DeliveryEvent(type=type_, at=at, sent_at=sent_at, **{**details, **said})


def _befallen(type_: EventType, part: _Part, mail: _Mail) -> dict[str, _Person | None]:
    """The mailboxes that an event is about, with what is said of each. The empty one is the message as a whole.

    Opens and clicks of a message to several are nobody's: all of them got the same link.
    """
    found: dict[str, _Person | None] = {}
    for person in part.named() or ():
        found.setdefault(_mailbox(person.email_address), person)
    found.pop("", None)
    if not found:
        found = dict.fromkeys(_mailboxes(mail))
    return {"": None} if not found or (type_ in ENGAGEMENT and len(found) > 1) else found


def _mailboxes(mail: _Mail) -> list[str]:
    """The distinct mailboxes of `mail.destination`."""
    return [found for found in dict.fromkeys(map(_mailbox, mail.destination or ())) if found]


def _mailbox(address: str) -> str:
    if len(address) > MAX_ADDRESS:
        raise MalformedFeedbackError(f"A recipient's address is over {MAX_ADDRESS} characters.")
    found = addresses.normalize(address.strip())
    if len(found) > MAX_MAILBOX_BYTES or len(found.encode()) > MAX_MAILBOX_BYTES:
        raise MalformedFeedbackError(f"A recipient's address is over {MAX_MAILBOX_BYTES} bytes.")
    return found


def _source(text: str | None) -> str:
    if text is None or len(text) <= MAX_SOURCE:
        return text or ""
    return hashlib.sha256(text.encode()).hexdigest()


def _tagged(mail: _Mail, message_id: str, at: str) -> TaggedSend | None:
    """The record that the message's tags name; None where they name none."""
    tags = value(mail.tags, "mail.tags") or {}
    if not isinstance(tags, dict):
        raise MalformedFeedbackError("mail.tags is no object.")
    if ORG_TAG not in tags and RECORD_TAG not in tags:
        return None
    org, record = _tag(tags, ORG_TAG), _tag(tags, RECORD_TAG)
    if not org_keys.is_org(org):
        raise MalformedFeedbackError(f"The tag {ORG_TAG} is not the name of an org.")
    match = _RECORD.fullmatch(record)
    if match is None or _RECORD_ID.match(match[2]) is None:
        raise MalformedFeedbackError(f"The tag {RECORD_TAG} names no record, as in family.4711 or staff.12.")
    recipients = _mailboxes(mail)
    if not recipients:
        raise MalformedFeedbackError("mail.destination names nobody in whose name a tagged message could be logged.")
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
        raise MalformedFeedbackError(f"The tag {name} is not a list of one text.")
    text: str = values[0]
    return text


def _subject(mail: _Mail) -> str:
    common = value(mail.common_headers, "mail.commonHeaders")
    if isinstance(common, dict) and isinstance(common.get("subject"), str) and common["subject"]:
        return _plain(common["subject"])[:MAX_SUBJECT]
    headers = value(mail.headers, "mail.headers")
    found = (_header(header) for header in headers) if isinstance(headers, list) else ()
    return _plain(next((text for text in found if text), ""))[:MAX_SUBJECT]


def _header(header: Any) -> str | None:
    """The value of a header that is the subject."""
    if not isinstance(header, dict) or str(header.get("name")).lower() != "subject":
        return None
    text = header.get("value")
    return text if isinstance(text, str) else None


def _plain(subject: str) -> str:
    """RFC 2047's encoded words as people write them; what cannot be decoded stays as it is."""
    if "=?" not in subject:
        return subject
    from email.errors import MessageError  # noqa: PLC0415 - rare, and not free
    from email.header import decode_header, make_header  # noqa: PLC0415

    try:
        return str(make_header(decode_header(subject)))
    except (MessageError, LookupError, ValueError):
        return subject
