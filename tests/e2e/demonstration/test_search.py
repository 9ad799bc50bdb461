"""The org's audit log on the running stack: searched, listed, and copied into the logs of the records it affected."""

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from daybook_cli.main import app
from typer.testing import CliRunner

from tests.support import api
from tests.support.local_stack.calls import VISIBLE_SECONDS, client, soon, walk

pytestmark = pytest.mark.slow

ZONE = "America/Chicago"
BURST, THREADS = 300, 4
# A function that has not run for a while starts anew; and a burst is taken in batch by batch.
SETTLED_SECONDS = 30


@pytest.fixture
def word() -> str:
    """One that stands in no entry of another test."""
    return f"w{uuid.uuid4().hex}"


@pytest.fixture
def admin(stack: dict[str, Any]) -> Iterator[httpx.Client]:
    with client(stack, "admin") as reader:
        yield reader


@pytest.fixture
def post(stack: dict[str, Any]) -> Iterator[Callable[..., dict[str, Any]]]:
    """Posts one audit entry and gives its result."""
    with client(stack, "service") as service:

        def posted(**fields: Any) -> dict[str, Any]:
            answer = service.post("/entries", json={"entries": [api.audit(**fields)]})
            assert answer.status_code in (200, 201), answer.text
            (result,) = answer.json()["results"]
            return dict(result)

        yield posted


@pytest.fixture(scope="module")
def in_chicago(stack: dict[str, Any]) -> None:
    """The org's time zone is that of the demonstration."""
    with client(stack, "admin") as chief:
        assert chief.get("/settings").json()["time_zone"] == ZONE


def found(reader: httpx.Client, q: str, **parameters: str) -> list[str]:
    """Ids of all that a line finds."""
    return [entry["id"] for entry in walk(reader, "/audit", q=q, **parameters)]


def staff_seen(reader: httpx.Client) -> list[dict[str, Any]]:
    staff: list[dict[str, Any]] = []
    parameters: dict[str, str | int] = {"limit": 200}
    while True:
        answer = reader.get("/audit/staff", params=parameters)
        assert answer.status_code == 200, answer.text
        staff += answer.json()["entries"]
        if answer.json()["next"] is None:
            return staff
        parameters["cursor"] = answer.json()["next"]


def records(count: int) -> list[dict[str, str]]:
    return [{"type": "family", "id": uuid.uuid4().hex} for _ in range(count)]


def test_an_entry_is_found_within_two_seconds(
    admin: httpx.Client, post: Callable[..., dict[str, Any]], word: str
) -> None:
    # Starts the functions: what a first call takes is none of the time that is looked at.
    first = post(action=f"warmed {word}")
    assert soon(lambda: found(admin, f"warmed {word}") == [first["id"]], SETTLED_SECONDS)
    result = post(action=f"deleted {word}")
    assert result["status"] == "created"
    assert soon(lambda: found(admin, f"deleted {word}") == [result["id"]], VISIBLE_SECONDS)
    assert found(admin, word) == [result["id"], first["id"]]


def test_an_entry_stands_once_in_the_log_of_every_record_that_it_affected(
    admin: httpx.Client, post: Callable[..., dict[str, Any]], word: str
) -> None:
    affected: list[dict[str, Any]] = [
        {"record": record, "change": change, "name": f"{word} {change}", "after": {"was": change}}
        for record, change in zip(records(3), ("created", "updated", "deleted"), strict=True)
    ]
    key = {"key": word, "occurred_at": (datetime.now(UTC) - timedelta(minutes=1)).isoformat()}
    posted = post(affected=affected, **key)

    def logs() -> list[list[dict[str, Any]]]:
        return [walk(admin, f"/records/family/{change['record']['id']}/audit") for change in affected]

    assert len(logs()[0]) == 1, "the first record's log has it at once"
    assert soon(lambda: all(logs()), SETTLED_SECONDS)
    again = post(affected=affected, **key)
    assert (again["status"], again["id"]) == ("duplicate", posted["id"])
    later = post(action=f"came later {word}")
    assert soon(lambda: found(admin, f"later {word}") == [later["id"]], SETTLED_SECONDS)
    for log, change in zip(logs(), affected, strict=True):
        (entry,) = log
        assert (entry["id"], entry["affected"]) == (posted["id"], [change])
    assert found(admin, f"{word} deleted") == [posted["id"]]
    whole = admin.get(f"/audit/{posted['id']}").json()
    link = admin.get("/settings").json()["record_url"]["family"]
    linked = [{**change, "url": link.replace("{id}", change["record"]["id"])} for change in affected]
    assert (whole["affected"], whole["affected_count"]) == (linked, 3)


