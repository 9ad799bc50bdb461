from __future__ import annotations

import io
import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from daybook_cli.importing.csv_tables.cells import CellFormat, field_path
from daybook_cli.importing.csv_tables.columns import TableOptions, table_options
from daybook_cli.importing.csv_tables.dialects import DialectOptions
from daybook_cli.importing.csv_tables.rows import read_items
from daybook_cli.posting.json_files import Fault

HEAD = "occurred_at,member_name,username,source,action"
ROW = "2026-03-01T10:00:00Z,Ann,ann,system,signed in"
ENTRY = {
    "log": "audit",
    "occurred_at": "2026-03-01T10:00:00.000Z",
    "member_name": "Ann",
    "username": "ann",
    "source": "system",
    "action": "signed in",
}


def options(
    log: str | None = "audit",
    renamed: dict[str, str] | None = None,
    ignored: set[str] | None = None,
    constants: dict[str, str] | None = None,
    **cells: Any,
) -> TableOptions:
    return table_options(log, renamed or {}, frozenset(ignored or ()), constants or {}, CellFormat(**cells))


def entries(text: str, table: TableOptions | None = None) -> list[dict[str, Any]]:
    items = read_items(io.BytesIO(text.encode()), "f", table or options(), DialectOptions())
    return [json.loads(each.payload) for each in items if not isinstance(each, Fault)]


def bare(text: str, table: TableOptions | None = None) -> list[dict[str, Any]]:
    """Entries without the keys that were derived."""
    return [{name: value for name, value in entry.items() if name != "key"} for entry in entries(text, table)]


def faults(text: str, table: TableOptions | None = None) -> list[str]:
    items = read_items(io.BytesIO(text.encode()), "f", table or options(), DialectOptions())
    return [f"{each.place}: {each.reason}" for each in items if isinstance(each, Fault)]


def test_a_row_is_an_entry() -> None:
    assert bare(f"{HEAD}\n{ROW}\n") == [ENTRY]


def test_an_empty_cell_is_no_field() -> None:
    head, row = f"{HEAD},ip,affected.type,affected.id", f"{ROW}, ,,\\N"
    assert bare(f"{head}\n{row}\n", options(nulls=frozenset({"\\N"}))) == [ENTRY]


def test_dots_lead_inside() -> None:
    head = "log,occurred_at,record.type,record.id,recipient,subject,body.text,body.html"
    row = "email,2026-03-01T10:00:00Z,family,1,a@b.example,Hello,text,<b>"
    (entry,) = bare(f"{head}\n{row}\n", options(log=None))
    assert entry["record"] == {"type": "family", "id": "1"}
    assert entry["body"] == {"text": "text", "html": "<b>"}


def test_columns_of_an_affected_record_make_one() -> None:
    head = f"{HEAD},affected.type,affected.id,affected.name,affected.change,affected.before.phone,affected.after.phone"
    (entry,) = bare(f"{head}\n{ROW},family,1,Smith,updated,5551234,007\n")
    record = {"type": "family", "id": "1"}
    changed = {"before": {"phone": 5551234}, "after": {"phone": "007"}}
    assert entry["affected"] == [{"record": record, "name": "Smith", "change": "updated", **changed}]


def test_a_list_of_affected_records_may_stand_in_one_cell() -> None:
    cell = '"[{""record"": {""type"": ""family"", ""id"": ""1""}, ""change"": ""x""}]"'
    (entry,) = bare(f"{HEAD},affected\n{ROW},{cell}\n")
    assert entry["affected"] == [{"record": {"type": "family", "id": "1"}, "change": "x"}]
    assert "f:2: affected: not a list in JSON" in faults(f"{HEAD},affected\n{ROW},family/1\n")[0]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('{"a": [1, null]}', {"a": [1, None]}),
        ('{"a": 1', '{"a": 1'),
        ("=1+1", "=1+1"),
        ("@SUM(A1)", "@SUM(A1)"),
        ("42", "42"),
        ("[1]", "[1]"),
        (" padded ", " padded "),
    ],
)
def test_details_are_an_object_or_a_text(cell: str, value: Any) -> None:
    cells = CellFormat()
    assert cells.parser(("affected", "details"), "audit")(cell) == value


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("42", 42),
        ("1.5", 1.5),
        ("true", True),
        ('"x"', "x"),
        ("[1]", [1]),
        ("1.10", "1.10"),
        ("02134", "02134"),
        ("1e400", "1e400"),
        ("NaN", "NaN"),
        ("12345678901234567890", "12345678901234567890"),
        ("[" * 100_000, "[" * 100_000),
        ("plain", "plain"),
    ],
)
def test_before_and_after_are_json_where_nothing_is_lost_by_it(cell: str, value: Any) -> None:
    read = CellFormat().parser(("affected", "before"), "audit")(cell)
    assert (read, type(read)) == (value, type(value))


