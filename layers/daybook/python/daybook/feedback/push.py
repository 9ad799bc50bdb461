"""SNS's delivery-status logs of mobile push: what the push service answered, which is not what the phone did."""

from __future__ import annotations

import hashlib

import msgspec
from msgspec import Struct

from daybook.feedback.records import Reading, cut, decoded, of_message
from daybook.feedback.sms import Notification, message_and_time
from daybook.model.delivery_events import MAX_DIAGNOSTIC, DeliveryEvent


class _Delivery(Struct, rename="camel"):
    destination: str | None = None
    status_code: int | None = None
    provider_response: str | None = None
    dwell_time_ms: float | None = None
    token: str | None = None


_delivery = msgspec.json.Decoder(_Delivery)


def read_log(status: str, notification: Notification, delivery: msgspec.Raw) -> Reading:
    """One message to one endpoint. The device's token is not kept, nor where the push service repeats it."""
    said = decoded(_delivery, delivery, "delivery")
    message_id, at = message_and_time(notification, said.dwell_time_ms)
    answer = (said.provider_response or "").replace(said.token or "\0", "(token)")
    what = DeliveryEvent(
        type="delivery" if status == "SUCCESS" else "failure",
        at=at,
        source=f"{status} {hashlib.sha256((said.destination or '').encode()).hexdigest()[:12]}",
        code=None if said.status_code is None else str(said.status_code),
        diagnostic=cut(answer, MAX_DIAGNOSTIC),
    )
    return of_message("push", message_id, what)
