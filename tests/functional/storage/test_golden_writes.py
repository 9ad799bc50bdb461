"""What is written is what earlier versions wrote for the same calls: names, types and values of every attribute."""

from collections.abc import Iterator

import pytest

from tests.support.functions.ses_stand_in import Ses
from tests.support.golden import files
from tests.support.golden.scenes import SCENES
from tests.support.golden.stage import Stage, staged


@pytest.fixture
def stage(functions: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    yield from staged(monkeypatch)


@pytest.mark.parametrize("name", SCENES)
def test_the_same_calls_write_the_golden_items_and_objects(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, ses: Ses, name: str
) -> None:
    SCENES[name](stage, monkeypatch, ses)
    written, golden = (files.comparable_items(found) for found in (files.written(name), files.items(name)))
    assert written.keys() == golden.keys(), files.WRITTEN_OTHERWISE
    for key, item in golden.items():
        assert written[key] == item, files.WRITTEN_OTHERWISE
    objects = files.comparable_objects(files.stored_objects())
    assert objects == files.comparable_objects(files.objects(name)), files.WRITTEN_OTHERWISE