def test_a_text_is_never_read_as_json() -> None:
    assert entries(f"{HEAD}\n{ROW.replace('signed in', '42')}\n")[0]["action"] == "42"


def test_columns_get_other_names() -> None:
    table = options(renamed={"Date": "occurred_at", "Wer, genau": "member_name"})
    text = f'Date,"Wer, genau ",username,source,action\n{ROW}\n'
    assert bare(text, table) == [ENTRY]


def test_constants_are_in_every_row() -> None:
    table = options(constants={"source": "system", "ip": "192.0.2.1"})
    text = "occurred_at,member_name,username,action\n2026-03-01T10:00:00Z,Ann,ann,signed in\n"
    assert bare(text, table) == [ENTRY | {"ip": "192.0.2.1"}]


def test_constants_of_an_affected_record_are_for_the_rows_that_name_one() -> None:
    constants = {"affected.type": "family", "affected.change": "updated"}
    text = f"{HEAD},affected.id\n{ROW},1\n{ROW},\n"
    first, second = bare(text, options(constants=constants))
    assert first["affected"] == [{"record": {"type": "family", "id": "1"}, "change": "updated"}]
    assert "affected" not in second
    (everywhere,) = bare(f"{HEAD}\n{ROW}\n", options(constants=constants | {"affected.id": "1"}))
    assert everywhere["affected"] == first["affected"]


def test_the_time_zone_is_that_of_times_without_an_offset() -> None:
    text = f"{HEAD}\n{ROW.replace('T10:00:00Z', ' 4:00 AM')}\n"
    assert bare(text, options(zone=ZoneInfo("America/Chicago"))) == [ENTRY]
    assert "f:2: occurred_at: '2026-03-01 4:00 AM' has no offset" in faults(text)[0]


@pytest.mark.parametrize(
    ("head", "why"),
    [
        (ROW, "no heading here is a field"),
        (f"{HEAD},colour,size", "no fields: 'colour', 'size'. Give each its field with --map, or --ignore it"),
        (f"{HEAD},recipient", "no fields: 'recipient'"),
        (f"{HEAD},record.type", "no fields: 'record.type'"),
        (f"{HEAD},affected.record", "no fields: 'affected.record'"),
        (f"{HEAD},affected.details.", "no fields: 'affected.details.'"),
        (f"{HEAD},action", "two columns or constants give action"),
        (f"{HEAD},affected.id,affected.record.id", "two columns or constants give affected.record.id"),
        (f"{HEAD},affected.details,affected.details.x", "two columns or constants give affected.details"),
        (f"{HEAD},log", "two columns or constants give log"),
    ],
)
def test_a_header_that_makes_no_sense_is_the_only_fault_of_its_file(head: str, why: str) -> None:
    (fault,) = faults(f"{head}\n{ROW}\n{ROW}\n")
    assert fault.startswith(f"f:1: {why}")
    assert fault.endswith("Nothing of this file is read")


def test_a_table_without_a_log_is_a_fault() -> None:
    assert "give --log" in faults(f"{HEAD}\n{ROW}\n", options(log=None))[0]


def test_a_mapped_column_that_is_not_there_is_a_fault() -> None:
    (fault,) = faults(f"{HEAD}\n{ROW}\n", options(renamed={"Addres": "ip"}))
    assert "there is no column 'Addres'" in fault


def test_ignored_columns_are_left_out() -> None:
    assert bare(f"{HEAD},colour,colour\n{ROW},red,blue\n", options(ignored={"colour"})) == [ENTRY]


def test_a_row_of_another_width_is_a_fault_unless_only_empty_cells_are_too_many() -> None:
    text = f"{HEAD}\n{ROW},,\n{ROW},x\n2026-03-01T10:00:00Z,Ann\n{ROW}\n"
    assert bare(text) == [ENTRY, ENTRY]
    assert faults(text) == ["f:3: 6 cells, and there are 5 headings", "f:4: 2 cells, and there are 5 headings"]


def test_a_column_without_a_heading_must_be_empty() -> None:
    text = f"{HEAD},,\n{ROW},,\n{ROW},,note\n"
    assert bare(text) == [ENTRY]
    assert faults(text) == ["f:3: cell 7 has no heading"]


