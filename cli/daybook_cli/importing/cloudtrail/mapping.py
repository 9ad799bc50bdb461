"""One CloudTrail record to one audit entry; `docs/import-cloudtrail.md` has the mapping as a table.

`key` is the `eventID`, so that an import can be repeated; `username` is who called, `action` the service and event,
`affected` what the record names, and the first of those carries in its `details` what an entry has no field for.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from daybook_cli.importing.cloudtrail import identity, resources
from daybook_cli.importing.cloudtrail.events import Event, read_event
from daybook_cli.importing.cloudtrail.fields import cut, mapping_at, size_of, text_at, trimmed
from daybook_cli.importing.cloudtrail.resources import Thing
from daybook_cli.importing.files import UnmappableError

MAX_TEXT = 256
MAX_AFFECTED = 50
MAX_DETAILS = 15 * 1024

_KEY = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_MILLISECONDS_FROM = 1e11
# Detail, and the field of the record that it is taken from.
_DETAILS = {
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
_IDENTITY_DETAILS = {
    "identity_type": "type",
    "identity_arn": "arn",
    "principal_id": "principalId",
    "access_key_id": "accessKeyId",
    "invoked_by": "invokedBy",
}


def records_inside(value: Any) -> Iterable[Any] | None:
    """The records of a log file, of the answer of `aws cloudtrail lookup-events`, or of a plain list."""
    if isinstance(value, dict):
        value = value.get("Records", value.get("Events"))
    return value if isinstance(value, list) else None


def to_entry(value: Any) -> dict[str, Any]:
    """The audit entry of one record; UnmappableError says why there is none."""
    try:
        return _entry(_bare(value))
    except RecursionError as error:
        raise UnmappableError("nested too deeply") from error


def _entry(record: dict[str, Any]) -> dict[str, Any]:
    event = read_event(record)
    if not event.name:
        raise UnmappableError(_why_nameless(record))
    address = _ip(text_at(record, "sourceIPAddress"))
    entry = {
        "log": "audit",
        "occurred_at": _occurred_at(record.get("eventTime")),
        "key": _key(record),
        "member_name": cut(identity.member_name(record), MAX_TEXT),
        "username": cut(identity.username(record), MAX_TEXT),
        "source": "system",
        "action": cut(event.action, MAX_TEXT),
        "affected": _affected(record, event, has_ip=address is not None),
    }
    return entry | ({"ip": address} if address else {})


def _bare(value: Any) -> dict[str, Any]:
    """A record out of EventBridge's envelope or that of `lookup-events`."""
    if not isinstance(value, dict):
        raise UnmappableError("not a CloudTrail record: not a JSON object")
    if isinstance(value.get("CloudTrailEvent"), str):
        try:
            value = json.loads(value["CloudTrailEvent"])
        except (ValueError, RecursionError) as error:
            raise UnmappableError(f"CloudTrailEvent is not JSON: {error}") from error
        return value if isinstance(value, dict) else {}
    if "eventName" not in value and isinstance(value.get("detail"), dict):
        return mapping_at(value, "detail")
    return value


def _why_nameless(record: dict[str, Any]) -> str:
    if "digestStartTime" in record:
        return "a CloudTrail digest file: it holds checksums and no events"
    return "not a CloudTrail record: it has no eventName"


def _key(record: dict[str, Any]) -> str:
    event_id = text_at(record, "eventID")
    if _KEY.fullmatch(event_id):
        return event_id
    # The oldest records have no eventID; the same record still gets the same key.
    canonical = json.dumps(record, sort_keys=True).encode()
    return f"sha256-{hashlib.sha256(canonical).hexdigest()}"


def _occurred_at(value: Any) -> str:
    """A time as CloudTrail writes it, or as exports of it do: without an offset (it is UTC), or in (milli)seconds."""
    try:
        moment = _moment(value)
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise UnmappableError(f"eventTime is not a time: {cut(str(value), 64)!r}") from error
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _moment(value: Any) -> datetime:
    if isinstance(value, str) and not value.strip().isdigit():
        moment = datetime.fromisoformat(value.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError("neither a text nor a number")
    seconds = float(value)
    return datetime.fromtimestamp(seconds / 1000 if seconds >= _MILLISECONDS_FROM else seconds, UTC)


def _ip(text: str) -> str | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return None if getattr(address, "scope_id", None) else str(address)


def _affected(record: dict[str, Any], event: Event, *, has_ip: bool) -> list[dict[str, Any]]:
    things = resources.things(record, event)
    affected = [_one_affected(thing, event) for thing in things[:MAX_AFFECTED]]
    if affected:
        details = affected[0]["details"] | _details(record, event, has_ip=has_ip)
        if len(things) > MAX_AFFECTED:
            details["further_things"] = len(things) - MAX_AFFECTED
        affected[0]["details"] = _within_limit(details)
    return [{name: value for name, value in each.items() if value} for each in affected]


def _one_affected(thing: Thing, event: Event) -> dict[str, Any]:
    return {
        "record": {"type": thing.type, "id": thing.id},
        "name": thing.name,
        "change": event.change(thing.noun),
        "details": {"arn": trimmed(thing.arn)} if thing.arn else {},
    }


def _details(record: dict[str, Any], event: Event, *, has_ip: bool) -> dict[str, Any]:
    """What the entry has no field for. Answers are left out, since they can hold credentials, but for a sign-in's."""
    found = {name: record.get(field) for name, field in _DETAILS.items()}
    who = mapping_at(record, "userIdentity")
    found |= {name: who.get(field) for name, field in _IDENTITY_DETAILS.items()}
    if not has_ip:
        found["source_host"] = record.get("sourceIPAddress")
    if event.is_sign_in:
        found["answer"] = record.get("responseElements")
    return {name: trimmed(value) for name, value in found.items() if value not in (None, "", {}, [])}


def _within_limit(details: dict[str, Any]) -> dict[str, Any]:
    """Without its largest parts where it is over the limit; `left_out` names those."""
    left_out: list[str] = []
    while size_of(details) > MAX_DETAILS:
        largest = max(details.keys() - {"left_out"}, key=lambda name: size_of(details[name]))
        left_out.append(largest)
        details = {name: value for name, value in details.items() if name != largest} | {"left_out": left_out}
    return details
