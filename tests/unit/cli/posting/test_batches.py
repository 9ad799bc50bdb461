from __future__ import annotations

import pytest
from daybook.model import entries
from daybook_cli.posting.batches import MAX_BYTES, MAX_ENTRIES, Item, batches, make_item
from daybook_cli.posting.json_files import Fault, Place
from hypothesis import given
from hypothesis import strategies as st


@given(st.lists(st.integers(1, 400_000) | st.none(), max_size=300))
def test_batches_keep_order_and_limits(sizes: list[int | None]) -> None:
    place = Place("f", 1)
    items = [Fault(place, "bad") if size is None else Item(place, b"x" * size, idempotent=True) for size in sizes]
    cut = list(batches(items))
    assert [item for batch in cut if isinstance(batch, list) for item in batch] == [
        item for item in items if isinstance(item, Item)
    ]
    assert sum(isinstance(batch, Fault) for batch in cut) == sizes.count(None)
    for batch in cut:
        if isinstance(batch, list):
            assert 1 <= len(batch) <= 100
            body = b'{"entries":[' + b",".join(item.payload for item in batch) + b"]}"
            assert len(body) <= MAX_BYTES


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_what_cannot_be_json_is_rejected_here(value: float) -> None:
    assert isinstance(make_item(Place("f", 1), {"n": value}), Fault)


@pytest.mark.parametrize("half", [0xD83D, 0xDC4D])
def test_half_of_a_character_is_left_to_the_api(half: int) -> None:
    item = make_item(Place("f", 1), {"name": f"é {chr(half)}"})
    assert isinstance(item, Item)
    assert item.payload == f'{{"name":"é \\u{half:04x}"}}'.encode()


def test_a_batch_holds_as_many_entries_as_the_api_takes() -> None:
    """The command line does not import what runs in Lambda."""
    assert MAX_ENTRIES == entries.MAX_ENTRIES