def test_every_cell_that_cannot_be_read_is_named() -> None:
    (fault,) = faults(f"{HEAD},affected\n{ROW.replace('2026-03', '2026-13')},x\n")
    assert "occurred_at: " in fault
    assert "; affected: " in fault


def test_a_row_without_a_time_is_a_fault_unless_something_else_tells_it_apart() -> None:
    assert faults(f"{HEAD}\n{ROW.removeprefix('2026-03-01T10:00:00Z')}\n") == [
        "f:2: occurred_at: required, so that a second import is seen as one"
    ]
    head, row = "record.type,record.id,recipient,text,message_id", "family,1,+14155550123,Hi,m1"
    (entry,) = entries(f"{head}\n{row}\n", options(log="sms"))
    assert "key" not in entry


def test_a_key_of_the_table_is_kept() -> None:
    assert [entry["key"][:6] for entry in entries(f"{HEAD},key\n{ROW},k1\n{ROW},\n")] == ["k1", "sha256"]


def test_the_same_rows_have_the_same_keys_however_the_table_is_written() -> None:
    def keys(text: str) -> list[str]:
        return [entry["key"] for entry in entries(text)]

    other = ROW.replace("Ann", "Bo")
    first = keys(f"{HEAD}\n{ROW}\n{other}\n{ROW}\n")
    assert len(set(first)) == 3
    assert first[2] == f"{first[0]}-2"
    turned = "\ufeffaction;occurred_at;member_name;source;username\r\nsigned in;3/1/2026 10:00Z;Ann;system;ann\r\n"
    assert keys(turned) == first[:1]
    assert set(keys(f"{HEAD}\n{other}\n{ROW}\n{ROW}\n")) == set(first)
    assert all(len(key) <= 128 for key in first)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"renamed": {"x": "colour"}}, "no field 'colour'"),
        ({"renamed": {"x": "recipient"}}, "the log audit has no field 'recipient'"),
        ({"constants": {"colour": "red"}}, "no field 'colour'"),
        ({"constants": {"log": "audit"}}, "the log is given twice"),
        ({"log": None, "constants": {"log": "audits"}}, "must be one of email, sms"),
        ({"constants": {"occurred_at": "now"}}, "occurred_at: 'now' is no time"),
        ({"renamed": {"x": "ip"}, "ignored": {"x"}}, "to be renamed and ignored: 'x'"),
    ],
)
def test_options_that_contradict_each_other_are_refused(arguments: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        options(**arguments)


@pytest.mark.parametrize("name", ["", ".", "record", "record.type.x", "affected.", "details..x", "body", "log.x"])
def test_a_name_that_leads_to_no_single_value_is_no_field(name: str) -> None:
    assert field_path(name, None) is None


TEXTS = "occurred_at,recipient,text,record.type,record.id,Status"
TEXT = "2026-03-01T10:00:00Z,+14155550123,Hi,family,1"


@pytest.mark.parametrize(
    ("word", "status", "reason"),
    [
        ("delivered", "delivered", None),
        ("Undelivered", "not_delivered", "undelivered"),
        ("failed", "not_delivered", "failed"),
        ("sent", "delivery", None),
        ("read", "delivered", None),
        ("not_delivered", "not_delivered", None),
        ("delivery", "delivery", None),
        ("gone", "gone", None),
    ],
)
def test_a_text_may_have_a_status_in_the_words_of_its_provider(word: str, status: str, reason: str | None) -> None:
    table = options("sms", {"Status": "status"})
    (entry,) = bare(f"{TEXTS}\n{TEXT},{word}\n", table)
    assert (entry["status"], entry.get("reason")) == (status, reason)


def test_a_text_keeps_a_reason_of_its_own_and_needs_no_status() -> None:
    table = options("sms", {"Status": "status", "Why": "reason"})
    (entry,) = bare(f"{TEXTS},Why\n{TEXT},undelivered,rejected\n", table)
    assert (entry["status"], entry["reason"]) == ("not_delivered", "rejected")
    (entry,) = bare(f"{TEXTS},Why\n{TEXT},,\n", table)
    assert "status" not in entry


def test_the_words_for_texts_are_not_those_of_other_logs() -> None:
    table = options("push", {"Status": "status"})
    (entry,) = bare("occurred_at,subject,text,record.type,record.id,Status\n"
                    "2026-03-01T10:00:00Z,Hi,Hi,family,1,failed\n", table)  # fmt: skip
    assert entry["status"] == "failed"
