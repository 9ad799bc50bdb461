"""The search line of the blacklist: what begins an address or a word of it."""

from typing import Any

import pytest
from daybook.blacklist import queries

from tests.support import api
from tests.support.functions.blacklist import ORG, put, reset

pytestmark = pytest.mark.usefixtures("ses")

SMITH, MARY, WEB, FAMILY = "j.smith@gmail.example", "mary@smith-family.example", "web+shop@fam.example", "fam@x.example"
UMLAUT, SMITHERS = "jürgen@xn--bcher-kva.example", "smithers@fam.example.org"
ALL = [SMITH, MARY, WEB, FAMILY, UMLAUT, SMITHERS]


def found(q: str, **more: Any) -> list[str]:
    answer = api.call("GET", f"{ORG}/blacklist", q=q, **more)
    assert answer.status == 200, answer.text
    return [entry["address"] for entry in answer.body["entries"]]


@pytest.fixture(autouse=True)
def listed(functions: dict[str, str]) -> None:
    assert put(*({"address": address, "status": "manual"} for address in ALL)).status == 200


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("smith", [SMITH, MARY, SMITHERS]),
        ("SMITH", [SMITH, MARY, SMITHERS]),
        ("smith@", [SMITH]),
        ("mith", []),
        ("j.smith@gmail.example", [SMITH]),
        ("J.Smith@", [SMITH]),
        ("j", [SMITH, UMLAUT]),
        ("gmail", [SMITH]),
        ("@fam.example", [SMITHERS, WEB]),
        ("fam.example", [SMITHERS, WEB]),
        ("fam", [FAMILY, MARY, SMITHERS, WEB]),
        ("am.example", []),
        (".example", sorted(ALL)),
        ("+shop", [WEB]),
        ("shop", [WEB]),
        ("smith fam", [MARY, SMITHERS]),
        ("smith gmail", [SMITH]),
        ("smith nobody", []),
        ("Mary <mary@smith-family.example>", [MARY]),
        ("bücher", [UMLAUT]),
        ("@BÜCHER.ex", [UMLAUT]),
        ("xn--bcher", [UMLAUT]),
        ("ju\u0308rgen", [UMLAUT]),
        ("jurgen", []),
        ("", sorted(ALL)),
        ("  ", sorted(ALL)),
        ("<>", sorted(ALL)),
        ("%", []),
        ("\0", []),
        ("_", []),
    ],
)
def test_a_term_begins_the_address_or_a_word_of_it(q: str, expected: list[str]) -> None:
    assert found(q) == sorted(expected)


def test_statuses_narrow_what_is_found() -> None:
    put({"address": SMITH, "status": "complaint"})
    assert found("smith", status="complaint") == [SMITH]
    assert found("smith", status=["manual"]) == sorted([MARY, SMITHERS])


def test_what_was_reset_is_not_found() -> None:
    reset(SMITH)
    assert SMITH not in found("smith")


def test_pages_are_walked_in_both_directions() -> None:
    put(
        *(
            {"address": f"a{number:02}@{'fam' if number % 3 else 'x'}.example", "status": "manual"}
            for number in range(40)
        )
    )
    expected = found("fam")
    page = api.call("GET", f"{ORG}/blacklist", q="fam", limit=7).body
    pages = [page]
    while page["next"]:
        page = api.call("GET", f"{ORG}/blacklist", q="FAM ", limit=7, cursor=page["next"]).body
        pages.append(page)
    walked = [entry["address"] for each in pages for entry in each["entries"]]
    assert walked == expected
    for earlier in reversed(pages[:-1]):
        page = api.call("GET", f"{ORG}/blacklist", q="fam", limit=7, cursor=page["prev"]).body
        assert page["entries"] == earlier["entries"]


def test_a_page_reads_so_many_addresses_at_most_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "CHUNK", 4)
    monkeypatch.setattr(queries, "READ_BUDGET", 8)
    put(*({"address": f"a{number:02}@x.example", "status": "manual"} for number in range(20)))
    page = api.call("GET", f"{ORG}/blacklist", q="gmail", limit=2).body
    assert page["entries"] == []
    pages = [page]
    while page["next"]:
        page = api.call("GET", f"{ORG}/blacklist", q="gmail", limit=2, cursor=page["next"]).body
        pages.append(page)
    assert len(pages) == 4
    assert [entry["address"] for each in pages for entry in each["entries"]] == [SMITH]


def test_a_cursor_belongs_to_its_line() -> None:
    cursor = api.call("GET", f"{ORG}/blacklist", q="smith", limit=1).body["next"]
    for q in ("fam", "smith fam", ""):
        assert api.call("GET", f"{ORG}/blacklist", q=q, cursor=cursor).body["code"] == "invalid_cursor"
    assert api.call("GET", f"{ORG}/blacklist", q="Smith", cursor=cursor).status == 200


def test_a_line_has_1000_characters_at_most_and_goes_without_address() -> None:
    assert api.call("GET", f"{ORG}/blacklist", q="a" * 1000).status == 200
    answer = api.call("GET", f"{ORG}/blacklist", q="a" * 1001)
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "q")
    answer = api.call("GET", f"{ORG}/blacklist", q="smith", address=SMITH)
    assert (answer.status, answer.body["errors"]) == (422, [{"field": "q", "message": "goes without address"}])
