"""The blocks of commands in the docs: each is run by tests/e2e/docs, or says why not; and how they are told apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from daybook_cli.main import app
from typer.main import get_command

from tests.support.docs import answers, pages, routes
from tests.support.docs.pages import REASONS, REPOSITORY, Block

COMMANDS = [block for block in pages.all_blocks() if block.has_commands]
NOT_RUN = [block for block in COMMANDS if block.not_run]

SAMPLE = """\
# Page

```sh
daybook records nguyen
```

It prints:

```text
record      name
family/101  Thomas Nguyen
```

<!-- not run: needs a file of yours -->
```sh
daybook post FILE
```

```sh
curl $API/v1/orgs
```

## Another section

```json
{"no": "answer"}
```

```
make run PORT=5580    # a port
```

```
daybook reindex ORG --function <IndexFunctionName>
```

```
a picture ──> of something
```
"""


@pytest.mark.parametrize("block", NOT_RUN, ids=lambda block: block.place)
def test_a_block_that_is_not_run_has_a_reason_that_can_be_seen_in_it(block: Block) -> None:
    assert block.not_run in REASONS, f"the reasons are {list(REASONS)}"
    assert REASONS[block.not_run].search(block.text), f"nothing in it {block.not_run}: let it run"


def test_every_block_of_commands_is_run_or_accounted_for() -> None:
    """None is left out in silence: it is run, of `make`, run by a test of its page, or has a reason."""
    kinds = [
        (block.is_run, block.is_make, block.page in pages.RUN_ELSEWHERE, bool(block.not_run)) for block in COMMANDS
    ]
    assert [block.place for block, kind in zip(COMMANDS, kinds, strict=True) if not any(kind)] == []
    assert {pages.name_of(path) for path in routes.PAGES} <= {block.page for block in COMMANDS if block.is_run}
    assert all((REPOSITORY / test).exists() for test in pages.RUN_ELSEWHERE.values())


def test_no_command_hides_in_an_indented_block_or_in_one_of_another_language() -> None:
    command = re.compile(r"^ {4,}(?:curl|daybook|\.venv/bin/\w+) ")
    hidden = [
        f"{pages.name_of(path)}: {line}"
        for path in pages.documents()
        for line in re.sub(r"^```.*?^```$", "", path.read_text(), flags=re.MULTILINE | re.DOTALL).splitlines()
        if command.match(line)
    ]
    in_others = [
        block.place
        for block in pages.all_blocks()
        if block.language not in {"sh", ""} and re.search(r"^(?:curl|daybook) [a-z-]", block.text, re.MULTILINE)
    ]
    assert hidden + in_others == []


def test_every_route_has_a_curl() -> None:
    """tests/e2e/docs sees that these are answered; here, that none was forgotten."""
    record = re.search(r"^RECORD=(\S+)$", (pages.DOCS / "api" / "records.md").read_text(), re.MULTILINE)
    assert record
    texts = [block.text for block in COMMANDS if block.is_run and block.page.startswith("docs/api/")]
    text = "\n".join(texts).replace("$RECORD", record[1])
    methods = {"GET": "", "POST": "", "PUT": "-X PUT ", "DELETE": "-X DELETE "}
    missing = []
    for route in sorted(routes.ROUTES):
        method, _, path = route.partition(" ")
        pattern = re.sub(r"\\\{\w+\\\}", r"[^/\\s\"?]+", re.escape(f"$API{path}"))
        if not re.search(rf"curl [^\n]*{methods[method]}[^\n]*{pattern}(?=[\s\"?)])", text):
            missing.append(route)
    assert missing == []


def _typed(text: str) -> Iterator[list[str]]:
    """The words behind `daybook` of each command of a block; what other programs give is one word of it."""
    joined = re.sub(r"\$\((?!daybook )[^()]*\)", "VALUE", text.replace("\\\n", " "))
    for line in joined.splitlines():
        if command := re.search(r"(?:^|[ (])(?:\.venv/bin/)?daybook ([^)|]*)", line):
            yield command[1].partition(" #")[0].split()


def _unknown(words: list[str]) -> list[str]:
    """What of a command is none of `daybook`: a subcommand, or an option of it."""
    command: Any = get_command(app)
    while inside := getattr(command, "commands", {}):
        # A group has a command that goes without saying, such as `list`.
        if words and words[0] in inside:
            command, words = inside[words[0]], words[1:]
        elif command.name and (default := inside.get("list") or inside.get("show")):
            command = default
        else:
            return words[:1]
    known = {option for parameter in command.params for option in parameter.opts}
    return [word for word in words if word.startswith("--") and word not in known]


@pytest.mark.parametrize(
    "block", [block for block in NOT_RUN if "daybook " in block.text], ids=lambda block: block.place
)
def test_a_command_that_is_not_run_is_there_with_its_options(block: Block) -> None:
    assert [unknown for words in _typed(block.text) if (unknown := _unknown(words))] == []


@pytest.mark.parametrize("words", ["reindx ORG", "reindex ORG --functions f", "dead-letters redrive --queues q"])
def test_a_command_that_is_none_is_told(words: str) -> None:
    assert _unknown(words.split())


def test_blocks_are_told_apart(tmp_path: Path) -> None:
    blocks = list(pages._blocks("page.md", SAMPLE))
    assert [(block.line, block.language, block.heading) for block in blocks[:3]] == [
        (3, "sh", "# Page"), (9, "text", "# Page"), (15, "sh", "# Page"),
    ]  # fmt: skip
    assert [block.not_run for block in blocks] == [
        None, None, "needs a file of yours", None, None, None, "needs an AWS account", None,
    ]  # fmt: skip
    assert [block.line for block in blocks if block.is_run] == [3, 19]
    assert [block.line for block in blocks if block.is_make] == [29]
    assert [block.has_commands for block in blocks] == [True, False, True, True, False, True, True, False]


def test_an_answer_is_the_next_block_of_the_section() -> None:
    first, second = pages._steps(list(pages._blocks("page.md", SAMPLE)))
    assert first.answer
    assert first.answer.text.startswith("record")
    assert second.answer is None


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ('{"id": "202611300137333371k8l1j94p00h1cdql4"}', '{"id":"202612010137333371k8l1j94p00h1aaaa4"}'),
        ('{"at": "2026-11-30T01:37:33.000Z", "n": 1}', '{"at":"2026-12-01T05:00:00.123Z","n":2}'),
        ('{"entries": [{"a": 1}]}', '{"entries":[{"b":1},{"a":3}]}'),
        ("[]", "[]"),
        ("null", "null"),
        ('{"a": 1}', 'a line before\n{"a":1}'),
    ],
)
def test_what_changes_each_time_may_differ(shown: str, printed: str) -> None:
    assert answers.faults(shown, "json", printed) == []


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ('{"a": 1}', '{"a":1,"b":2}'),
        ('{"a": 1, "b": 2}', '{"a":1}'),
        ('{"status": "created"}', '{"status":"duplicate"}'),
        ('{"a": null}', '{"a":1}'),
        ('{"a": 1}', '{"a":true}'),
        ('{"entries": [{"a": 1}]}', '{"entries":[]}'),
        ('{"entries": []}', '{"entries":[{"a":1}]}'),
        ('{"entries": [{"a": 1}]}', '{"entries":[{"b":1}]}'),
        ('{"a": 1}', "no JSON"),
        ('{"a": 1}', ""),
    ],
)
def test_a_field_or_word_that_differs_is_told(shown: str, printed: str) -> None:
    assert answers.faults(shown, "json", printed)


def test_lines_of_a_text_are_looked_for_without_times_and_widths() -> None:
    printed = "date                  who    what\n──────────\n2026-12-01 05:00 CST  priya  deleted\n2 rows more"
    shown = "date who what\n─────\n2026-11-30 17:10 CDT priya deleted"
    assert answers.faults(shown, "text", printed) == []
    assert answers.faults(shown.replace("priya", "jane"), "text", printed)


@pytest.mark.parametrize(
    ("method", "path", "route"),
    [
        ("GET", "/v1/orgs/riverside/audit/staff", "GET /v1/orgs/{org}/audit/staff"),
        ("GET", "/v1/orgs/riverside/audit/0abc", "GET /v1/orgs/{org}/audit/{entry}"),
        ("PUT", "/v1/orgs/riverside", "PUT /v1/orgs/{org}"),
    ],
)
def test_a_request_has_one_route(method: str, path: str, route: str) -> None:
    assert routes.matching(method, path) == [route]


def test_a_path_that_is_none_has_no_route() -> None:
    assert routes.matching("GET", "/v1/nothing/at/all") == []
