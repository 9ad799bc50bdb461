"""One CloudTrail record to one audit entry; `docs/import-cloudtrail.md` has the mapping as a table.

`key` is the `eventID`, so that an import can be repeated; `username` is the caller, `action` the service and event.
`affected` are the resources that the record names; the first of them carries the details.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from daybook_cli.connection.timestamps import format_timestamp
from daybook_cli.importing.cloudtrail import identity
from daybook_cli.importing.cloudtrail.details import details_of, within_limit
from daybook_cli.importing.cloudtrail.events import Event, read_event
from daybook_cli.importing.cloudtrail.fields import object_at, text_at, trimmed, truncated
from daybook_cli.importing.cloudtrail.resource_ids import Resource
from daybook_cli.importing.cloudtrail.resources import resources_of
from daybook_cli.importing.files import UnmappableError

# Limits of the API: characters of a name or action, and affected records of an entry.
MAX_TEXT = 256
MAX_AFFECTED = 50

_KEY = re.compile(r"[A-Za-z0-9._:-]{1,128}")
# A number from here on is milliseconds since 1970, a smaller one seconds: this many seconds is the year 5138.
_MIN_MILLISECONDS = 1e11


def unwrap_records(value: Any) -> Iterable[Any] | None:
    """The records of a log file, of the answer of `aws cloudtrail lookup-events`, or of a list; else None."""
    if isinstance(value, dict):
        value = value.get("Records", value.get("Events"))
    return value if isinstance(value, list) else None


def to_entry(value: Any) -> dict[str, Any]:
    """The audit entry of one record; UnmappableError says why there is none."""
    try:
        return _entry(_record_in(value))
    except RecursionError as error:
        raise UnmappableError("nested too deeply") from error


def _entry(record: dict[str, Any]) -> dict[str, Any]:
    event = read_event(record)
    if not event.name:
        raise UnmappableError(_why_not_an_event(record))
    address = _ip_address(text_at(record, "sourceIPAddress"))
    entry = {
        "log": "audit",
        "occurred_at": _occurred_at(record.get("eventTime")),
        "key": _key(record),
        "member_name": truncated(identity.member_name(record), MAX_TEXT),
        "username": truncated(identity.username(record), MAX_TEXT),
        "source": "system",
        "action": truncated(event.action, MAX_TEXT),
        "affected": _affected(record, event, has_ip=address is not None),
    }
    return entry | ({"ip": address} if address else {})


def _record_in(value: Any) -> dict[str, Any]:
    """The record itself, out of the envelope of EventBridge or of `lookup-events` where it is in one."""
    if not isinstance(value, dict):
        raise UnmappableError("not a CloudTrail record: not a JSON object")
    if isinstance(value.get("CloudTrailEvent"), str):
        try:
            value = json.loads(value["CloudTrailEvent"])
        except (ValueError, RecursionError) as error:
            raise UnmappableError(f"CloudTrailEvent is not JSON: {error}") from error
        return value if isinstance(value, dict) else {}
    if "eventName" not in value and isinstance(value.get("detail"), dict):
        return object_at(value, "detail")
    return value


def _why_not_an_event(record: dict[str, Any]) -> str:
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
        raise UnmappableError(f"eventTime is not a time: {truncated(str(value), 64)!r}") from error
    return format_timestamp(moment)


def _moment(value: Any) -> datetime:
    if isinstance(value, str) and not value.strip().isdigit():
        moment = datetime.fromisoformat(value.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError("neither a text nor a number")
    number = float(value)
    return datetime.fromtimestamp(number / 1000 if number >= _MIN_MILLISECONDS else number, UTC)


def _ip_address(text: str) -> str | None:
    """The address in its usual form; None for what is not an address, or has a scope."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return None if getattr(address, "scope_id", None) else str(address)


def _affected(record: dict[str, Any], event: Event, *, has_ip: bool) -> list[dict[str, Any]]:
    resources = resources_of(record, event)
    affected = [_change(resource, event) for resource in resources[:MAX_AFFECTED]]
    if affected:
        details = affected[0]["details"] | details_of(record, event, has_ip=has_ip)
        if len(resources) > MAX_AFFECTED:
            details["further_things"] = len(resources) - MAX_AFFECTED
        affected[0]["details"] = within_limit(details)
    return [{name: value for name, value in change.items() if value} for change in affected]


def _change(resource: Resource, event: Event) -> dict[str, Any]:
    return {
        "record": {"type": resource.type, "id": resource.id},
        "name": resource.name,
        "change": event.change(resource.noun),
        "details": {"arn": trimmed(resource.arn)} if resource.arn else {},
    }
