"""Parts of entries that several logs have: a record, an affected record, who did it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from daybook_cli.connection.timestamps import format_timestamp
from daybook_cli.demo.businesses import Business, Member
from daybook_cli.demo.people import Family, Student

Entry = dict[str, Any]


def record(record_type: str, record_id: str) -> Entry:
    """The `record` of an entry."""
    return {"type": record_type, "id": record_id}


def affected(record_type: str, record_id: str, name: str, change: str, **more: object) -> Entry:
    """An affected record; `more` are its `details`, `before` and `after`."""
    return {"record": record(record_type, record_id), "name": name, "change": change, **more}


def affected_student(student: Student, change: str, **more: object) -> Entry:
    """A student as an affected record."""
    return affected("student", student.id, student.name, change, **more)


def affected_family(family: Family, change: str, **more: object) -> Entry:
    """A family as an affected record."""
    return affected("family", family.id, family.name, change, **more)


def actor(member: Member, source: str) -> Entry:
    """The fields of an audit entry that say who did it, and where."""
    return {"member_name": member.name, "username": member.username, "source": source}


def audit_entry(by: Entry, action: str, moment: datetime, *changes: Entry, ip: str | None = None) -> Entry:
    """An audit entry; `by` as `actor` makes it. What runs by itself has no IP address."""
    entry = {"log": "audit", "occurred_at": format_timestamp(moment), **by, "action": action, "affected": list(changes)}
    return entry if ip is None else entry | {"ip": ip}


def office_ip(business: Business) -> str:
    """The address from which the office is seen."""
    return f"{business.network}.7"


def kiosk_ip(business: Business) -> str:
    """The address from which a kiosk is seen."""
    return f"{business.network}.20"
