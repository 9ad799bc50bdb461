from __future__ import annotations

import json
import threading
import zlib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from daybook.model import entries
from daybook_cli.connection.api import ApiError
from daybook_cli.demo import demo_entries

from tests.support.cli_stand_in import StandIn

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ORGS = ("riverside", "hilltop", "another")


def demonstration(org: str = "riverside") -> list[demo_entries.Entry]:
    return demo_entries.demonstration(org, NOW, demo_entries.SEED).entries


@pytest.mark.parametrize("org", ORGS)
@pytest.mark.parametrize("now", [NOW, NOW + timedelta(hours=3, minutes=7), datetime(2028, 2, 29, 23, 59, tzinfo=UTC)])
def test_every_entry_is_accepted_and_in_the_past(org: str, now: datetime) -> None:
    for entry in demo_entries.demonstration(org, now, demo_entries.SEED).entries:
        parsed = entries.parse(json.dumps(entry).encode(), now)
        assert not isinstance(parsed, list), (parsed, entry)
        assert parsed.occurred_at
        assert parsed.occurred_at < now
        if entry["log"] == "audit":
            assert parsed.occurred_at > now - timedelta(days=23 * 30)


def test_the_same_arguments_give_the_same_entries() -> None:
    assert demonstration() == demonstration()
    assert demonstration() != demo_entries.demonstration("riverside", NOW, demo_entries.SEED + 1).entries


def test_what_becomes_of_newer_mails_is_left_to_their_provider() -> None:
    shown = demo_entries.demonstration("riverside", NOW, demo_entries.SEED)
    mails = {entry["message_id"]: entry for entry in shown.entries if entry["log"] == "email" and "message_id" in entry}
    assert shown.fates.keys() < mails.keys()
    assert {mails[message_id]["status"] for message_id in shown.fates} == {"sent"}
    assert set(shown.fates.values()) >= {"delivered", "opened", "clicked", "bounced"}


def test_keys_and_message_ids_are_unique_across_orgs() -> None:
    everything = [entry for org in ORGS for entry in demonstration(org)]
    for name in ("key", "message_id"):
        found = [entry[name] for entry in everything if name in entry]
        assert len(found) == len(set(found)) > 50


def test_it_has_something_of_everything() -> None:
    everything = demonstration()
    assert {entry["log"] for entry in everything} == {"email", "sms", "push", "activity", "audit"}
    records = {entry["record"]["type"] for entry in everything if "record" in entry}
    assert records == {"family", "student", "staff"}
    assert {entry["source"] for entry in everything if entry["log"] == "audit"} == set(
        entries.Source.__args__  # type: ignore[attr-defined]
    )
    assert len({entry["username"] for entry in everything if entry["log"] == "audit"}) > 5
    changes = {each["change"] for entry in everything for each in entry.get("affected", [])}
    assert changes == {"created", "updated", "deleted"}
    assert any(entry["log"] == "audit" and not entry["affected"] for entry in everything)
    assert len({entry.get("status") for entry in everything if entry["log"] == "email"}) > 5


def test_one_family_has_pages_of_emails() -> None:
    mails = Counter(entry["record"]["id"] for entry in demonstration() if entry["log"] == "email")
    assert mails["101"] > 60


def test_a_newsletter_reaches_everybody_at_one_moment() -> None:
    moments = Counter(entry["occurred_at"] for entry in demonstration())
    assert max(moments.values()) >= 18


def test_a_long_mail_stays_long_when_it_is_compressed() -> None:
    mails = [entry["body"]["html"] for entry in demonstration() if entry["log"] == "email"]
    longest = max(mails, key=len)
    assert len(longest) > 30_000
    assert len(zlib.compress(longest.encode(), 9)) > 12_000


@pytest.fixture
def server() -> Iterator[tuple[str, StandIn]]:
    """The stand-in behind a real port, since `load` makes its own connections."""
    stand_in = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            answer = stand_in.handle_request(httpx.Request("POST", f"http://x{self.path}", content=body))
            self.send_response(answer.status_code)
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{listening.server_port}/", stand_in
    listening.shutdown()
    listening.server_close()


def test_loading_posts_everything_once_and_tells_how_far_it_is(server: tuple[str, StandIn]) -> None:
    address, stand_in = server
    heard: list[tuple[int, int]] = []
    shown = {org: demo_entries.demonstration(org, NOW, demo_entries.SEED) for org in ("riverside", "hilltop")}
    demo_entries.load(address, "token", shown, lambda done, total: heard.append((done, total)))
    total = len(demonstration()) + len(demonstration("hilltop"))
    assert heard[-1] == (total, total)
    assert len(stand_in.ids) == total
    demo_entries.load(address, "token", shown, lambda *_: None)
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
        demo_entries.load(address, "token", demo_entries.of_today(["riverside"]), lambda *_: None)
