"""A document with long sentences or lines, or that names a file or heading which is not there, fails here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.docs.pages import REPOSITORY, documents, name_of

# A module is also named by its place in the package, as in `retention/archive.py`.
PACKAGE = REPOSITORY / "layers" / "daybook" / "python" / "daybook"

DOCUMENTS = {name_of(path): path for path in documents()}

MAX_WORDS = 25
MAX_LINE = 120

INLINE_CODE = re.compile(r"`([^`]+)`")
LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
CELL_BORDER = re.compile(r"(?<!\\)\|")
LIST_ITEM = re.compile(r"\s*(?:[-*]|\d+\.) ")
# What closes a quotation, a bracket or bold text belongs to the sentence before it.
SENTENCE_END = re.compile(r"(?<=[.!?])[\"')*\]]*\s+(?![a-z])")
FILE = re.compile(r"[\w.*<>-]+(?:/[\w.*<>-]+)*\.(?:py|md|yaml|toml|txt)")


def prose(text: str) -> Iterator[str]:
    """The lines of a document without its code blocks, fenced or indented, which leave an empty line."""
    is_fenced, before = False, ""
    for line in text.splitlines():
        is_fence = line.startswith("```")
        is_fenced ^= is_fence
        is_indented = line.startswith("    ") and not before.strip()
        yield "" if is_fence or is_fenced or is_indented else line
        before = "" if is_indented else line


def blocks(text: str) -> Iterator[str]:
    """Paragraphs, headings, list items and cells of tables: no sentence goes on from one to the next."""
    block: list[str] = []
    for line in (*prose(text), ""):
        is_row = line.startswith("|")
        if not line.strip() or is_row or line.startswith("#") or LIST_ITEM.match(line):
            yield " ".join(block).strip()
            block.clear()
        if is_row:
            yield from map(str.strip, CELL_BORDER.split(line))
        elif line.startswith("#"):
            yield line
        else:
            block.append(line.strip())


def sentences(text: str) -> Iterator[str]:
    """Each sentence: a piece of code in it is one word, a link is its text. A capital or a sign begins it."""
    for block in blocks(text):
        yield from SENTENCE_END.split(INLINE_CODE.sub("CODE", LINK.sub(r"\1", block)))


def words(sentence: str) -> int:
    return sum(any(character.isalnum() for character in word) for word in sentence.split())


def named_files(text: str) -> set[str]:
    """The files and folders of the repository that inline code names; `<name>` in them stands for any name."""
    folders = {path.name for path in REPOSITORY.iterdir() if path.is_dir() and not path.name.startswith(".")}
    pieces = {piece for block in blocks(text) for piece in INLINE_CODE.findall(block)}
    return {piece for piece in pieces if FILE.fullmatch(piece) or ("/" in piece and piece.split("/")[0] in folders)}


def is_there(name: str) -> bool:
    """Whether it is in the repository or the package, or is a file of whoever deploys, which git ignores by name."""
    if name in (REPOSITORY / ".gitignore").read_text().splitlines():
        return True
    pattern = re.sub(r"<[^>]*>", "*", name).rstrip("/")
    return any(any(root.glob(pattern)) for root in (REPOSITORY, PACKAGE))


def anchors(text: str) -> set[str]:
    """What GitHub calls the headings of a document."""
    titles = [line.lstrip("#").strip().lower() for line in prose(text) if line.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}


def is_resolved(target: str, document: Path) -> bool:
    path, _, anchor = target.partition("#")
    linked = document.parent / path if path else document
    return linked.exists() and (not anchor or anchor in anchors(linked.read_text()))


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_no_sentence_is_longer_than_25_words(name: str) -> None:
    too_long = [
        f"{words(each)} words: {each}" for each in sentences(DOCUMENTS[name].read_text()) if words(each) > MAX_WORDS
    ]
    assert not too_long, "\n".join(too_long)


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_lines_of_prose_wrap_at_120_characters(name: str) -> None:
    lines = [line for line in prose(DOCUMENTS[name].read_text()) if len(line) > MAX_LINE and not line.startswith("|")]
    assert not lines, "\n".join(lines)


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_every_file_that_is_named_is_there(name: str) -> None:
    missing = sorted(each for each in named_files(DOCUMENTS[name].read_text()) if not is_there(each))
    assert not missing, "no such file in the repository or the package"


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_every_relative_link_resolves(name: str) -> None:
    document = DOCUMENTS[name]
    targets = {target for _, target in LINK.findall("\n".join(prose(document.read_text()))) if "://" not in target}
    broken = sorted(target for target in targets if not is_resolved(target, document))
    assert not broken, "no such file or heading"


SAMPLE = """\
# A title

One `piece of code` in a
[sentence](docs/no.md). Two, says p.m. here! (Three?) Four.

```
code that. Nobody Counts
```

| a cell. And another | `tests/no.py` |
- an item of `storage/table.py`
- and `functions/<name>/app.py`

    indented. Code
"""


def test_sentences_are_told_apart() -> None:
    assert [each for each in sentences(SAMPLE) if words(each)] == [
        "# A title", "One CODE in a sentence.", "Two, says p.m. here!", "(Three?", "Four.",
        "a cell.", "And another", "CODE", "- an item of CODE", "- and CODE",
    ]  # fmt: skip
    assert words("One code - in a sentence.") == 5


def test_named_files_are_told_from_those_that_are_there() -> None:
    assert named_files(SAMPLE) == {"tests/no.py", "storage/table.py", "functions/<name>/app.py"}
    assert [name for name in sorted(named_files(SAMPLE)) if not is_there(name)] == ["tests/no.py"]


@pytest.mark.parametrize(
    "target", ["operations.md", "openapi.json", "operations.md#changing-the-retention", "#the-build"]
)
def test_a_link_resolves_to_a_file_and_a_heading(target: str) -> None:
    assert is_resolved(target, DOCUMENTS["docs/deployment.md"])


@pytest.mark.parametrize("target", ["no.md", "operations.md#no-such-heading", "#no-such-heading"])
def test_a_link_to_no_file_or_no_heading_is_broken(target: str) -> None:
    assert not is_resolved(target, DOCUMENTS["docs/deployment.md"])
