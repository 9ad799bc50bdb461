"""Documentation that lags behind the command line fails here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from daybook.model.delivery_status import CLASS_BY_STATUS
from daybook_cli.commands.reading.messages import CLASSES
from daybook_cli.importing.cloudtrail import details, events, resource_types
from daybook_cli.main import app
from daybook_cli.rendering import columns, list_columns
from daybook_cli.rendering.columns import ORG_AUDIT, RECORD_LOGS
from typer.main import get_command

DOCS = Path(__file__).parents[3] / "docs"
CLI = (DOCS / "cli.md").read_text()
IMPORT = (DOCS / "import-cloudtrail.md").read_text()

LISTS = {
    "daybook timeline": columns.TIMELINE,
    "daybook events": columns.EVENTS,
    "daybook messages list": columns.MESSAGES["email"],
    "daybook blacklist list": list_columns.BLACKLIST,
    "daybook blacklist block": list_columns.BLOCKED,
    "daybook holds list": list_columns.HOLDS,
    "daybook exports list": list_columns.EXPORTS,
    "daybook access list": list_columns.GRANTS,
}


def commands(command: Any, name: str) -> dict[str, Any]:
    inside = getattr(command, "commands", {})
    if not inside:
        return {name: command}
    return {path: each for part, sub in inside.items() for path, each in commands(sub, f"{name} {part}").items()}


COMMANDS = commands(get_command(app), "daybook")


def section(name: str) -> str:
    match = re.search(rf"^## `{name}.*?(?=^## |\Z)", CLI, re.MULTILINE | re.DOTALL)
    assert match, f"docs/cli.md has no section on {name}"
    return match[0] + (re.search(r"^## Address and token.*?(?=^## |\Z)", CLI, re.MULTILINE | re.DOTALL) or [""])[0]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented(name: str) -> None:
    text = section(name)
    for parameter in COMMANDS[name].params:
        for option in parameter.opts:
            if option.startswith("--") and option != "--help":
                assert f"`{option}" in text, option


@pytest.mark.parametrize("name", COMMANDS)
def test_no_option_is_documented_that_does_not_exist(name: str) -> None:
    own = {option for parameter in COMMANDS[name].params for option in parameter.opts}
    match = re.search(rf"^## `{name}.*?(?=^## |\Z)", CLI, re.MULTILINE | re.DOTALL)
    assert match
    assert set(re.findall(r"`(--[a-z-]+)", match[0])) <= own


def test_the_columns_of_each_log_are_documented() -> None:
    for log, log_columns in RECORD_LOGS.items():
        titles = ", ".join(column.title for column in log_columns)
        assert f"| `{log}` | {titles} |" in CLI


def test_the_columns_of_the_orgs_audit_log_are_documented() -> None:
    (audit,) = [part for part in CLI.split("\n## ") if part.startswith("`daybook audit")]
    documented = audit.rpartition("The columns are ")[2].replace(" (how many it affected)", "").replace(" and ", ", ")
    assert documented.startswith(", ".join(column.title for column in ORG_AUDIT) + ",")


@pytest.mark.parametrize("name", LISTS)
def test_the_columns_of_other_lists_are_documented_in_their_order(name: str) -> None:
    titles = (re.escape(column.title) for column in LISTS[name])
    assert re.search(rf"\b{r'`?(?: [^,]*)?, '.join(titles)}", section(name).replace("\n", " "))


def test_the_statuses_of_each_class_of_messages_are_documented() -> None:
    for name in ("waiting", "reached"):
        statuses = ", ".join(f"`{status}`" for status, own in CLASS_BY_STATUS.items() if own == name)
        assert f"| `email` | {name} | {statuses} |" in CLI
    others = [name for name in CLASSES["email"] if name not in CLASS_BY_STATUS.values()]
    assert f"| `email` | {', '.join(others)} | of the same name |" in CLI


def test_the_mapping_is_documented() -> None:
    for detail, field in (details.RECORD_DETAILS | details.IDENTITY_DETAILS).items():
        assert f"`{detail}`" in IMPORT, detail
        assert f"`{field}`" in IMPORT, field
    for change in {*events.VERBS, "updated", "used", "failed", "noticed", "signed_in"}:
        assert f"`{change}`" in IMPORT, change
    for verbs in events.VERBS.values():
        for verb in verbs.split():
            assert verb in IMPORT, verb
    named = {kind for kinds in resource_types.TYPES_OF_PARAMETERS.values() for kind in kinds.values()}
    for kind in named | set(resource_types.TYPES_OF_NAMES.values()):
        assert f"`{kind}`" in IMPORT, kind
