"""The documents of the repository, and the code blocks in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from msgspec import Struct

REPOSITORY = Path(__file__).parents[3]
DOCS = REPOSITORY / "docs"

OF_A_DEPLOYMENT = "needs an AWS account"
# Why a block of commands is not run by the tests: what stands in `<!-- not run: ... -->` above it, and what such a
# block has to hold. So a block that could be run is not left out. A deployment's outputs, as in `<ApiUrl>`, and the
# commands of AWS are seen as such without a comment.
REASONS = {
    OF_A_DEPLOYMENT: re.compile(r"<[A-Z]\w*>|^(?:aws|sam) ", re.MULTILINE),
    "needs an identity provider": re.compile(r"https://|<[A-Za-z ]+>"),
    "needs docker": re.compile(r"^(?:docker|sam local|make sam-local)\b", re.MULTILINE),
    "needs a file of yours": re.compile(r"\bFILE\b|\bFOLDER\b|\bMESSAGE_ID\b|\w\.(?:csv|jsonl?|json\.gz)\b"),
    "runs until it is stopped": re.compile(r"server\.py"),
    "changes a file of the repository": re.compile(r"-m tools\.cost$", re.MULTILINE),
    "takes minutes": re.compile(r"-m benchmarks\."),
}
# Pages whose commands a test of their own runs.
RUN_ELSEWHERE = {"docs/clients.md": "tests/e2e/demonstration/test_clients.py"}

_FENCE = re.compile(r"^\s*```(.*)$")
_NOT_RUN = re.compile(r"<!-- not run: (.+) -->")
_COMMAND = re.compile(r"^(?:\w+=\S+ )*(?:curl|daybook|\.venv/bin/\S+|make|aws|sam|pip|python3?) ", re.MULTILINE)
_MAKE = re.compile(r"(?:\s*#.*|\s*make(?: .*)?|\.ci/run.*|\s*)")


class Block(Struct, frozen=True):
    """A fenced block of code: where it begins, its language, and why its commands are not run, where they are not."""

    page: str
    line: int
    heading: str
    language: str
    text: str
    not_run: str | None

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def has_commands(self) -> bool:
        """Whether it is typed in a shell. A block without a language is, where a line begins with a command."""
        return self.language == "sh" or (not self.language and bool(_COMMAND.search(self.text)))

    @property
    def is_make(self) -> bool:
        """Whether it is of targets of the Makefile only, which `tests/unit/docs` compares with the Makefile."""
        return self.has_commands and all(_MAKE.fullmatch(line) for line in self.text.splitlines())

    @property
    def is_run(self) -> bool:
        """Whether it is typed on the local stack by tests/e2e/docs."""
        return self.has_commands and not self.is_make and not self.not_run and self.page not in RUN_ELSEWHERE


def documents() -> list[Path]:
    """README, the changelog and all of docs/, in their order."""
    return [REPOSITORY / "README.md", REPOSITORY / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]


def name_of(path: Path) -> str:
    """The path of a document from the root of the repository, as in `docs/api/README.md`."""
    return path.relative_to(REPOSITORY).as_posix()


def blocks(path: Path) -> list[Block]:
    return list(_blocks(name_of(path), path.read_text()))


def _blocks(page: str, text: str) -> Iterator[Block]:
    begin, language, heading, not_run = 0, "", "", None
    inside: list[str] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        fence = _FENCE.match(line)
        if fence and inside is None:
            begin, language, inside = number, fence[1].strip(), []
        elif fence and inside is not None:
            block = "\n".join(inside)
            if REASONS[OF_A_DEPLOYMENT].search(block):
                not_run = not_run or OF_A_DEPLOYMENT
            yield Block(page, begin, heading, language, block, not_run)
            inside, not_run = None, None
        elif inside is not None:
            inside.append(line)
        elif line.startswith("#"):
            heading, not_run = line, None
        elif comment := _NOT_RUN.search(line):
            not_run = comment[1]
        elif line.strip():
            not_run = None


class Step(Struct, frozen=True):
    """A block of commands, and the block behind it that shows what they print."""

    commands: Block
    answer: Block | None


def steps(path: Path) -> list[Step]:
    """The blocks of a page that are run, each with its answer: a `json` or `text` block next in the same section."""
    return _steps(blocks(path))


def _steps(own: list[Block]) -> list[Step]:
    return [
        Step(block, following if following and _answers(following, block) else None)
        for block, following in zip_longest(own, own[1:])
        if block.is_run
    ]


def _answers(block: Block, before: Block) -> bool:
    return block.language in {"json", "text"} and block.heading == before.heading


def all_blocks() -> list[Block]:
    return [block for path in documents() if path.exists() for block in blocks(path)]
