"""The line that staff type: what it asks for, and that what it finds is what its rules say, no more and no less."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, get_args
from zoneinfo import ZoneInfo

import msgspec
import pytest
from daybook.core import timestamps
from daybook.model import shown_words
from daybook.model.entries import EmailStatus, PushStatus, SmsReason, SmsStatus
from daybook.search.line import matching, reading
from daybook.search.line.matching import Texts
from daybook.search.line.terms import Term
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support import plain_search
from tests.support.properties import examples, lists_of, met, reaching

CHICAGO = ZoneInfo("America/Chicago")
NOON = "2026-06-15T17:00:00.000Z"


def audit_texts(
    member_name: str = "",
    username: str = "",
    source: str = "",
    ip: str = "",
    action: str = "",
    names: Sequence[str] = (),
    records: Sequence[str] = (),
) -> Texts:
    return Texts(
        words=[member_name, username, action],
        username=username,
        action=action,
        source=source,
        ip=ip,
        names=names,
        records=records,
    )


ENTRY = audit_texts(
    member_name="José O'Brien",
    username="jose.obrien@example.com",
    source="check_in_kiosk",
    ip="10.0.3.4",
    action="Deleted 2 invoices 🎉 [a+b]",
    names=["Smith-Jones, Anna", "GetBucketACLInfo"],
    records=["family/123", "invoice/AB-77"],
)


def spans(q: str, zone: ZoneInfo = CHICAGO) -> list[str] | None:
    """As `from..to`, without the seconds and milliseconds where they are 0."""
    line = reading.parse(q, zone)
    if line.spans is None:
        return None
    return [
        "..".join(end.removesuffix("Z").removesuffix(".000").removesuffix(":00") for end in span) for span in line.spans
    ]


def words(q: str) -> list[str]:
    """What a line wants, in a spelling of its own: `field:word`, `=` before what has to end a word, `-` excluded."""
    line = reading.parse(q, CHICAGO)
    return [_written(term) for term in line.required] + [f"-{_written(term)}" for term in line.excluded]


def _written(term: Term) -> str:
    field = f"{term.field}:" if term.field else ""
    if term.field == "ip":
        return f"ip:{'=' if term.whole else ''}{term.ip}"
    if term.time:
        return f"@{term.forms[0]}"
    return field + ("=" if term.whole else "") + "|".join(term.forms)


def finds(q: str, texts: Texts = ENTRY, moment: str = NOON) -> bool:
    return matching.matches(reading.parse(q, CHICAGO), moment, texts)


def test_the_line_of_the_contract_is_a_minute_and_three_words() -> None:
    q = "01/01/2015 5:10 pm admin deleted Smith"
    assert spans(q) == ["2015-01-01T23:10..2015-01-01T23:11"]
    assert words(q) == ["admin", "deleted", "smith"]


@pytest.mark.parametrize(
    "q", ["", " \t\n", "***", '"', '""', "-", "()[]", '-"', '" "', "- - -", '-"***"', "^$.*+?{}|\\"]
)
def test_a_line_without_a_letter_or_digit_asks_for_nothing(q: str) -> None:
    assert reading.parse(q, CHICAGO).asks_for_nothing
    assert finds(q)


@pytest.mark.parametrize(
    ("q", "asked"),
    [
        ("smith SMITH Smíth smith*", ["smith"]),
        ("john.doe@x.com my-bucket", ["john doe x com", "my bucket"]),
        ("getBucketAcl", ["getbucketacl|get bucket acl"]),
        ('"two words" one', ["=two words", "one"]),
        ("“two words” „and more‟", ["=two words", "=and more"]),
        ('a"b c"d', ["a", "=b c", "d"]),
        ('"smith jones', ["smith", "jones"]),
        ('smith" jones', ["smith", "jones"]),
        ('"a b" "c d', ["=a b", "c", "d"]),
        ('d"e f', ["d e", "f"]),
        ('username:"john doe', ["username:john", "doe"]),
        ("-smith jones -smith", ["jones", "-smith"]),
        ("- smith", ["smith"]),
        ("smith-jones (-anna)", ["smith jones", "anna"]),
        ('-"two words" -source:kiosk', ["-=two words", "-source:kiosk"]),
        ('-username:"John Doe"', ["-username:=john doe"]),
        ("--smith", ["-smith"]),
        ('"a b"-c', ["=a b", "c"]),
        ("UserName:x SOURCE:x Ip:1 record:family/123 ACTION:x", [
            "username:x", "source:x", "ip:1", "record:family 123", "action:x",
        ]),
        ("username:username:x", ["username:username x"]),
        ("unknown:x https://x.com", ["unknown x", "https x com"]),
        ("username: x", ["username:x"]),
        ('username:*** source:"" -ip:', ["username", "source", "-ip"]),
        ("ſource:x", ["source x"]),
        ("ip:10.0 ip:10.0. ip:10.1.* ip:FE80:: ip:0DB8", ["ip:10.0", "ip:10.0.", "ip:10.1.", "ip:fe80::", "ip:0db8"]),
        ("🎉 party", ["🎉", "party"]),
        ("[a+b]? x|y", ["a b", "x y"]),
        ("at 5 pm noon", ["@5 pm", "@noon"]),
        ("nul\0nul a\u00a0b", ["nul nul", "a", "b"]),
    ],
)  # fmt: skip
def test_terms(q: str, asked: list[str]) -> None:
    assert words(q) == asked
    assert spans(q) is None


@pytest.mark.parametrize(
    "date", ["1/2/2015", "01/02/2015", "01/2/2015", "2015-01-02", "1/2/15", "1/2/2015,", "(1/2/2015)", "1/2/2015*"]
)
def test_a_date_is_its_day(date: str) -> None:
    assert spans(date) == ["2015-01-02T06:00..2015-01-03T06:00"]
    assert words(f"a {date} b") == ["a", "b"]


@pytest.mark.parametrize(
    ("time_of_day", "span"),
    [
        *[
            (spelling, "2015-01-02T23:10..2015-01-02T23:11")
            for spelling in [
                " 5:10 pm", " 5:10pm", " 05:10 PM", " 5:10 p.m.", " 5:10p.m", "T5:10pm", " 17:10", "T17:10", "t17:10",
                ", 5:10 pm", " , 17:10", ",17:10", " at 5:10 pm", " At 17:10", " -  5:10 pm,", "\u00a05:10\u202fPM",
                "T17:10-06:00", " 17:10-0600", "T17:10-06", "T23:10Z", " 23:10z", "T23:10+00:00",
            ]
        ],
        (" 5 pm", "2015-01-02T23:00..2015-01-03T00:00"),
        (" 5pm", "2015-01-02T23:00..2015-01-03T00:00"),
        (" at 5 P.M.", "2015-01-02T23:00..2015-01-03T00:00"),
        (" 12 am", "2015-01-02T06:00..2015-01-02T07:00"),
        (" 12:30 am", "2015-01-02T06:30..2015-01-02T06:31"),
        (" 00:30", "2015-01-02T06:30..2015-01-02T06:31"),
        (" 0:30", "2015-01-02T06:30..2015-01-02T06:31"),
        (" 12 pm", "2015-01-02T18:00..2015-01-02T19:00"),
        (" 11:59 pm", "2015-01-03T05:59..2015-01-03T06:00"),
        (" 5:10:30 pm", "2015-01-02T23:10:30..2015-01-02T23:10:31"),
        (" 17:10:30", "2015-01-02T23:10:30..2015-01-02T23:10:31"),
        ("T17:10:30.1", "2015-01-02T23:10:30.100..2015-01-02T23:10:30.200"),
        ("T17:10:30.125", "2015-01-02T23:10:30.125..2015-01-02T23:10:30.126"),
        ("T17:10:30,125999999", "2015-01-02T23:10:30.125..2015-01-02T23:10:30.126"),
        ("T23:10:30.5Z", "2015-01-02T23:10:30.500..2015-01-02T23:10:30.600"),
        ("T00:10:30+23:59", "2015-01-01T00:11:30..2015-01-01T00:11:31"),
    ],
)  # fmt: skip
def test_a_time_right_behind_a_date_narrows_it_as_far_as_it_is_exact(time_of_day: str, span: str) -> None:
    for date in ("1/2/2015", "2015-01-02"):
        assert spans(f"{date}{time_of_day} x") == [span]
        assert words(f"{date}{time_of_day} x") == ["x"]


@pytest.mark.parametrize(
    ("q", "asked"),
    [
        ("1/2/2015 5", ["5"]),
        ("1/2/2015 at 5", ["at", "5"]),
        ("1/2/2015 at Smith", ["at", "smith"]),
        ("1/2/2015 13:99", ["13 99"]),
        ("1/2/2015 25:10", ["25 10"]),
        ("1/2/2015 24:00", ["24 00"]),
        ("1/2/2015 5:60 pm", ["5 60", "pm"]),
        ("1/2/2015 17:10 pm", ["17 10", "pm"]),
        ("1/2/2015 0 am", ["0", "am"]),
        ("1/2/2015 17:10:60", ["17 10 60"]),
        ("1/2/2015 17:10+24:00", ["17 10 24 00"]),
        ("1/2/2015 5 pmx", ["5", "pmx"]),
        ("1/2/2015 x 5 pm", ["x", "@5 pm"]),
        ('1/2/2015 "5 pm"', ["=5 pm"]),
        ("1/2/2015 -5 pm", ["pm", "-5"]),
        ("1/2/2015 record:x 17:10", ["record:x", "@17 10"]),
        ('1/2/2015 "x" 5 pm', ["=x", "@5 pm"]),
        ("1/2/2015 -x 5 pm", ["@5 pm", "-x"]),
        ("5 pm 1/2/2015", ["@5 pm"]),
    ],
)
def test_what_cannot_be_a_time_behind_a_date_is_words(q: str, asked: list[str]) -> None:
    assert spans(q) == ["2015-01-02T06:00..2015-01-03T06:00"]
    assert words(q) == asked


@pytest.mark.parametrize(
    ("q", "asked"),
    [
        ("31/12/2025", ["31 12 2025"]),
        ("2025-02-29", ["2025 02 29"]),
        ("2025-02-29 5 pm", ["2025 02 29", "@5 pm"]),
        ("2/29/2100", ["2 29 2100"]),
        ("1/2/1999", ["1 2 1999"]),
        ("2101-01-01", ["2101 01 01"]),
        ("0/1/2015 1/0/2015 13/1/2015", ["0 1 2015", "1 0 2015", "13 1 2015"]),
        ("1/2/201 1/2/20155 001/2/2015", ["1 2 201", "1 2 20155", "001 2 2015"]),
        ("20150102 1/2 1-2-15 2.1.2015", ["20150102", "1 2", "1 2 15", "2 1 2015"]),
        ("2015-01-02T25:10", ["2015 01 02t25 10|2015 01 02 t25 10"]),
        ("2015-01-02T17 2015-01-02x", ["2015 01 02t17|2015 01 02 t17", "2015 01 02x"]),
        ("date:1/2/2015", ["date 1 2 2015"]),
        ("٣/١/٢٠١٥", ["3 1 2015"]),
        ('"1/2/2015" -1/3/2015 record:1/4/2015', ["=1 2 2015", "record:1 4 2015", "-1 3 2015"]),
        ("13:99 25:10 5:10 pm", ["13 99", "25 10", "@5 10 pm"]),
    ],
)
def test_what_cannot_be_a_date_is_a_word(q: str, asked: list[str]) -> None:
    assert spans(q) is None
    assert words(q) == asked


DAY = ["2026-11-20T06:00..2026-11-21T06:00"]
MINUTE = ["2026-11-20T23:10..2026-11-20T23:11"]
SECOND = ["2026-11-20T23:10:32..2026-11-20T23:10:33"]
SECOND_UTC = ["2026-11-20T17:10:32..2026-11-20T17:10:33"]


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        *[(q, DAY) for q in [
            "11/20/2026", "11/20/26", "11-20-2026", "2026-11-20", "2026/11/20", "2026.11.20", "Nov 20, 2026",
            "nov 20 2026", "November 20th, 2026", "Nov. 20, 2026", "NOV 20,2026", "20 November 2026", "20 Nov 2026",
            "20-Nov-2026", "20-NOV-26", "20/Nov/2026", "20nov2026", "Friday, November 20, 2026", "Fri 11/20/2026",
            "(Fri. Nov 20, 2026)", "2026-11-20 Fri", "11/20/2026 (Friday)", "on 11/20/2026", "20th of November 2026",
            "\u200e11/20/2026", "\u200e11\u200e/20\u200e/2026",
        ]],
        *[(q, MINUTE) for q in [
            "Nov 20, 2026 at 5:10 PM", "November 20, 2026 5:10 p.m.", "11/20/26, 5:10 PM", "2026.11.20 17:10",
            "20 nov. 2026 17:10", "11-20-2026 17:10", "Friday, Nov 20, 2026, 5:10pm", "20261120T1710",
            "11/20/2026 5:10p", "2026-11-20 Fri 5:10 pm", "11/20/2026 5:10 pm CST", "11/20/2026 5:10 pm -0600",
            "11/20/2026 6:10 p.m. -05:00", "«11/20/2026» 5:10 pm…",
            "2026-11-20 17:10 -06:00", "2026-11-20 17:10 GMT-6", "2026-11-20T23:10Z", "2026-11-20 23:10 UTC",
            "11/21/2026 1:10 AM GMT+2", "11/20/2026 11:10 pm gmt", "11/21/2026 4:40 AM GMT+5:30",
        ]],
        *[(q, SECOND) for q in [
            "Nov 20, 2026 at 5:10:32 PM", "Nov 20, 2026, 5:10:32.000 PM",
            "Fri Nov 20 17:10:32 2026", "Nov 20 17:10:32 2026", "20-Nov-2026 17:10:32",
            "20/Nov/2026:17:10:32 -0600", "Fri Nov 20 17:10:32 -0600 2026", "20261120T171032",
            "Fri Nov 20 2026 17:10:32 GMT-0600 (Central Standard Time)",
            "Fri Nov 20 17:10:32 CST 2026", "Fri Nov 20 05:10:32 PM CST 2026", "Nov 20 5:10:32 PM 2026",
            "Fri, 20 Nov 2026 17:10:32 -0600 (CST)", "Fri, 20 Nov 2026 18:10:32 -0500 EST",
        ]],
        *[(q, SECOND_UTC) for q in [
            "Fri, 20 Nov 2026 17:10:32 GMT", "2026-11-20 17:10:32 +0000 UTC", "20261120T171032Z",
            "2026-11-20T17:10:32+00", "Fri Nov 20 17:10:32 UTC 2026", "2026-11-20 17:10:32 UTC",
        ]],
    ],
)  # fmt: skip
def test_a_date_as_staff_and_machines_write_it(q: str, expected: list[str]) -> None:
    assert spans(q) == expected
    assert words(f"a {q} b") == ["a", "b"]
    assert spans(f"smith {q} -lee") == expected


@pytest.mark.parametrize(
    "q",
    [
        "20.11.2026", "20-11-2026", "Nov 31, 2026", "30 Feb 2026", "Nov 20", "November 2026", "2026-11", "11-20-26",
        "Fri Nov 20 17:10:32 PST 2026", "Nov 20 17:10:32 Smith 2026", "mar 3", "may", "20/11/26",
        "Foo 20, 2026", "2026-11/20", "20-Nov/2026", "20201132", "2026-13-01",
    ],
)  # fmt: skip
def test_what_is_no_date_narrows_nothing(q: str) -> None:
    assert spans(q) is None
    assert words(q)


def test_an_offset_is_no_excluded_number_only_behind_a_time() -> None:
    assert words("11/20/2026 17:10 -0600") == []
    assert words("11/20/2026 -0600 -5") == ["-0600", "-5"]
    assert words('11/20/2026 17:10 -"0600"') == ["-=0600"]
    assert words("11/20/2026 17:10 -06") == ["-06"]
    assert words("11/20/2026 5:10 pm -0600") == []
    assert words("11/20/2026 5:10 pm -0615 -1200 -1245") == ["-0615", "-1200", "-1245"]
    assert words("11/20/2026 5 pm -1200") == ["-1200"]
    assert words("11/20/2026 17:10 -1245") == ["-1245"]
    assert words("11/20/2026 noon -0600") == words("11/20/2026 5p -0600") == words("11/20/2026 5 pm -0600 CST") == []
    assert words("11/20/2026 5:10 pm gmtx") == ["gmtx"]


def test_the_minute_that_a_clock_shows_twice_is_told_apart_as_pages_show_it() -> None:
    """Zones such as Berlin's have names without letters for browsers, which write the offset."""
    assert spans("10/25/2026 2:30 AM GMT+2") == ["2026-10-25T00:30..2026-10-25T00:31"]
    assert spans("10/25/2026 2:30 AM GMT+1") == ["2026-10-25T01:30..2026-10-25T01:31"]