def test_staff_that_were_seen_are_listed_with_the_day_of_their_last_entry(
    admin: httpx.Client, post: Callable[..., dict[str, Any]], word: str
) -> None:
    now = datetime.now(UTC)
    for hours in (1, 3, 2):
        last = post(username=word, action=word, occurred_at=(now - timedelta(hours=hours)).isoformat())
    assert soon(lambda: len(found(admin, f"username:{word}")) == 3, SETTLED_SECONDS)

    def listed() -> list[dict[str, Any]]:
        return [member for member in staff_seen(admin) if member["username"] == word]

    assert soon(lambda: len(listed()) == 1, SETTLED_SECONDS)
    newest = max(walk(admin, "/audit", staff=word), key=lambda entry: str(entry["occurred_at"]))
    assert last["status"] == "created"
    zone = ZoneInfo(admin.get("/settings").json()["time_zone"])
    day = datetime.fromisoformat(newest["occurred_at"]).astimezone(zone).date()
    (member,) = listed()
    assert (member["last_day"], member["member_name"]) == (day.isoformat(), newest["member_name"])


@pytest.mark.parametrize("role", ["other_admin", "staff"])
def test_who_may_not_see_the_audit_log_is_refused(
    stack: dict[str, Any], admin: httpx.Client, post: Callable[..., dict[str, Any]], word: str, role: str
) -> None:
    posted = post(action=word)
    assert soon(lambda: found(admin, word) == [posted["id"]], SETTLED_SECONDS)
    with client(stack, role) as other:
        for path in ("/audit", f"/audit?q={word}", f"/audit/{posted['id']}", "/audit/staff"):
            refused = other.get(path)
            assert (refused.status_code, refused.json()["code"]) == (403, "forbidden"), path
            assert word not in refused.text


def test_another_org_finds_nothing_of_it(
    stack: dict[str, Any], admin: httpx.Client, post: Callable[..., dict[str, Any]], word: str
) -> None:
    posted = post(action=word, username=word)
    assert soon(lambda: found(admin, word) == [posted["id"]], SETTLED_SECONDS)
    elsewhere = dict(stack, orgs=list(reversed(stack["orgs"])))
    with client(elsewhere, "other_admin") as other:
        assert walk(other, "/audit", limit="200") != []
        assert walk(other, "/audit", q=word) == walk(other, "/audit", staff=word) == []
        assert other.get(f"/audit/{posted['id']}").status_code == 404
        assert word not in [member["username"] for member in staff_seen(other)]


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("03/08/2026 2:30 am", 200),
        ("11/01/2026 1:30 am", 200),
        ("31/12/2025", 200),
        ("2025-02-29", 200),
        ("🎈", 200),
        ('"', 200),
        ("'", 200),
        ("-", 200),
        ('username:"', 200),
        (r".*+?[](){}^$|\ ", 200),
        ("(a+)+$", 200),
        ("\x00", 200),
        ("%00%ff%", 200),
        (" ".join(chr(ord("\u4e00") + number) for number in range(500)), 200),
        (" ".join(f"term{number}" for number in range(500)), 422),
        ("x" * 10_240, 422),
        ("é" * 1000, 200),
        ("é" * 1001, 422),
    ],
    ids=lambda value: repr(value)[:24],
)
@pytest.mark.usefixtures("in_chicago")
def test_an_awkward_line_has_a_defined_answer(admin: httpx.Client, line: str, status: int) -> None:
    answer = admin.get("/audit", params={"q": line})
    assert answer.status_code == status, answer.text
    if status == 200:
        assert answer.json().keys() == {"entries", "range", "next", "prev", "understood"}
    else:
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert (problem["status"], problem["code"]) == (422, "invalid_request")
        assert [fault["field"] for fault in problem["errors"]] == ["q"]


