"""Each key with the longest text that callers may give, on DynamoDB Local, which refuses a longer one."""

import inspect
import json
from collections.abc import Callable
from datetime import UTC
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from botocore.exceptions import ClientError
from daybook.access.callers import Caller
from daybook.audit.staff import StaffQueries, StaffQuery
from daybook.audit.staff_register import StaffRegister
from daybook.blacklist.queries import BlacklistQueries, BlacklistQuery
from daybook.core import addresses, entry_ids
from daybook.core.paging import Cursors
from daybook.entries.record_log import LOGS
from daybook.holds.holds import HoldChanges, HoldQueries, HoldsQuery, Reason
from daybook.model.delivery_events import DeliveryEvent, RecipientEvent
from daybook.model.entries import Record
from daybook.records.finding import RecordFinder
from daybook.search.by_time import EntriesByTime
from daybook.storage.keys import (
    index_keys,
    job_keys,
    message_keys,
    object_names,
    org_keys,
    record_keys,
    register_keys,
    search_keys,
)
from daybook.storage.models.entries import AuditItem
from daybook.storage.store import Range

from tests.support import api
from tests.support.dynamodb.service_stack import NOW, POLICY, Stack
from tests.support.hashes import hashed

# DynamoDB's limits of a key, and S3's of a name, in bytes of UTF-8.
MAX_PARTITION, MAX_SORT, MAX_NAME = 2048, 1024, 1024

# Four bytes in UTF-8, and one character.
WIDE = "\U0001f600"
ORG = "o" * 64
RECORD = Record("t" * 64, "i" * 128)
FAMILY = Record("family", "i" * 128)
NAME, MESSAGE_ID = WIDE * 256, WIDE * 256
INSTANT, SUFFIX = "2026-11-21T00:00:00.000Z", "v" * 18
ENTRY_ID = entry_ids.entry_id(INSTANT, SUFFIX)
HASH, DIGEST = hashed(NAME), "f" * 64
# Of as many bytes as an address may have. Those before the @ are more in lower case.
POSTED = f"{'Ⱥ' * 32}@{'.'.join(['d' * 59] * 3)}.example"
# What a provider may name, which nothing checks but its length (`feedback/providers/ses.py`).
NAMED = WIDE * 80

PK = record_keys.partition(ORG, RECORD)
PARTITIONS: dict[Callable[..., str], str] = {
    message_keys.partition: message_keys.partition(MESSAGE_ID),
    record_keys.partition: PK,
    record_keys.partition_at: record_keys.partition_at(ORG, RECORD.path),
    record_keys.entry_partition: record_keys.entry_partition(ORG, RECORD, INSTANT),
    record_keys.no_record_partition: record_keys.no_record_partition(ORG, INSTANT),
    org_keys.blacklist: org_keys.blacklist(ORG),
    org_keys.access: org_keys.access(ORG),
    org_keys.staff: org_keys.staff(ORG),
    org_keys.holds: org_keys.holds(ORG),
    org_keys.erasures: org_keys.erasures(ORG),
    org_keys.exports: org_keys.exports(ORG),
    job_keys.erasure_subject: job_keys.erasure_subject(ORG, ENTRY_ID),
    search_keys.partition: search_keys.partition(ORG),
    search_keys.blocks_partition: search_keys.blocks_partition(ORG, SUFFIX),
    register_keys.id_partition: register_keys.id_partition(ORG, RECORD.id),
    register_keys.of_address: register_keys.of_address(ORG, HASH),
    record_keys.partitions_of_type: record_keys.partitions_of_type(ORG, RECORD.type),
    # Of the global indexes.
    org_keys.blocking_orgs: org_keys.blocking_orgs(HASH),
    index_keys.org_status: index_keys.org_status(ORG, "email", "suppressed"),
    index_keys.org_member: index_keys.org_member(ORG, NAME),
}
# Of which the normal forms are longer than the name, and three.
STAFF_PLACE = org_keys.staff_place([NAME * 18, NAME * 18, NAME * 18], NAME)
SORT_KEYS: dict[Callable[..., str], str] = {
    message_keys.pointer: message_keys.pointer(PK, HASH),
    message_keys.pending_events: message_keys.pending_events("email", HASH, ORG),
    message_keys.name: message_keys.name("i" * message_keys.MAX_NAME_BYTES),
    record_keys.entry: record_keys.entry("activity", INSTANT, SUFFIX),
    record_keys.content: record_keys.content(ENTRY_ID),
    record_keys.content_at: record_keys.content_at(INSTANT, SUFFIX),
    record_keys.idempotency: record_keys.idempotency("activity", INSTANT, HASH),
    org_keys.hold: org_keys.hold(RECORD),
    job_keys.erasure: job_keys.erasure(ORG, ENTRY_ID),
    search_keys.segment: search_keys.segment("2026-11", "3", SUFFIX),
    search_keys.block: search_keys.block("places", 99_999),
    # Of the indexes.
    index_keys.at: index_keys.at(INSTANT, SUFFIX),
    index_keys.above: index_keys.above(index_keys.at(INSTANT, SUFFIX)),
    index_keys.below: index_keys.below(index_keys.at(INSTANT, SUFFIX)),
    index_keys.activity_key: index_keys.activity_key("email", INSTANT, SUFFIX),
    index_keys.recipient_key: index_keys.recipient_key("email", NAMED, INSTANT, SUFFIX),
    index_keys.recipient_at: index_keys.recipient_at("email", NAMED, index_keys.at(INSTANT, SUFFIX)),
    index_keys.after_recipient: index_keys.after_recipient("email", NAMED),
    index_keys.status_key: index_keys.status_key("sms", "not_delivered", INSTANT, SUFFIX),
    index_keys.after_month: index_keys.after_month("2026-11"),
    org_keys.blocked: org_keys.blocked(WIDE * 63),
    org_keys.staff_place: STAFF_PLACE,
    org_keys.staff_place_by_day: org_keys.staff_place_by_day("2026-11-22", STAFF_PLACE),
    org_keys.staff_place_by_name: org_keys.staff_place_by_name(f"2026-11-22\t{STAFF_PLACE}"),
    org_keys.in_staff_group: org_keys.in_staff_group("customer", f"2026-11-22\t{STAFF_PLACE}"),
    org_keys.place_in_staff_group: org_keys.place_in_staff_group(f"customer/{STAFF_PLACE}"),
}
NAMES: dict[Callable[..., str], str] = {
    object_names.content: object_names.content(PK, ENTRY_ID, DIGEST),
    object_names.content_prefix: object_names.content_prefix(PK, ENTRY_ID),
    object_names.archive: object_names.archive(ORG, "2026-11-21", DIGEST),
    object_names.archive_prefix: object_names.archive_prefix(ORG),
    object_names.export_folder: object_names.export_folder(ORG, ENTRY_ID),
    object_names.export_file: object_names.export_file(ORG, ENTRY_ID, "jsonl"),
    object_names.export_tails: object_names.export_tails(ORG, ENTRY_ID),
    object_names.export_tail: object_names.export_tail(ORG, ENTRY_ID, "0" * 16),
}
# Sort keys that are a text by itself.
OTHERS = {
    "a username": NAME, "an erasure's id": ENTRY_ID, "an org": ORG, "a hash": HASH,
    "a word of a record's name": register_keys.word(ORG, WIDE * 256, RECORD.path)[1],
    "two words of it": register_keys.pair(ORG, WIDE * 256, WIDE * 256, RECORD.path)[1],
}  # fmt: skip
MODULES = (message_keys, record_keys, org_keys, index_keys, job_keys, search_keys, register_keys, object_names)
# The limits of a grant have tests of their own: `tests/functional/access`. A national hash is as long as others.
ELSEWHERE = {org_keys.grant, register_keys.national_hash}