@pytest.mark.parametrize(
    ("q", "shown"),
    [
        ("12:00 pm", True), ("12 pm", True), ("12pm", True), ("12:00", True), ("12:00:00", True), ("12:00:01", False),
        ("12:01 pm", False), ("12 am", False), ("5:00 pm", False), ("17:00", False), ("-12:00", True),
        ("6/15/2026 12:00:00 pm", True), ("12:00 pm 6/15/2026", True), ("12:00 pm 6/16/2026", False),
    ],
)  # fmt: skip
def test_a_time_without_a_date_is_that_of_any_day(q: str, shown: bool) -> None:
    assert finds(q) == shown


def test_a_time_without_a_date_is_also_found_in_a_text() -> None:
    moved = audit_texts(action="moved the class to 5:10 pm")
    assert finds("5:10 pm", moved)
    assert finds("5:10", moved)
    assert not finds("5:11 pm", moved)
    assert all(finds(q, moved) for q in ("5:10pm", "17:10", "05:10 p.m."))
    assert not finds("5:10 am", moved)
    assert all(finds("5 pm", audit_texts(action=f"class at {text}")) for text in ("5pm", "5 p.m.", "5:00 pm", "5:00PM"))
    assert not finds("5 pm", audit_texts(action="class at 5:30 pm"))
    assert all(finds(q, audit_texts(action="pickup at 17:00")) for q in ("5 pm", "5pm", "5:00 p.m.", "17:00"))
    assert all(finds(q, audit_texts(action="closes at 00:00")) for q in ("12 am", "12:00 am", "0:00"))
    assert not finds("5 pm", audit_texts(action="pickup at 17:30"))
    assert not any(finds("9 am", audit_texts(action=f"class at {text}")) for text in ("09:00 PM", "9:00 pm"))


