"""Delivery events that clients post, of any provider: validated one by one, and brought into the form of all."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import datetime
from functools import partial
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta, Struct

from daybook.core import addresses, timestamps
from daybook.core.errors import FieldError
from daybook.feedback.providers.records import MAX_MAILBOX_BYTES, source, truncate
from daybook.model import message_ids
from daybook.model.delivery_events import (
    ENGAGEMENT,
    MAX_DIAGNOSTIC,
    MAX_LINK,
    MAX_USER_AGENT,
    DeliveryEvent,
    EventType,
    MessageLog,
    RecipientEvent,
)
from daybook.model.entries import MessageId, Moment
from daybook.model.posted import every_fault, faults, nesting, oddities, spellings
from daybook.model.posted.parsing import HALF_AN_IDENTITY, moment_errors
from daybook.model.shown_words import spelled_as
from daybook.storage.items import entry_items

DeliveryType = Literal[
    "sent", "delayed", "delivered", "opened", "clicked", "bounced", "soft_bounced", "complained", "rejected", "failed",
    "undelivered", "unsubscribed",
]  # fmt: skip

# Of an address with a display name; what is longer is no address.
MAX_RECIPIENT = 1000


def _kept(characters: int) -> str:
    return f"the first {characters:,} characters are kept"


class Delivery(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What a provider says of one message, and of one recipient of it.

    `bounced` is for good. `soft_bounced` says that the provider has given up, though the address may be right.
    """

    log: MessageLog
    message_id: MessageId
    type: DeliveryType
    at: Annotated[Moment, Meta(description="RFC 3339 with an offset, since 2000 and at most a day ahead")]
    recipient: Annotated[
        str | None,
        Meta(description=f"An address, or a number as E.164; at most {MAX_RECIPIENT} characters. Ignored for a push."),
    ] = None
    id: Annotated[
        str | None, Meta(description="The provider's id of the event: of the same type and time it tells two apart.")
    ] = None
    detail: Annotated[
        str | None,
        Meta(description=f"What the mail server or carrier answered, or the reason; {_kept(MAX_DIAGNOSTIC)}"),
    ] = None
    link: Annotated[str | None, Meta(description=_kept(MAX_LINK))] = None
    user_agent: Annotated[str | None, Meta(description=_kept(MAX_USER_AGENT))] = None
    ip: str | None = None
    bot: Annotated[bool, Meta(description="Whether a machine opened or clicked it")] = False


class _Meaning(Struct, frozen=True):
    """The type, kind and subtype of the DeliveryEvent, and the action of its DSN."""

    type: EventType
    kind: str | None = None
    subtype: str | None = None
    action: str | None = None


# By log, the types that it has.
MEANINGS: dict[MessageLog, dict[DeliveryType, _Meaning]] = {
    "email": {
        "sent": _Meaning("send"),
        "delayed": _Meaning("delivery_delay"),
        "delivered": _Meaning("delivery"),
        "opened": _Meaning("open"),
        "clicked": _Meaning("click"),
        "bounced": _Meaning("bounce", "Permanent"),
        "soft_bounced": _Meaning("bounce", "Transient", "SoftBounce", action="failed"),
        "complained": _Meaning("complaint", "abuse"),
        "rejected": _Meaning("reject"),
        "failed": _Meaning("rendering_failure"),
        "unsubscribed": _Meaning("subscription"),
    },
    "sms": {
        "sent": _Meaning("pending"),
        "delayed": _Meaning("pending"),
        "delivered": _Meaning("delivery"),
        "rejected": _Meaning("failure", "rejected"),
        "failed": _Meaning("failure", "failed"),
        "undelivered": _Meaning("failure", "undelivered"),
        "unsubscribed": _Meaning("failure", "rejected", "opted_out"),
    },
    "push": {
        "sent": _Meaning("delivery"),
        "delivered": _Meaning("delivery"),
        "rejected": _Meaning("failure", "rejected"),
        "failed": _Meaning("failure", "failed"),
        "undelivered": _Meaning("failure", "undelivered"),
    },
}

# Characters of the details that are kept.
LIMITS = {"detail": MAX_DIAGNOSTIC, "link": MAX_LINK, "user_agent": MAX_USER_AGENT}

# Half a character in them makes one of several, so that another event or message would be taken for the same.
_IDENTITIES = ("message_id", "id")

# RFC 3463, 2, and not a part of an IP address or of a version.
_STATUS_CODE = re.compile(r"(?<![\w.])[245]\.\d{1,3}\.\d{1,3}(?!\.?\w)", re.ASCII)

_SPELLED: spellings.Spellings = {
    "log": partial(spelled_as, values=get_args(MessageLog)),
    "type": partial(spelled_as, values=get_args(DeliveryType)),
}

