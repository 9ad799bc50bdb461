"""Instants, entry ids and keys: text order is time order, then the caller's."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from daybook.core import entry_ids, timestamps
from daybook.storage.keys import index_keys
from hypothesis import given
from hypothesis import strategies as st

moments = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def test_an_instant_is_utc_with_milliseconds_cut_not_rounded() -> None:
    moment = datetime(2026, 3, 1, 1, 30, 0, 999_999, tzinfo=timezone(timedelta(hours=-6)))
    assert timestamps.instant(moment) == "2026-03-01T07:30:00.999Z"


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), "0001-01-01T00:00:00.000Z"),
        (datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-14))), "9999-12-31T23:59:59.999Z"),
    ],
)
def test_an_instant_beyond_the_calendar_is_its_end(moment: datetime, text: str) -> None:
    assert timestamps.instant(moment) == text


@given(moments, moments)
def test_text_order_is_time_order(one: datetime, other: datetime) -> None:
    cut = [moment.replace(microsecond=moment.microsecond // 1000 * 1000) for moment in (one, other)]
    assert (timestamps.instant(one) < timestamps.instant(other)) == (cut[0] < cut[1])


@given(moments)
def test_epoch_seconds_never_come_early(moment: datetime) -> None:
    seconds = timestamps.epoch_seconds(moment)
    assert timestamps.EPOCH + timedelta(seconds=seconds - 1) < moment <= timestamps.EPOCH + timedelta(seconds=seconds)


@given(moments, moments, st.integers(0, 99), st.integers(0, 2**35 - 1))
def test_an_id_gives_back_its_instant_and_suffix(
    occurred: datetime, arrived: datetime, index: int, chance: int
) -> None:
    moment, suffix = timestamps.instant(occurred), entry_ids.new_suffix(timestamps.millis(arrived), index, chance)
    entry_id = entry_ids.entry_id(moment, suffix)
    assert len(entry_id) == 35
    assert entry_ids.split(entry_id) == (moment, suffix)


@given(st.lists(st.tuples(moments, moments, st.integers(0, 99)), min_size=2, max_size=10))
def test_ids_sort_by_time_then_arrival_then_place_in_the_request(parts: list[tuple[datetime, datetime, int]]) -> None:
    def entry_id(part: tuple[datetime, datetime, int]) -> str:
        occurred, arrived, index = part
        return entry_ids.entry_id(
            timestamps.instant(occurred), entry_ids.new_suffix(timestamps.millis(arrived), index, 7)
        )

    def order(part: tuple[datetime, datetime, int]) -> tuple[int, int, int]:
        return timestamps.millis(part[0]), timestamps.millis(part[1]), part[2]

    assert sorted(map(entry_id, parts)) == [entry_id(part) for part in sorted(parts, key=order)]


@pytest.mark.parametrize(
    "text", ["", "x" * 35, "0" * 34, "0" * 36, "0" * 34 + "V", "0" * 34 + "/", "²" + "0" * 34, "0" * 35 + "\n"]
)
def test_what_is_no_id_has_no_parts(text: str) -> None:
    assert entry_ids.split(text) is None


def test_two_ids_of_one_millisecond_and_place_differ() -> None:
    assert len({entry_ids.new_suffix(1, 0) for _ in range(1000)}) == 1000


def test_recipients_sort_by_address_whatever_follows_it() -> None:
    moment, suffix = "2026-01-01T00:00:00.000Z", "0" * 18
    addresses = ["a@x.co", "a@x.co.uk", "a@x.co-op.com", "a-b@x.co", "a@x.c"]
    by_key = sorted(addresses, key=lambda address: index_keys.recipient_key("email", address, moment, suffix))
    assert by_key == sorted(addresses)