@pytest.mark.parametrize("text", ["05:30 PM", "05:30PM", "05:30 p.m.", "5:30pm"])
@pytest.mark.parametrize("q", ["5:30 pm", "at 5:30 pm", "05:30 p.m.", "@ 5:30p.m."])
def test_a_time_in_a_text_is_found_with_and_without_a_zero_in_front(q: str, text: str) -> None:
    assert finds(q, audit_texts(action=f"class at {text} tomorrow"))
    assert not finds(q, audit_texts(action="class at 05:30 AM"))


def test_noon_and_midnight_are_times() -> None:
    noon, midnight = "2026-06-15T17:00:30.000Z", "2026-06-15T05:00:30.000Z"
    assert all(finds(q, moment=noon) for q in ("noon", "12 noon", "12:00 noon", "noon 6/15/2026", "6/15/2026 12 noon"))
    assert all(finds(q, moment=midnight) for q in ("midnight", "12:00 midnight", "6/15/2026 12:00 midnight"))
    assert not any(finds(q, moment=noon) for q in ("midnight", "6/15/2026 12:00 midnight", "noon 6/14/2026"))
    assert finds("noon", audit_texts(action="moved the class to noon"), moment=midnight)


@pytest.mark.parametrize("q", ["at 09:00", "@ 09:00", "at noon", "at 17:10:30"])
def test_what_stands_before_a_time_need_not_stand_in_the_text(q: str) -> None:
    assert finds(q, audit_texts(action=f"moved to {q.split()[1]}"), moment="2026-06-15T02:00:00.000Z")


