"""The CSV of each list: its columns, their words, and what a reader of CSV makes of it."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from daybook.blacklist.address_status import Block, PastReset
from daybook.exports.columns import LineOf
from daybook.exports.spreadsheet import CsvLines
from daybook.holds.holds import Hold, HoldFailure
from daybook.model.entries import Affected, Record
from daybook.model.responses import (
    ActivityRow,
    AuditRow,
    EmailRow,
    LinkedAffected,
    OrgAuditEntry,
    OrgAuditRow,
    PushRow,
    SmsRow,
    Verdict,
)
from hypothesis import given
from hypothesis import strategies as st

GUARD = "\u200b"
CHICAGO = ZoneInfo("America/Chicago")
FAMILY = Record("family", "00123")
ID = "20261122231003000jjjjjjjjjjjjjjjjjj"
COMMON: dict[str, Any] = {"id": ID, "record": FAMILY, "occurred_at": "2026-11-22T23:10:03.456Z"}
ACTIVE = {**COMMON, "last_activity_at": "2026-11-23T00:00:00.000Z"}
ARRIVED = Verdict("arrived", "Their mail server accepted it.", "Ask them to look in spam.")
EMAIL = EmailRow(
    **ACTIVE, recipient="jane@x.example", subject="Invoice, no. 7", status="delivered", opens=0, clicks=2,
    has_content=True, message_id="<7@x>", sender="office@x.example", verdict=ARRIVED,
)  # fmt: skip
BOUNCED = EmailRow(
    **ACTIVE, recipient="jane@x.example", subject="", status="bounced", opens=0, clicks=0, has_content=False,
    verdict=Verdict("no_mailbox", "There is no such mailbox.", None),
)  # fmt: skip
SMS = SmsRow(
    **ACTIVE, recipient="+14155550123", text="=1+1", status="not_delivered", reason="undelivered", stale=False,
    verdict=Verdict("sms_unreachable", "The phone is off.", "Call."),
)  # fmt: skip
PUSH = PushRow(**COMMON, subject="Closed", text="We are closed\r\ntomorrow", status="failed")
ACTIVITY = ActivityRow(**COMMON, name="Ann Lee", action="signed in", ip="10.0.0.1", details={"class": "Gym"})
AUDIT: dict[str, Any] = {
    "member_name": "Maria Delgado", "username": "mdelgado", "source": "check_in_kiosk", "action": "moved students",
    "affected_count": 13, "names": ["Lee, Ann", "family/7"], "ip": "10.100.100.100",
}  # fmt: skip
ERASED: dict[str, Any] = {"erased_at": "2026-11-25T00:00:00.000Z"}


def read(
    path: str, *rows: Any, of: LineOf = "entries", zone: ZoneInfo = CHICAGO, names: Mapping[Record, str] | None = None
) -> list[dict[str, str]]:
    """The lines of the file of these rows, as a reader of CSV has them."""
    known = names or {}
    made = CsvLines(path, of, zone, lambda records: {record: known[record] for record in records if record in known})
    text = (made.header + made.lines([raw(row) for row in rows])).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def raw(row: Any) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(row))


def test_audit() -> None:
    assert read("audit", OrgAuditRow(**COMMON, **AUDIT)) == [{
        "Date/Time": "2026-11-22 17:10:03 -06:00",
        "Member Name": "Maria Delgado",
        "Username": "mdelgado",
        "Source": "Check-in Kiosk",
        "IP Address": f"{GUARD}10.100.100.100",
        "Action": "moved students",
        "Affected Records": "Lee, Ann; family/7 and 11 more",
        "Number of Records": "13",
        "Record ID": "family/00123",
        "Entry ID": ID,
    }]  # fmt: skip


def test_the_audit_log_of_a_record_has_the_same_columns() -> None:
    row = AuditRow(**COMMON, **AUDIT, affected=[Affected(FAMILY, "updated", "Lee, Ann")])

    assert read("records/family/00123/audit", row) == read("audit", OrgAuditRow(**COMMON, **AUDIT))


def test_an_entry_of_no_record() -> None:
    row = OrgAuditRow(**COMMON | {"record": None}, **AUDIT | {"affected_count": 0, "names": [], "ip": None})

    (line,) = read("audit", row)

    assert [line[title] for title in ("IP Address", "Affected Records", "Number of Records", "Record ID")] == [
        "", "", "0", "",
    ]  # fmt: skip


def test_emails() -> None:
    lines = read("records/family/00123/emails", EMAIL, BOUNCED)

    assert lines[0] == {
        "Date/Time sent": "2026-11-22 17:10:03 -06:00",
        "Latest activity": "2026-11-22 18:00:00 -06:00",
        "Recipient": "jane@x.example",
        "Subject": "Invoice, no. 7",
        "Delivery Status": "Delivered",
        "What happened": "Their mail server accepted it.",
        "What to do": "Ask them to look in spam.",
        "Opens": "0",
        "Clicks": "2",
        "Sender": "office@x.example",
        "Message ID": "<7@x>",
        "Record ID": "family/00123",
        "Entry ID": ID,
    }
    assert (lines[1]["Subject"], lines[1]["Delivery Status"]) == ("(no subject)", "Bounced: no such mailbox")
    assert (lines[1]["What happened"], lines[1]["What to do"]) == ("There is no such mailbox.", "")


def test_text_messages() -> None:
    stale = msgspec.structs.replace(SMS, status="delivery", reason=None, stale=True)

    lines = read("records/staff/7/sms", SMS, stale)

    assert lines[0] == {
        "Date/Time sent": "2026-11-22 17:10:03 -06:00",
        "Latest activity": "2026-11-22 18:00:00 -06:00",
        "Phone number": f"{GUARD}+14155550123",
        "Message": f"{GUARD}=1+1",
        "Delivery Status": "Not Delivered – Undelivered",
        "What happened": "The phone is off.",
        "What to do": "Call.",
        "Message ID": "",
        "Record ID": "family/00123",
        "Entry ID": ID,
    }
    assert lines[1]["Delivery Status"] == "Delivery: no answer from the provider for 3 days"


def test_pushes() -> None:
    assert read("records/family/00123/pushes", PUSH) == [{
        "Date/Time sent": "2026-11-22 17:10:03 -06:00",
        "Subject": "Closed",
        "Message": "We are closed\ntomorrow",
        "Delivery Status": "Failed",
        "What happened": "",
        "What to do": "",
        "Message ID": "",
        "Record ID": "family/00123",
        "Entry ID": ID,
    }]  # fmt: skip


def test_activity() -> None:
    assert read("records/student/1/activity", ACTIVITY) == [{
        "Date/Time": "2026-11-22 17:10:03 -06:00",
        "IP Address": "10.0.0.1",
        "Name": "Ann Lee",
        "Action": "signed in",
        "Details": "class: Gym",
        "Record ID": "family/00123",
        "Entry ID": ID,
    }]  # fmt: skip


def test_messages_of_either_log_have_the_same_columns() -> None:
    lines = read("messages", EMAIL, SMS)

    assert [[*line] for line in lines] == [[*lines[0]]] * 2
    assert [line["Message"] for line in lines] == ["Invoice, no. 7", f"{GUARD}=1+1"]
    assert [line["Recipient"] for line in lines] == ["jane@x.example", f"{GUARD}+14155550123"]
    assert [line["Delivery Status"] for line in lines] == ["Delivered", "Not Delivered – Undelivered"]
    assert [line["What to do"] for line in lines] == ["Ask them to look in spam.", "Call."]


def test_messages_name_their_records() -> None:
    other = msgspec.structs.replace(EMAIL, record=Record("staff", "7"))

    lines = read("messages", EMAIL, other, EMAIL, names={FAMILY: "=Thomas Nguyen"})

    assert [[*line][2] for line in lines] == ["Record"] * 3
    assert [line["Record"] for line in lines] == [f"{GUARD}=Thomas Nguyen", "staff/7", f"{GUARD}=Thomas Nguyen"]
    assert [line["Record ID"] for line in lines] == ["family/00123", "staff/7", "family/00123"]


def test_names_are_asked_for_once_and_only_for_messages() -> None:
    asked: list[Sequence[Record]] = []

    def names_of(records: Sequence[Record]) -> dict[Record, str]:
        asked.append(records)
        return {}

    CsvLines("messages", "entries", CHICAGO, names_of).lines([raw(EMAIL), raw(SMS)])
    CsvLines("records/family/1/emails", "entries", CHICAGO, names_of).lines([raw(EMAIL)])

    assert asked == [[FAMILY]]


def test_timeline() -> None:
    audit = AuditRow(**COMMON, **AUDIT)

    lines = read("records/family/00123/timeline", EMAIL, SMS, PUSH, ACTIVITY, audit)

    titles = ("Log", "Name/Recipient", "What", "Status", "What happened")
    assert [[line[title] for title in titles] for line in lines] == [
        ["Email Log", "jane@x.example", "Invoice, no. 7", "Delivered", "Their mail server accepted it."],
        ["SMS Log", f"{GUARD}+14155550123", f"{GUARD}=1+1", "Not Delivered – Undelivered", "The phone is off."],
        ["Push Notifications Log", "", "Closed: We are closed\ntomorrow", "Failed", ""],
        ["Activity Log", "Ann Lee", "signed in", "", ""],
        ["Audit Log", "Maria Delgado", "moved students", "", ""],
    ]  # fmt: skip


def test_blacklist() -> None:
    resets = [
        PastReset("2026-11-20T12:00:00.000Z", "ben", "Ben Front", "They asked"),
        PastReset("2026-10-20T12:00:00.000Z"),
    ]
    block = Block(
        "jane@x.example",
        "bounce",
        "2026-11-22T23:10:03.000Z",
        "Permanent",
        "m-1",
        resets,
        [FAMILY, Record("staff", "7")],
    )
    spoken = Block("x@x.example", "manual", "2026-11-22T23:10:03.000Z", "=asked not to be written to")

    assert read("blacklist", block, spoken) == [
        {
            "Address": "jane@x.example",
            "Status": "Bounce",
            "Since": "2026-11-22 17:10:03 -06:00",
            "Why": "Mail to this address came back.",
            "Records": "family/00123; staff/7",
            "Reset before": "2026-11-20 06:00:00 -06:00 by Ben Front: They asked\n2026-10-20 07:00:00 -05:00",
            "Message ID": "m-1",
        },
        {
            "Address": "x@x.example",
            "Status": "Blocked by staff",
            "Since": "2026-11-22 17:10:03 -06:00",
            "Why": f"{GUARD}=asked not to be written to",
            "Records": "",
            "Reset before": "",
            "Message ID": "",
        },
    ]


def test_holds() -> None:
    failure = HoldFailure("The store is busy.", "2026-11-22T23:10:03.000Z", 2, None)
    hold = Hold(
        record=FAMILY, reason="A claim", placed_at="2026-11-22T23:10:03.000Z", placed_by="ben", status="placing",
        held=12,
        too_late=1, too_late_entries=[ID], failure=failure,
    )  # fmt: skip

    assert read("holds", hold) == [{
        "Record": "family/00123",
        "Reason": "A claim",
        "Placed": "2026-11-22 17:10:03 -06:00",
        "By": "ben",
        "State": "Being placed",
        "Entries kept": "12",
        "Expired before": "1",
        "Failure": "The store is busy.",
    }]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "row", "titles"),
    [
        ("records/family/1/emails", msgspec.structs.replace(EMAIL, **ERASED), ["Recipient", "Subject"]),
        ("records/family/1/sms", msgspec.structs.replace(SMS, **ERASED), ["Phone number", "Message"]),
        ("records/family/1/pushes", msgspec.structs.replace(PUSH, **ERASED), ["Subject", "Message"]),
        ("records/family/1/activity", msgspec.structs.replace(ACTIVITY, **ERASED), ["Action"]),
        ("records/family/1/timeline", msgspec.structs.replace(ACTIVITY, **ERASED), ["Name/Recipient", "What"]),
        ("messages", msgspec.structs.replace(SMS, **ERASED), ["Recipient", "Message"]),
        ("audit", OrgAuditRow(**COMMON, **AUDIT, **ERASED), ["Action"]),
    ],
)
def test_what_was_erased_is_said_to_be(path: str, row: Any, titles: Sequence[str]) -> None:
    (line,) = read(path, row)

    assert {line[title] for title in titles} == {"Erased at the person's request."}


def entry(*affected: LinkedAffected, **fields: Any) -> OrgAuditEntry:
    return OrgAuditEntry(**COMMON | AUDIT | fields, affected=list(affected))


def test_changes_have_a_line_for_each_field_of_each_record() -> None:
    moved = LinkedAffected(
        FAMILY, "updated", "Lee, Ann", {"by": "phone"}, {"class": {"room": "3/4"}, "fee": 10, "paid": False},
        {"class": {"room": "5"}, "fee": 12.5, "paid": False},
    )  # fmt: skip
    made = LinkedAffected(Record("student", "9"), "created", after={"born_on": "2016-02-03"})
    other = LinkedAffected(Record("course", "C"), "archived", details="by hand")

    lines = read("audit", entry(moved, made, other), of="changes")

    assert lines[0] == {
        "Date/Time": "2026-11-22 17:10:03 -06:00",
        "Member Name": "Maria Delgado",
        "Username": "mdelgado",
        "Source": "Check-in Kiosk",
        "IP Address": f"{GUARD}10.100.100.100",
        "Action": "moved students",
        "Affected Record": "Lee, Ann",
        "Change": "update",
        "Field": "Class › Room",
        "Before": f"{GUARD}3/4",
        "After": f"{GUARD}5",
        "Details": "By: phone",
        "Record ID": "family/00123",
        "Entry ID": ID,
    }
    titles = ("Affected Record", "Change", "Field", "Before", "After", "Details", "Record ID", "Entry ID")
    assert [[line[title] for title in titles] for line in lines[1:]] == [
        ["Lee, Ann", "update", "Fee", "10", f"{GUARD}12.5", "", "family/00123", ID],
        ["student/9", "addition", "Born on", "", f"{GUARD}2016-02-03", "", "student/9", ID],
        ["course/C", "archived", "", "", "", "by hand", "course/C", ID],
    ]


def test_an_entry_of_no_record_has_one_line_of_changes() -> None:
    (line,) = read("records/family/1/audit", entry(record=None), of="changes")

    assert line["Action"] == "moved students"
    titles = ("Affected Record", "Change", "Field", "Before", "After", "Details", "Record ID")
    assert {line[title] for title in titles} == {""}


def test_it_is_csv_of_rfc_4180_with_a_byte_order_mark() -> None:
    made = CsvLines("records/family/1/pushes", "entries", CHICAGO)
    row = msgspec.structs.replace(PUSH, subject='say "so"', text="a;b\nc")

    assert made.header.startswith(b'\xef\xbb\xbf"Date/Time sent","Subject",')
    assert made.header.endswith(b',"Entry ID"\r\n')
    assert made.lines([raw(row)]) == (
        b'"2026-11-22 17:10:03 -06:00","say ""so""","a;b\nc","Failed","","","","family/00123","%s"\r\n' % ID.encode()
    )
    assert made.lines([]) == b""