_decoder = msgspec.json.Decoder(Delivery)


class Posted(Struct, frozen=True):
    """An event as it is kept, and what of it is not as it was posted."""

    event: RecipientEvent
    warnings: list[FieldError]


def parse(
    payload: bytes | msgspec.Raw, org: str, now: datetime, replaced: Collection[str] = ()
) -> Posted | list[FieldError]:
    """Parse and validate one posted event (JSON) for entries of this org: it, or its errors. Nothing is raised.

    `replaced` are the paths of the fields in which U+FFFD stands for half of a character.
    """
    if nesting.is_too_deep(bytes(payload)):
        return [FieldError("", f"nested more than {nesting.MAX_LEVELS} levels deep")]
    delivery = _read(payload)
    if isinstance(delivery, list):
        return delivery
    recipient = _recipient(delivery)
    unusable = [FieldError(field, HALF_AN_IDENTITY) for field in _IDENTITIES if field in replaced]
    if errors := [*unusable, *_errors(delivery, recipient, now)]:
        return errors
    is_email = delivery.log == "email"
    event = RecipientEvent(
        log=delivery.log,
        message_id=message_ids.canonical(delivery.message_id) if is_email else delivery.message_id,
        recipient=recipient,
        event=_event(delivery, recipient),
        org=org,
    )
    return Posted(event, [*(FieldError(field, oddities.HALF_CHARACTER) for field in replaced), *_warnings(delivery)])


def _read(payload: bytes | msgspec.Raw) -> Delivery | list[FieldError]:
    """The event, or the faults of its fields."""
    try:
        try:
            return _decoder.decode(payload)
        except msgspec.ValidationError:
            # Only now, since few events need it.
            payload = spellings.respelled(payload, _SPELLED)
            return _decoder.decode(payload)
    except msgspec.ValidationError as error:
        return every_fault.of_json(payload, Delivery, error)
    except msgspec.DecodeError as error:
        return [FieldError("", f"not valid JSON: {faults.not_json(error, payload)}")]


def _errors(delivery: Delivery, recipient: str, now: datetime) -> Iterator[FieldError]:
    if delivery.type not in MEANINGS[delivery.log]:
        yield FieldError("type", f"must be one of {', '.join(MEANINGS[delivery.log])} in the log {delivery.log}")
    yield from moment_errors("at", delivery.at, now)
    if len(delivery.recipient or "") > MAX_RECIPIENT:
        yield FieldError("recipient", faults.too_long(MAX_RECIPIENT))
    elif len(recipient.encode()) > MAX_MAILBOX_BYTES:
        yield FieldError("recipient", faults.too_long(MAX_MAILBOX_BYTES, "octets in UTF-8"))


def _warnings(delivery: Delivery) -> Iterator[FieldError]:
    """What of the details is not kept as it was posted."""
    for field, limit in LIMITS.items():
        if len(getattr(delivery, field) or "") > limit:
            yield FieldError(field, f"longer than {limit:,} characters: the rest is left out")
    if delivery.ip:
        yield from oddities.ip_warnings(delivery.ip)


def _event(delivery: Delivery, recipient: str) -> DeliveryEvent:
    meaning = MEANINGS[delivery.log][delivery.type]
    is_email = delivery.log == "email"
    status_code = _STATUS_CODE.search(delivery.detail or "") if is_email else None
    return DeliveryEvent(
        type=meaning.type,
        at=timestamps.instant(delivery.at),
        source=_source(delivery, meaning),
        bot=delivery.bot and meaning.type in ENGAGEMENT,
        kind=meaning.kind,
        subtype=meaning.subtype,
        code=status_code[0] if status_code else None,
        diagnostic=truncate(delivery.detail, MAX_DIAGNOSTIC),
        user_agent=truncate(delivery.user_agent, MAX_USER_AGENT),
        ip=addresses.ip_within(delivery.ip) if delivery.ip else None,
        link=truncate(delivery.link, MAX_LINK),
        action=meaning.action,
        uncertain=meaning.type == "complaint" and not recipient,
        named=truncate(delivery.recipient, MAX_MAILBOX_BYTES) if is_email and recipient else None,
    )


def _source(delivery: Delivery, meaning: _Meaning) -> str:
    """What tells the event apart: its id; else a click's link; else the provider's type where several are one here."""
    text = delivery.id or (delivery.link if meaning.type == "click" else None)
    if text is None:
        return "" if delivery.log == "email" else delivery.type
    return source(text)


def _recipient(delivery: Delivery) -> str:
    """The recipient to compare by, as entries have it; "" where none is named."""
    spelling = delivery.recipient or ""
    if len(spelling) > MAX_RECIPIENT or delivery.log == "push":
        return ""
    return entry_items.canonical_recipient(delivery.log, spelling)
