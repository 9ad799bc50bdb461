from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from daybook_cli.connection.problems import ApiError
from daybook_cli.demo import demo_entries, loading
from daybook_cli.demo.entry_parts import Entry

from tests.support.cli.api_stand_in import TOKENS, StandIn, org_settings

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def demonstration(org: str = "riverside") -> list[Entry]:
    return demo_entries.demonstration(org, NOW, demo_entries.SEED).entries


@pytest.fixture
def server() -> Iterator[tuple[str, StandIn]]:
    """The stand-in behind a real port, since `load` makes its own connections."""
    stand_in = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            authorization = {"authorization": self.headers.get("authorization", "")}
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            answer = stand_in.handle_request(
                httpx.Request(self.command, f"http://x{self.path}", headers=authorization, content=body)
            )
            self.send_response(answer.status_code)
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = do_PUT = answer  # noqa: N815 - the names that the server calls

        def log_message(self, *_: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{listening.server_port}/", stand_in
    listening.shutdown()
    listening.server_close()


def test_the_orgs_are_made_with_name_zone_and_links(server: tuple[str, StandIn]) -> None:
    address, stand_in = server
    stand_in.orgs.clear()
    loading.make_orgs(address, "token", ["riverside", "hilltop"])
    assert {org: (made["name"], made["time_zone"]) for org, made in stand_in.orgs.items()} == {
        "riverside": ("Riverside Gymnastics & Swim", "America/Chicago"),
        "hilltop": ("Hilltop Swimming Club", "Europe/London"),
    }
    link = "https://portal.riverside-gymnastics.example/families/{id}"
    assert stand_in.orgs["riverside"]["record_url"]["family"] == link


def test_an_org_that_was_made_before_is_left_as_it_is(server: tuple[str, StandIn]) -> None:
    address, stand_in = server
    stand_in.orgs = {"riverside": org_settings("riverside", name="Renamed", time_zone="Asia/Tokyo")}
    loading.make_orgs(address, "token", ["riverside", "hilltop"])
    assert stand_in.orgs["riverside"]["time_zone"] == "Asia/Tokyo"
    assert stand_in.orgs["hilltop"]["time_zone"] == "Europe/London"
    assert [request.method for request in stand_in.requests] == ["GET", "PUT"]


def test_loading_posts_everything_once_and_tells_how_far_it_is(server: tuple[str, StandIn]) -> None:
    address, stand_in = server
    progress: list[tuple[int, int]] = []
    demonstrations = {org: demo_entries.demonstration(org, NOW, demo_entries.SEED) for org in ("riverside", "hilltop")}
    loading.post_entries(address, "token", demonstrations, lambda done, total: progress.append((done, total)))
    total = len(demonstration()) + len(demonstration("hilltop"))
    assert progress[-1] == (total, total)
    assert len(stand_in.ids) == total
    loading.post_entries(address, "token", demonstrations, lambda *_: None)
    assert len(stand_in.ids) == total
    assert {request.url.path for request in stand_in.requests} == {
        "/v1/orgs/riverside/entries",
        "/v1/orgs/hilltop/entries",
    }


def test_a_rejected_entry_is_an_error(server: tuple[str, StandIn]) -> None:
    address, stand_in = server
    results = [{"index": 0, "status": "rejected", "error": {"detail": "wrong"}}]
    stand_in.refusals.append(httpx.Response(207, json={"results": results}))
    # Several requests are on their way at once: the first entry of any of them may be the one.
    with pytest.raises(ApiError, match=r"demonstration of riverside:\d*1 was rejected: wrong"):
        loading.post_entries(address, "token", loading.of_today(["riverside"]), lambda *_: None)


def test_the_administrator_places_a_hold_and_brings_the_former_blacklist(server: tuple[str, StandIn]) -> None:
    address, stand_in = server
    loading.manage({"api": address, "tokens": TOKENS}, "admin", "riverside", NOW)
    hold, *blacklists = stand_in.requests
    assert (hold.method, hold.url.path) == ("PUT", "/v1/orgs/riverside/holds/family/107")
    assert json.loads(hold.content)["reason"]
    assert hold.headers["authorization"] == f"Bearer {TOKENS['admin']}"
    bodies = [json.loads(request.content)["addresses"] for request in blacklists]
    assert [len(addresses) for addresses in bodies] == [100, 12]
    assert {each["status"] for addresses in bodies for each in addresses} == {
        "bounce",
        "complaint",
        "invalid",
        "manual",
    }
    assert len({each["address"] for addresses in bodies for each in addresses}) == 112
    assert all(each["since"] < NOW.isoformat() for addresses in bodies for each in addresses)


def test_an_org_without_a_hold_gets_none(server: tuple[str, StandIn]) -> None:
    address, stand_in = server
    loading.manage({"api": address, "tokens": TOKENS}, "other_admin", "hilltop", NOW)
    assert [request.url.path for request in stand_in.requests] == ["/v1/orgs/hilltop/blacklist"]
