"""Files say what the pages of the console say, and none of these words is changed by a spreadsheet."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from daybook.exports.export_item import RowsOf
from daybook.exports.spreadsheets import words
from daybook.exports.spreadsheets.cells import cell
from daybook.exports.spreadsheets.columns import layout
from daybook.model import page_words

REPOSITORY = Path(__file__).resolve().parents[4]
CONSOLE = REPOSITORY / "console/src"
OF_PAGES: dict[str, tuple[str, str, Mapping[Any, str]]] = {
    "e-mails": ("words/elements.ts", "emailStatus", page_words.EMAIL_STATUS),
    "bounces": ("words/elements.ts", "bounces", page_words.BOUNCES),
    "text messages": ("words/elements.ts", "smsStatus", page_words.SMS_STATUS),
    "reasons": ("words/elements.ts", "smsReasons", page_words.SMS_REASONS),
    "pushes": ("words/elements.ts", "pushStatus", page_words.PUSH_STATUS),
    "sources": ("words/elements.ts", "sources", words.SOURCES),
    "blocks": ("words/elements.ts", "blockStatus", words.BLOCK_STATUS),
    "changes": ("words/entry.ts", "CHANGES", words.CHANGES),
    "holds": ("pages/holds/words.ts", "states", words.HOLD_STATUS),
}
# What pages say once, by the name that they have for it.
SINGLE = {
    "stale": ("words/elements.ts", page_words.STALE),
    "erased": ("words/elements.ts", words.ERASED),
    "noSubject": ("words/elements.ts", page_words.NO_SUBJECT),
    "empty": ("words/entry.ts", words.EMPTY),
    "yes": ("words/entry.ts", words.YES),
    "no": ("words/entry.ts", words.NO),
}
# By how the page of the documentation calls it.
DOCUMENTED: dict[str, tuple[str, RowsOf]] = {
    "`audit`, and the audit log of a record": ("audit", "entries"),
    "the same as `changes`": ("audit", "changes"),
    "e-mails of a record": ("records/family/1/emails", "entries"),
    "text messages of a record": ("records/family/1/sms", "entries"),
    "push notifications": ("records/family/1/pushes", "entries"),
    "activity": ("records/family/1/activity", "entries"),
    "timeline": ("records/family/1/timeline", "entries"),
    "`messages` of the org": ("messages", "entries"),
    "`blacklist`": ("blacklist", "entries"),
    "`holds`": ("holds", "entries"),
}
LISTS = [
    "audit", "messages", "blacklist", "holds",
    *(f"records/family/1/{log}" for log in ("emails", "sms", "pushes", "activity", "audit", "timeline")),
]  # fmt: skip


def block(file: str, name: str) -> str:
    """What the console's constant of this name is made of."""
    found = re.search(rf"const {name}\b[^=]*= \{{(.*?)\}};", (CONSOLE / file).read_text("utf-8"), re.DOTALL)
    assert found, name
    return found[1]


@pytest.mark.parametrize("which", OF_PAGES)
def test_words_of_pages(which: str) -> None:
    file, name, own = OF_PAGES[which]

    texts = re.sub(r'\b(tone|sign|why): "[^"]*"', "", block(file, name))
    said = dict(re.findall(r'(\w+): (?:\{[^}]*?text: )?"([^"]*)"', texts))

    assert said == own


def test_reasons_of_blocks() -> None:
    said = re.findall(r'(\w+): \{ text: "[^"]*", why: "([^"]*)"', block("words/elements.ts", "blockStatus"))

    assert dict(said) == words.BLOCK_REASONS


def test_names_of_logs() -> None:
    said = dict(re.findall(r'(\w+)Log: "([^"]*)"', block("words/elements.ts", "words").partition("// Columns")[0]))

    assert said == words.LOGS


@pytest.mark.parametrize("name", SINGLE)
def test_single_words(name: str) -> None:
    file, text = SINGLE[name]

    assert re.search(rf'\b{name}(?:: | = )"{re.escape(text)}"', (CONSOLE / file).read_text("utf-8"))


def test_no_spreadsheet_changes_them() -> None:
    texts = [text for _, _, own in OF_PAGES.values() for text in own.values()]
    texts += [*words.BLOCK_REASONS.values(), *words.LOGS.values(), *(text for _, text in SINGLE.values())]
    texts += [f"{page_words.SMS_STATUS['not_delivered']} – {reason}" for reason in page_words.SMS_REASONS.values()]

    assert [text for text in texts if cell(text) != text] == []


@pytest.mark.parametrize("path", LISTS)
def test_titles_are_texts_each_once(path: str) -> None:
    titles = [column.title for column in layout(path, "entries").columns]

    assert len({*titles}) == len(titles)
    assert [title for title in titles if cell(title) != title] == []


def test_the_documentation_has_all_columns() -> None:
    rows = re.findall(r"^\| (.*) \| (.*) \|$", (REPOSITORY / "docs/exports.md").read_text("utf-8"), re.MULTILINE)
    documented = {what: titles for what, titles in rows if what in DOCUMENTED}

    assert documented == {
        what: ", ".join(column.title for column in layout(*of).columns) for what, of in DOCUMENTED.items()
    }
