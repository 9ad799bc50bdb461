"""What an erasure leaves of each attribute of an entry, of each field of a line of the archive, and of all else.

Every attribute, field, kind of item and bucket has a decision here. One without a decision, because it is new, fails:
decide what an erasure does with it, in `erasure/redaction.py` and here.
"""

import base64
import gzip
import json
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from daybook.model import entries, event_set, responses
from daybook.model.delivery_events import DeliveryEvent
from daybook.model.delivery_status import Bounce
from daybook.model.entries import PLACEHOLDER, Affected
from daybook.storage.models import kinds
from daybook.storage.models.entries import AuditCopyItem, ContentItem, EntryItem
from daybook.storage.models.item import Item as BaseItem
from daybook.storage.models.jobs import ApplyItem, CheckItem, ErasureSubjectItem, ErasureWorkItem
from daybook.storage.models.messages import NameItem, PendingEventsItem, PointerItem
from daybook.storage.models.orgs import AddressItem, ErasureItem, ExportItem, GrantItem, HoldItem, OrgItem, StaffItem
from daybook.storage.models.register import RecordAddressItem, RecordItem, RecordNameItem
from daybook.storage.models.search import BlockItem, RegisterProgressItem, ReindexItem, SegmentItem
from daybook_local.deployment.template import resources_of_type

from tests.support import api, models
from tests.support.aws.clients import client
from tests.support.aws.lambda_environment import TABLE
from tests.support.functions.ses_stand_in import Ses
from tests.support.functions.stored import ARCHIVE, archived_lines, image
from tests.support.golden import scenes
from tests.support.golden.scenes import work
from tests.support.golden.stage import Stage, staged
from tests.support.template import TEMPLATE

Item = dict[str, dict[str, Any]]

NAME, ADDRESS, PHONE, WHEN = "Doerfler", "jane.doerfler@mail.example", "+14155550177", "2026-11-22T12:00:00.000Z"
FAMILY, CLASS = {"type": "family", "id": "77"}, {"type": "class", "id": "ballet"}
MOMENT, SUFFIX = "2026-03-02T09:00:00.500Z", "1jimvr28000000f891"
PARTITION, AT = "riverside/family/77", f"{MOMENT}/{SUFFIX}"
ID = f"20260302090000500{SUFFIX}"

GONE = None

# In an item and in a line: what tells of the person in a change of their record, and in one of another record.
OWN = {"record": FAMILY, "change": "updated", **dict.fromkeys(("name", "details", "before", "after"), NAME)}
OTHER = {**OWN, "record": CLASS, "name": "Ballet", "details": f"as {NAME} asked"}
OWN_LEFT = {"record": FAMILY, "change": "updated", **dict.fromkeys(("name", "details", "before", "after"), PLACEHOLDER)}
OTHER_LEFT = {**OWN_LEFT, "record": CLASS, "name": "Ballet", "details": f"as {PLACEHOLDER} asked"}

EVENT = DeliveryEvent(
    type="bounce", at="2026-03-02T09:00:00.000Z", source=f"of {NAME}", sent_at=MOMENT, bot=True, kind="Permanent",
    subtype="NoEmail", code="5.1.1", diagnostic=f"550 {NAME}", user_agent=NAME, ip="198.51.100.77", link=ADDRESS,
    action="failed", named=ADDRESS, uncertain=True,
)  # fmt: skip
EVENT_LEFT = DeliveryEvent(
    type="bounce", at="2026-03-02T09:00:00.000Z", sent_at=MOMENT, bot=True, kind="Permanent", subtype="NoEmail",
    code="5.1.1", action="failed", uncertain=True,
)  # fmt: skip


def text(value: str) -> dict[str, str]:
    return {"S": value}


def packed(*events: DeliveryEvent) -> dict[str, str]:
    return {"B": base64.b64encode(event_set.pack(events)).decode()}


def same(**attributes: Any) -> dict[str, tuple[Any, Any]]:
    """Kept as they are: they say what happened, when, and to which record."""
    return {name: (value, value) for name, value in attributes.items()}