@given(st.lists(st.sampled_from([EMAIL, SMS, PUSH, ACTIVITY, BOUNCED]), max_size=8), st.integers(0, 8))
def test_its_bytes_do_not_depend_on_where_a_call_ends(rows: list[Any], at: int) -> None:
    made = CsvLines("records/family/1/timeline", "entries", CHICAGO)
    encoded = [raw(row) for row in rows]

    assert made.lines(encoded[:at]) + made.lines(encoded[at:]) == made.lines(encoded)


@given(st.lists(st.integers(0, 10**9), max_size=20))
def test_texts_of_times_sort_as_times_where_the_clock_is_not_set_back(seconds: list[int]) -> None:
    instants = [f"{2020 + each % 7}-{each // 7 % 12 + 1:02}-{each // 84 % 28 + 1:02}T12:00:00.000Z" for each in seconds]
    lines = read("audit", *(OrgAuditRow(**COMMON | {"occurred_at": at}, **AUDIT) for at in sorted(instants)))

    times = [line["Date/Time"] for line in lines]
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("zone", "instant", "text"),
    [
        ("America/Chicago", "2026-11-01T06:30:00.000Z", "2026-11-01 01:30:00 -05:00"),
        ("America/Chicago", "2026-11-01T07:30:00.000Z", "2026-11-01 01:30:00 -06:00"),
        ("Asia/Kolkata", "2026-11-22T23:10:03.999Z", "2026-11-23 04:40:03 +05:30"),
        ("UTC", "2026-11-22T23:10:03.000Z", "2026-11-22 23:10:03 +00:00"),
        ("Asia/Tokyo", "9999-12-31T23:59:59.999Z", "9999-12-31 23:59:59 +00:00"),
        ("America/Chicago", "0001-01-01T00:00:00.000Z", "0001-01-01 00:00:00 +00:00"),
    ],
)
def test_times_are_those_of_the_zone_with_the_offset(zone: str, instant: str, text: str) -> None:
    block = Block("jane@x.example", "bounce", instant, "Permanent")

    assert read("blacklist", block, zone=ZoneInfo(zone))[0]["Since"] == text


@pytest.mark.parametrize(
    "path", ["", "audit/staff", "emails", "records/family/1", "records/family/1/holds", "records/1/emails"]
)
def test_what_is_no_list_has_no_file(path: str) -> None:
    with pytest.raises(ValueError, match="is no list"):
        CsvLines(path, "entries", CHICAGO)


@pytest.mark.parametrize("path", ["messages", "records/family/1/emails", "records/family/1/timeline"])
def test_only_audit_logs_have_changes(path: str) -> None:
    with pytest.raises(ValueError, match="is no audit log"):
        CsvLines(path, "changes", CHICAGO)
