"""One message has 1,000 entries: what is beyond is rejected, and nothing of it stays."""

import base64
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from daybook.entries import message_limit
from daybook.entries.ingest import Rejection, Result
from daybook.model.delivery_events import TaggedSend

from tests.support.hashes import hashed
from tests.support.memory.feedback_world import DELIVERY, MESSAGE, SENT, World, delivery_event, event
from tests.support.memory.table import MemoryTable

FEW = 5


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_limit, "MAX_ENTRIES_OF_MESSAGE", FEW)


def sms(number: int, **more: Any) -> dict[str, Any]:
    record = {"type": "family", "id": str(number)}
    return {"log": "sms", "record": record, "recipient": "+14155550123", "text": "x", "message_id": MESSAGE} | more


def email(number: int, **more: Any) -> dict[str, Any]:
    recipient = f"parent{number}@mail.example"
    return {
        "log": "email", "record": {"type": "family", "id": "1"}, "recipient": recipient, "subject": "x",
        "message_id": MESSAGE, "occurred_at": SENT,
    } | more  # fmt: skip


def post(world: World, *entries: dict[str, Any]) -> list[Result]:
    return world.ingest.post("riverside", [msgspec.json.encode(entry) for entry in entries])


def statuses(results: Sequence[Result]) -> list[str]:
    return [result.status for result in results]


def stored(table: MemoryTable, *begins: str) -> list[str]:
    return sorted(sk for pk, sk in table.stored if f"{pk} {sk}".startswith(begins) or sk.startswith(begins))


def unmarked(table: MemoryTable) -> dict[Any, Any]:
    """What is stored, but for what says that an entry was answered again."""
    return {
        key: {name: value for name, value in item.items() if name != "answered"} for key, item in table.stored.items()
    }


@pytest.mark.parametrize("size", [1, 2, 3, 8])
@pytest.mark.parametrize("entry", [email, sms])
def test_posts_one_after_another_are_taken_up_to_the_limit(entry: Any, size: int) -> None:
    world, entries = World(), [entry(number) for number in range(8)]
    told = [result for start in range(0, 8, size) for result in post(world, *entries[start : start + size])]
    assert statuses(told) == ["created"] * FEW + ["rejected"] * 3
    rejected = told[-1].error
    assert isinstance(rejected, Rejection)
    assert [fault.field for fault in rejected.errors] == ["message_id"]
    before = unmarked(world.table)
    # What is there stays a duplicate, what is not is rejected again.
    assert statuses(post(world, *entries)) == ["duplicate"] * FEW + ["rejected"] * 3
    assert unmarked(world.table) == before
    assert len(stored(world.table, "email/", "sms/")) == FEW


def test_nothing_of_what_is_rejected_stays() -> None:
    world = World()
    post(world, *(email(number) for number in range(FEW)))
    before = dict(world.table.stored)
    (result,) = post(world, email(9, key="k", body={"text": "Hello"}))
    assert result.status == "rejected"
    left = {key: item for key, item in world.table.stored.items() if key not in before}
    # TTL deletes the content, and the object that it may name.
    ended = str(int(datetime(2026, 11, 22, 12, 30, tzinfo=UTC).timestamp()))
    assert {key[1].split("/")[0]: item.get("expires_at", {}).get("N") == ended for key, item in left.items()} == {
        "content": True,
        "key": False,
    }
    # Its key leads to an entry of another message, with that one's content.
    (again,) = post(world, email(9, key="k", message_id="another", body={"text": "Hello again"}))
    assert again.status == "created"
    (content,) = [item for key, item in world.table.stored.items() if key[1] == f"content/{again.id}"]
    assert zlib.decompress(base64.b64decode(content["body"]["B"])) == b'{"text":"Hello again"}'
    assert int(content["expires_at"]["N"]) > int(ended)


@pytest.mark.parametrize("status", ["bounced", "complained"])
def test_what_is_rejected_blocks_no_address_and_leaves_nothing(status: str) -> None:
    world = World()
    post(world, *(email(number) for number in range(FEW - 1)))
    entries = [email(number, status=status, key=f"k{number}") for number in (7, 8, 9)]
    assert statuses(post(world, *entries)) == ["created", "rejected", "rejected"]
    assert {*world.standing()} == {hashed(entries[0]["recipient"])}
    assert len(stored(world.table, "riverside/family/1 key/")) == 1
    before = unmarked(world.table)
    assert statuses(post(world, *entries, email(10))) == ["duplicate", "rejected", "rejected", "rejected"]
    assert {*world.standing()} == {hashed(entries[0]["recipient"])}
    assert unmarked(world.table) == before


def test_of_one_request_the_last_are_rejected_however_they_are_posted() -> None:
    world = World()
    post(world, *(email(number) for number in range(FEW - 2)))
    told = post(world, email(6), email(7, status="bounced"), sms(8), email(9), email(10, status="complained"))
    assert statuses(told) == ["created", "created", "rejected", "rejected", "rejected"]
    assert {*world.standing()} == {hashed(email(7)["recipient"])}


def test_what_has_blocked_its_address_stays_where_another_post_came_meanwhile() -> None:
    """It was within the limit when that was looked at."""
    world = World()
    post(world, *(email(number) for number in range(FEW - 1)))
    late = email(9, status="bounced")
    world.table.meanwhile = 1, lambda: post(world, email(8))
    assert statuses(post(world, late)) == ["created"]
    assert ({*world.standing()}, len(stored(world.table, "email/"))) == ({hashed(late["recipient"])}, FEW + 1)


