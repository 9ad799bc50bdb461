"""The index function on what the table's stream tells: copies, search and the register of staff; and reindexing."""

import base64
import json
import random
from collections.abc import Sequence
from typing import Any

import pytest
from daybook.core.errors import StoreBusyError, UnknownOrgError
from daybook.search.index import reindex as reindexing
from daybook.search.index import segment_store, writer
from daybook.search.index.segment_store import Sizes

from tests.support import api
from tests.support.aws.clients import client
from tests.support.aws.lambda_environment import BUCKET, TABLE
from tests.support.functions.events import NONE_FAILED, SEQUENCE_NUMBERS, Context
from tests.support.functions.stored import items

Item = dict[str, dict[str, Any]]
Event = dict[str, Any]

AUDIT = "/v1/orgs/riverside/audit"
RECORDS = [{"type": "family", "id": "1"}, {"type": "student", "id": "2"}, {"type": "class", "id": "Tumbling-3"}]
EXPIRED = 1_700_000_000


@pytest.fixture(autouse=True)
def cold() -> None:
    """Functions that remember nothing of another test's table."""
    api.function("query").gateway.cache_clear()
    api.function("index").triggers.cache_clear()


def affected(*records: dict[str, str], **more: Any) -> list[dict[str, Any]]:
    return [{"record": record, "change": "updated", "name": f"Name {record['id']}", **more} for record in records]


def posted(*entries: dict[str, Any], org: str = "riverside") -> list[str]:
    answer = api.post(*entries, org=org)
    assert answer.status == 201, answer.text
    return [result["id"] for result in answer.body["results"]]


def stored() -> list[Item]:
    pages = client("dynamodb").get_paginator("scan").paginate(TableName=TABLE)
    return [item for page in pages for item in page["Items"]]


def put(item: Item) -> None:
    client("dynamodb").put_item(TableName=TABLE, Item=item)


def remove(item: Item) -> None:
    client("dynamodb").delete_item(TableName=TABLE, Key={name: item[name] for name in ("pk", "sk")})


def told(name: str, new: Item | None, old: Item | None = None) -> Event:
    """A record of the stream."""
    images = {"NewImage": new, "OldImage": old}
    key = {name: (new or old or {})[name] for name in ("pk", "sk")}
    return {
        "eventID": "1",
        "eventName": name,
        "eventSource": "aws:dynamodb",
        "dynamodb": {
            "Keys": key,
            "SequenceNumber": str(next(SEQUENCE_NUMBERS)),
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        }
        | {kind: image for kind, image in images.items() if image is not None},
    }


def inserted() -> list[Event]:
    return [told("INSERT", item) for item in stored()]


def index(records: Sequence[Event]) -> None:
    # As Lambda hands it over: JSON, with binary values in base64.
    text = json.dumps({"Records": list(records)}, default=lambda raw: base64.b64encode(raw).decode())
    assert api.function("index").handler(json.loads(text), Context()) == NONE_FAILED


def index_all(chance: random.Random) -> None:
    """Everything that is in the table, twice, in any order and in pieces."""
    twice = inserted() * 2
    chance.shuffle(twice)
    while twice:
        size = chance.choice((1, 3, 10, 40))
        index(twice[:size])
        twice = twice[size:]


def step(org: str = "riverside") -> dict[str, Any]:
    answer: dict[str, Any] = api.function("index").handler({"reindex": org}, Context())
    return json.loads(json.dumps(answer))  # type: ignore[no-any-return]


def reindex(org: str = "riverside") -> list[dict[str, Any]]:
    """As the command line does it."""
    steps = [step(org)]
    while not steps[-1]["done"]:
        steps.append(step(org))
    return steps


def log_of(record: dict[str, str], **query: Any) -> list[dict[str, Any]]:
    return api.walk("audit", f"{record['type']}/{record['id']}", **query)


def search(q: str, org: str = "riverside", claims: Any = api.ADMIN) -> list[str]:
    found: list[str] = []
    query: dict[str, Any] = {"q": q, "limit": 7}
    while True:
        answer = api.call("GET", f"/v1/orgs/{org}/audit", claims=claims, **query)
        assert answer.status == 200, answer.text
        found += [row["id"] for row in answer.body["entries"]]
        if answer.body["next"] is None:
            return found
        query["cursor"] = answer.body["next"]


def staff(org: str = "riverside", claims: Any = api.ADMIN) -> list[str]:
    answer = api.call("GET", f"/v1/orgs/{org}/audit/staff", claims=claims)
    return [member["username"] for member in answer.body["entries"]]


def of_index(org: str = "riverside") -> list[Item]:
    return [item for item in stored() if is_of_index(item, org)]


