"""Delivery events: what a provider said about one message and one recipient of it, whatever its spelling of that.

The parsers of `feedback` make them; `model.delivery_status` folds them into the state of an entry.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

MessageLog = Literal["email", "sms", "push"]


EventType = Literal[
    # E-mail, named after SES's own.
    "send", "delivery_delay", "delivery", "open", "click", "bounce", "complaint", "reject", "rendering_failure",
    "subscription",
    # SMS and push share `delivery`.
    "pending", "failure",
]  # fmt: skip


ENGAGEMENT = frozenset({"open", "click"})


FED_BACK = frozenset({"bounce", "complaint"})


MAX_MESSAGE_ID = 256


# RFC 3463 and 5321 know no limit to a diagnostic; real ones reach kilobytes and say the same thing in the first lines.
MAX_DIAGNOSTIC = 1000


MAX_SAYING = 500


MAX_USER_AGENT = 256


MAX_LINK = 1000


MAX_WORD = 128


class DeliveryEvent(Struct, frozen=True, kw_only=True, array_like=True):
    """The part of an event that an entry keeps. Stored: new fields go to the end.

    `at` is its own time as an instant. `sent_at` is the time of the message's sending, and None where `at` is not
    before it: SES cuts the times of bounces and complaints to whole seconds.
    `source` tells events of one type and time apart: SES's feedback id, a click's link, an SMS event's name.
    `kind` and `subtype` are the provider's words (bounceType and bounceSubType, complaintFeedbackType and
    complaintSubType, delayType); for a failed SMS `kind` is `rejected`, `failed` or `undelivered`.
    `code` is an SMTP enhanced status (RFC 3463) or a push service's status code.
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

    @property
    def moment(self) -> str:
        """Its time, but never before the message was sent."""
        return max(self.at, self.sent_at or self.at)

    @property
    def saying(self) -> str:
        """What the provider said, in one line for people."""
        said = "/".join(word for word in (self.kind, self.subtype) if word) or self.type
        return (f"{said}: {self.diagnostic}" if self.diagnostic else said)[:MAX_SAYING]

    @property
    def identity(self) -> tuple[str, str, str]:
        """What makes it the same event, delivered again, within one message and recipient.

        A feedback id does alone: the two spellings of SES tell the time of a bounce in seconds and in milliseconds.
        """
        by_id = self.source and self.type in FED_BACK
        return self.type, "" if by_id else self.at, self.source


class RecipientEvent(Struct, frozen=True, kw_only=True):
    """A happening and whom it befell.

    `recipient` is a mailbox (`core.addresses.mailbox`), and empty where the provider names nobody: SMS and push,
    which have one recipient a message, opens and clicks of an e-mail to several, and an e-mail event that names none.
    """

    log: MessageLog
    message_id: str
    recipient: str
    what: DeliveryEvent


class TaggedSend(Struct, frozen=True, kw_only=True):
    """An e-mail whose SES tags name the record in whose log it stands: its sending alone makes the entry."""

    org: str
    record_type: str
    record_id: str
    message_id: str
    recipients: tuple[str, ...]
    sent_at: str
    subject: str
    sender: str | None = None