@pytest.mark.parametrize(
    "q", ["Smith's", "smith’s", "deleted Smith's", "SMITH'S", "Smith's,", "(Smith‘s)", "action:Smith's"]
)
def test_what_is_a_persons_is_found_by_the_name(q: str) -> None:
    assert finds(q, audit_texts(action="deleted Smith"))
    assert finds(q, audit_texts(action="deleted Smith's enrollment"))
    assert not finds(q, audit_texts(action="deleted Smyth"))
    assert not finds('"smith\'s"', audit_texts(action="deleted Smith"))
    assert finds("-smith's", audit_texts(action="deleted Smith"))
    assert finds("Ng's", audit_texts(action="deleted Ng"))
    assert not finds("it's", audit_texts(action="deleted it"))


def test_an_ipv4_address_that_is_written_as_ipv6_is_found_by_both() -> None:
    mapped = audit_texts(ip="::ffff:203.0.113.77")
    for q in ("203.0.113.77", "ip:203.0.113.", "::ffff:203.0.113.77", "ip:::FFFF:203.0.113.77", '"203.0.113.77"'):
        assert finds(q, mapped), q
        assert not finds(q, audit_texts(ip="::ffff:203.1.113.7")), q
    assert not finds("203.0.113.7.", mapped)


def test_a_time_of_day_is_that_of_the_clock_through_daylight_saving() -> None:
    at_half_past_one = ["2026-11-01T06:30:00.000Z", "2026-11-01T07:30:00.000Z", "2026-07-01T06:30:00.000Z"]
    assert all(finds("1:30 am", moment=moment) for moment in at_half_past_one)
    assert not finds("1:30 am", moment="2026-12-01T06:30:00.000Z")


def test_milliseconds_that_nobody_sees_match_nothing() -> None:
    assert not finds("64", audit_texts(action="x"), moment="2026-06-15T15:22:04.964Z")
    assert not finds("22", audit_texts(action="x"), moment="2026-06-15T15:22:22.222Z")


@pytest.mark.parametrize(
    ("q", "is_found"),
    [
        ("王小明", True), ("小明", True), ("明", True), ("王", True), ("王明", False), ("明小", False),
        ("ひらがな", True), ("らがな", True), ("カタカナ", True), ("タカナ", True), ("ﾀｶﾅ", True),
        ("ダカナ", False), ("ﾀﾞ", False),
        ("สวัสดี", True), ("วัส", True), ("김민수", True), ("민수", True), ("김수", False), ("phone手机", True),
        ("手机", True), ('"小明"', True), ('"王小"', True), ("-小明", False), ("機", False),
    ],
)  # fmt: skip
def test_a_script_without_blanks_is_found_from_any_character_on(q: str, is_found: bool) -> None:
    entry = audit_texts(member_name="王小明", username="김민수", action="ひらがなカタカナ สวัสดี", names=["iPhone手机"])
    assert finds(q, entry) == (is_found or q == "phone手机")