def makes_key(function: Callable[..., Any], module: ModuleType) -> bool:
    """Whether it is a function of that module that makes a key, and neither a part of one nor bounds."""
    if function.__module__ != module.__name__ or function.__name__.startswith("_"):
        return False
    is_part = function.__name__.endswith(("_of", "_mailbox", "_id"))
    return inspect.signature(function).return_annotation == "str" and not is_part


def test_every_function_that_makes_a_key_is_in_the_tables() -> None:
    made = {
        function
        for module in MODULES
        for _, function in inspect.getmembers(module, inspect.isfunction)
        if makes_key(function, module)
    }
    assert made - ELSEWHERE == {*PARTITIONS, *SORT_KEYS, *NAMES}


def test_the_longest_of_each_is_within_the_limits() -> None:
    assert [key for key in PARTITIONS.values() if len(key.encode()) > MAX_PARTITION] == []
    assert [key for key in [*SORT_KEYS.values(), *OTHERS.values()] if len(key.encode()) > MAX_SORT] == []
    assert [name for name in NAMES.values() if len(name.encode()) > MAX_NAME] == []


def test_dynamodb_takes_each(stack: Stack) -> None:
    for pk in PARTITIONS.values():
        stack.uncounted("PutItem", Item={"pk": {"S": pk}, "sk": {"S": "x"}})
        stack.uncounted("PutItem", Item={"pk": {"S": "x"}, "sk": {"S": pk[:1]}, **of_indexes(pk)})
    for sk in [*SORT_KEYS.values(), *OTHERS.values()]:
        local = {name: {"S": sk} for name in ("activity_key", "recipient_key", "status_key", "at")}
        stack.uncounted("PutItem", Item={"pk": {"S": "x"}, "sk": {"S": sk}, **local, "org_status": {"S": "x"}})


def of_indexes(pk: str) -> dict[str, Any]:
    return {name: {"S": pk} for name in index_keys.GLOBAL_PARTITION_KEYS.values()} | {"at": {"S": "x"}}


@pytest.mark.parametrize(("pk", "sk"), [("x" * (MAX_PARTITION + 1), "x"), ("x", f"{NAME}x")])
def test_it_would_refuse_a_longer_one(stack: Stack, pk: str, sk: str) -> None:
    with pytest.raises(ClientError, match="1024 bytes"):
        stack.uncounted("PutItem", Item={"pk": {"S": pk}, "sk": {"S": sk}})


