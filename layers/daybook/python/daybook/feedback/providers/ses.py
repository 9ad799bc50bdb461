"""Parser of SES's events in both formats: event publishing (`eventType`) and notifications (`notificationType`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from daybook.core import addresses
from daybook.feedback.providers import ses_mail, words
from daybook.feedback.providers.records import (
    UNMATCHED,
    MalformedFeedbackError,
    Parts,
    Reading,
    decode,
    instant_of,
    is_absent,
    source,
    truncate,
)
from daybook.feedback.providers.ses_mail import Mail
from daybook.model import event_set
from daybook.model.delivery_events import (
    ENGAGEMENT,
    MAX_CODE,
    MAX_DIAGNOSTIC,
    MAX_LINK,
    MAX_NAMED,
    MAX_USER_AGENT,
    SENDING,
    DeliveryEvent,
    EventType,
    RecipientEvent,
    TaggedSend,
)

MAX_IP = 45


class _Recipient(Struct, rename="camel"):
    """A recipient that an event names, with what a DSN says: action, SMTP status and diagnostic."""

    email_address: str
    action: Any = None
    status: str | None = None
    diagnostic_code: str | None = None

    def details(self) -> dict[str, Any]:
        """The fields of the DeliveryEvent that the recipient has."""
        fields = {
            "action": truncate(words.dsn_action(self.action), MAX_CODE),
            "code": truncate(self.status, MAX_CODE),
            "diagnostic": truncate(self.diagnostic_code, MAX_DIAGNOSTIC),
        }
        return {name: value for name, value in fields.items() if value is not None}


class _EventObject(Struct, rename="camel"):
    """The object in an event's record that is named after its type, such as `bounce`."""

    timestamp: Any = None

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
            "source": source(self.feedback_id),
            "kind": truncate(words.term(self.bounce_type), MAX_CODE),
            "subtype": truncate(words.term(self.bounce_sub_type), MAX_CODE),
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
            "source": source(self.feedback_id),
            "kind": truncate(words.term(self.complaint_feedback_type), MAX_CODE),
            "subtype": truncate(words.term(self.complaint_sub_type), MAX_CODE),
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
        return {"kind": truncate(words.term(self.delay_type), MAX_CODE)}


class _Open(_EventObject, rename="camel"):
    ip_address: str | None = None
    user_agent: str | None = None
    is_bot_event: Any = None

    def details(self) -> dict[str, Any]:
        return {
            "bot": words.is_bot(self.is_bot_event),
            "user_agent": truncate(self.user_agent, MAX_USER_AGENT),
            "ip": truncate(self.ip_address, MAX_IP),
        }


class _Click(_Open, rename="camel"):
    link: str | None = None

    def details(self) -> dict[str, Any]:
        return {**super().details(), "source": source(self.link), "link": truncate(self.link, MAX_LINK)}


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


class _Named(Struct, frozen=True):
    """A recipient that an event names, and which of the message's it is: None of a stranger, or if none are known."""

    details: _Recipient
    recipient: str | None

    def event(self, type_: EventType, fields: dict[str, Any]) -> DeliveryEvent:
        """The event of the recipient, from the fields that it has in common with the others'."""
        spelled = self.details.email_address.strip()[:MAX_NAMED]
        named = spelled if self.recipient is None else None
        return DeliveryEvent(type=type_, named=named, **{**fields, **self.details.details()})


def read(name: str, parts: Parts, enveloped_at: str | None) -> Reading:
    """Parse an SES record of the type `name`, a key of EVENT_FORMATS; `enveloped_at` is its envelope's instant.

    One event for each recipient. MalformedFeedbackError where a field is missing or invalid.
    """
    event_format = EVENT_FORMATS[name]
    if is_absent(parts.mail):
        raise MalformedFeedbackError("mail is missing.")
    mail = ses_mail.read(parts.mail)
    event_object = _event_object(event_format, parts)
    at = instant_of(event_object.timestamp) or mail.sent_at or enveloped_at
    if at is None:
        raise MalformedFeedbackError("Neither the event nor mail nor an envelope has a timestamp that can be read.")
    named = _named_recipients(event_object, mail.recipients)
    fields: dict[str, Any] = {"at": at, "sent_at": mail.sent_at if mail.sent_at and mail.sent_at > at else None}
    fields |= event_object.details()
    if event_format.type == "complaint" and len(named) != 1 and len(mail.recipients) != 1:
        # A complaint names all whom the complaining domain received it for (SES developer guide), or nobody.
        fields["uncertain"] = True
    is_unmatched = len(mail.recipients) > 1 and any(each.recipient is None for each in named)
    return Reading(
        events=[
            RecipientEvent(
                log="email",
                message_id=mail.message_id,
                recipient=recipient,
                event=delivery_event,
                names=mail.names,
                recipients=mail.recipients,
            )
            for recipient, delivery_event in _events(event_format.type, fields, named, mail.recipients)
        ],
        sends=_sends(event_format.type, mail, at),
        unmatched=UNMATCHED if is_unmatched else None,
    )


def _named_recipients(event_object: _EventObject, recipients: tuple[str, ...]) -> list[_Named]:
    """Whom an event names, each mailbox once; blanks name nobody."""
    named: dict[str, _Named] = {}
    for details in event_object.named_recipients() or ():
        address = details.email_address.strip()
        mailbox = addresses.mailbox(address) if len(address) <= ses_mail.MAX_ADDRESS else address
        recipient = mailbox if mailbox in recipients else None
        if mailbox:
            named.setdefault(recipient or mailbox, _Named(details, recipient))
    return list(named.values())


def _events(
    type_: EventType, fields: dict[str, Any], named: list[_Named], recipients: tuple[str, ...]
) -> Iterator[tuple[str, DeliveryEvent]]:
    """The events of the recipients, by mailbox; "" stands for the message as a whole.

    An event of a message to one is that recipient's, whoever it names: a forward's target may bounce. Opens and clicks
    of a message to several have no recipient: all of them got the same link.
    """
    if not named:
        is_shared = not recipients or (type_ in ENGAGEMENT and len(recipients) > 1)
        for mailbox in ("",) if is_shared else recipients:
            yield mailbox, DeliveryEvent(type=type_, **fields)
    elif len(recipients) == 1:
        for event in event_set.merge(each.event(type_, fields) for each in named):
            yield recipients[0], event
    elif recipients:
        for each in named:
            if each.recipient is not None:
                yield each.recipient, each.event(type_, fields)
    else:
        for each in named:
            yield ses_mail.mailbox(each.details.email_address), each.event(type_, fields)


def _sends(type_: EventType, mail: Mail, at: str) -> list[TaggedSend]:
    """The send that the message's tags name. MalformedFeedbackError where they are unusable and nothing else is told.

    All else is news of an e-mail that may have been posted, and is not lost for the sake of its tags.
    """
    try:
        send = ses_mail.tagged_send(mail, at)
    except MalformedFeedbackError:
        if type_ in SENDING:
            raise
        return []
    return [] if send is None else [send]


def _event_object(event_format: _EventFormat, parts: Parts) -> _EventObject:
    raw = getattr(parts, event_format.field) if event_format.field else None
    if raw is not None and not is_absent(raw):
        event_object: _EventObject = decode(event_format.decoder, raw, event_format.name)
        return event_object
    if event_format.required:
        raise MalformedFeedbackError(f"{event_format.name} is missing.")
    return _EventObject()
