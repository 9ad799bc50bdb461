"""Parser of SNS's delivery-status logs of mobile push: the answer of the push service, not of the device."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from msgspec import Struct

from daybook.feedback.providers.records import Reading, decode, single_event, truncate
from daybook.feedback.providers.sms import Notification, message_and_time
from daybook.model.delivery_events import MAX_DIAGNOSTIC, DeliveryEvent


class _Delivery(Struct, rename="camel"):
    destination: str | None = None
    status_code: int | None = None
    provider_response: str | None = None
    dwell_time_ms: Any = None
    token: str | None = None


_delivery_decoder = msgspec.json.Decoder(_Delivery)


def read_log(status: str, notification: Notification, delivery: msgspec.Raw, enveloped_at: str | None) -> Reading:
    """Parse the log of one message to one endpoint; `status` is SUCCESS or FAILURE.

    The device token is removed, also from the push service's answer. `enveloped_at` is its envelope's instant.
    MalformedFeedbackError where a field is invalid.
    """
    details = decode(_delivery_decoder, delivery, "delivery")
    message_id, at = message_and_time(notification, [details.dwell_time_ms], enveloped_at)
    response = (details.provider_response or "").replace(details.token or "\0", "(token)")
    event = DeliveryEvent(
        type="delivery" if status == "SUCCESS" else "failure",
        at=at,
        source=f"{status} {hashlib.sha256((details.destination or '').encode()).hexdigest()[:12]}",
        code=None if details.status_code is None else str(details.status_code),
        diagnostic=truncate(response, MAX_DIAGNOSTIC),
    )
    return single_event("push", message_id, event)
