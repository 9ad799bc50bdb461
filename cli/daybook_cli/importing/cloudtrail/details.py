"""The details of the first affected record: what a CloudTrail record says and an entry has no field for."""

from __future__ import annotations

from typing import Any

from daybook_cli.importing.cloudtrail.events import Event
from daybook_cli.importing.cloudtrail.fields import json_size, object_at, trimmed

# Bytes of JSON, somewhat below the API's 16 KiB.
_MAX_BYTES = 15 * 1024
# Each detail, and the field of the record that it is taken from.
RECORD_DETAILS = {
    "region": "awsRegion",
    "account": "recipientAccountId",
    "event_type": "eventType",
    "category": "eventCategory",
    "read_only": "readOnly",
    "request_id": "requestID",
    "shared_event_id": "sharedEventID",
    "error_code": "errorCode",
    "error_message": "errorMessage",
    "user_agent": "userAgent",
    "vpc_endpoint_id": "vpcEndpointId",
    "parameters": "requestParameters",
    "additional": "additionalEventData",
    "service_event": "serviceEventDetails",
    "insight": "insightDetails",
}
# The same of the record's `userIdentity`.
IDENTITY_DETAILS = {
    "identity_type": "type",
    "identity_arn": "arn",
    "principal_id": "principalId",
    "access_key_id": "accessKeyId",
    "invoked_by": "invokedBy",
}


def details_of(record: dict[str, Any], event: Event, *, has_ip: bool) -> dict[str, Any]:
    """The details of a record. Responses can hold credentials: they are left out, but for that of a sign-in.

    `has_ip`: the source address is an IP address, and so the entry's own.
    """
    details = {name: record.get(field) for name, field in RECORD_DETAILS.items()}
    user_identity = object_at(record, "userIdentity")
    details |= {name: user_identity.get(field) for name, field in IDENTITY_DETAILS.items()}
    if not has_ip:
        details["source_host"] = record.get("sourceIPAddress")
    if event.is_sign_in:
        details["answer"] = record.get("responseElements")
    return {name: trimmed(value) for name, value in details.items() if value not in (None, "", {}, [])}


def within_limit(details: dict[str, Any]) -> dict[str, Any]:
    """The details without their largest ones where they are over the limit; `left_out` names those."""
    left_out: list[str] = []
    while json_size(details) > _MAX_BYTES:
        largest = max(details.keys() - {"left_out"}, key=lambda name: json_size(details[name]))
        left_out.append(largest)
        details = {name: value for name, value in details.items() if name != largest} | {"left_out": left_out}
    return details
