"""Delivery events: what a provider reported of one message and recipient, in one form for all providers.

The parsers of `daybook.feedback` make them; `daybook.model.delivery_status` derives the status of an entry from them.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

MessageLog = Literal["email", "sms", "push"]

EventType = Literal[
    # E-mail, named after SES's own.
    "send", "delivery_delay", "delivery", "open", "click", "bounce", "complaint", "reject", "rendering_failure",
    "subscription",
    # SMS and push share `delivery`.
    "pending", "failure",
]  # fmt: skip

ENGAGEMENT = frozenset({"open", "click"})
HAS_FEEDBACK_ID = frozenset({"bounce", "complaint"})
MAX_MESSAGE_ID = 256

# RFC 3463 and 5321 set no limit to a diagnostic. Real ones reach kilobytes, and the first lines say it all.
MAX_DIAGNOSTIC = 1000

MAX_SUMMARY = 500
MAX_USER_AGENT = 256
MAX_LINK = 1000
MAX_CODE = 128
# RFC 5321, 4.5.3.1: 64 octets, `@`, 255 octets.
MAX_NAMED = 320

# By these types of event a provider tells that an e-mail was sent, or was to be.
SENDING = frozenset({"send", "rendering_failure"})


class DeliveryEvent(Struct, frozen=True, kw_only=True, array_like=True):
    """The part of a provider's event that an entry stores, as a JSON array: new fields go to the end.

    `at` is the event's own time as an instant. `sent_at` is the instant at which the message was sent. It is None
    unless `at` is before it: SES truncates the times of bounces and complaints to whole seconds.
    `source` tells events of one type and time apart: SES's feedback id, a click's link, an SMS event's name.
    `kind` and `subtype` are the provider's terms (bounceType and bounceSubType, complaintFeedbackType and
    complaintSubType, delayType); for a failed SMS `kind` is `rejected`, `failed` or `undelivered`.
    `code` is an SMTP enhanced status (RFC 3463) or a push service's status code; `action` is what a DSN says was done
    (RFC 3464, 2.3.3), in lower case.
    `named` is the address that the provider named, where that is not known to be the recipient's: that of a forward's
    target, or one of a message whose recipients the provider does not tell. It is as spelled, MAX_NAMED characters.
    `uncertain`: of a complaint, that several or none are named, so that it is not known who complained.
    `of_message`: the provider does not tell the message's recipients, and the event names none of its entries'. It is
    taken for the only recipient's, as long as there is one only.
    `of_org`: a client of one org told it, so that entries of other orgs are not to have it.
    """

    type: EventType
    at: str
    source: str = ""
    sent_at: str | None = None
    bot: bool = False
    kind: str | None = None
    subtype: str | None = None
    code: str | None = None
    diagnostic: str | None = None
    user_agent: str | None = None
    ip: str | None = None
    link: str | None = None
    action: str | None = None
    named: str | None = None
    uncertain: bool = False
    of_message: bool = False
    of_org: bool = False

    def owned(self) -> DeliveryEvent:
        """The event once it is known to be the recipient's whom it names."""
        return replace(self, of_message=False, named=None) if self.of_message else self

    @property
    def moment(self) -> str:
        """The instant of the event, but never before the message was sent."""
        return max(self.at, self.sent_at or self.at)

    @property
    def summary(self) -> str:
        """The provider's terms and diagnostic in one line for people, MAX_SUMMARY characters at most."""
        provider_terms = "/".join(word for word in (self.kind, self.subtype) if word) or self.type
        return (f"{provider_terms}: {self.diagnostic}" if self.diagnostic else provider_terms)[:MAX_SUMMARY]

    @property
    def identity(self) -> tuple[str, str, str]:
        """Equal for two deliveries of the same event, within one message and recipient.

        A feedback id is enough: of one bounce, SES's event and its notification may differ in the precision of time.
        """
        by_id = self.source and self.type in HAS_FEEDBACK_ID
        return self.type, "" if by_id else self.at, self.source


class RecipientEvent(Struct, frozen=True, kw_only=True):
    """A delivery event with its message and recipient.

    `recipient` is a mailbox (`daybook.core.addresses.normalize`). It is empty where the provider names no recipient:
    for SMS and push, which have one a message; opens and clicks of an e-mail to several; an e-mail event without one.
    `message_id` is what the provider calls the message; `names` are the other ids by which it is known. All of an
    e-mail are in the form of `model.message_ids.canonical`.
    `recipients` are the mailboxes of all recipients of the message; empty where the provider does not tell them.
    `org` is the one whose entries the event is for; None for those of all orgs.
    """

    log: MessageLog
    message_id: str
    recipient: str
    event: DeliveryEvent
    names: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    org: str | None = None


class TaggedSend(Struct, frozen=True, kw_only=True):
    """A sent e-mail whose SES message tags name an org and a record: an entry is made of it in that record's log.

    `message_id` and `names` are as in `RecipientEvent`. `sent_at` is an instant.
    """

    org: str
    record_type: str
    record_id: str
    message_id: str
    recipients: tuple[str, ...]
    sent_at: str
    subject: str
    sender: str | None = None
    names: tuple[str, ...] = ()
