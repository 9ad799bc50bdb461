"""The models: the table's schema as the template has it, what each attribute means, and which key has which kind."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import daybook
import pytest
from daybook.core import entry_ids
from daybook.model.entries import Record
from daybook.storage import models
from daybook.storage.keys import job_keys, message_keys, org_keys, record_keys, register_keys, search_keys
from daybook.storage.models.entries import (
    ActivityItem,
    AddressedItem,
    AuditCopyItem,
    AuditFields,
    AuditItem,
    ContentItem,
    EmailItem,
    EntryItem,
    MessageItem,
    PushItem,
    SmsItem,
)
from daybook.storage.models.item import Item, Key
from daybook.storage.models.jobs import ApplyItem, CheckItem, ErasureSubjectItem, ErasureWorkItem
from daybook.storage.models.kinds import kind_of, read
from daybook.storage.models.messages import NameItem, PendingEventsItem, PointerItem
from daybook.storage.models.orgs import AddressItem, ErasureItem, ExportItem, GrantItem, HoldItem, OrgItem, StaffItem
from daybook.storage.models.register import RecordAddressItem, RecordItem, RecordNameItem
from daybook.storage.models.search import BlockItem, RegisterProgressItem, ReindexItem, SegmentItem
from daybook_local.deployment.template import load, table_definition
from hypothesis import given
from hypothesis import strategies as st
from pynamodb.attributes import TTLAttribute
from pynamodb.exceptions import AttributeNullError

from tests.support.memory.table import as_read
from tests.support.models import kinds, values_of_kind

PACKAGE = Path(daybook.__path__[0])
KINDS = kinds()
INSTANT, SUFFIX = "2026-11-22T12:30:00.000Z", "1k4f8p9v0003h2qab7"
FAMILY = Record("family", "1")
PARTITION = record_keys.partition("riverside", FAMILY)
ENTRY_ID = entry_ids.entry_id(INSTANT, SUFFIX)
HASH = "0123456789abcdef0123456789abcdef"

# Keys of items of each kind, as `storage.keys` makes them.
KEYS: list[tuple[type[Item], Key]] = [
    (EmailItem, (PARTITION, record_keys.entry("email", INSTANT, SUFFIX))),
    (SmsItem, (PARTITION, record_keys.entry("sms", INSTANT, SUFFIX))),
    (PushItem, (PARTITION, record_keys.entry("push", INSTANT, SUFFIX))),
    (ActivityItem, (PARTITION, record_keys.entry("activity", INSTANT, SUFFIX))),
    (AuditItem, (PARTITION, record_keys.entry("audit", INSTANT, SUFFIX))),
    (AuditItem, (record_keys.no_record_partition("riverside", INSTANT), record_keys.entry("audit", INSTANT, SUFFIX))),
    (AuditCopyItem, (PARTITION, record_keys.entry("audit", INSTANT, SUFFIX))),
    (ContentItem, (PARTITION, record_keys.content(ENTRY_ID))),
    (ContentItem, (record_keys.no_record_partition("riverside", INSTANT), record_keys.content_at(INSTANT, SUFFIX))),
    (PointerItem, (PARTITION, record_keys.idempotency("email", INSTANT, HASH))),
    (PointerItem, (message_keys.partition("m-1"), message_keys.pointer(PARTITION, HASH))),
    (PointerItem, (message_keys.partition("m-1"), message_keys.pointer(PARTITION, ""))),
    (PendingEventsItem, (message_keys.partition("m-1"), message_keys.pending_events("email", HASH))),
    (PendingEventsItem, (message_keys.partition("m-1"), message_keys.pending_events("sms", ""))),
    (PendingEventsItem, (message_keys.partition("m-1"), message_keys.pending_events("email", HASH, "riverside"))),
    (NameItem, (message_keys.partition("m-1"), message_keys.name("own.1@mailer.example"))),
    (AddressItem, (org_keys.blacklist("riverside"), HASH)),
    (GrantItem, (org_keys.access("riverside"), org_keys.grant("group", "front_desk"))),
    (GrantItem, (org_keys.access("riverside"), org_keys.grant("staff", "ada"))),
    (OrgItem, org_keys.org("riverside")),
    (StaffItem, (org_keys.staff("riverside"), "ada")),
    (HoldItem, (org_keys.holds("riverside"), org_keys.hold(FAMILY))),
    (ErasureItem, (org_keys.erasures("riverside"), ENTRY_ID)),
    (ExportItem, (org_keys.exports("riverside"), ENTRY_ID)),
    (SegmentItem, (search_keys.partition("riverside"), search_keys.OPEN_SEGMENT)),
    (SegmentItem, (search_keys.partition("riverside"), search_keys.segment("2026-11", "0", "abc"))),
    (RegisterProgressItem, (search_keys.partition("riverside"), search_keys.REGISTER)),
    (RecordItem, register_keys.record("riverside", FAMILY)),
    (RecordNameItem, register_keys.word("riverside", "email", FAMILY.path)),
    (RecordNameItem, register_keys.pair("riverside", "content", "a", FAMILY.path)),
    (RecordAddressItem, register_keys.address("riverside", HASH, FAMILY.path)),
    (ReindexItem, (search_keys.partition("riverside"), search_keys.REINDEX)),
    (BlockItem, (search_keys.blocks_partition("riverside", "abc"), search_keys.block("places", 1))),
    (BlockItem, (search_keys.blocks_partition("riverside", "abc"), search_keys.block("terms", 0))),
    (ErasureWorkItem, (job_keys.ERASURES, job_keys.erasure("riverside", ENTRY_ID))),
    (ErasureSubjectItem, (job_keys.erasure_subject("riverside", ENTRY_ID), HASH)),
    (CheckItem, job_keys.RETENTION_CHECK),
    (ApplyItem, job_keys.RETENTION_APPLY),
]

# Kinds that others derive from: what these have in common.
BASES: set[type[Item]] = {Item, EntryItem, MessageItem, AddressedItem, AuditFields}

# Values of all attributes.
EXAMPLES: dict[type[Item], dict[str, Any]] = {
    kind: {
        name: {"S": "a", "N": 1, "B": b"a", "BOOL": True}[attribute.attr_type]
        for name, attribute in kind.get_attributes().items()
    }
    for kind in KINDS
}

# The kinds that stand in each index: those with its keys.
INDEXED = {
    "by_activity": {EmailItem, SmsItem},
    "by_recipient": {EmailItem, SmsItem, AddressItem, StaffItem},
    "by_status": {EmailItem, SmsItem, StaffItem},
    "by_staff": {AuditItem},
    "by_source": {AuditItem},
    "by_org_status": {EmailItem, SmsItem, AddressItem, HoldItem},
}


def stored(kind: type[Item], key: Key) -> dict[str, dict[str, Any]]:
    """What tells the kind of an item with this key."""
    copied = {"of": {"S": "student/9"}} if kind is AuditCopyItem else {}
    return {"pk": {"S": key[0]}, "sk": {"S": key[1]}, **copied}


def by_type(key_schema: Iterable[Any]) -> dict[str, str]:
    return {element["KeyType"]: element["AttributeName"] for element in key_schema}


# --- the schema ---


def test_keys_and_their_types_are_those_of_the_template() -> None:
    template, schema = table_definition("any"), Item._get_schema()
    assert by_type(schema["key_schema"]) == by_type(template["KeySchema"])
    types = {each["AttributeName"]: each["AttributeType"] for each in template["AttributeDefinitions"]}
    assert {each["AttributeName"]: each["AttributeType"] for each in schema["attribute_definitions"]} == types
    for kind in KINDS:
        for attribute in kind.get_attributes().values():
            assert attribute.attr_type == types.get(attribute.attr_name, attribute.attr_type), (kind, attribute)


def test_indexes_have_the_keys_and_projections_of_the_template() -> None:
    def comparable(key_schema: Iterable[Any], projection: dict[str, Any]) -> dict[str, Any]:
        return {"keys": by_type(key_schema), **projection}

    template = table_definition("any")
    schema: Mapping[str, Any] = Item._get_schema()
    for of_template, of_model in [
        (template["LocalSecondaryIndexes"], schema["local_secondary_indexes"]),
        (template["GlobalSecondaryIndexes"], schema["global_secondary_indexes"]),
    ]:
        assert len(of_template) == len(of_model) == 3
        assert {index["index_name"]: comparable(index["key_schema"], index["projection"]) for index in of_model} == {
            index["IndexName"]: comparable(index["KeySchema"], index["Projection"]) for index in of_template
        }


def test_each_index_has_the_kinds_that_have_its_keys_and_what_it_holds_is_an_attribute_of_one() -> None:
    definition = table_definition("any")
    for index in [*definition["LocalSecondaryIndexes"], *definition["GlobalSecondaryIndexes"]]:
        own_keys = set(by_type(index["KeySchema"]).values())
        indexed = {kind for kind in KINDS if own_keys <= kind.get_attributes().keys()}
        assert indexed == INDEXED[index["IndexName"]]
        held = set(index["Projection"].get("NonKeyAttributes", ()))
        assert held <= set().union(*(kind.get_attributes() for kind in indexed))


@pytest.mark.parametrize("kind", [Item, *KINDS])
def test_expiry_billing_and_stream_are_those_of_the_template(kind: type[Item]) -> None:
    properties = load()["Resources"]["Table"]["Properties"]
    expiring = [each.attr_name for each in kind.get_attributes().values() if isinstance(each, TTLAttribute)]
    assert [properties["TimeToLiveSpecification"]] == [{"AttributeName": name, "Enabled": True} for name in expiring]
    assert properties["BillingMode"] == kind.Meta.billing_mode
    assert properties["StreamSpecification"] == {"StreamViewType": kind.Meta.stream_view_type}


def test_an_attribute_has_one_type_in_all_kinds() -> None:
    types: dict[str, set[str]] = {}
    for kind in KINDS:
        for attribute in kind.get_attributes().values():
            types.setdefault(attribute.attr_name, set()).add(attribute.attr_type)
    assert {name: several for name, several in types.items() if len(several) > 1} == {}


# --- what the attributes mean ---


def model_classes() -> Iterator[tuple[list[str], ast.ClassDef, type[Item]]]:
    """The models of the package, with the lines of their modules and their source."""
    for module in pkgutil.iter_modules(models.__path__):
        path = Path(models.__path__[0]) / f"{module.name}.py"
        source = path.read_text()
        for node in ast.parse(source).body:
            kind = isinstance(node, ast.ClassDef) and getattr(
                importlib.import_module(f"{models.__name__}.{module.name}"), node.name
            )
            if isinstance(kind, type) and issubclass(kind, Item) and isinstance(node, ast.ClassDef):
                yield source.splitlines(), node, kind


def own_attributes() -> Iterator[tuple[str, str, str]]:
    """Model, name and the line above of each attribute."""
    for lines, node, kind in model_classes():
        for statement in node.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)]) if name in kind.get_attributes():
                    yield kind.__name__, name, lines[statement.lineno - 2].strip()


OWN = list(own_attributes())


@pytest.mark.parametrize(("kind", "name", "above"), OWN, ids=[f"{kind}.{name}" for kind, name, _ in OWN])
def test_every_attribute_is_explained_right_above_it(kind: str, name: str, above: str) -> None:
    assert re.fullmatch(r"# .*\w.*[.;]", above), (kind, name)


def test_no_model_is_without_its_attributes_here() -> None:
    assert {kind for _, _, kind in model_classes()} == {
        *KINDS,
        Item,
        EntryItem,
        MessageItem,
        AddressedItem,
        AuditFields,
    }
    assert {name for _, name, _ in OWN} == set().union(*(kind.get_attributes() for kind in KINDS))


def test_every_attribute_is_in_use_outside_the_models() -> None:
    used: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        if path.parent != Path(models.__path__[0]):
            for node in ast.walk(ast.parse(path.read_text())):
                match node:
                    case ast.Attribute(attr=name) | ast.keyword(arg=str(name)) | ast.Constant(value=str(name)):
                        used.add(name)
    assert {name for _, name, _ in OWN} <= used


# --- which key has which kind ---


@pytest.mark.parametrize(("kind", "key"), KEYS, ids=[f"{kind.__name__} {'/'.join(key)}" for kind, key in KEYS])
def test_a_key_has_its_kind(kind: type[Item], key: Key) -> None:
    attributes = stored(kind, key)
    assert kind_of(attributes) is kind
    for known_as in [kind, *(base for base in kind.__mro__ if base in BASES)]:
        item: Item = read(known_as, attributes)
        assert type(item) is kind
        assert item.key == key


def test_every_kind_has_a_key_here() -> None:
    assert {kind for kind, _ in KEYS} == set(KINDS)


@pytest.mark.parametrize("key", [("riverside/plans", "a"), ("riverside/family/1", "plans/a"), ("jobs", "a")])
def test_a_key_that_none_has_is_that_of_a_plain_item(key: Key) -> None:
    assert kind_of(stored(Item, key)) is Item
    assert type(read(Item, stored(Item, key))) is Item


@pytest.mark.parametrize(
    ("kind", "actual"), [(EntryItem, ContentItem), (MessageItem, AuditItem), (AuditFields, EmailItem)]
)
def test_an_item_of_another_kind_is_no_mistake_that_passes(kind: type[Item], actual: type[Item]) -> None:
    key = dict(KEYS)[actual]
    with pytest.raises(TypeError, match=f"{re.escape(key[1])} is no {kind.__name__} but a {actual.__name__}"):
        read(kind, stored(actual, key))


# Texts of callers that look like keys.
alike = st.sampled_from(
    [sk for _, (_, sk) in KEYS] + [pk for _, (pk, _) in KEYS] + ["audit/x/y", "content/x", "key/x", "event/x/y", "-"]
)
texts = alike | st.text(min_size=1, max_size=12) | st.builds("/".join, st.lists(alike, min_size=1, max_size=3))
records = st.builds(Record, st.sampled_from(["family", "student", "email"]), st.sampled_from(["1", "holds", "staff"]))
orgs = st.sampled_from(["riverside", "erasing", "retention", "holds", "audit", "key", "content"])


@given(texts)
def test_the_kinds_of_usernames_messages_and_groups_do_not_depend_on_what_they_are_called(text: str) -> None:
    for kind, key in [
        (StaffItem, (org_keys.staff("riverside"), text)),
        (GrantItem, (org_keys.access("riverside"), org_keys.grant("group", text))),
        (PointerItem, (message_keys.partition(text), message_keys.pointer(PARTITION, HASH))),
        (PointerItem, (message_keys.partition(text), message_keys.pointer(PARTITION, ""))),
        (PendingEventsItem, (message_keys.partition(text), message_keys.pending_events("email", HASH))),
        (PendingEventsItem, (message_keys.partition(text), message_keys.pending_events("push", ""))),
        (NameItem, (message_keys.partition(text), message_keys.name(text))),
    ]:
        assert kind_of(stored(kind, key)) is kind


@given(orgs, records)
def test_the_kinds_do_not_depend_on_how_orgs_and_records_are_called(org: str, record: Record) -> None:
    partition = record_keys.partition(org, record)
    for kind, key in [
        (EmailItem, (partition, record_keys.entry("email", INSTANT, SUFFIX))),
        (AuditCopyItem, (partition, record_keys.entry("audit", INSTANT, SUFFIX))),
        (ContentItem, (partition, record_keys.content(ENTRY_ID))),
        (PointerItem, (partition, record_keys.idempotency("email", INSTANT, HASH))),
        (PointerItem, (message_keys.partition("m-1"), message_keys.pointer(partition, HASH))),
        (HoldItem, (org_keys.holds(org), org_keys.hold(record))),
        (AddressItem, (org_keys.blacklist(org), HASH)),
        (ErasureItem, (org_keys.erasures(org), ENTRY_ID)),
        (ErasureWorkItem, (job_keys.ERASURES, job_keys.erasure(org, ENTRY_ID))),
        (ErasureSubjectItem, (job_keys.erasure_subject(org, ENTRY_ID), HASH)),
        (SegmentItem, (search_keys.partition(org), search_keys.segment("2026-11", "1", "abc"))),
        (BlockItem, (search_keys.blocks_partition(org, "abc"), search_keys.block("places", 1))),
    ]:
        assert kind_of(stored(kind, key)) is kind


# --- reading and writing ---


@given(st.sampled_from(KINDS).flatmap(lambda kind: st.tuples(st.just(kind), values_of_kind(kind))))
def test_an_item_is_read_as_it_was_written(made: tuple[type[Item], dict[str, Any]]) -> None:
    kind, values = made
    item = kind("riverside/x", "y", **values)
    written = item.serialize()
    names = {name: attribute.attr_name for name, attribute in kind.get_attributes().items()}
    present = {names[name]: value for name, value in values.items() if value is not None}
    assert written.keys() == {"pk", "sk", *present}
    assert all(written[name] == {"N": str(value)} for name, value in present.items() if type(value) is int)
    assert all(list(written[name].values()) == [value] for name, value in present.items() if type(value) is not int)
    for attributes in (written, as_read(item), {**written, "unknown": {"S": "x"}}):
        back = kind.from_raw_data(attributes)
        assert back.serialize() == written
        assert {name: getattr(back, name) for name in values} == values


@pytest.mark.parametrize("kind", KINDS)
def test_an_item_without_what_its_kind_requires_is_not_written(kind: type[Item]) -> None:
    values = {name: value for name, value in EXAMPLES[kind].items() if value is not None}
    required = [name for name, attribute in kind.get_attributes().items() if not attribute.null]
    assert {"pk", "sk"} <= {*required}
    kind(**values).serialize()
    for name in required:
        # Without a key it is not even made.
        with pytest.raises(TypeError if name in ("pk", "sk") else AttributeNullError, match=name):
            kind(**{other: value for other, value in values.items() if other != name}).serialize()


def test_an_attribute_that_the_kind_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="HoldItem has no attribute recipient, swpet"):
        HoldItem("org/holds", "family/1", status="standing", swpet="x", recipient="y")


def test_null_reads_as_absent() -> None:
    read_back = EmailItem.from_raw_data(stored(EmailItem, KEYS[0][1]) | {"content_until": {"NULL": True}})
    assert read_back.content_until is None
    assert read_back.serialize(null_check=False) == stored(EmailItem, KEYS[0][1])


def test_an_item_expires_in_its_time_and_while_it_is_held_would_have() -> None:
    held = StaffItem("a", "b", held_until=1_000)
    expiring = StaffItem("a", "b", expires_at=2_000)
    assert [item.unheld_expiry for item in (held, expiring, StaffItem("a", "b"))] == [1_000, 2_000, None]
    for second, is_visible in [(1_999, True), (2_000, False), (2_001, False)]:
        now = datetime.fromtimestamp(second, UTC)
        assert [item.is_visible(now) for item in (held, expiring, StaffItem("a", "b"))] == [True, is_visible, True]
