from __future__ import annotations

import gzip
import io
from typing import Any

import pytest
from daybook_cli.importing.csv_tables import csv_files
from daybook_cli.importing.csv_tables.csv_files import MAX_ROW_LENGTH, Row
from daybook_cli.importing.csv_tables.dialects import DialectOptions
from daybook_cli.posting.json_files import Fault

HEADINGS = {"when", "who", "what"}


def read(data: bytes, **options: Any) -> list[Row | Fault]:
    return list(csv_files.read_rows(io.BytesIO(data), "f", DialectOptions(**options), HEADINGS.__contains__))


def rows(data: bytes, **options: Any) -> list[list[str]]:
    return [row.cells for row in read(data, **options) if isinstance(row, Row)]


def faults(data: bytes, **options: Any) -> list[str]:
    return [f"{fault.place}: {fault.reason}" for fault in read(data, **options) if isinstance(fault, Fault)]


TABLE = [["when", "who", "what"], ["1", "Ann; Bo | C", "a, b"], ["2", "O'Neil", "it's"]]
DIALECTS = {
    "commas": "when,who,what\n1,Ann; Bo | C,\"a, b\"\n2,O'Neil,it's\n",
    "semicolons": "when;who;what\n1;\"Ann; Bo | C\";a, b\n2;O'Neil;it's\n",
    "tabs": "when\twho\twhat\n1\tAnn; Bo | C\ta, b\n2\tO'Neil\tit's\n",
    "bars": "when|who|what\n1|\"Ann; Bo | C\"|a, b\n2|O'Neil|it's\n",
    "another character": "when^who^what\n1^Ann; Bo | C^a, b\n2^O'Neil^it's\n",
    "all quoted": '"when","who","what"\n"1","Ann; Bo | C","a, b"\n"2","O\'Neil","it\'s"\n',
    "apostrophes": "'when','who','what'\n'1','Ann; Bo | C','a, b'\n'2','O''Neil','it''s'\n",
    "a blank behind commas": "when, who, what\n1, Ann; Bo | C, \"a, b\"\n2, O'Neil, it's\n",
    "a separator line": "sep=;\nwhen;who;what\n1;\"Ann; Bo | C\";a, b\n2;O'Neil;it's\n",
    "empty lines": "\n,,\nwhen,who,what\n\n1,Ann; Bo | C,\"a, b\"\n,,\n2,O'Neil,it's",
}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_table_is_read_in_any_dialect(dialect: str, end: str, pack: Any) -> None:
    data = pack(DIALECTS[dialect].replace("\n", end).encode())
    assert (rows(data), faults(data)) == (TABLE, [])


@pytest.mark.parametrize(
    ("encoding", "option"),
    [("utf-8", "utf-8-sig"), ("utf-8-sig", "utf-8-sig"), ("cp1252", "cp1252"), ("utf-16", "utf-16")],
)
def test_a_table_is_read_in_any_encoding(encoding: str, option: str) -> None:
    text = "when,who,what\n1,Jürgen,naïve\n"
    assert rows(text.encode(encoding), encoding=option)[1] == ["1", "Jürgen", "naïve"]


def test_apostrophes_are_text_beside_quotes() -> None:
    assert rows(b"when,who,what\n1,'tis,\"a\"\n2,'x','y'\n")[1:] == [["1", "'tis", "a"], ["2", "'x'", "'y'"]]


def test_options_come_before_what_is_detected() -> None:
    assert rows(b"when,who,what\n1;x,y\n", delimiter=";") == [["when,who,what"], ["1", "x,y"]]
    assert rows(b'when,who,what\n"1",x,y\n', quote="none")[1] == ['"1"', "x", "y"]
    assert rows(b'when,who,what\n"1\\"2",x\\,,y\n', escape="\\")[1] == ['1"2', "x,", "y"]


def test_a_cell_may_hold_lines_and_the_next_row_knows_its_place() -> None:
    data = b'when,who,"what"\r\n1,"a\r\nb\n\nc",x\r\n2,b,y\r\n'
    rows_read = [row for row in read(data) if isinstance(row, Row)]
    assert [str(row.place) for row in rows_read] == ["f:1", "f:2", "f:6"]
    assert rows_read[1].cells[1] == "a\r\nb\n\nc"


@pytest.mark.parametrize("bad", ['1,"open,x', '1,"a"b,x', '"', '1,x,"y'])
def test_a_quote_that_stands_wrong_costs_its_line_and_no_other(bad: str) -> None:
    data = f'when,who,what\n0,a,b\n{bad}\n2,"c",d\n3,e,f\n{bad}'.encode()
    assert rows(data)[1:] == [["0", "a", "b"], ["2", "c", "d"], ["3", "e", "f"]]
    assert [fault.partition(" ")[0] for fault in faults(data)] == ["f:3:", "f:6:"]


def test_a_row_larger_than_a_request_is_a_fault_and_the_rest_is_read() -> None:
    long, behind = "x" * 3 * MAX_ROW_LENGTH, ("z" * 99_999 + "\n") * 20
    data = f'when,who,what\n1,{long},x\n2,a,b\n3,"open\n{behind}4,c,d\n'.encode()
    assert [row for row in rows(data) if len(row) > 1] == [["when", "who", "what"], ["2", "a", "b"], ["4", "c", "d"]]
    assert [fault.partition(": ")[0] for fault in faults(data)] == ["f:2", "f:4"]
    assert all(f"more than {MAX_ROW_LENGTH} characters" in fault for fault in faults(data))


def test_a_cell_may_be_larger_than_csv_allows_of_itself() -> None:
    assert len(rows(b"when,who,what\n1,%s,x\n" % (b"x" * 500_000))[1][1]) == 500_000


def test_what_is_not_in_the_encoding_is_a_fault_of_its_row() -> None:
    data = b"when,who,what\n1,J\xfcrgen,x\n2,a,b\n3,\0,c\n"
    assert rows(data)[1:] == [["2", "a", "b"]]
    assert faults(data) == [
        "f:2: character 4 of a line is not utf-8: --encoding names another, as cp1252",
        "f:4: character 3 of a line is NUL: not a text, or not one in utf-8",
    ]


def test_half_of_a_character_of_utf_16_is_a_fault_of_its_row() -> None:
    data = "when,who,what\n1,".encode("utf-16-le") + b"\x00\xd8" + ",x\n2,a,b\n".encode("utf-16-le")
    assert rows(data, encoding="utf-16-le")[1:] == [["2", "a", "b"]]


def test_utf_16_is_known_by_its_first_bytes() -> None:
    assert faults("when\twho\n".encode("utf-16")) == ["f:1: begins as UTF-16 does: give --encoding utf-16"]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf", b",,\r\n , \r\n"])
def test_an_empty_file_is_a_fault(data: bytes) -> None:
    assert faults(data) == ["f:1: the file is empty: it has no header"]


def test_a_truncated_gzip_file_gives_what_it_held_and_a_fault() -> None:
    text = "when,who,what\n" + "".join(f"{number},{hash(str(number))},x\n" for number in range(5000))
    data = gzip.compress(text.encode())[:-2000]
    assert len(rows(data)) > 100
    assert "cannot be read any further" in faults(data)[-1]


def test_rows_are_read_as_they_are_asked_for() -> None:
    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            line = b"when,who\n"
            buffer[: len(line)] = line
            return len(line)

    rows_read = csv_files.read_rows(io.BufferedReader(Endless()), "f", DialectOptions(), HEADINGS.__contains__)
    assert [next(rows_read).place.line for _ in range(1000)] == list(range(1, 1001))