@pytest.mark.parametrize(
    ("q", "statuses"),
    [
        ("spam", {"complained"}),
        ("marked as spam", {"complained"}),
        ("not delivered", {"bounced", "rejected", "failed", "suppressed"}),
        ("Not Sent", {"suppressed"}),
        ("delivered", {"delivered"}),
        ("status:delivered", {"delivered"}),
        ('status:"not delivered"', {"bounced", "rejected", "failed", "suppressed"}),
        ("status:not", {"bounced", "rejected", "failed", "suppressed"}),
        ("bounce", {"bounced"}),
        ("-delivered", set(shown_words.EMAIL) - {"delivered"}),
        ("smith", set()),
    ],
)
def test_a_status_is_found_by_the_words_that_pages_show(q: str, statuses: set[str]) -> None:
    found = {
        status for status, wordings in shown_words.EMAIL.items() if finds(q, Texts(words=["x"], statuses=wordings))
    }
    assert found == statuses


def test_words_beside_each_other_are_a_status_and_words_apart_are_not() -> None:
    assert words("not delivered") == ["not delivered"]
    assert words("delivered not") == ["delivered", "not"]
    assert words("not yet delivered") == ["not", "yet", "delivered"]
    assert finds("parcel not delivered", Texts(words=["the parcel was not delivered"]))


def test_the_words_of_every_status_are_said() -> None:
    assert set(shown_words.EMAIL) == set(get_args(EmailStatus))
    assert set(shown_words.SMS) == set(get_args(SmsStatus))
    assert set(shown_words.REASON) == set(get_args(SmsReason))
    assert set(shown_words.PUSH) == set(get_args(PushStatus))


@pytest.mark.parametrize("mark", ["\u200e", "\u200f", "\ufeff", "\u2060", "\u202a"])
@pytest.mark.parametrize(
    "q", ["-anna", '-"anna lee"', "username:jdoe5", "-source:kiosk", '"anna lee"', "1/2/2015 5 pm", "+1 415 555 0101"]
)
def test_marks_that_are_not_seen_count_for_nothing(q: str, mark: str) -> None:
    plain, marked = (reading.parse(f"x {line}", CHICAGO) for line in (q, mark + mark.join(q) + mark))

    assert (marked.spans, marked.required, marked.excluded) == (plain.spans, plain.required, plain.excluded)


def test_a_part_with_marks_that_are_not_seen_is_understood_as_it_was_typed() -> None:
    understood = reading.parse("\u200e-an\u00adna \u200fip:10 \ufeff", CHICAGO).understood
    assert [part.text for part in understood] == ["-an\u00adna", "ip:10"]


def test_each_part_of_a_line_is_understood_in_its_order() -> None:
    q = 'smith 01/01/2015 5:10 pm "two words" -lee -source:kiosk username:jo *** 5:10pm smith 03/08/2026 2:30 am'
    assert msgspec.to_builtins(list(reading.parse(q, CHICAGO).understood)) == [
        {"text": "smith", "kind": "word"},
        {
            "text": "01/01/2015 5:10 pm",
            "kind": "date",
            "from": "2015-01-01T23:10:00.000Z",
            "to": "2015-01-01T23:11:00.000Z",
        },
        {"text": '"two words"', "kind": "phrase"},
        {"text": "-lee", "kind": "excluded"},
        {"text": "-source:kiosk", "kind": "excluded", "field": "source"},
        {"text": "username:jo", "kind": "field", "field": "username"},
        {"text": "***", "kind": "ignored"},
        {"text": "5:10pm", "kind": "date"},
        {"text": "smith", "kind": "ignored"},
        {"text": "03/08/2026 2:30 am", "kind": "date"},
    ]


@pytest.mark.parametrize(
    ("q", "span"),
    [
        ("11/20/2026 17:10:32 CST", SECOND),
        ("11/20/2026 5:10:32 pm cst", SECOND),
        ("2026-11-20 18:10:32 CDT", SECOND),
        ("11/01/2026 1:30 am CDT", ["2026-11-01T06:30..2026-11-01T06:31"]),
        ("11/01/2026 1:30 am CST", ["2026-11-01T07:30..2026-11-01T07:31"]),
    ],
)
def test_the_name_of_the_orgs_zone_behind_a_time_tells_its_offset(q: str, span: list[str]) -> None:
    assert spans(q) == span
    assert words(q) == []


def test_other_names_behind_a_time_are_words() -> None:
    assert words("11/20/2026 17:10 EST") == ["est"]
    assert words("11/20/2026 CST") == ["cst"]
    assert words("11/20/2026 17:10Z CST") == ["cst"]
    assert words("2015-01-02T17:10-06:00 changed start time") == ["changed", "start", "time"]
    assert words("1/2/2015 17:10 -1234") == ["-1234"]


