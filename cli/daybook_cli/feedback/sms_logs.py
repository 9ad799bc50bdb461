"""Lines of SNS's delivery-status logs of SMS, as SNS writes them to CloudWatch Logs.

Format: https://docs.aws.amazon.com/sns/latest/dg/sms_stats_cloudwatch.html.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from daybook_cli.connection.timestamps import format_timestamp

Record = dict[str, Any]

SmsKind = Literal["sms-delivered", "sms-failed"]

# Milliseconds from the sending to the carrier's answer, and to that of the phone.
_DWELL_TIME, _DWELL_TIME_UNTIL_DEVICE = 640, 1820


def sms_log(
    kind: SmsKind, message_id: str, recipient: str, at: datetime, *, failure: str = "Invalid phone number"
) -> Record:
    """The line about an SMS whose outcome was known at `at`. `recipient` is an E.164 number.

    `failure` is what the provider says of an SMS that failed.
    """
    is_delivered = kind == "sms-delivered"
    delivery: Record = {
        "numberOfMessageParts": 1,
        "destination": recipient,
        "priceInUSD": 0.00645,
        "smsType": "Transactional",
        "mcc": 310 if is_delivered else 0,
        "mnc": 4 if is_delivered else 0,
        "providerResponse": "Message has been accepted by phone carrier" if is_delivered else failure,
        "dwellTimeMs": _DWELL_TIME,
        "dwellTimeMsUntilDeviceAck": _DWELL_TIME_UNTIL_DEVICE,
    }
    if is_delivered:
        delivery["phoneCarrier"] = "Example Wireless"
    sent_at = format_timestamp(at - timedelta(milliseconds=_DWELL_TIME_UNTIL_DEVICE))
    return {
        "notification": {"messageId": message_id, "timestamp": sent_at.rstrip("Z").replace("T", " ")},
        "delivery": delivery,
        "status": "SUCCESS" if is_delivered else "FAILURE",
    }
