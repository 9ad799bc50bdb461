"""Parts of entries that several logs have: a record, an affected record, who did it."""

from __future__ import annotations

from typing import Any

from daybook_cli.demo.businesses import Member, Student

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


def actor(member: Member, source: str) -> Entry:
    """The fields of an audit entry that say who did it, and where."""
    return {"member_name": member.name, "username": member.username, "source": source}