@pytest.mark.parametrize(
    ("q", "asked"),
    [
        ("+14155550101 5 pm", ["1 415 555 0101", "@5 pm"]),
        ("+14155550101 1/2/15", ["1 415 555 0101"]),
        ("020 7946 0958 5 pm", ["020 7946 0958", "@5 pm"]),
        ("+14155550101 2026", ["1 415 555 0101", "2026"]),
        ("+1 415 555 0101 64", ["1 415 555 0101", "64"]),
        ("+14155550101 10.0.3", ["1 415 555 0101", "10 0 3"]),
        ("-(415) 555-0101 smith", ["smith", "-415 555 0101"]),
        ("status:not delivered x", ["status:not delivered", "x"]),
        ("-not delivered", ["-not delivered"]),
        ("(not delivered)", ["not delivered"]),
        ("–anna −lee", ["-anna", "-lee"]),
        ("—anna ‐lee ‑kim －cho", ["-anna", "-lee", "-kim", "-cho"]),
        ('―username:jo ﹣"a b"', ["-username:jo", "-=a b"]),
        ("anna — lee anna—lee", ["anna", "lee", "anna lee"]),
        ("(415)－555－0101", ["415 555 0101"]),
        ("username: jdoe", ["username:jdoe"]),
    ],
)
def test_what_belongs_together_is_one_term_and_no_more(q: str, asked: list[str]) -> None:
    assert [word.partition("|")[0].replace("14155550101", "1 415 555 0101") for word in words(q)] == asked


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("10.0.3.4,", {"10.0.3.4"}), ("(10.0.3.4)", {"10.0.3.4"}), ("10.0.3.4:443", {"10.0.3.4"}),
        ("[2001:db8::1]:443", {"2001:db8::1"}), ("ip:[2001:DB8::1]:443", {"2001:db8::1"}), ("[fe80::12]:80", set()),
        ("[fe80::1%eth0]:443", {"fe80::1%eth0"}), ("[1]:2", set()), ("a]:1", set()),
        ("192.0.2.144:52100", {"192.0.2.144"}), ("192.0.2.1", {"192.0.2.144"}), ('ip:"192.0.2.1"', set()),
        ("ip:10.0.3.4,", {"10.0.3.4"}), ("[2001:db8::1]", {"2001:db8::1"}), ("::1", {"::1"}), ("ip:::1", {"::1"}),
        ("ip:2001:db8::1", {"2001:db8::1"}), ("ip:2001:db8:1", {"2001:db8:1::9"}), ("ip:localhost", set()),
        ("ip:fe80::1", {"fe80::1%eth0"}), ("ip:fe", {"fe80::1%eth0"}), ("fe", set()), ("10.0.3", {"10.0.3.4"}),
        ("2001:", {"2001:db8::1", "2001:db8:1::9"}), ("1", {"10.0.3.4", "1.2.3.4", "192.0.2.144"}),
    ],
)  # fmt: skip
def test_an_address_is_found_by_its_beginning_and_by_nothing_else(q: str, found: set[str]) -> None:
    ips = ["10.0.3.4", "2001:db8::1", "2001:db8:1::9", "::1", "1.2.3.4", "fe80::1%eth0", "192.0.2.144"]
    assert {ip for ip in ips if finds(q, audit_texts(ip=ip))} == found


@pytest.mark.parametrize(
    "q",
    [
        "fe80::1%eth0", "ip:fe80::1%eth0", 'ip:"fe80::1%eth0"', "FE80::1%ETH0", "[fe80::1%eth0]", "ip:fe80::1%",
        '"fe80::1"',
    ],
)  # fmt: skip
def test_an_address_with_a_zone_is_found_as_it_is_shown(q: str) -> None:
    assert finds(q, audit_texts(ip="fe80::1%eth0"))
    assert not finds(q, audit_texts(ip="fe80::12%eth0"))
    assert not finds(f"-{q}", audit_texts(ip="fe80::1%eth0"))


def test_an_address_of_another_zone_is_another() -> None:
    ips = ["fe80::1%eth0", "fe80::1%eth01", "fe80::1%en0.7", "fe80::1%3", "fe80::1"]
    assert [ip for ip in ips if finds("ip:fe80::1%eth", audit_texts(ip=ip))] == ips[:2]
    assert [ip for ip in ips if finds('ip:"fe80::1%eth0"', audit_texts(ip=ip))] == ips[:1]
    assert [ip for ip in ips if finds("ip:fe80::1%en0.7", audit_texts(ip=ip))] == ips[2:3]
    assert [ip for ip in ips if finds("ip:fe80::1%3", audit_texts(ip=ip))] == ips[3:4]


def test_a_leap_day_is_a_day() -> None:
    assert spans("2/29/2024", ZoneInfo("UTC")) == ["2024-02-29T00:00..2024-03-01T00:00"]


def test_of_several_dates_all_hold() -> None:
    assert spans("1/2/2015 x 1/2/2015 5:10 pm 2015-01-02") == ["2015-01-02T23:10..2015-01-02T23:11"]
    assert spans("1/2/2015 1/3/2015") == []
    assert spans("1/2/2015 2015-01-03T05:59Z") == ["2015-01-03T05:59..2015-01-03T06:00"]
    assert spans("1/2/2015 5:10:30 pm 2015-01-02T23:10Z") == ["2015-01-02T23:10:30..2015-01-02T23:10:31"]
    assert spans("1/2/2015 2015-01-03T06:00Z") == []
    assert spans("2015-01-01T10:00Z 2015-01-01T12:00+02:00") == ["2015-01-01T10:00..2015-01-01T10:01"]


def test_a_time_that_daylight_saving_skips_is_no_time() -> None:
    assert spans("03/08/2026 2:30 am") == []
    assert spans("03/08/2026 2 am") == []
    assert spans("03/08/2026 3 am") == ["2026-03-08T08:00..2026-03-08T09:00"]
    assert not finds("03/08/2026 2:30 am", moment="2026-03-08T08:30:00.000Z")


def test_a_time_that_daylight_saving_repeats_is_both() -> None:
    both = ["2026-11-01T06:30..2026-11-01T06:31", "2026-11-01T07:30..2026-11-01T07:31"]
    assert spans("11/01/2026 1:30 am") == both
    assert spans("11/01/2026 1 am") == ["2026-11-01T06:00..2026-11-01T08:00"]
    assert spans("11/01/2026 1:30 am 2026-11-01T07:30Z") == both[1:]
    assert spans("11/1/2026") == ["2026-11-01T05:00..2026-11-02T06:00"]
    assert [finds("11/01/2026 1:30 am", moment=f"2026-11-01T0{hour}:30:59.999Z") for hour in (5, 6, 7, 8)] == [
        False, True, True, False,
    ]  # fmt: skip