# By log and attribute: its value before, and after; None where the attribute is gone.
KEYS = same(pk=text(PARTITION), expires_at={"N": "1900000000"})
MESSAGE = {
    **same(message_id=text("m-1"), at=text(AT), recipient_hash=text("0" * 32), answered={"BOOL": True}),
    **same(posted=text("sent")),
    "events": (packed(EVENT), packed(EVENT_LEFT)),
    "outcome": (
        text('{"kind":"Permanent","subtype":"NoEmail","code":"5.1.1","diagnostic":"550 Doerfler","bot_opens":2}'),
        text('{"kind":"Permanent","subtype":"NoEmail","code":"5.1.1","bot_opens":2}'),
    ),
    "erased": (GONE, text(WHEN)),
}
ENTRIES: dict[str, dict[str, tuple[Any, Any]]] = {
    "email": {
        **KEYS, **MESSAGE,
        **same(
            sk=text(f"email/{AT}"), status=text("bounced"), opens={"N": "1"}, clicks={"N": "2"},
            activity_key=text(f"email/{AT}"), status_key=text(f"email/bounced/{AT}"),
            org_status=text("riverside/email/bounced"),
        ),
        "recipient": (text(ADDRESS), text(PLACEHOLDER)),
        "recipient_key": (text(f"email/{ADDRESS} {AT}"), text(f"email/{PLACEHOLDER} {AT}")),
        "subject": (text("Balance due"), text(PLACEHOLDER)),
        "sender": (text(f"{NAME} <{ADDRESS}>, office"), text(f"{PLACEHOLDER} <{PLACEHOLDER}>, office")),
        "sent_only": ({"BOOL": True}, GONE),
        # The content is deleted.
        "content_until": ({"N": "1900000000"}, GONE),
        "held_content_until": ({"N": "1900000000"}, GONE),
    },
    "sms": {
        **KEYS, **MESSAGE,
        **same(
            sk=text(f"sms/{AT}"), status=text("not_delivered"), reason=text("rejected"), posted_reason=text("failed"),
            activity_key=text(f"sms/{AT}"), status_key=text(f"sms/not_delivered/{AT}"),
            org_status=text("riverside/sms/not_delivered"),
        ),
        "recipient": (text(PHONE), text(PLACEHOLDER)),
        "recipient_key": (text(f"sms/{PHONE} {AT}"), text(f"sms/{PLACEHOLDER} {AT}")),
        "text": (text("Balance due"), text(PLACEHOLDER)),
    },
    "push": {
        **KEYS,
        **same(sk=text(f"push/{AT}"), status=text("failed"), posted=text("failed"), message_id=text("m-1")),
        **same(answered={"BOOL": True}),
        "events": MESSAGE["events"],
        "outcome": MESSAGE["outcome"],
        "erased": MESSAGE["erased"],
        "subject": (text("Balance due"), text(PLACEHOLDER)),
        "text": (text(f"Dear {NAME}"), text(PLACEHOLDER)),
        # What the push service answered may name the device.
        "reason": (text(f"no device of {NAME}"), GONE),
    },
    "activity": {
        **KEYS,
        **same(sk=text(f"activity/{AT}")),
        "erased": MESSAGE["erased"],
        "name": (text(NAME), text(PLACEHOLDER)),
        "action": (text(f"{NAME} rang"), text(f"{PLACEHOLDER} rang")),
        "ip": (text("198.51.100.77"), GONE),
        "details": (text('{"door":2}'), text(f'"{PLACEHOLDER}"')),
    },
    "audit": {
        **KEYS,
        **same(
            sk=text(f"audit/{AT}"), at=text(AT), org_source=text("riverside/customer_portal"),
            source=text("customer_portal"), affected_count={"N": "2"}, apart={"BOOL": True},
            unnamed=text('["family/78"]'),
        ),
        "erased": MESSAGE["erased"],
        "member_name": (text(f"Jane {NAME}"), text(PLACEHOLDER)),
        "username": (text("jane77"), text(PLACEHOLDER)),
        "org_staff": (text("riverside/jane77"), text(f"riverside/{PLACEHOLDER}")),
        "ip": (text("198.51.100.77"), GONE),
        "action": (text(f"moved {NAME}"), text(f"moved {PLACEHOLDER}")),
        "names": (text(f'["{NAME}","Ballet"]'), text(f'["{PLACEHOLDER}","Ballet"]')),
        "change": (text(json.dumps([OWN])), [OWN_LEFT]),
        "others": (text(json.dumps([OTHER])), [OTHER_LEFT]),
    },
    "copy": {
        **same(pk=text("riverside/class/ballet"), sk=text(f"audit/{AT}"), expires_at={"N": "1900000000"}),
        **same(of=text("family/77"), source=text("customer_portal"), affected_count={"N": "2"}),
        **same(unnamed=text('["family/78"]')),
        "erased": MESSAGE["erased"],
        "member_name": (text(f"Jane {NAME}"), text(PLACEHOLDER)),
        "username": (text("jane77"), text(PLACEHOLDER)),
        "ip": (text("198.51.100.77"), GONE),
        "action": (text(f"moved {NAME}"), text(f"moved {PLACEHOLDER}")),
        "names": (text(f'["{NAME}","Ballet"]'), text(f'["{PLACEHOLDER}","Ballet"]')),
        "change": (text(json.dumps([OTHER])), [OTHER_LEFT]),
        # What is left of its entry's texts is short enough to be repeated.
        "thin": ({"BOOL": True}, GONE),
    },
}  # fmt: skip

