"""What a query of the audit log reads, before anything is read."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from daybook.model.entries import SOURCES
from daybook.search import plan
from daybook.search.line import reading
from daybook.search.plan import Bounds, Plan
from daybook.storage.keys import index_keys
from daybook.storage.keys.index_keys import BY_SOURCE, BY_STAFF
from daybook.storage.store import Range
from daybook.storage.values import Values

CHICAGO = ZoneInfo("America/Chicago")
ALL_TIME = index_keys.ALL
EARLY, LATE = datetime(2026, 11, 17, tzinfo=UTC), datetime(2026, 11, 18, 12, tzinfo=UTC)
AT = index_keys.at("2026-11-18T09:00:00.000Z", "0" * 18)
# The 18th in Chicago.
DAY = ("2026-11-18T06:00:00.000Z", "2026-11-19T06:00:00.000Z")


def planned(q: str = "", **query: Any) -> Plan:
    asked: dict[str, Any] = {
        "start": None, "end": None, "staff": [], "sources": [], "forward": False, "after": None, "limit": 50,
    }  # fmt: skip
    return plan.plan_page(reading.parse(q, CHICAGO), **(asked | query))


def spans(made: Plan) -> list[Range]:
    return plan.partitions("riverside", made.bounds)


def partitions(made: Plan) -> list[str]:
    return [span.pk for span in spans(made)]


def entry(**fields: str) -> Values:
    return {"member_name": "Ada Admin", "username": "ada", "source": "system", "action": "deleted class"} | fields


def test_a_query_of_nothing_reads_every_source_without_bounds() -> None:
    made = planned()
    assert spans(made) == [Range(f"riverside/{source}", *ALL_TIME, BY_SOURCE) for source in sorted(SOURCES)]
    assert (made.terms, made.needs_records, made.is_without_time, made.finds_nothing) == ((), False, False, False)
    assert made.matches(AT, entry())


def test_a_page_reads_one_entry_more_to_tell_whether_there_is_a_next() -> None:
    assert planned(limit=20).bounds.chunk == 21


@pytest.mark.parametrize(
    ("q", "sources", "left"),
    [
        ("", ["system", "office_portal"], {"system", "office_portal"}),
        ("source:kiosk", [], {"check_in_kiosk", "time_clock_kiosk"}),
        ("-source:system", ["system", "office_portal"], {"office_portal"}),
        ("source:office -source:kiosk", [], {"office_portal"}),
        ("deleted source:kiosk", ["system", "check_in_kiosk"], {"check_in_kiosk"}),
    ],
)
def test_sources_are_those_that_parameters_and_line_leave(q: str, sources: list[str], left: set[str]) -> None:
    made = planned(q, sources=sources)
    assert made.bounds.sources == left
    assert partitions(made) == [f"riverside/{source}" for source in sorted(left)]


def test_where_no_source_is_left_the_plan_says_so() -> None:
    assert planned("source:office", sources=["system"]).finds_nothing


def test_staff_are_read_from_their_own_partitions_until_they_are_too_many() -> None:
    few = [f"user{number:02}" for number in range(plan.MOST_STAFF)]
    made = planned(staff=few, sources=["system"])
    assert {span.index for span in spans(made)} == {BY_STAFF}
    assert partitions(made) == [f"riverside/{username}" for username in few]
    many = planned(staff=[*few, "one more"], sources=["system"])
    assert [(span.pk, span.index) for span in spans(many)] == [("riverside/system", BY_SOURCE)]
    assert not made.matches(AT, entry(username="user00", source="office_portal"))
    assert many.matches(AT, entry(username="one more"))
    assert not many.matches(AT, entry())


@pytest.mark.parametrize(
    ("staff", "read"),
    [
        (["Ada"], ["Ada", "ada"]),
        (["ADA", "ada", "Ada"], ["ADA", "Ada", "ada"]),
        (["ada", "ada"], ["ada"]),
        (["ÅSA", "BEN"], ["BEN", "ben", "ÅSA", "åsa"]),
        (["\u212aen"], ["\u212aen"]),
    ],
)
def test_a_username_is_read_folded_and_as_it_is_asked_for(staff: list[str], read: list[str]) -> None:
    assert partitions(planned(staff=staff)) == [f"riverside/{username}" for username in read]


def test_staff_match_in_any_letter_case() -> None:
    made = planned(staff=["Jo.Smith@Mail.example", "ÅSA", "\u212aen"])
    for username in ("jo.smith@mail.example", "JO.SMITH@MAIL.EXAMPLE", "Åsa", "åsa", "\u212aEN"):
        assert made.matches(AT, entry(username=username))
    for username in ("jo.smith", "asa", "ken", "jo.smith@mail.example "):
        assert not made.matches(AT, entry(username=username))


def test_spellings_that_are_too_many_for_a_partition_each_are_read_by_source() -> None:
    few = [f"User{number}" for number in range(plan.MOST_STAFF // 2)]
    assert {span.index for span in spans(planned(staff=few))} == {BY_STAFF}
    assert {span.index for span in spans(planned(staff=[*few, "One more"]))} == {BY_SOURCE}


@pytest.mark.parametrize(
    ("q", "start", "end", "times"),
    [
        ("", EARLY, LATE, ("2026-11-17T00:00:00.000Z", "2026-11-18T12:00:00.000Z")),
        ("", None, LATE, (ALL_TIME[0], "2026-11-18T12:00:00.000Z")),
        ("11/18/2026", None, None, DAY),
        ("11/18/2026", EARLY, LATE, (DAY[0], "2026-11-18T12:00:00.000Z")),
        ("11/18/2026", LATE, None, ("2026-11-18T12:00:00.000Z", DAY[1])),
    ],
)
def test_parameters_and_dates_of_the_line_both_bound_the_time(
    q: str, start: datetime | None, end: datetime | None, times: tuple[str, str]
) -> None:
    made = planned(q, start=start, end=end)
    assert (made.bounds.low, made.bounds.high) == times
    assert {(span.low, span.high) for span in spans(made)} == {times}


@pytest.mark.parametrize(
    ("q", "start", "end"),
    [
        ("", LATE, EARLY),
        ("", EARLY, EARLY),
        ("11/18/2026", None, EARLY),
        ("11/17/2026 11/19/2026", None, None),
        ("03/08/2026 2:30 am", None, None),
    ],
)
def test_where_no_moment_can_be_meant_the_plan_says_so(q: str, start: datetime | None, end: datetime | None) -> None:
    assert planned(q, start=start, end=end).is_without_time


def test_an_hour_that_comes_twice_matches_both_times_and_not_what_is_between() -> None:
    made = planned("11/01/2026 1:10 am")
    assert (made.bounds.low, made.bounds.high) == ("2026-11-01T06:10:00.000Z", "2026-11-01T07:11:00.000Z")
    moments = ("2026-11-01T06:10:30.000Z", "2026-11-01T06:40:00.000Z", "2026-11-01T07:10:30.000Z")
    assert [made.matches(index_keys.at(moment, "0"), entry()) for moment in moments] == [True, False, True]


@pytest.mark.parametrize(("forward", "left"), [(False, (DAY[0], AT)), (True, (AT, DAY[1]))])
def test_the_next_page_reads_on_from_where_the_last_one_ended(forward: bool, left: tuple[str, str]) -> None:
    made = planned("11/18/2026", forward=forward, after=AT)
    assert {(span.low, span.high, span.forward) for span in spans(made)} == {(*left, forward)}
    assert made.bounds.remaining == left
    assert not made.matches(AT, entry())


def test_words_to_look_up_are_those_wanted_of_any_field_but_the_source() -> None:
    made = planned('deleted -class source:office record:12 ip:10.1 11/18/2026 "jo smith"')
    assert [(term.field, term.forms[0]) for term in made.terms] == [
        (None, "deleted"), ("record", "12"), ("ip", "10 1"), (None, "jo smith"),
    ]  # fmt: skip


@pytest.mark.parametrize("q", ["", '"', "11/18/2026", "-delayed", "source:office", "-record:family/2"])
def test_without_a_word_to_look_up_the_partitions_are_read(q: str) -> None:
    assert planned(q).terms == ()


def test_records_are_needed_where_the_line_names_or_excludes_one() -> None:
    assert [planned(q).needs_records for q in ("class", "-class", "record:12", "-record:12")] == [
        False, False, True, True,
    ]  # fmt: skip


def test_an_entry_matches_by_the_whole_line() -> None:
    made = planned("deleted -ben")
    assert made.matches(AT, entry())
    assert not made.matches(AT, entry(username="ben"))
    assert not made.matches(AT, entry(action="created class"))


def test_bounds_know_what_is_within_and_still_to_come() -> None:
    low, middle, high = (index_keys.at(f"2026-11-18T0{hour}:00:00.000Z", "0" * 18) for hour in (1, 2, 3))
    desc = Bounds(low=low, high=high, after=middle)
    asc = Bounds(low=low, high=high, after=middle, forward=True)
    assert [desc.contains(at) for at in (low, middle, high)] == [True, False, False]
    assert [asc.contains(at) for at in (low, middle, high)] == [False, False, False]
    assert asc.contains(middle + "0")
    assert [desc.reaches(at) for at in ("2026-11-18T00", low, high)] == [False, True, True]
    assert [asc.reaches(at) for at in ("2026-11-18T00", low, high)] == [True, True, False]
