"""How `sam build` makes the package's layer and the console's function: with what belongs to them, or not at all."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from daybook_local.deployment.template import REPOSITORY

from tests.support.functions.console import app, write_assets

PACKAGE = REPOSITORY / "layers" / "daybook" / "python" / "daybook"
DOCUMENT = "daybook/api/openapi.json"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """As much of the package as the build looks into, copied as sam copies it: links become files."""
    api = tmp_path / "source" / "daybook" / "api"
    api.mkdir(parents=True)
    shutil.copy(PACKAGE / "__init__.py", api.parent)
    for name in ("__init__.py", "openapi.py", "openapi.json"):
        shutil.copy(PACKAGE / "api" / name, api)
    return tmp_path / "source"


def build(source: Path, artifacts: Path) -> subprocess.CompletedProcess[str]:
    # Not the variables of a make that runs the tests; and the interpreter of any `sam build`, without site-packages.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    python = source / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    python.chmod(0o755)
    command = ["make", "--makefile", str(REPOSITORY / "infra" / "Makefile"), "build-DaybookLayer"]
    variables = {"ARTIFACTS_DIR": str(artifacts), "PYTHON": str(python)}
    return subprocess.run(command, cwd=source, env=environment | variables, capture_output=True, text=True, check=False)


def test_the_layer_holds_the_document(source: Path, tmp_path: Path) -> None:
    completed = build(source, tmp_path / "artifacts")
    assert completed.returncode == 0, completed.stderr
    built = tmp_path / "artifacts" / "python" / DOCUMENT
    assert not built.is_symlink()
    assert built.read_bytes() == (REPOSITORY / "docs" / "openapi.json").read_bytes()


@pytest.mark.parametrize("content", [None, "", '{"openapi": "3.1.0"}'])
def test_a_layer_without_the_document_is_not_built(content: str | None, source: Path, tmp_path: Path) -> None:
    (source / DOCUMENT).unlink()
    if content is not None:
        (source / DOCUMENT).write_text(content)
    completed = build(source, tmp_path / "artifacts")
    assert completed.returncode != 0
    assert f"{DOCUMENT} " in completed.stderr
    assert "OpenAPI document" in completed.stderr


def built_console(source: Path, artifacts: Path) -> subprocess.CompletedProcess[str]:
    """What `sam build` runs for the function, in a copy of its folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    command = ["make", "--makefile", str(REPOSITORY / "infra" / "Makefile"), "build-ConsoleFunction"]
    variables = {"ARTIFACTS_DIR": str(artifacts), "PYTHON": sys.executable}
    return subprocess.run(command, cwd=source, env=environment | variables, capture_output=True, text=True, check=False)


def test_the_function_is_built_with_the_files_of_the_console(tmp_path: Path) -> None:
    source, artifacts = tmp_path / "source", tmp_path / "artifacts"
    write_assets(source, {"app.py": b"", "assets/index.html": b"page", "assets/assets/page-1.js": b"script"})
    artifacts.mkdir()
    completed = built_console(source, artifacts)
    assert completed.returncode == 0, completed.stderr
    assert app().read_files(artifacts / "assets").keys() == {"index.html", "assets/page-1.js"}
    assert (artifacts / "app.py").exists()
    assert "not built" not in completed.stdout


def test_a_build_without_the_files_of_the_console_fails_and_says_what_makes_them(tmp_path: Path) -> None:
    source, artifacts = tmp_path / "source", tmp_path / "artifacts"
    write_assets(source, {"app.py": b""})
    artifacts.mkdir()
    completed = built_console(source, artifacts)
    assert completed.returncode != 0
    assert "functions/console/assets is missing: run 'make assets'" in completed.stderr