# Only while a hold keeps an item, and then nothing is erased from it.
HELD_ONLY = {"held_until"}

# By log and posted field: the attributes, or the other items, that have it.
POSTED: dict[type, dict[str, str]] = {
    entries.Email: {
        "record": "pk", "recipient": "recipient, recipient_key, recipient_hash", "subject": "subject",
        "message_id": "message_id", "sender": "sender", "body": "the content", "status": "status, posted",
    },
    entries.Sms: {
        "record": "pk", "recipient": "recipient, recipient_key", "text": "text", "message_id": "message_id",
        "status": "status, posted", "reason": "reason, posted_reason",
    },
    entries.Push: {
        "record": "pk", "subject": "subject", "text": "text", "message_id": "message_id", "status": "status, posted",
    },
    entries.Activity: {"record": "pk", "name": "name", "action": "action", "ip": "ip", "details": "details"},
    entries.Audit: {
        "member_name": "member_name", "username": "username, org_staff", "source": "source", "action": "action",
        "ip": "ip", "affected": "names, change, others, the content",
    },
}  # fmt: skip
OF_EVERY_LOG = {"occurred_at": "sk, at", "key": "the idempotency key"}

# By log and field of a line: its value before, and after; None where the field is gone.
LINE = same(id=ID, record=FAMILY, occurred_at=MOMENT, expires_at="2028-03-02T09:00:01.000Z") | {
    "erased_at": (GONE, WHEN)
}
LINE_MESSAGE = same(message_id="m-1", last_activity_at=MOMENT)
EVENT_LINE = {
    **same(type="bounce", occurred_at=MOMENT, of="recipient", bot=True, kind="Permanent", subtype="No", code="5.1.1"),
    **same(action="failed", uncertain=True),
    **dict.fromkeys(("recipient", "diagnostic", "user_agent", "ip", "link"), (NAME, GONE)),
}
BOUNCE = same(type="Permanent", subtype="NoEmail")


def before(fields: dict[str, tuple[Any, Any]]) -> dict[str, Any]:
    return {name: value for name, (value, _) in fields.items() if value is not GONE}


def after(fields: dict[str, tuple[Any, Any]]) -> dict[str, Any]:
    return {name: value for name, (_, value) in fields.items() if value is not GONE}


