from __future__ import annotations

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


def test_what_cannot_be_json_is_rejected_here() -> None:
    for value in ({"n": float("inf")}, {"s": "\ud800"}):
        assert isinstance(make_item(Place("f", 1), value), Fault)


def test_a_batch_holds_as_many_entries_as_the_api_takes() -> None:
    """The command line does not import what runs in Lambda."""
    assert MAX_ENTRIES == entries.MAX_ENTRIES
