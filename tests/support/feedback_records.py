"""Records as providers write them, and the wrappings that they come in."""

import base64
import gzip
import json
from collections.abc import Callable
from typing import Any

from daybook.feedback.providers.dispatch import read
from daybook.feedback.providers.envelopes import unwrap
from daybook.feedback.providers.records import Reading

SENT = "2026-03-02T09:00:00.500Z"
LATER = "2026-03-02T09:00:07.250Z"
ENVELOPED = "2026-03-02T09:00:09.000Z"
ENVELOPED_MS = 1_772_442_009_000
ONE = {"emailAddress": "ada@example.com"}
# Each type with its object: the smallest that SES would send.
SES_PARTS: dict[str, dict[str, Any]] = {
    "Send": {"send": {}},
    "Delivery": {"delivery": {"timestamp": LATER, "recipients": ["ada@example.com"], "smtpResponse": "250 kept"}},
    "DeliveryDelay": {
        "deliveryDelay": {
            "timestamp": LATER,
            "delayType": "MailboxFull",
            "delayedRecipients": [{**ONE, "status": "4.2.2", "diagnosticCode": "smtp; 452 full"}],
        }
    },
    "Bounce": {
        "bounce": {
            "timestamp": LATER,
            "bounceType": "Permanent",
            "bounceSubType": "NoEmail",
            "feedbackId": "fb-1",
            "bouncedRecipients": [{**ONE, "status": "5.1.1", "diagnosticCode": "smtp; 550 nobody here"}],
        }
    },
    "Complaint": {
        "complaint": {
            "timestamp": LATER,
            "complaintFeedbackType": "abuse",
            "complaintSubType": None,
            "feedbackId": "fb-2",
            "userAgent": "Loop/1",
            "complainedRecipients": [ONE],
        }
    },
    "Open": {"open": {"timestamp": LATER, "ipAddress": "192.0.2.7", "userAgent": "Reader/3"}},
    "Click": {
        "click": {
            "timestamp": LATER,
            "ipAddress": "192.0.2.7",
            "userAgent": "Reader/3",
            "link": "https://example.com/offer",
            "linkTags": None,
        }
    },
    "Reject": {"reject": {"reason": "Bad content"}},
    "Rendering Failure": {"failure": {"templateName": "Welcome", "errorMessage": "no value for name"}},
    "Subscription": {
        "subscription": {"timestamp": LATER, "contactList": "Parents", "source": "UnsubscribeHeader"},
    },
}


def ses(
    name: str, /, *, spelling: str = "eventType", mail: dict[str, Any] | None = None, **part: Any
) -> dict[str, Any]:
    """A record of one recipient; `part` replaces fields of its object, `mail` of mail. None takes a field out."""
    whole = {
        "timestamp": SENT,
        "messageId": "msg-1",
        "source": "Office <office@example.org>",
        "destination": ["ada@example.com"],
        "tags": {"ses:configuration-set": ["daybook"]},
        "commonHeaders": {"subject": "Hello", "to": ["ada@example.com"]},
    }
    parts = {key: _without_none({**fields, **part}) for key, fields in SES_PARTS[name].items()}
    return {spelling: name, "mail": _without_none({**whole, **(mail or {})}), **parts}


def eum(event_type: str, **fields: Any) -> dict[str, Any]:
    """An event of End User Messaging."""
    return _without_none(
        {
            "eventType": event_type,
            "eventVersion": "1.0",
            "eventTimestamp": 1_772_442_007_250,
            "isFinal": True,
            "destinationPhoneNumber": "+14155550123",
            "messageId": "sms-1",
            "messageType": "TRANSACTIONAL",
            "messageStatusDescription": "Message has been accepted by phone",
            **fields,
        }
    )


def sms_log(status: str = "SUCCESS", answer: str | None = "Message has been accepted by phone", **delivery: Any) -> Any:
    return {
        "notification": {"messageId": "sms-1", "timestamp": "2026-03-02 09:00:00.5"},
        "delivery": _without_none(
            {
                "destination": "+14155550123",
                "smsType": "Transactional",
                "providerResponse": answer,
                "dwellTimeMs": 250,
                "dwellTimeMsUntilDeviceAck": 6750,
                **delivery,
            }
        ),
        "status": status,
    }


def push_log(status: str = "SUCCESS", **delivery: Any) -> Any:
    return {
        "notification": {"messageId": "push-1", "timestamp": "2026-03-02 09:00:07.21"},
        "delivery": _without_none(
            {
                "destination": "arn:aws:sns:us-east-1:123456789012:endpoint/GCM/App/11111111-2222",
                "statusCode": 200,
                "dwellTimeMs": 40,
                "token": "device-token",
                "attempts": 1,
                "providerResponse": '{"success":1}',
                **delivery,
            }
        ),
        "status": status,
    }


def _without_none(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None or key == "complaintSubType"}


def queued(*texts: Any) -> dict[str, Any]:
    """A batch of the queue: messages q0, q1, ..."""
    return {
        "Records": [
            {
                "messageId": f"q{index}",
                "eventSource": "aws:sqs",
                "body": text,
                "attributes": {"SentTimestamp": str(ENVELOPED_MS)},
            }
            for index, text in enumerate(texts)
        ]
    }


def topic(message: Any, **fields: Any) -> str:
    return json.dumps(
        {"Type": "Notification", "TopicArn": "arn:aws:sns:x", "Message": message, "Timestamp": ENVELOPED, **fields}
    )


def topic_event(message: Any, **fields: Any) -> dict[str, Any]:
    """What SNS gives to Lambda."""
    envelope = {"Type": "Notification", "Message": message, "Timestamp": ENVELOPED, "Subject": None, **fields}
    return {"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": envelope}]}


def bus_event(detail: Any) -> dict[str, Any]:
    return {"version": "0", "detail-type": "Status", "source": "aws.ses", "time": ENVELOPED, "detail": detail}


def logs_payload(*messages: Any) -> dict[str, Any]:
    lines = [{"id": str(index), "timestamp": ENVELOPED_MS, "message": text} for index, text in enumerate(messages)]
    return {"messageType": "DATA_MESSAGE", "logGroup": "sns/x", "logEvents": lines}


def packed(payload: Any) -> dict[str, Any]:
    """What a log subscription gives to Lambda."""
    archive = gzip.compress(json.dumps(payload).encode())
    return {"awslogs": {"data": base64.b64encode(archive).decode()}}


WRAPPINGS: dict[str, Callable[[str], dict[str, Any]]] = {
    "raw in a queue": queued,
    "topic in a queue": lambda text: queued(topic(text)),
    "topic in a topic in a queue": lambda text: queued(topic(topic(text))),
    "topic": topic_event,
    "bus": lambda text: bus_event(json.loads(text)),
    "bus in a queue": lambda text: queued(json.dumps(bus_event(json.loads(text)))),
    "bus in a topic": lambda text: topic_event(json.dumps(bus_event(json.loads(text)))),
    "logs": lambda text: packed(logs_payload(text)),
    "logs in a queue": lambda text: queued(json.dumps(packed(logs_payload(text)))),
    "open logs in a queue": lambda text: queued(json.dumps(logs_payload(text))),
    "failed invocation in a queue": lambda text: queued(json.dumps(topic_event(text))),
}


def read_one(record: Any) -> Reading:
    """Read a record that came raw in a queue, or a text."""
    [found] = unwrap(queued(record if isinstance(record, str) else json.dumps(record)))
    return read(found)