def test_a_day_that_the_zone_skipped_is_no_time() -> None:
    assert spans("12/30/2011", ZoneInfo("Pacific/Apia")) == []


def test_an_entry_of_the_last_millisecond_is_of_the_day_and_the_next_is_not() -> None:
    moments = [
        "2015-01-02T05:59:59.999Z",
        "2015-01-02T06:00:00.000Z",
        "2015-01-03T05:59:59.999Z",
        "2015-01-03T06:00:00.000Z",
    ]
    assert [finds("1/2/2015 jose", moment=moment) for moment in moments] == [False, True, True, False]


@pytest.mark.parametrize(
    "q",
    [
        "kiosk", "check in kiosk", '"check in"', "10.0.3.4", "10.0.", "10.0.*", "10",
        "jose", "JOSÉ", "jos", "o'brien", "obrien", "O’Bri", "jose.obrien@example.com", "jose.obrien", "example",
        '"jose obrien"', "deleted", "delet* invoice", "2", "🎉", "[a+b]", "a+", "smith", "jones smith", "smith-jones",
        "smith/jo", '"smith jones"', '"SMITH, JONES"', "getbucket", "bucketAcl", "acl", '"bucket"', "bucket",
        "GetBucketAclInfo", "-williams", '-"smith anna"', "username:jose", 'username:"jose"', "username:example.com",
        "action:invoices", "record:smith", "record:123", "record:12", "record:family/123", 'record:"family/123"',
        "record:invoice", "record:AB-77", "record:ab", "record:acl", "source:kiosk", "source:check_in_kiosk",
        "source:CHECK", "-source:office", "ip:10", "ip:10.0", "ip:10.0.3.4", "ip:10.0.*", 'ip:"10.0.3"', "-ip:0.3.4",
        "-ip:110.0", "-record:123456",
    ],
)  # fmt: skip
def test_it_is_found_by(q: str) -> None:
    assert finds(q)


@pytest.mark.parametrize(
    "q",
    [
        "0.3.4", "110.0", "10.0.3.40",
        "mith", "rien", "se", "obrien jose jim", '"jos"', '"jose deleted"', "brien.jose", "jones-smith",
        '"smith jone"', "123", "family", "iosk", "ucket", "bucketinfo", "-smith", "-delet", '-"jose"',
        "jose -anna", "username:smith", "username:deleted", "action:jose", "record:jose", "record:23",
        "record:family/3", 'record:"family/12"', "record:1234", "source:office_portal", "source:jose", "ip:0.3",
        "ip:3.4", "ip:10.0.4", "ip:110.0", "ip:1.0.3.4", "ip:10.0.3.40", 'ip:"10.0.3.4.5"', "ip:1.", 'ip:"1"',
        "-ip:10", "-source:kiosk", "-record:smith", "1/2/2015",
    ],
)  # fmt: skip
def test_it_is_not_found_by(q: str) -> None:
    assert not finds(q)


def test_an_ip_address_is_compared_from_its_beginning_whatever_the_case() -> None:
    entry = audit_texts("x", "x", "system", "2001:DB8::0Aa1", "x", [], [])
    assert finds("ip:2001:db8", entry)
    assert finds("ip:2001:DB8::0AA1", entry)
    assert finds('ip:"2001:db8"', entry)
    assert not finds('ip:"2001:db8::0"', entry)
    assert not finds("ip:db8", entry)
    assert not finds("ip:2001:db8:a", entry)


def test_the_words_of_a_phrase_stand_in_one_text() -> None:
    entry = audit_texts("Ann Lee", "ann", "system", "", "login", ["Mary", "Jones"], [])
    assert finds("mary jones lee login", entry)
    assert not finds('"mary jones"', entry)
    assert not finds("lee.ann", entry)


def test_an_entry_without_texts_is_found_by_no_word() -> None:
    empty = audit_texts("", "", "", "", "", [], [])
    assert not any(finds(q, empty) for q in ["a", '"a"', "ip:1", "record:1", "source:x", "username:x"])
    assert finds("-a -ip:1", empty)


HARD_LINES = [
    " ".join(f"word{number}" for number in range(500)),
    "x " * 5_000,
    "1/2/2015 " * 1_100,
    "1/2/2015 at 5:10 pm " * 500,
    '"' * 10_001,
    '-" ' * 3_333,
    "-" * 10_000,
    "username:" * 1_100,
    "aB" * 5_000,
    "1/" * 5_000,
    "é" * 5_000,
]


@pytest.mark.parametrize("q", HARD_LINES, ids=lambda q: q[:12])
def test_a_long_line_is_read_in_milliseconds(q: str) -> None:
    def spent(action: Callable[[], object]) -> float:
        before = time.process_time()
        action()
        return time.process_time() - before

    def read() -> object:
        return reading.parse(q, CHICAGO)

    def visited() -> object:
        return [char.lower() for _ in range(10) for char in "x" * 10_000]

    # Reading takes up to seven times what visiting 10,000 characters ten times does; a quadratic reading takes seconds.
    assert min(spent(read) for _ in range(5)) < 16 * min(spent(visited) for _ in range(5))


def test_of_500_terms_all_count() -> None:
    many = audit_texts("", "", "system", "", " ".join(f"word{number}x" for number in range(500)), [], [])
    assert finds(HARD_LINES[0], many)
    assert not finds(HARD_LINES[0] + " word500", many)
    assert not finds(HARD_LINES[0] + " -word499", many)


