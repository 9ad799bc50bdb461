"""Exports as CSV, from the request to the file."""

import pytest

from tests.support import api
from tests.support.functions import exports, triggers

FAMILY, STAFF = {"type": "family", "id": "00123"}, {"type": "staff", "id": "7"}


@pytest.fixture
def school() -> None:
    """Messages to a family that has a name and to staff without one; an entry that changed two fields."""
    at = [f"2026-11-20T09:00:{second:02}.000Z" for second in range(3)]
    changed = {"record": FAMILY, "change": "updated", "name": "=Smith", "before": {"a": 1, "b": 2}, "after": {"a": 3}}
    api.posted(api.audit(occurred_at=at[0], affected=[changed], action="changed"))
    api.posted(*(api.email(occurred_at=at[number], record=of) for number, of in enumerate((FAMILY, STAFF), 1)))
    triggers.indexed()


@pytest.mark.usefixtures("school")
def test_messages_of_the_org_name_their_records() -> None:
    lines = exports.table_of(exports.exported("messages", query={"log": "email"}, file_format="csv"))

    assert [[line["Record"], line["Record ID"]] for line in lines] == [
        ["staff/7", "staff/7"], ["\u200b=Smith", "family/00123"],
    ]  # fmt: skip


@pytest.mark.usefixtures("school")
def test_changes_have_a_line_for_each_field() -> None:
    for path in ("audit", "records/family/00123/audit"):
        file = exports.exported(path, query={"q": "changed"}, file_format="csv", rows="changes")

        lines = [line for line in exports.table_of(file) if line["Action"] == "changed"]
        assert [[line[title] for title in ("Affected Record", "Field", "Before", "After")] for line in lines] == [
            ["\u200b=Smith", "A", "1", "3"], ["\u200b=Smith", "B", "2", ""],
        ]  # fmt: skip
