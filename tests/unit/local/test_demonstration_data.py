"""When the demonstration data of a day are kept: once all has followed, and for as long as day and code stay."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from daybook_local.emulator import dynamodb
from daybook_local.stack import demonstration_data
from daybook_local.stack.demonstration_data import SOURCES, digest, read
from daybook_local.stack.settings import REGION
from ministack.core.responses import request_scope
from ministack.services import dynamodb as ministack_dynamodb
from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners

TODAY, READERS = date(2026, 11, 30), ("index", "retention")


@pytest.fixture
def table() -> Iterator[dict[str, Any]]:
    """A table with two functions on its stream, of which one item was written."""
    properties = {
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
    }
    with request_scope("000000000000", REGION):
        name, _ = provisioners._ddb_create("Table", properties, "daybook")
        made: dict[str, Any] = ministack_dynamodb._tables[name]
        for uuid in READERS:
            lambda_svc._esms[uuid] = {"UUID": uuid, "EventSourceArn": made["LatestStreamArn"]}
        ministack_dynamodb._put_item({"TableName": name, "Item": {"pk": {"S": "a"}}})
        yield made
        for uuid in READERS:
            lambda_svc._esms.pop(uuid)
            lambda_svc._dynamodb_stream_positions.pop(uuid, None)
        ministack_dynamodb._tables.pop(name)
        ministack_dynamodb._stream_records.pop(name, None)


def test_a_stream_is_read_once_every_function_has_read_all_of_it(table: dict[str, Any]) -> None:
    name = table["TableName"]
    assert not dynamodb.stream_is_read(name)
    lambda_svc._dynamodb_stream_positions["index"] = 1
    assert not dynamodb.stream_is_read(name)
    lambda_svc._dynamodb_stream_positions["retention"] = 1
    assert dynamodb.stream_is_read(name)
    ministack_dynamodb._put_item({"TableName": name, "Item": {"pk": {"S": "b"}}})
    assert not dynamodb.stream_is_read(name)


@pytest.mark.parametrize(
    ("text", "is_taken"),
    [
        ('{"digest": "d", "items": []}', True),
        ('{"digest": "other", "items": []}', False),
        ('{"digest": "d", "ite', False),
        ("", False),
    ],
)
def test_saved_data_that_are_damaged_or_others_are_posted_anew(tmp_path: Path, text: str, *, is_taken: bool) -> None:
    path = tmp_path / "demonstration.json"
    assert read(path, "d") is None
    path.write_text(text)
    assert (read(path, "d") is not None) == is_taken


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for folder in SOURCES:
        (tmp_path / folder / "below").mkdir(parents=True)
        (tmp_path / folder / "below" / "code.py").write_text("1")
    monkeypatch.setattr(demonstration_data, "REPOSITORY", tmp_path)
    return tmp_path


def test_data_are_those_of_a_day_and_of_the_code(sources: Path) -> None:
    before = digest(TODAY)
    assert digest(TODAY) == before
    assert digest(date(2026, 12, 1)) != before
    (sources / "layers" / "below" / "assets.js").write_text("not read")
    assert digest(TODAY) == before


@pytest.mark.parametrize("folder", SOURCES)
def test_data_of_other_code_are_others(sources: Path, folder: str) -> None:
    before = digest(TODAY)
    code = sources / folder / "below" / "code.py"
    code.write_text("2")
    changed = digest(TODAY)
    code.rename(code.with_name("renamed.py"))
    assert len({before, changed, digest(TODAY)}) == 3