def is_of_index(item: Item, org: str = "riverside") -> bool:
    return bool(item["pk"]["S"].startswith((f"{org}/search", f"{org}/-search/")))


def entry_of(entry_id: str) -> Item:
    (found,) = [item for item in stored() if "org_source" in item and item["sk"]["S"].endswith(entry_id[-18:])]
    return found


@pytest.mark.parametrize("seed", range(3))
def test_an_entry_stands_once_in_the_log_of_each_record_that_it_affected(seed: int) -> None:
    entries = [api.audit(affected=affected(*RECORDS[: number % 4], before={"n": number})) for number in range(24)]
    ids = posted(*entries)
    index_all(random.Random(seed))
    for place, record in enumerate(RECORDS):
        expected = [number for number in range(24) if number % 4 > place]
        rows = log_of(record, limit=5, order="asc")
        assert [row["id"] for row in rows] == [ids[number] for number in expected]
        assert [row["affected"] for row in rows] == [affected(record, before={"n": number}) for number in expected]
        assert [row["affected_count"] for row in rows] == [number % 4 for number in expected]
        assert [row["record"] for row in rows] == [record] * len(rows)


def test_a_record_that_is_named_twice_has_both_its_changes_in_one_row() -> None:
    named = [*affected(RECORDS[0]), *affected(RECORDS[1], after=1), *affected(RECORDS[1], after=2)]
    posted(api.audit(affected=named))
    index_all(random.Random(1))
    (row,) = log_of(RECORDS[1])
    assert (row["affected"], row["affected_count"]) == (named[1:], 3)


def test_the_most_records_that_an_entry_may_affect_have_it_all() -> None:
    records = [{"type": "student", "id": str(number)} for number in range(50)]
    (entry_id,) = posted(api.audit(affected=affected(*records)))
    index_all(random.Random(1))
    for record in records:
        (row,) = log_of(record)
        assert (row["id"], row["affected"]) == (entry_id, affected(record))


