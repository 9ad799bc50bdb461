"""The parameters of a deployment as samconfig.toml and the docs write them, and as SAM reads them."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest

from tests.support.docs.pages import DOCS, REPOSITORY

# SAM's pins conflict with Daybook's, so it has an environment of its own.
SAM_PYTHON = REPOSITORY / ".local" / "sam" / "bin" / "python"
_SAM_READS = """
import json, sys
from samcli.cli.types import CfnParameterOverridesType
json.dump([CfnParameterOverridesType().convert(tuple(each), None, None) for each in json.load(sys.stdin)], sys.stdout)
"""
_LINES_TO_PASTE = re.compile(r"^```toml\n((?:    '.+',\n)+)```$", re.MULTILINE)


def of_page(path: Path) -> list[str]:
    """The items that a page of the docs has for `parameter_overrides`, in its one block of them."""
    (lines,) = _LINES_TO_PASTE.findall(path.read_text())
    items: list[str] = tomllib.loads(f"items = [\n{lines}]")["items"]
    return items


def of_environment(name: str) -> list[str]:
    """Those of an environment of samconfig.toml."""
    environment = tomllib.loads((REPOSITORY / "samconfig.toml").read_text())[name]
    items: list[str] = environment["deploy"]["parameters"]["parameter_overrides"]
    return items


def as_written(items: list[str]) -> dict[str, str]:
    """Names and values, as somebody reads them: what stands behind the first `=`, without the quotes around it."""
    pairs = [item.split("=", 1) for item in items]
    return {name: value[1:-1] if re.fullmatch(r'".*"', value) else value for name, value in pairs}


def sources() -> dict[str, list[str]]:
    """All lists of the repository, by where they stand."""
    pages = [
        DOCS / "deployment.md",
        *(path for path in sorted((DOCS / "identity").glob("*.md")) if path.stem != "README"),
    ]
    of_pages = {path.relative_to(DOCS).as_posix(): of_page(path) for path in pages}
    return {**{name: of_environment(name) for name in ("dev", "prod")}, **of_pages}


@cache
def sam() -> Path:
    """The interpreter that has SAM. A test that asks for it is skipped where `make build` has not installed SAM."""
    if not SAM_PYTHON.exists():
        pytest.skip("SAM is missing: make .local/sam/stamp")
    return SAM_PYTHON


def as_sam_reads(*lists: list[str]) -> list[dict[str, str]]:
    """Names and values of each list, by SAM's own parser."""
    done = subprocess.run(
        [sam(), "-c", _SAM_READS], input=json.dumps(lists), capture_output=True, text=True, check=True, timeout=60
    )
    read: list[dict[str, str]] = json.loads(done.stdout)
    return read
