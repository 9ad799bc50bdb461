"""LibreOffice opens the CSV and writes it back: each text is what it was, and no cell is computed or converted."""

import csv
import random
import shutil
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import msgspec
import pytest
from daybook.exports.cells import GUARD
from daybook.exports.spreadsheet import CsvLines
from daybook.model.entries import Record
from daybook.model.responses import SmsRow

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

COMPUTED = [
    "=1+1", "+14155550123", "-5", "=cmd|' /C calc'!A0", "\t=1+1", "\n=1+1", "\ufeff=1+1",
    '=HYPERLINK("x")',
]  # fmt: skip
CONVERTED = [
    "00123", "12345678901234567890", "1E5", "3/4", "Mar 1, 2026", "November 2026", "10:30", "5 pm", "5%",
    "$5", "(5)", "TRUE", "false", " 5", "5 ", "1,234", "1.5", "1 1/2", "2026-11-22", "2026-11-22T10:00:00",
]  # fmt: skip
KEPT = [
    " =1+1", "1-2-2026", "@SUM(1)", "＝1+1", "＋5", "−5", "\u200b=1", "\u00a0=1", "\u2060-1", "1-2", "MAR1",
    "1 mai", "1.5.2026", "10.100.100.100", "1.2.3.4", "２０２６", "#N/A", "#REF!", "'5", "'=1", "a\tb", "\ta",
    "a;b", "a,b", 'say "so"', '"', '""', ",", ";", "a\nb", "a\n\nb\n", "\n", " padded  text ", "🎉 party 🎉🏽",
    "שלום עולם", "مرحبا 5", "\u202eabc", "x\u2028y", "é", "ﬁ", "\ufffd", "https://x.example/?a=1&b=2",
    "jane@x.example", "<b>&amp;</b>", "NULL", "null", "NaN", "0x1F", "½", "Room 5",
]  # fmt: skip
# What random cells are made of.
PIECES = [
    *"=+-@0123456789.,:;/'\"% \t\n()$€#|&<>", "\u00a0", "\u200b", "\ufeff", "\u202e", "＝", "＋", "00", "1E",
    "Mar ", "am", "true", "SUM(", "A1", "!", "שלום", "🎉", "é", "Smith ",
]  # fmt: skip
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
TEXTS = "xl/sharedStrings.xml"
TITLES = ["Date/Time sent", "Latest activity", "Phone number", "Message"]
# LibreOffice's numbers of languages: whose dates, separators and words it looks for.
LANGUAGES = {"English": 1033, "German": 1031, "French": 1036, "Spanish": 3082, "Japanese": 1041}


class Shown(NamedTuple):
    """A cell of a sheet: its type in the words of Office Open XML, its formula and its text."""

    type: str
    formula: str | None
    text: str


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("soffice") is None:
        pytest.skip("LibreOffice is missing: apt-get install --no-install-recommends libreoffice-calc-nogui")
    return tmp_path_factory.mktemp("libreoffice")


def convert(profile: Path, file: Path, to: str, language: int) -> Path:
    """The file as LibreOffice opens it, with all that it can detect, in the format `to`.

    It splits unquoted cells at commas, semicolons and tabs.
    """
    call = [
        "soffice", "--headless", f"-env:UserInstallation={profile.as_uri()}",
        f"--infilter=CSV:44/59/9,34,76,1,,{language},false,true,false",
        "--convert-to", to, "--outdir", str(file.parent / "converted"), str(file),
    ]  # fmt: skip
    subprocess.run(call, check=True, timeout=180, capture_output=True)
    return file.parent / "converted" / f"{file.stem}.{to.partition(':')[0]}"


