"""What a verdict is made of: all that is known of a message and of its address."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from daybook.model.entries import EmailStatus, PushStatus, SmsReason, SmsStatus

BlockStatus = Literal["complaint", "manual", "bounce", "invalid", "validate"]


class AddressFacts(Struct, frozen=True, kw_only=True):
    """What is known of an e-mail address in an org.

    `block` is its status on the blacklist since the instant `since`; None where it is not on it. `cleared_at` is the
    instant of its last reset or verification. Instants are empty where there is none.
    """

    block: BlockStatus | None = None
    since: str = ""
    cleared_at: str = ""


class EmailFacts(Struct, frozen=True, kw_only=True):
    """What is known of an e-mail. `sent` and `last_activity` are instants.

    `kind`, `subtype`, `code` and `diagnostic` are those of the event that decided its status, as
    `model.delivery_events.DeliveryEvent` has them. `is_machine_opened`: a machine opened it or followed a link.
    `is_uncertain`: it is not known which recipient complained. `address` is None where it was not looked up.
    `has_later_arrival`: one of the record's e-mails to the same address that was sent later has arrived.
    """

    status: EmailStatus
    sent: str
    last_activity: str
    kind: str | None = None
    subtype: str | None = None
    code: str | None = None
    diagnostic: str | None = None
    is_machine_opened: bool = False
    is_uncertain: bool = False
    is_erased: bool = False
    address: AddressFacts | None = None
    has_later_arrival: bool = False


class SmsFacts(Struct, frozen=True, kw_only=True):
    """What is known of a text message; `sent` is an instant. `subtype` and `diagnostic` are the provider's words."""

    status: SmsStatus
    sent: str
    reason: SmsReason | None = None
    subtype: str | None = None
    diagnostic: str | None = None
    is_stale: bool = False
    is_erased: bool = False


class PushFacts(Struct, frozen=True, kw_only=True):
    """What is known of a push message. `reason` is the push service's answer."""

    status: PushStatus | None
    reason: str | None = None
    is_erased: bool = False
