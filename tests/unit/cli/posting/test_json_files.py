from __future__ import annotations

import gzip
import io
import json
from typing import Any

import pytest
from daybook_cli.importing.cloudtrail.mapping import unwrap_records
from daybook_cli.posting.json_files import Fault, Value, read_values

RECORDS = [{"n": number, "text": "é\n"} for number in range(3)]


def values(data: bytes) -> list[Any]:
    return [parsed.value for parsed in read_values(io.BytesIO(data), "f", unwrap_records) if isinstance(parsed, Value)]


def faults(data: bytes) -> list[str]:
    parsed = read_values(io.BytesIO(data), "f", unwrap_records)
    return [f"{fault.place}: {fault.reason}" for fault in parsed if isinstance(fault, Fault)]


SHAPES = {
    "log file": json.dumps({"Records": RECORDS}),
    "log file, indented": json.dumps({"Records": RECORDS}, indent=2),
    "log file, a record a line": '{"Records": [\n' + ",\n".join(map(json.dumps, RECORDS)) + "\n]}",
    "list": json.dumps(RECORDS),
    "list, indented": json.dumps(RECORDS, indent=1),
    "lookup-events": json.dumps({"Events": RECORDS}, indent=4),
    "a record a line": "\n".join(map(json.dumps, RECORDS)),
    "with empty lines": "\n\n" + "\r\n\r\n".join(map(json.dumps, RECORDS)) + "\n \n",
    "with a byte order mark": "\ufeff" + "\n".join(map(json.dumps, RECORDS)),
    "indented behind one another": "\n".join(json.dumps(record, indent=2) for record in RECORDS),
    "lines with commas": ",\n".join(map(json.dumps, RECORDS)),
    "a log file a line": "\n".join(json.dumps({"Records": [record]}) for record in RECORDS),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_every_shape_gives_the_same_values(shape: str, pack: Any) -> None:
    data = pack(SHAPES[shape].encode())
    assert values(data) == RECORDS
    assert faults(data) == []


@pytest.mark.parametrize("text", ["", "\n\n", "[]", '{"Records": []}'])
def test_an_empty_file_holds_nothing(text: str) -> None:
    assert (values(text.encode()), faults(text.encode())) == ([], [])


@pytest.mark.parametrize("bad", ["{", "nonsense", "NaN", "\udcff", "1" * 5000, "[" * 100_000, '{"a": 1} x'])
def test_a_bad_line_is_named_and_the_rest_is_read(bad: str) -> None:
    data = f'{{"n": 1}}\n{bad}\n{{"n": 3}}\n'.encode(errors="surrogateescape")
    assert values(data) == [{"n": 1}, {"n": 3}]
    assert [fault.partition(":")[2][:2] for fault in faults(data)] == ["2:"]


@pytest.mark.parametrize("cut", ['{"a": {', '{"a": [', '{"a": 1,', '{"a":', '{"a": "x', "{"])
def test_a_first_line_that_is_cut_off_does_not_hide_the_rest(cut: str) -> None:
    data = f'{cut}\n{{"n": 2}}\n{{"n": 3}}\n'.encode()
    assert values(data) == [{"n": 2}, {"n": 3}]
    assert faults(data)[0].startswith("f:1: not JSON")


def test_a_bad_document_is_named_by_its_line() -> None:
    data = b'{\n"n": 1}\n{"n": 2,\n]\n'
    assert values(data) == [{"n": 1}]
    assert faults(data)[0].startswith("f:3: not JSON")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"nope", "a value is missing or misspelt at character 1"),
        (b'{"a" 1}', "a ':' is missing at character 6"),
        (b'{"a": 1 "b": 2}', "a ',' is missing at character 9"),
        (b"{a: 1}", "a name in double quotes is missing at character 2"),
        (b'{"a": 1} x', "there is something behind the end at character 10"),
        (b'{"a": "x', "a line break or control character stands in a text at character 9"),
        (b'{"a": "\\x"}', "there is an escape that JSON does not have at character 8"),
        (b'{"a": "\xff"}', "byte 8 is no UTF-8"),
        (b"[" * 100_000 + b"1", "nested too deeply"),
        (b"NaN", "NaN is not a JSON number"),
    ],
)
def test_what_is_not_json_is_told_in_plain_words(line: bytes, reason: str) -> None:
    assert faults(b'{"n": 1}\n' + line + b"\n") == [f"f:2: not JSON: {reason}"]


def test_a_fault_of_a_document_names_the_line_within_it() -> None:
    assert faults(b'[{"n": 1},\n{"b" 2}]') == ["f:1: not JSON: a ':' is missing at character 6 of line 2"]


def test_a_record_in_a_list_is_named_by_its_number() -> None:
    places = [str(parsed.place) for parsed in read_values(io.BytesIO(b'[{"n":1},{"n":2}]'), "f", unwrap_records)]
    assert places == ["f:1 record 1", "f:1 record 2"]


def test_a_truncated_gzip_file_gives_what_it_held_and_a_fault() -> None:
    lines = "\n".join(json.dumps({"n": number, "noise": hash(str(number))}) for number in range(5000))
    data = gzip.compress(lines.encode())[:-2000]
    assert len(values(data)) > 100
    assert "cannot be read any further" in faults(data)[-1]


def test_gzip_that_is_not_gzip_is_a_fault() -> None:
    assert "cannot be read any further" in faults(b"\x1f\x8bnonsense")[0]


def test_lines_are_read_as_they_are_asked_for() -> None:
    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            line = b'{"n":1}\n'
            buffer[: len(line)] = line
            return len(line)

    values_read = read_values(io.BufferedReader(Endless()), "f", unwrap_records)
    assert [next(values_read).place.line for _ in range(1000)] == list(range(1, 1001))