ANYTHING = st.text(st.characters()) | st.lists(
    st.sampled_from([
        '"', "-", " ", ":", "/", ",", "at", "pm", "p.m.", "T", "Z", "1/2/2015", "2015-01-02", "12/31/2100",
        "2000-01-01", "5:10", "23:59", "+23:59", "-06:00", ".123", "username", "ip:", "source:", "O'B", "É", "🎉",
        "\ud800", "*", "\\", "(", "”",
    ])
).map("".join)  # fmt: skip
ZONES = st.sampled_from(
    ["UTC", "America/Chicago", "Pacific/Apia", "Pacific/Kiritimati", "Etc/GMT+12", "America/St_Johns"]
)


@examples(300)
@given(ANYTHING, ZONES.map(ZoneInfo), st.booleans())
@example('"', CHICAGO, False)
@example("12/31/2100 11:59:59 pm 2000-01-01T00:00+23:59", CHICAGO, False)
def test_any_text_is_a_line(q: str, zone: ZoneInfo, twice: bool) -> None:
    line = reading.parse(q, zone)
    rest = q
    for part in line.understood:
        assert part.text in rest
        rest = rest[rest.index(part.text) + len(part.text) :]
    assert isinstance(matching.matches(line, NOON, ENTRY), bool)
    for term in line.required + line.excluded:
        assert term.forms
        assert all(form and form == " ".join(form.split()) for form in term.forms)
    assert len(set(line.required)) == len(line.required)
    if line.spans:
        assert list(line.spans) == sorted(line.spans)
        assert all("1999-12-30" < start < end < "2101-01-03" for start, end in line.spans)


# Over an alphabet small enough that everything happens.
SEPARATORS = ["-", ".", "_", "@", "*", "('"]
words_of = st.text("abBéÉ1", min_size=1, max_size=3)
typed_words = st.lists(st.tuples(words_of, st.sampled_from(SEPARATORS)), min_size=1, max_size=3).map(
    lambda parts: "".join(word + separator for word, separator in parts)
)
loose_texts = st.lists(words_of | st.sampled_from([" ", "-", "'", ".", "/"]), max_size=8).map("".join)
terms = st.fixed_dictionaries(
    {
        "excluded": st.sampled_from([False, False, True]),
        "field": st.sampled_from([None, None, None, "username", "Source", "RECORD", "action"]),
        "quoted": st.booleans(),
        "typed": typed_words,
    }
)


@st.composite
def questions(draw: st.DrawFn) -> tuple[list[dict[str, Any]], Texts]:
    """Up to three terms, and an entry in whose texts what was typed is likely, with something before and after it."""
    asked = draw(lists_of(terms, 1, 2, 3))
    required = [term for term in asked if not term["excluded"]]
    typed = st.sampled_from([str(term["typed"]) for term in [*required, *required, *required, *asked]])
    before, behind = st.sampled_from(["", "", "b ", "a-"]), st.sampled_from(["", "", " a", "b", "'B", ".1"])
    near = st.builds(lambda *parts: "".join(parts), before, typed, behind)
    texts = st.one_of(loose_texts, near, st.tuples(near, near).map(" ".join))
    entry = draw(
        st.builds(
            audit_texts,
            member_name=texts,
            username=texts,
            source=st.just("") | texts,
            ip=st.just(""),
            action=texts,
            names=st.lists(texts, max_size=2),
            records=st.lists(texts, max_size=2),
        )
    )
    return asked, entry


def line_of(asked: Sequence[dict[str, Any]]) -> str:
    return "  ".join(_parts(asked))


def _parts(asked: Sequence[dict[str, Any]]) -> Iterator[str]:
    for term in asked:
        body = f'"{term["typed"]}"' if term["quoted"] else term["typed"]
        yield ("-" if term["excluded"] else "") + (f"{term['field']}:" if term["field"] else "") + body


@reaching(found=0.2, several=0.06, phrase=0.08, excluded=0.03)
@examples(300)
@given(questions())
def test_it_finds_exactly_what_the_rules_say(question: tuple[list[dict[str, Any]], Texts]) -> None:
    asked, entry = question
    expected = all(_is_there(term, entry) != term["excluded"] for term in asked)
    assert finds(line_of(asked), entry) == expected
    met("found", expected)
    met("several", expected and len([term for term in asked if not term["excluded"]]) > 1)
    met("phrase", expected and any(term["quoted"] and not term["excluded"] for term in asked))
    met("excluded", expected and any(term["excluded"] for term in asked) and not all(t["excluded"] for t in asked))


def _is_there(term: dict[str, Any], entry: Texts) -> bool:
    field = (term["field"] or "").lower()
    texts = plain_search.searched(entry, field)
    return any(plain_search.stands_in(term["typed"], text, whole=term["quoted"]) for text in texts)


def test_the_rules_said_plainly_find_something_and_not_everything() -> None:
    assert plain_search.stands_in("aB", "b-a'B1", whole=False)
    assert plain_search.stands_in("a-b", "é-aBé", whole=False)
    assert not plain_search.stands_in("a-b", "baB", whole=False)
    assert not plain_search.stands_in("ab", "ab1", whole=True)


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("jose deleted smith", True),
        ('"deleted 2 invoices" -office', True),
        ('"deleted 2 invoices" -kiosk', False),
        ('"deleted 2 invoice"', False),
        ("jose -smith", False),
        ("source:kiosk record:123 username:jose.obrien", True),
        ("ip:10.0 get bucket", True),
        ("ip:0.3", False),
        ("ip:10.0. -ip:10.1", True),
        ("ip:10.0.3.", True),
        ("6/15/2026 12 pm anna", True),
        ("06/15/26 12:00 PM", True),
        ("2026-06-15 12:01", False),
        ("2026-06-14 jose", False),
    ],
)
def test_the_plain_filter_of_other_tests_finds_what_the_line_does(line: str, is_found: bool) -> None:
    assert plain_search.finds(line, ENTRY, timestamps.from_instant(NOON), CHICAGO) == is_found
    assert finds(line) == is_found