def test_entries_of_all_logs_and_orgs_count() -> None:
    world = World()
    post(world, *(sms(number) for number in range(3)))
    (result,) = world.ingest.post("hilltop", [msgspec.json.encode(email(1))])
    assert result.status == "created"
    push = {"log": "push", "record": {"type": "family", "id": "1"}, "subject": "x", "text": "x", "message_id": MESSAGE}
    assert statuses(post(world, push, email(2))) == ["created", "rejected"]


def test_pointers_that_have_expired_do_not_count() -> None:
    world = World()
    post(world, *(email(number) for number in range(FEW)))
    for key, item in world.table.stored.items():
        if key[0].startswith("message/"):
            world.table.stored[key] = item | {"expires_at": {"N": "1"}}
    assert statuses(post(world, email(7))) == ["created"]


def test_an_entry_that_its_key_has_does_not_get_a_message_beyond_the_limit() -> None:
    world = World()
    (first,) = post(world, email(7, key="k", message_id=None))
    post(world, *(email(number) for number in range(FEW)))
    assert statuses(post(world, email(7, key="k"))) == ["rejected"]
    assert post(world, email(7, key="k", message_id=None))[0].id == first.id
    assert len(stored(world.table, f"message/{MESSAGE}")) == FEW


def test_a_tagged_send_beyond_the_limit_is_not_logged_and_does_no_harm() -> None:
    world = World()
    post(world, *(email(number) for number in range(FEW)))
    address = "late@mail.example"
    send = TaggedSend(
        org="riverside", record_type="family", record_id="1", message_id=MESSAGE, recipients=(address,), sent_at=SENT,
        subject="Hello", sender=None,
    )  # fmt: skip
    for _ in range(2):
        world.ingest.log_sends([send])
        world.reconciler.apply([event(DELIVERY, address)])
    assert len(stored(world.table, "email/")) == FEW


def test_an_entry_that_has_events_by_then_is_kept() -> None:
    world = World()
    post(world, *(email(number) for number in range(FEW)))
    late = email(9)["recipient"]
    # Pointer, entry; then what is stored of the message is read.
    world.table.meanwhile = 2, lambda: world.reconciler.apply([event(DELIVERY, late)])
    assert statuses(post(world, email(9, status="sent"))) == ["created"]
    (entry,) = [item for item in world.table.stored.values() if item.get("recipient_hash") == {"S": hashed(late)}]
    assert entry["status"] == {"S": "delivered"}


def test_what_was_acknowledged_by_another_request_meanwhile_is_not_taken_back() -> None:
    world = World()
    post(world, *(email(number) for number in range(FEW)))
    told: list[Result] = []
    # Pointer and entry are written: the same is posted again.
    world.table.meanwhile = 2, lambda: told.extend(post(world, email(9, status="sent")))
    (result,) = post(world, email(9, status="sent"))
    assert (statuses(told), told[0].id, result.status) == (["duplicate"], result.id, "created")
    assert statuses(post(world, email(9), email(10))) == ["duplicate", "rejected"]


@pytest.mark.parametrize("names", [{"key": "k", "message_id": None}, {"key": "k"}])
def test_what_is_being_taken_back_is_not_acknowledged(names: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    post(world, *(email(number) for number in range(FEW)))
    again = {name: value for name, value in {**email(9), **names}.items() if value is not None}
    take_back, told = message_limit.MessageLimit._take_back, []

    def interrupted(limit: Any, written: Any) -> Any:
        gone = take_back(limit, written)
        monkeypatch.setattr(message_limit.MessageLimit, "_take_back", take_back)
        told.extend(post(world, again))
        return gone

    monkeypatch.setattr(message_limit.MessageLimit, "_take_back", interrupted)
    assert statuses(post(world, email(9, key="k"))) == ["rejected"]
    # It is an entry of its own from then on, where its message is not named; else it is beyond the limit as well.
    expected = "rejected" if "message_id" in again else "created"
    assert statuses(told) == [expected]
    assert statuses(post(world, again)) == ["rejected" if expected == "rejected" else "duplicate"]


def test_an_entry_of_before_the_limit_stays_a_duplicate(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    post(world, *(email(number) for number in range(FEW)))
    monkeypatch.setattr(message_limit, "MAX_ENTRIES_OF_MESSAGE", 2)
    later = datetime(2026, 11, 22, 12, 30, tzinfo=UTC) + timedelta(minutes=2)
    monkeypatch.setattr(world.ingest, "_clock", lambda: later)
    monkeypatch.setattr(world.ingest._limit, "_clock", lambda: later)
    assert (
        statuses(post(world, email(9), *(email(number) for number in range(FEW)))) == ["rejected"] + ["duplicate"] * FEW
    )


def test_events_of_one_recipient_read_no_entry_of_another() -> None:
    world = World()
    post(world, *(email(number) for number in range(FEW)))
    world.reconciler.apply([event(delivery_event("open", 3), "")])
    before = world.table.reads
    world.reconciler.apply([event(DELIVERY, email(3)["recipient"])])
    # Once to write, and nothing else: the events of the whole message stay as they are.
    assert world.table.reads == before + 1
    post(world, email(2))
    assert world.table.reads < before + 8