EVENTS = ([before(EVENT_LINE)], [after(EVENT_LINE)])
BY_CUSTOMER = {
    **same(source="customer_portal", affected_count=2),
    "member_name": (f"Jane {NAME}", PLACEHOLDER),
    "username": ("jane77", PLACEHOLDER),
    "ip": ("198.51.100.77", "null"),
    "action": (f"moved {NAME}", f"moved {PLACEHOLDER}"),
    "names": ([NAME, "Ballet"], [PLACEHOLDER, "Ballet"]),
    "affected": ([OWN, OTHER], [OWN_LEFT, OTHER_LEFT]),
}
LINES: dict[str, dict[str, tuple[Any, Any]]] = {
    "email": {
        **LINE, **LINE_MESSAGE,
        **same(status="bounced", opens=1, clicks=2, has_content=False, posted_status="sent"),
        **same(bot_opens=2, bot_clicks=1, complaint_uncertain=True),
        # The content was deleted by TTL before, or is by the erasure.
        **same(content_expires_at="2027-03-02T09:00:01.000Z"),
        "recipient": (ADDRESS, PLACEHOLDER),
        "subject": ("Balance due", PLACEHOLDER),
        "sender": (f"{NAME} <{ADDRESS}>, office", f"{PLACEHOLDER} <{PLACEHOLDER}>, office"),
        "bounce": (before(BOUNCE) | {"diagnostic": NAME}, before(BOUNCE) | {"diagnostic": None}),
        "message_id": (f"<1.{ADDRESS}>", PLACEHOLDER),
        "events": EVENTS,
    },
    "sms": {
        **LINE, **LINE_MESSAGE, **same(status="not_delivered", reason="rejected", stale=False),
        **same(posted_status="not_delivered", posted_reason="failed"),
        "recipient": (PHONE, PLACEHOLDER),
        "text": ("Balance due", PLACEHOLDER),
        "events": EVENTS,
    },
    "push": {
        **LINE, **same(message_id="m-1", status="failed", posted_status="failed"),
        "subject": ("Balance due", PLACEHOLDER),
        "text": (f"Dear {NAME}", PLACEHOLDER),
        "reason": (f"no device of {NAME}", PLACEHOLDER),
        "events": EVENTS,
    },
    "activity": {
        **LINE,
        "name": (NAME, PLACEHOLDER),
        "action": (f"{NAME} rang", f"{PLACEHOLDER} rang"),
        "ip": ("198.51.100.77", PLACEHOLDER),
        "details": ({"door": 2}, PLACEHOLDER),
    },
    "audit": {**LINE, **BY_CUSTOMER, **same(affected_apart=True)},
}  # fmt: skip

# The line of an audit entry's offloaded changes; it has no log.
CHANGES = {
    **same(changes_of=ID, record=FAMILY),
    "affected": BY_CUSTOMER["affected"],
    "erased_at": (GONE, WHEN),
}

ROWS: dict[str, type] = {
    "email": responses.EmailRow, "sms": responses.SmsRow, "push": responses.PushRow,
    "activity": responses.ActivityRow, "audit": responses.OrgAuditEntry,
}  # fmt: skip

# By kind of item that is no entry: what an erasure does with it.
KINDS: dict[type[BaseItem], str] = {
    ContentItem: "an e-mail's is deleted, an audit entry's is redacted",
    PointerItem: "stays: its keys are hashes and the ids of messages",
    NameItem: "stays: hashes and the ids of messages, as in pointers; TTL deletes it within 90 days",
    PendingEventsItem: "deleted where it is of the person's messages; of a message to others too, names nobody",
    AddressItem: "of the person: loses its address, who reset it and all words about it, and blocks by its hash",
    GrantItem: "stays: staff are not erased",
    OrgItem: "stays: of no person",
    HoldItem: "stays: a record on hold is not erased; a lifted hold is deleted by TTL within two days",
    ErasureItem: "stays: the record's id, counts, and why it failed in words of ours",
    ExportItem: "ended, without the texts of its query; stays with who asked, which is staff, for two months at most",
    ErasureWorkItem: "deleted when it ends, done or failed",
    ErasureSubjectItem: "deleted when it is done; of a failed one, TTL deletes it within a month",
    StaffItem: "deleted for the usernames of the person",
    RecordItem: "rebuilt from what is left; where that is nothing, it has the instant of the erasure for some days",
    RecordNameItem: "the same",
    RecordAddressItem: "the same",
    SegmentItem: "written again without the words of the erased entries",
    BlockItem: "the same",
    ReindexItem: "stays: a position",
    RegisterProgressItem: "the same; the key may have the id of the record, as those of entries do",
    CheckItem: "the same",
    ApplyItem: "the same",
}