def post(stack: Stack, *entries: dict[str, Any]) -> list[str]:
    results = stack.ingest().post(ORG, [json.dumps(entry).encode() for entry in entries])
    assert [result.status for result in results] == ["created"] * len(entries), results
    return [result.id or "" for result in results]


def test_the_longest_messages_are_written_changed_and_read(stack: Stack) -> None:
    record = {"type": "family", "id": FAMILY.id}
    moment = {"message_id": MESSAGE_ID, "occurred_at": INSTANT, "key": WIDE * 128, "record": record}
    assert len(POSTED.encode()) == 252 < len(addresses.normalize(POSTED).encode())
    post(stack, api.email(recipient=POSTED, **moment), api.sms(recipient="+" + "49151" + "1" * 8, **moment))
    post(stack, api.push(**moment), api.activity(record=record, name=NAME, action=NAME))
    bounced = DeliveryEvent(type="bounce", at=INSTANT, kind="Permanent", subtype="General")
    for recipient in (addresses.normalize(POSTED), NAMED):
        event = RecipientEvent(log="email", message_id=MESSAGE_ID, recipient=recipient, event=bounced)
        stack.reconciler().apply([event])
    for name in ("emails", "sms", "pushes", "activity"):
        log = LOGS[name]
        for sort in ("date", "recipient", "status") if log.statuses else ("date",):
            query = msgspec.convert({"sort": sort, "limit": 1}, log.query)
            assert len(stack.logs().page(ORG, FAMILY, log, query).entries) == 1


def test_the_longest_addresses_are_blacklisted_listed_and_let_go(stack: Stack) -> None:
    store = stack.address_store()
    bounced = DeliveryEvent(type="bounce", at=INSTANT, kind="Permanent", subtype="General")
    longest = [f"{local}@x.test" for local in (WIDE * 61 + "abc", "\U0010ffff" * 61 + "abc", "a" * 247)]
    assert {len(address.encode()) for address in longest} == {254}
    for address in [*longest, f"a{longest[0]}", f"a{longest[2]}"]:
        store.record_events(ORG, address, FAMILY, [bounced], message_id=MESSAGE_ID, sent=INSTANT)
    cursors = Cursors(secret="test")
    queries = BlacklistQueries(
        table=stack.table,
        address_store=store,
        keyed_hash=hashed,
        records_of=RecordFinder(table=stack.table, keyed_hash=hashed, clock=lambda: NOW).with_recipients,
        cursors=cursors,
        clock=lambda: NOW,
    )
    first = queries.page(ORG, BlacklistQuery(limit=2))
    second = queries.page(ORG, BlacklistQuery(limit=2, cursor=first.next))
    assert {block.address for block in [*first.entries, *second.entries]} == set(longest)
    assert queries.page(ORG, BlacklistQuery(address=WIDE * 250)).entries == []


def test_the_longest_usernames_are_registered_listed_and_read(stack: Stack) -> None:
    affected = [{"record": {"type": RECORD.type, "id": RECORD.id}, "change": "updated", "name": NAME}]
    wide = [api.audit(username=name, member_name=NAME, affected=affected) for name in (NAME, "\U0010ffff" * 256, "a")]
    post(stack, *wide)
    by_time = EntriesByTime(table=stack.table)
    entries = stack.table.query(AuditItem, Range(PK, *record_keys.log_bounds("audit")), 3).items
    assert StaffRegister(table=stack.table, zone=lambda _: UTC).add(entries) == 3
    cursors = Cursors(secret="test")
    staff = StaffQueries(
        table=stack.table,
        by_time=by_time,
        policy=POLICY,
        zone=lambda _: ZoneInfo("UTC"),
        cursors=cursors,
        clock=lambda: NOW,
    )
    for order in ("name", "last"):
        query = msgspec.convert({"limit": 2, "order": order}, StaffQuery)
        first = staff.page(ORG, query)
        second = staff.page(ORG, msgspec.structs.replace(query, cursor=first.next))
        found = {member.username for member in [*first.entries, *second.entries]}
        assert found == {NAME, "\U0010ffff" * 256, "a"}
    assert StaffRegister(table=stack.table, zone=lambda _: UTC).add(entries) == 0


def test_the_longest_record_is_held_and_let_go(stack: Stack) -> None:
    recorded: list[Any] = []

    class Log:
        def record(self, org: str, entry: Any) -> None:
            recorded.append((org, entry))

    ada = Caller(ORG, NAME, NAME, frozenset(), frozenset())
    changes = HoldChanges(table=stack.table, recorder=Log(), clock=lambda: NOW)
    changes.place(ORG, RECORD, Reason("a claim"), ada, None)
    page = HoldQueries(table=stack.table, cursors=Cursors(secret="test")).page(ORG, HoldsQuery())
    assert [hold.record for hold in page.entries] == [RECORD]
    changes.lift(ORG, RECORD, ada, None)
    assert len(recorded) == 2