def clock_changes(zone: ZoneInfo, year: int) -> tuple[datetime, datetime]:
    """The moments of that year at which the clocks are put on, and back."""
    hours = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(365 * 24)]
    offsets = [hour.astimezone(zone).utcoffset() for hour in hours]
    on, back = (hour for hour, before, now in zip(hours[1:], offsets, offsets[1:], strict=False) if before != now)
    return on, back


@pytest.mark.usefixtures("in_chicago")
def test_a_time_that_the_clock_showed_twice_finds_both_and_one_that_it_skipped_none(
    admin: httpx.Client, post: Callable[..., dict[str, Any]], word: str
) -> None:
    # Last year's: what happened longer ago would have expired.
    on, back = clock_changes(ZoneInfo(ZONE), datetime.now(UTC).year - 1)
    half = timedelta(minutes=30)
    around_both = [on - half, on + half, back - half, back + half]
    ids = [post(action=word, occurred_at=moment.isoformat())["id"] for moment in around_both]
    assert soon(lambda: len(found(admin, word)) == 4, SETTLED_SECONDS)
    assert found(admin, f"{back:%m/%d/%Y} 1:30 am {word}") == [ids[3], ids[2]]
    assert found(admin, f"{word} {back:%m/%d/%Y} 1:31 am") == []
    assert found(admin, f"{on:%m/%d/%Y} 2:30 am {word}") == []
    assert found(admin, f"{on:%m/%d/%Y} 1:30 am {word}") == [ids[0]]
    assert found(admin, f"{on:%Y-%m-%d} {word} 3:30 am") == [ids[1]]
    assert found(admin, f"{on:%Y-%m-%d} 03:30 {word}") == [ids[1]]
    assert found(admin, f"{on:%m/%d/%Y} {word}", order="asc") == ids[:2]


@pytest.mark.parametrize("text", ["31/12/2025", "2025-02-29", "🎈", "'"])
@pytest.mark.usefixtures("in_chicago")
def test_what_cannot_be_a_date_is_found_as_a_word(
    admin: httpx.Client, post: Callable[..., dict[str, Any]], word: str, text: str
) -> None:
    posted = post(action=f"{word} paid {text} in cash")
    post(action=f"{word} paid 30/12/2025 in cash")
    assert soon(lambda: len(found(admin, word)) == 2, SETTLED_SECONDS)
    # A lone quote says nothing, so that line finds both.
    assert len(found(admin, f"{word} {text}")) == (2 if text == "'" else 1)
    assert posted["id"] in found(admin, f"{text} {word}")


def test_a_burst_is_found_whole_and_once_through_any_page_size(
    admin: httpx.Client, post: Callable[..., dict[str, Any]], word: str
) -> None:
    def one(number: int) -> str:
        return str(post(action=f"entry{number} of {word}", username=f"u{number % 7}")["id"])

    with ThreadPoolExecutor(THREADS) as pool:
        ids = sorted(pool.map(one, range(BURST)), reverse=True)
    assert soon(lambda: len(found(admin, word, limit="200")) >= BURST, SETTLED_SECONDS)
    for limit in ("7", "200"):
        assert found(admin, word, limit=limit) == ids
        assert found(admin, word, limit=limit, order="asc") == ids[::-1]
    assert found(admin, f"{word} entry299") == found(admin, f"{word} username:u5 entry299") != []
    mine = [entry["username"] for entry in walk(admin, "/audit", q=word, staff="u3", limit="7")]
    assert mine == ["u3"] * len([number for number in range(BURST) if number % 7 == 3])
    assert len(found(admin, f"{word} -username:u3")) == BURST - len(mine)


def test_the_command_line_shows_what_was_found(
    stack: dict[str, Any], admin: httpx.Client, post: Callable[..., dict[str, Any]], word: str
) -> None:
    ids = [post(action=f"{word} {number}")["id"] for number in range(5)]
    assert soon(lambda: len(found(admin, word)) == 5, SETTLED_SECONDS)
    where = ["--api", stack["api"], "--token", stack["tokens"]["admin"], "--org", stack["orgs"][0]]
    listed = CliRunner().invoke(app, ["audit", word, "--limit", "2", "--all", *where])
    assert listed.exit_code == 0, listed.output
    assert [line.split("\t")[-1] for line in listed.stdout.splitlines()] == ["id", *reversed(ids)]
    whole = CliRunner().invoke(app, ["audit", "--entry", ids[0], *where])
    assert f"Action: {word} 0\n" in whole.stdout