def sheet(file: Path) -> list[dict[str, Shown]]:
    """The cells of the first sheet of a workbook that are not empty, line by line, by their columns."""
    with zipfile.ZipFile(file) as parts:
        # Where no cell is a text, there is no such part.
        items = ElementTree.fromstring(parts.read(TEXTS)) if TEXTS in parts.namelist() else ()
        strings = ["".join(part.text or "" for part in item.iter(f"{MAIN}t")) for item in items]
        rows = ElementTree.fromstring(parts.read("xl/worksheets/sheet1.xml")).iter(f"{MAIN}row")
        return [dict(shown(cell, strings) for cell in row.iter(f"{MAIN}c")) for row in rows]


def shown(cell: ElementTree.Element, strings: Sequence[str]) -> tuple[str, Shown]:
    kind, value = cell.get("t", "n"), cell.findtext(f"{MAIN}v", "")
    text = strings[int(value)] if kind == "s" else value
    return cell.get("r", "").rstrip("0123456789"), Shown(kind, cell.findtext(f"{MAIN}f"), text)


def row(text: str) -> msgspec.Raw:
    sms = SmsRow(
        id="20261122231003000aaaaaaaaaaaaaaaaaa", record=Record("family", "00123"), recipient="+14155550123",
        text=text,
        status="delivered", occurred_at="2026-11-22T23:10:03.000Z", last_activity_at="2026-11-22T23:10:04.000Z",
        stale=False, message_id="1E5",
    )  # fmt: skip
    return msgspec.Raw(msgspec.json.encode(sms))


def written(folder: Path, cells: Sequence[str]) -> Path:
    """The file of text messages of these texts."""
    made = CsvLines("records/family/00123/sms", "entries", ZoneInfo("America/Chicago"))
    file = folder / "export.csv"
    file.write_bytes(made.header + made.lines([row(text) for text in cells]))
    return file


def random_cells(seed: int, count: int) -> list[str]:
    choose = random.Random(seed)
    return ["".join(choose.choices(PIECES, k=choose.randint(1, 6))) for _ in range(count)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_cell_is_a_text_and_no_formula(profile: Path, tmp_path: Path, language: str) -> None:
    cells = [*COMPUTED, *CONVERTED, *KEPT, *random_cells(LANGUAGES[language], 3000)]

    titles, *lines = sheet(convert(profile, written(tmp_path, cells), "xlsx", LANGUAGES[language]))

    assert [title.text for title in titles.values()][:4] == TITLES
    assert len(lines) == len(cells)
    for text, line in zip(cells, lines, strict=True):
        assert line["D"].text.removeprefix(GUARD) == text, ascii(text)
        assert {(cell.type, cell.formula) for cell in line.values()} == {("s", None)}, ascii(text)
    assert [lines[0][column].text for column in "ABC"] == [
        "2026-11-22 17:10:03 -06:00", "2026-11-22 17:10:04 -06:00", f"{GUARD}+14155550123",
    ]  # fmt: skip


def test_written_back_it_is_the_same_file(profile: Path, tmp_path: Path) -> None:
    cells = [*COMPUTED, *CONVERTED, *KEPT, *random_cells(1, 3000)]
    file = written(tmp_path, cells)

    back = convert(profile, file, "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false", 1033)

    assert list(csv.reader(back.open(encoding="utf-8", newline=""))) == list(
        csv.reader(file.open(encoding="utf-8-sig", newline=""))
    )


def test_without_protection_the_same_cells_are_computed_and_converted(profile: Path, tmp_path: Path) -> None:
    """So the other tests would notice."""
    file = tmp_path / "plain.csv"
    cells = [text for text in [*COMPUTED, *CONVERTED] if text[0] not in "\t\n\ufeff"]
    with file.open("w", encoding="utf-8-sig", newline="") as opened:
        csv.writer(opened, quoting=csv.QUOTE_ALL).writerows([text] for text in cells)

    lines = sheet(convert(profile, file, "xlsx", 1033))

    kept = [text for text, line in zip(cells, lines, strict=True) if line["A"] == Shown("s", None, text)]
    assert kept == []
    assert {"n", "b"} <= {line["A"].type for line in lines}
    assert "1+1" in {line["A"].formula for line in lines}
