"""Exports by the clock: files that expire, exports that nobody has heard of, and erasures."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from types import SimpleNamespace

import pytest
from daybook.handlers.triggers import export_queue

from tests.support import api
from tests.support.faults.stores import queued_messages, take_messages
from tests.support.functions import exports
from tests.support.functions.events import Context, queued
from tests.support.functions.world import START, World, on_a_clock

SECOND = timedelta(seconds=1)


@pytest.fixture
def clock(functions: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    yield from on_a_clock(monkeypatch)


def test_a_file_is_there_for_seven_days_by_the_clock(clock: World) -> None:
    export_id = exports.asked("audit")
    exports.work()
    ends = START + timedelta(days=7)
    clock.now = ends - SECOND
    assert "url" in exports.read(export_id).body
    clock.now = ends
    shown = exports.read(export_id).body
    assert (shown["status"], shown["expires_at"]) == ("expired", "2026-11-29T12:00:00.000Z")
    assert "url" not in shown
    # TTL has not taken it, as it may be late.
    clock.now = ends + timedelta(days=30)
    assert exports.read(export_id).status == 404
    assert api.call("GET", exports.BASE).body["entries"] == []


def test_without_progress_for_a_day_it_has_failed(clock: World) -> None:
    export_id = exports.asked("audit")
    clock.now = START + timedelta(days=1) - SECOND
    assert exports.read(export_id).body["status"] == "running"
    clock.now = START + timedelta(days=1)
    shown = exports.read(export_id).body
    assert (shown["status"], shown["reason"]) == ("failed", "there was no progress for a day: ask for it again")
    # The message comes after all.
    exports.work()
    assert exports.read(export_id).body["status"] == "failed"
    assert exports.objects() == []


def test_ones_exports_come_newest_first_page_by_page_and_back(clock: World) -> None:
    found = []
    for number in range(5):
        clock.now = START + timedelta(minutes=number)
        found.append(exports.asked("audit"))
        exports.asked("audit", claims=api.PLATFORM)
    first = api.call("GET", exports.BASE, limit=2).body
    second = api.call("GET", exports.BASE, limit=2, cursor=first["next"]).body
    third = api.call("GET", exports.BASE, limit=2, cursor=second["next"]).body
    pages = [[export["id"] for export in page["entries"]] for page in (first, second, third)]
    assert [each for page in pages for each in page] == found[::-1]
    assert (first["prev"], third["next"]) == (None, None)
    assert api.call("GET", exports.BASE, limit=2, cursor=second["prev"]).body["entries"] == first["entries"]


@pytest.mark.usefixtures("archive")
def test_an_erasure_ends_all_exports_of_the_org(clock: World) -> None:
    api.posted(api.activity(name="Jane Smith"))
    done = exports.asked("records/family/1/activity", query={"q": "jane", "order": "asc"})
    exports.work()
    query = {"q": "smith", "staff": ["jane"], "from": "2026-11-01"}
    running = exports.asked("audit", query=query, claims=api.PLATFORM)
    body = {"list": "audit", "format": "csv"}
    elsewhere = api.call("POST", "/v1/orgs/hilltop/exports", claims=api.OTHER_ADMIN, body=body)
    assert elsewhere.status == 202
    clock.now = START + timedelta(minutes=1)
    api.call("POST", "/v1/orgs/riverside/records/family/1/erase", body={"reason": "asked by letter"})
    api.function("retention").handler({"erasures": True}, Context())
    shown = exports.read(done).body
    assert (shown["status"], shown["query"]) == ("expired", {"q": "[erased]", "order": "asc"})
    assert exports.objects() == []
    exports.work()
    shown = exports.read(running, api.PLATFORM).body
    assert (shown["status"], shown["reason"]) == (
        "failed",
        "a person was erased from the org's entries meanwhile: ask for the export again",
    )
    assert shown["query"] == {"q": "[erased]", "staff": "[erased]", "from": "2026-11-01"}
    other = api.call("GET", f"/v1/orgs/hilltop/exports/{elsewhere.body['id']}", claims=api.OTHER_ADMIN)
    assert other.body["status"] == "done"


def test_a_long_export_goes_on_behind_those_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    api.posted(*(api.activity(name=name) for name in ("Jane", "Joan", "June")))
    exports.read_by_pages_of(1, monkeypatch)
    minutes = count()
    monkeypatch.setattr(export_queue, "time", SimpleNamespace(perf_counter=lambda: 60.0 * next(minutes)))
    long = exports.asked("records/family/1/activity")
    answer = api.call(
        "POST", "/v1/orgs/hilltop/exports", claims=api.OTHER_ADMIN, body={"list": "audit", "format": "csv"}
    )
    first, second = queued_messages("exports")
    assert [first.group_id, second.group_id] == ["riverside", "hilltop"]
    take_messages("exports")
    api.function("export").handler(queued([first.body]), Context())
    assert exports.read(long).body["status"] == "running"
    (behind,) = queued_messages("exports")
    assert (behind.group_id, behind.body) == ("riverside", first.body)
    api.function("export").handler(queued([second.body]), Context())
    exports.work()
    assert exports.read(long).body["rows"] == 3
    assert answer.status == 202