@pytest.mark.parametrize("size", [600, 16_000])
def test_what_is_kept_apart_is_in_the_copies_as_far_as_it_is_small(size: int) -> None:
    """In an item of its own or in S3, where one is large."""
    # No compressing makes that small.
    note = random.Random(4).randbytes(size // 2).hex()
    large, small = affected(RECORDS[1], before={"note": note}), affected(RECORDS[2], before={"note": "y"})
    posted(api.audit(affected=[*affected(RECORDS[0], before={"note": note}), *large, *small]))
    assert bool(client("s3").list_objects_v2(Bucket=BUCKET).get("Contents")) == (size == 16_000)
    index_all(random.Random(1))
    (row,) = log_of(RECORDS[1])
    assert row["affected"] == (large if size == 600 else affected(RECORDS[1]))
    (row,) = log_of(RECORDS[2])
    assert row["affected"] == small


def test_an_entry_whose_content_is_gone_is_copied_without_it() -> None:
    posted(api.audit(affected=affected(*RECORDS[:2], before={"note": "x" * 2_000})))
    records = inserted()
    for item in stored():
        if item["sk"]["S"].startswith("content/"):
            remove(item)
    index(records)
    (row,) = log_of(RECORDS[1])
    assert row["affected"] == [{"record": RECORDS[1], "change": "updated"}]


@pytest.mark.parametrize("seed", range(3))
def test_what_the_stream_told_is_found_by_its_words(seed: int) -> None:
    ids = posted(
        api.audit(action="deleted Tumbling", ip="203.0.113.9", affected=[]),
        api.audit(username="ben", action="created class", affected=affected(*RECORDS)),
        *[api.audit(action=f"looked at {number}") for number in range(40)],
    )
    posted(api.audit(action="deleted Tumbling"), org="hilltop")
    index_all(random.Random(seed))
    assert search("tumbl deleted") == search("ip:203.0.113") == ids[:1]
    assert search("username:ben") == search("record:class/Tumbling-3") == search('"name 2"') == ids[1:2]
    assert search("looked smith") == ids[:1:-1]
    assert search("looked 7 -smith") == []


def test_an_entry_is_found_in_its_own_org_only() -> None:
    (theirs,) = posted(api.audit(username="theirs", affected=affected(*RECORDS)), org="hilltop")
    index_all(random.Random(1))
    assert (search("theirs"), staff()) == ([], [])
    assert [log_of(record) for record in RECORDS] == [[], [], []]
    assert search("theirs", "hilltop", api.OTHER_ADMIN) == [theirs]
    assert staff("hilltop", api.OTHER_ADMIN) == ["theirs"]
    assert reindex() == [{"done": True, "month": None, "entries": 0, "records": 0}]
    assert of_index() == []


def test_every_username_that_was_seen_is_registered_once() -> None:
    usernames = ["ada", "ben", "D'Arcy/x", "cleo@mail.example"]
    posted(*[api.audit(username=usernames[number % 4]) for number in range(20)])
    index_all(random.Random(1))
    assert staff() == ["ada", "ben", "cleo@mail.example", "D'Arcy/x"], "in order, whatever their letter case"
    api.function("index").triggers.cache_clear()
    index_all(random.Random(2))
    assert staff() == sorted(usernames, key=str.lower)


def test_records_of_other_items_and_of_what_is_no_news_are_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    posted(api.email(message_id="m", body={"text": "hello"}), api.sms(), api.push(), api.activity(), api.audit())
    (entry,) = [item for item in stored() if "org_source" in item]
    records = [record for record in inserted() if record["dynamodb"]["NewImage"] != entry]
    assert len(records) > 5
    records += [told("REMOVE", None, entry), told("MODIFY", entry, entry)]
    before = stored()
    index(records)
    # But for the register of records, which is of all logs.
    assert [item for item in stored() if "/-records/" not in item["pk"]["S"]] == before
    assert [(line.stream_records, line.entries_indexed) for line in caplog.records if line.msg == "indexed"] == [  # type: ignore[attr-defined]
        (len(records), 0)
    ]


def test_an_entry_that_has_expired_already_leaves_no_trace() -> None:
    posted(api.audit(affected=affected(*RECORDS)))
    (entry,) = [item for item in stored() if "org_source" in item]
    before = stored()
    index([told("INSERT", entry | {"expires_at": {"N": str(EXPIRED)}})])
    assert stored() == before


def test_an_entry_that_is_to_be_kept_for_longer_is_indexed_for_longer() -> None:
    posted(api.audit(affected=affected(*RECORDS)))
    index(inserted())
    (entry,) = [item for item in stored() if "org_source" in item]
    (newest,) = of_index()
    assert newest["expires_at"] == entry["expires_at"]
    held = {name: value for name, value in entry.items() if name != "expires_at"}
    put(held)
    index([told("MODIFY", held, entry)])
    (newest,) = of_index()
    assert "expires_at" not in newest
    (member,) = [item for item in stored() if item["pk"]["S"] == "riverside/staff"]
    assert "expires_at" not in member


def test_one_batch_may_tell_of_an_entry_twice() -> None:
    posted(api.audit(affected=affected(*RECORDS)))
    (entry,) = [item for item in stored() if "org_source" in item]
    longer = entry | {"expires_at": {"N": str(int(entry["expires_at"]["N"]) + 86400)}}
    put(longer)
    index([told("INSERT", entry), told("MODIFY", longer, entry)])
    assert len(log_of(RECORDS[2])) == 1
    (newest,) = of_index()
    assert newest["expires_at"] == longer["expires_at"]


def test_no_line_of_the_log_holds_a_name_or_a_word(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    secrets = ["Topsecret Member", "topsecretuser", "topsecretaction", "Name Topsecret", "topsecretnote"]
    posted(
        api.audit(
            member_name=secrets[0],
            username=secrets[1],
            action=secrets[2],
            affected=affected({"type": "family", "id": "Topsecret"}, *RECORDS, before={"note": secrets[4]}),
        )
    )
    caplog.clear()
    capsys.readouterr()
    index_all(random.Random(1))
    reindex()
    assert {line.msg for line in caplog.records} == {"indexed"}
    logged = str([vars(line) for line in caplog.records]) + str(capsys.readouterr())
    assert "topsecret" not in logged.lower()
    assert "copies_written" in logged


def test_what_the_store_refuses_for_now_fails_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    posted(api.audit())

    def busy(*_: object, **__: object) -> None:
        raise StoreBusyError("the store is throttling writes")

    with monkeypatch.context() as patch:
        patch.setattr("daybook.storage.table.Table.write", busy)
        with pytest.raises(StoreBusyError):
            index(inserted())
    index(inserted())
    assert len(search("deleted")) == 1


def several_months() -> list[str]:
    """18 entries of three months, every fifth with further records; their ids, newest first."""
    entries = [
        api.audit(
            action=f"deleted thing{number}",
            occurred_at=f"2026-{9 + number // 6:02}-{number % 6 + 1:02}T09:00:00Z",
            affected=affected(*RECORDS[: 3 if number % 5 == 0 else 1]),
        )
        for number in range(18)
    ]
    return posted(*entries)[::-1]


@pytest.fixture
def small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few entries are segments of every size."""
    small = Sizes(open_limit=3, inline_limit=4, small_merged=4, full=8, block_bytes=200)
    for module, name in ((segment_store, "SegmentStore"), (writer, "IndexWriter"), (reindexing, "Reindexer")):
        monkeypatch.setitem(getattr(module, name).__init__.__kwdefaults__, "sizes", small)


@pytest.mark.usefixtures("small_segments")
def test_reindexing_brings_everything_back() -> None:
    ids = several_months()
    index_all(random.Random(1))
    copies = [item for item in stored() if item["pk"]["S"] in ("riverside/student/2", "riverside/class/Tumbling-3")]
    assert len(copies) == 8
    for item in [*of_index(), *copies[::2], *[item for item in stored() if item["pk"]["S"] == "riverside/staff"]]:
        remove(item)
    api.function("index").triggers.cache_clear()
    assert (search("deleted"), staff()) == ([], [])
    steps = reindex()
    assert [(each["month"], each["entries"]) for each in steps] == [
        ("2026-09", 6), ("2026-10", 6), ("2026-11", 6), ("2026-11", 0),
    ]  # fmt: skip
    assert search("deleted") == ids
    assert search("thing7") == ids[10:11]
    assert staff() == ["ada"]
    assert {item["sk"]["S"] for item in stored() if item in copies} == {item["sk"]["S"] for item in copies}


@pytest.mark.usefixtures("small_segments")
def test_reindexing_is_taken_up_where_it_was_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = several_months()
    index_all(random.Random(1))
    assert step()["month"] == "2026-09"

    def die(*_: object) -> None:
        raise TimeoutError

    # In the middle of a month: its new segments stand, and the old ones, too.
    with monkeypatch.context() as patch:
        patch.setattr(segment_store.SegmentStore, "delete", die)
        with pytest.raises(TimeoutError):
            step()
    assert search("deleted") == ids
    assert [each["month"] for each in reindex()] == ["2026-10", "2026-11", "2026-11"]
    assert search("deleted") == ids


@pytest.mark.usefixtures("small_segments")
def test_what_is_posted_while_reindexing_runs_is_found() -> None:
    ids = several_months()
    index_all(random.Random(1))
    more = []
    for number in range(7):
        more += posted(api.audit(action=f"deleted late{number}", occurred_at=f"2026-{9 + number % 3:02}-15T09:00:00Z"))
        index([told("INSERT", entry_of(more[-1]))])
        step()
        assert sorted(search("deleted")) == sorted([*ids, *more])
    reindex()
    assert sorted(search("deleted")) == sorted([*ids, *more])
    assert search("late4") == more[4:5]


@pytest.mark.usefixtures("small_segments")
def test_what_has_expired_or_was_removed_is_gone_from_the_index_afterwards() -> None:
    ids = several_months()
    index_all(random.Random(1))
    reindex()
    space = sum(len(str(item)) for item in of_index())
    for number, entry_id in enumerate(ids[3:-2]):
        entry = entry_of(entry_id)
        if number % 2:
            remove(entry)
        else:
            put(entry | {"expires_at": {"N": str(EXPIRED)}})
    reindex()
    assert search("deleted") == [*ids[:3], *ids[-2:]]
    assert sum(len(str(item)) for item in of_index()) < space / 2
    for item in stored():
        if "org_source" in item:
            remove(item)
    reindex()
    assert of_index() == []


@pytest.mark.usefixtures("small_segments")
def test_to_reindex_twice_changes_nothing() -> None:
    several_months()
    index_all(random.Random(1))
    reindex()
    before = stored()
    reindex()
    assert shape_of(stored()) == shape_of(before)


def shape_of(items: Sequence[Item]) -> list[str]:
    """What is in the table, whatever the segments of the index are called."""
    shapes = [
        {name: value for name, value in item.items() if not is_of_index(item) or name not in ("pk", "sk")}
        for item in items
    ]
    return sorted(map(str, shapes))


def test_reindexing_again_begins_anew_and_only_the_org_that_was_asked_for() -> None:
    several_months()
    posted(api.audit(), org="hilltop")
    assert [each["month"] for each in reindex()] == ["2026-09", "2026-10", "2026-11", "2026-11"]
    assert [each["month"] for each in reindex()] == ["2026-09", "2026-10", "2026-11", "2026-11"]
    assert of_index("hilltop") == []


@pytest.mark.parametrize("org", ["riversid", "Riverside", "", "a/b"])
def test_an_org_that_was_not_made_is_not_reindexed(org: str) -> None:
    before = items()
    with pytest.raises(UnknownOrgError, match=r"there is no org"):
        api.function("index").handler({"reindex": org}, Context())
    assert items() == before
