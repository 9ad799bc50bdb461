"""The changelog has the form of Keep a Changelog, and knows the version of pyproject.toml."""

import re
import tomllib

from tests.support.docs.pages import REPOSITORY

CHANGELOG = (REPOSITORY / "CHANGELOG.md").read_text()
VERSION = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"]
SECTIONS = re.findall(r"^## (.+)$", CHANGELOG, re.MULTILINE)
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_versions_have_a_day_and_what_comes_is_unreleased() -> None:
    assert SECTIONS[0] == "[Unreleased]"
    for section in SECTIONS[1:]:
        assert re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", section)


def test_changes_are_of_the_six_kinds() -> None:
    kinds = re.findall(r"^### (.+)$", CHANGELOG, re.MULTILINE)
    assert kinds
    assert set(kinds) <= KINDS


def test_the_version_of_the_package_is_named() -> None:
    assert VERSION in CHANGELOG
