"""The OpenAPI document that the tool makes: valid, of every route, and what docs/openapi.json holds."""

from pathlib import Path

import pytest
from daybook.api.routes import DEFAULT, ROUTES
from openapi_spec_validator import validate

from tools.openapi import __main__ as command
from tools.openapi import document


def test_the_committed_document_is_what_the_tool_makes() -> None:
    assert command.PATH.read_bytes() == document.file_content(), "docs/openapi.json lags behind the types: make openapi"


def test_the_document_is_valid() -> None:
    validate(document.document())


def test_every_route_is_in_it_and_nothing_else() -> None:
    documented = {
        f"{method.upper()} {path}" for path, operations in document.document()["paths"].items() for method in operations
    }
    assert documented == set(ROUTES) - {DEFAULT}


def test_the_limits_are_stated() -> None:
    schemas = document.document()["components"]["schemas"]
    assert schemas["Email"]["properties"]["subject"]["maxLength"] == 998
    assert schemas["Sms"]["properties"]["text"]["maxLength"] == 1600
    assert schemas["Batch"]["properties"]["entries"]["maxItems"] == 100


def test_a_file_that_the_command_wrote_passes_its_check(tmp_path: Path) -> None:
    path = tmp_path / "openapi.json"
    assert command.main(["--path", str(path)]) is None
    assert command.main(["--check", "--path", str(path)]) is None


@pytest.mark.parametrize("content", [None, b"", b"{}\n", document.file_content() + b"\n"])
def test_the_check_fails_for_any_other_file_and_leaves_it_as_it_is(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "openapi.json"
    if content is not None:
        path.write_bytes(content)
    message = command.main(["--check", "--path", str(path)])
    assert message
    assert str(path) in message
    assert "make openapi" in message
    assert (path.read_bytes() if path.exists() else None) == content
