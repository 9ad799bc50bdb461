"""The OpenAPI document that ships: the committed file, and nothing that is not an OpenAPI document."""

from pathlib import Path

import pytest
from daybook.api import openapi

COMMITTED = Path(__file__).resolve().parents[3] / "docs" / "openapi.json"


def test_the_package_holds_the_committed_document_and_no_second_copy() -> None:
    assert openapi.PATH.resolve() == COMMITTED


def test_the_document_is_the_file_without_its_last_newline() -> None:
    assert openapi.document() + b"\n" == COMMITTED.read_bytes()


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"../../../../../docs/openapi.json",
        COMMITTED.read_bytes()[:-100],
        b"\xff\xfe{",
        b"[]",
        b"{}",
        b'{"openapi": "3.1.0", "paths": {}}',
        b'{"paths": {"/": {}}}',
    ],
)
def test_another_file_is_refused_by_name(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "openapi.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(openapi.DocumentError, match=rf"{path}.*OpenAPI document.*make openapi"):
        openapi.read(path)