# By bucket of the template: what an erasure does with its objects.
BUCKETS = {
    "Bodies": "those of the record's e-mails are deleted, those of audit entries are redacted or deleted",
    "Exports": "all of the org are deleted",
    "ArchiveBucket": "lines are redacted, and every earlier version is deleted",
}

# What a line has beside the row.
BESIDE_ROW = {"events", "posted_status", "posted_reason", "affected_apart"}


@pytest.fixture
def stage(functions: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    yield from staged(monkeypatch)


def erase(stage: Stage) -> dict[str, Any]:
    """Erase the people of the record; the erasure as it is then."""
    asked = api.call("POST", "/v1/orgs/riverside/records/family/77/erase", body={"reason": "asked by letter"})
    work(stage)
    found: dict[str, Any] = api.call("GET", f"/v1/orgs/riverside/erasures/{asked.body['id']}").body
    assert found["status"] == "done"
    return found


def put(item: Item) -> None:
    raw = {name: {"B": base64.b64decode(value["B"])} if "B" in value else value for name, value in item.items()}
    client("dynamodb").put_item(TableName=TABLE, Item=raw)


def stored(item: Item) -> Item:
    key = {name: item[name] for name in ("pk", "sk")}
    return image(client("dynamodb").get_item(TableName=TABLE, Key=key, ConsistentRead=True)["Item"])


def known(stage: Stage) -> None:
    """An activity by which the person's name is known, and an e-mail by which their address is."""
    api.posted(
        api.activity(record=FAMILY, name=NAME, occurred_at="2026-03-01T09:00:00Z"),
        api.email(record=FAMILY, recipient=ADDRESS, occurred_at="2026-03-01T09:00:00Z"),
        api.audit(
            affected=[{"record": FAMILY, "change": "updated", "name": f"Jane {NAME}"}], username="jane77",
            source="customer_portal", occurred_at="2026-03-01T09:00:00Z",
        ),
    )  # fmt: skip
    # What the index function would write of it is of no interest here.
    stage.known = stage.items()


def readable(item: Item) -> dict[str, Any]:
    """An item with its JSON and its events in plain: neither has one spelling only."""
    plain: dict[str, Any] = dict(item)
    for name in ("change", "others"):
        if isinstance(plain.get(name), dict):
            plain[name] = json.loads(plain[name]["S"])
    if "events" in plain:
        plain["events"] = event_set.unpack(base64.b64decode(plain["events"]["B"]))
    return plain


@pytest.mark.parametrize("log", ENTRIES)
def test_every_attribute_of_an_entry_is_left_as_decided(stage: Stage, log: str) -> None:
    known(stage)
    attributes = ENTRIES[log]
    item = before(attributes)
    put(item)
    if log == "copy":
        # It goes with its entry.
        put(before(ENTRIES["audit"]))
    if "apart" in item or log == "copy":
        changes = zlib.compress(json.dumps([OWN, OTHER]).encode())
        body = {"B": base64.b64encode(changes).decode()}
        put({"pk": text(PARTITION), "sk": text(f"content/{ID}"), "body": body, "expires_at": {"N": "1900000000"}})
    erase(stage)
    assert readable(stored(item)) == readable(after(attributes))


def test_every_attribute_of_an_entry_has_a_decision() -> None:
    kinds_of: dict[str, type[EntryItem]] = {**kinds.OF_LOGS, "copy": AuditCopyItem}
    for log, kind in kinds_of.items():
        attributes = {attribute.attr_name for attribute in kind.get_attributes().values()}
        assert attributes == set(ENTRIES[log]) | HELD_ONLY, log


def test_every_kind_of_item_has_a_decision() -> None:
    of_entries = {*kinds.OF_LOGS.values(), AuditCopyItem}
    assert set(models.kinds()) == of_entries | set(KINDS), "decide what an erasure does with it"


def test_every_bucket_has_a_decision() -> None:
    assert set(resources_of_type(TEMPLATE, "AWS::S3::Bucket")) == set(BUCKETS), "decide what an erasure does with it"


def test_every_attribute_that_is_written_has_a_decision(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, ses: Ses
) -> None:
    for scene in (
        scenes.messages_with_keys, scenes.audit_entries, scenes.thin_copies, scenes.holds_in_one_list,
        scenes.messages_at_their_limit, scenes.outcomes,
    ):  # fmt: skip
        scene(stage, monkeypatch, ses)
    written: dict[str, set[str]] = {log: set() for log in ENTRIES}
    for (_, sk), item in stage.items().items():
        log = "copy" if "of" in item else sk.partition("/")[0]
        if log in written and sk.count("/") == 2:
            written[log] |= set(item) - HELD_ONLY
    undecided = {log: names - set(ENTRIES[log]) for log, names in written.items()}
    assert undecided == {log: set() for log in ENTRIES}, "decide what an erasure does with these"
    # What no scene has: an erasure's own mark, and an e-mail's content that is held, or was.
    unseen = {name for log, names in written.items() for name in set(ENTRIES[log]) - names}
    assert unseen == {"erased", "held_content_until"}


def test_every_field_that_can_be_posted_has_a_decision() -> None:
    for kind, fields in POSTED.items():
        assert set(kind.__struct_fields__) == set(fields) | set(OF_EVERY_LOG), kind  # type: ignore[attr-defined]
    assert set(Affected.__struct_fields__) == set(OWN)


@pytest.mark.parametrize("log", [*LINES, "changes"])
def test_every_field_of_an_archived_line_is_left_as_decided(stage: Stage, log: str) -> None:
    known(stage)
    fields = LINES.get(log, CHANGES)
    tag = {} if log == "changes" else {"log": log}
    line = tag | before(fields)
    name = "riverside/2026-03-02/00000000000000000000000000000000.jsonl.gz"
    client("s3").put_object(Bucket=ARCHIVE, Key=name, Body=gzip.compress(json.dumps(line).encode()))
    assert erase(stage)["counts"]["archived"] == 1
    (found,) = archived_lines(name)
    left = tag | after(fields)
    assert found == {key: None if value == "null" else value for key, value in left.items()}


def test_every_field_of_an_archived_line_has_a_decision() -> None:
    for log, kind in ROWS.items():
        # A verdict is made when a row is shown.
        fields = set(kind.__struct_fields__) - {"verdict"}  # type: ignore[attr-defined]
        assert fields | BESIDE_ROW == set(LINES[log]) | BESIDE_ROW, log
    assert set(responses.EventRow.__struct_fields__) == set(EVENT_LINE)
    assert set(Bounce.__struct_fields__) == {*BOUNCE, "diagnostic"}


def test_every_field_that_is_archived_has_a_decision(stage: Stage, monkeypatch: pytest.MonkeyPatch, ses: Ses) -> None:
    scenes.archive(stage, monkeypatch, ses)
    archived: dict[str, set[str]] = {}
    for line in archived_lines():
        archived.setdefault(line.pop("log", "changes"), set()).update(line)
    undecided = {log: names - set(LINES.get(log, CHANGES)) for log, names in archived.items()}
    assert undecided == {log: set() for log in [*LINES, "changes"]}, "decide what an erasure does with these"
