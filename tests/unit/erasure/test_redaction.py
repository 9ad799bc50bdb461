"""What is left of an entry once its person was erased from it."""

import json
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest
from daybook.audit import record_copies
from daybook.core import keyed_hash
from daybook.core.usernames import fold
from daybook.erasure import redaction
from daybook.erasure.names import MIN_NAME_IN_TEXT
from daybook.erasure.person import Person, is_line_by, person_in_item, person_in_line
from daybook.model import event_set, responses
from daybook.model.delivery_events import DeliveryEvent
from daybook.model.entries import PLACEHOLDER, Affected, Record
from daybook.retention import archive
from daybook.storage.items import audit_items, entry_items, entry_pointers, entry_rows, event_attributes
from daybook.storage.items.entry_items import EntryKey
from daybook.storage.keys import index_keys, record_keys
from daybook.storage.models.entries import (
    HELD,
    AuditItem,
    EmailItem,
    EntryItem,
    MessageItem,
    PushItem,
)
from daybook.storage.models.item import Item
from daybook.storage.store import applied, difference
from daybook.storage.values import values_of
from hypothesis import given
from hypothesis import strategies as st

from tests.support import api
from tests.support.posted import entry_of

WHEN = "2026-11-22T12:00:00.000Z"
MOMENT, SUFFIX = "2026-05-01T09:00:00.000Z", "1k4f8p9v0003h2qab7"
FAMILY, STUDENT = Record("family", "1"), Record("student", "9")
KEYED_HASH = keyed_hash.keyed("a key of sixteen")
SHOWN_AT = datetime(2026, 11, 22, tzinfo=UTC)
SECRETS = ("smith@mail.example", "Smith", "+14155550123", "Your invoice", "203.0.113.9", "Mozilla", "https://pay")


E = TypeVar("E", bound=EntryItem)


def made(fields: dict[str, Any], *, is_offloaded: bool = False, content_until: int | None = None) -> EntryItem:
    entry = entry_of(fields, datetime(2026, 11, 1, tzinfo=UTC))
    log = entry_items.log_of(entry)
    key = EntryKey(record_keys.entry_partition("riverside", entry.record, MOMENT), log, MOMENT, SUFFIX)
    return entry_items.make(
        "riverside",
        entry,
        key,
        expires_at=1_900_000_000,
        content_until=content_until,
        has_content=is_offloaded,
        keyed_hash=KEYED_HASH,
    )


def email(*, content_until: int | None = None, **fields: Any) -> EmailItem:
    item = made(api.email(**fields), content_until=content_until)
    assert isinstance(item, EmailItem)
    return item


def push(**fields: Any) -> PushItem:
    item = made(api.push(**fields))
    assert isinstance(item, PushItem)
    return item


def audit(**fields: Any) -> AuditItem:
    item = made(api.audit(**fields))
    assert isinstance(item, AuditItem)
    return item


def person(*told: Item, record: Record = FAMILY, staff: frozenset[str] = frozenset()) -> Person:
    found = Person(record)
    for item in told:
        found |= person_in_item(item, record)
    return found.resolve_seen(staff)


def left(item: E, of: Person) -> E:
    read = item.serialize()
    after = redaction.redact_entry(item, of, WHEN)
    assert type(after) is type(item)
    again = redaction.redact_entry(after, of, "2027-01-01T00:00:00.000Z")
    assert again.serialize() == after.serialize(), "again it is the same"
    assert (after.key, after.expires_at) == (item.key, item.expires_at)
    assert item.serialize() == read, "what was read stays, for the condition of the update"
    update = difference(item, after)
    assert update is not None
    assert applied(item, update).serialize() == after.serialize()
    return after


def told(item: EntryItem) -> str:
    """All that an item says, what is packed included."""
    unpacked = [str(what) for what in event_attributes.events(item)] if isinstance(item, MessageItem) else []
    return json.dumps({name: value for name, value in item.serialize().items() if name != "events"}) + "".join(unpacked)


def bounced() -> EmailItem:
    delivery_events = [
        DeliveryEvent(type="send", at="2026-05-01T09:00:01.000Z"),
        DeliveryEvent(
            type="bounce",
            at="2026-05-01T09:00:02.000Z",
            source="feedback-1",
            kind="Permanent",
            subtype="General",
            code="5.1.1",
            diagnostic="smtp; 550 5.1.1 <smith@mail.example>: user unknown",
        ),
        DeliveryEvent(
            type="click",
            at="2026-05-01T09:00:03.000Z",
            source="https://pay.example/?to=smith",
            link="https://pay.example/?to=smith",
            ip="203.0.113.9",
            user_agent="Mozilla/5.0",
        ),
    ]
    item = email(subject="Your invoice", recipient="smith@mail.example", message_id="m-1")
    return applied(item, event_attributes.update(item, event_set.merge(delivery_events)))


def failed_push() -> PushItem:
    item = push(subject="Your invoice", text="Dear Smith", message_id="p-1")
    failure = DeliveryEvent(type="failure", at="2026-05-01T09:00:02.000Z", diagnostic="no device of Smith")
    return applied(item, event_attributes.update(item, event_set.merge([failure])))


@pytest.mark.parametrize(
    "item",
    [
        made(api.email(subject="Your invoice", recipient="Smith@mail.example", message_id="m-1")),
        bounced(),
        made(api.sms(text="Your invoice")),
        push(subject="Your invoice", text="Dear Smith"),
        failed_push(),
        made(api.activity(name="Pat Smith", action="Pat Smith paid", ip="203.0.113.9", details={"of": "Smith"})),
        audit(action="deleted Smith"),
    ],
    ids=["email", "bounced email", "sms", "push", "failed push", "activity", "audit"],
)
def test_nothing_of_the_person_is_left_and_that_something_happened_is(item: EntryItem) -> None:
    after = left(item, person(item))
    assert after.erased == WHEN
    for secret in SECRETS:
        assert secret.casefold() not in told(after).casefold(), secret
    _, before = record_keys.split_partition(item.pk)
    shown, was = (entry_rows.row(values_of(one.serialize()), before, SHOWN_AT) for one in (after, item))
    assert (shown.id, shown.occurred_at, shown.erased_at) == (was.id, was.occurred_at, WHEN)
    assert getattr(shown, "status", None) == getattr(was, "status", None)


def test_of_what_befell_a_message_the_kind_and_the_time_are_left() -> None:
    item = bounced()
    after = left(item, person(item))
    assert [(what.type, what.at, what.kind, what.code) for what in event_attributes.events(after)] == [
        ("send", "2026-05-01T09:00:01.000Z", None, None),
        ("bounce", "2026-05-01T09:00:02.000Z", "Permanent", "5.1.1"),
        ("click", "2026-05-01T09:00:03.000Z", None, None),
    ]
    row = entry_rows.row(values_of(after.serialize()), FAMILY, SHOWN_AT)
    assert isinstance(row, responses.EmailRow)
    assert (row.clicks, row.has_content, row.recipient, row.subject) == (1, False, PLACEHOLDER, PLACEHOLDER)
    assert entry_pointers.message_pointer_key(after) == entry_pointers.message_pointer_key(item), (
        "feedback still finds the entry"
    )


@pytest.mark.parametrize(
    ("until", "held_until"), [(1_850_000_000, None), (HELD, 1_850_000_000)], ids=["content", "held content"]
)
def test_an_e_mail_is_without_its_content_and_stands_under_no_recipient(until: int, held_until: int | None) -> None:
    item = email(subject="Your invoice", recipient="smith@mail.example", content_until=until)
    item.held_content_until = held_until
    after = left(item, person(item))
    assert (after.content_until, after.held_content_until) == (None, None)
    assert after.recipient_key == index_keys.recipient_key("email", PLACEHOLDER, MOMENT, SUFFIX)
    assert (after.activity_key, after.status_key, after.org_status, after.at) == (
        item.activity_key,
        item.status_key,
        item.org_status,
        item.at,
    )
    assert after.recipient_hash == item.recipient_hash


def test_an_e_mail_that_was_sent_only_is_not_completed_afterwards() -> None:
    item = email(subject="Your invoice", recipient="smith@mail.example", message_id="m-1")
    item.sent_only = True
    assert left(item, person(item)).sent_only is None


@pytest.mark.parametrize(
    ("sender", "redacted"),
    [
        ("Riverside <office@riverside.example>", "Riverside <office@riverside.example>"),
        ("Smith <smith@mail.example>", f"{PLACEHOLDER} <{PLACEHOLDER}>"),
    ],
)
def test_the_sender_of_an_e_mail_stays_unless_it_is_the_person(sender: str, redacted: str) -> None:
    item = email(recipient="smith@mail.example", sender=sender)
    of = person(item) | Person(FAMILY, names=frozenset({"Smith"}))
    assert left(item, of).sender == redacted
    line = redaction.redact_line(json.loads(json.dumps(archive.line(item))), of, WHEN)
    assert (line["sender"], line["recipient"], line["subject"]) == (redacted, PLACEHOLDER, PLACEHOLDER)


@pytest.mark.parametrize(
    ("message_id", "shown"),
    [
        ("0100019a-own-id", "0100019a-own-id"),
        ("<0100019a@email.amazonses.com>", "<0100019a@email.amazonses.com>"),
        ("<123.smith@mail.example>", PLACEHOLDER),
        ("<smith=mail.example@mailer.example>", PLACEHOLDER),
    ],
)
def test_the_id_of_a_mailer_is_not_shown_as_it_may_hold_the_address(message_id: str, shown: str) -> None:
    item = email(recipient="smith@mail.example", message_id=message_id)
    after = left(item, person(item))
    row = entry_rows.row(values_of(after.serialize()), FAMILY, SHOWN_AT)
    assert isinstance(row, responses.EmailRow)
    assert row.message_id == shown
    before, expired = (json.loads(json.dumps(archive.line(one))) for one in (item, after))
    assert (before["message_id"], expired["message_id"]) == (message_id, shown)
    assert redaction.redact_line(before, person(item), WHEN)["message_id"] == shown
    assert entry_pointers.message_pointer_key(after) == entry_pointers.message_pointer_key(item)


def test_of_a_push_neither_subject_text_nor_reason_is_left() -> None:
    item = failed_push()
    assert item.reason == "no device of Smith"
    after = left(item, person(item))
    assert (after.subject, after.text, after.reason, after.status) == (PLACEHOLDER, PLACEHOLDER, None, item.status)
    line = redaction.redact_line(json.loads(json.dumps(archive.line(item))), Person(FAMILY), WHEN)
    assert (line["subject"], line["text"], line["reason"]) == (PLACEHOLDER, PLACEHOLDER, PLACEHOLDER)
    assert "Smith" not in json.dumps(line)


def test_what_says_nothing_of_the_person_is_not_marked() -> None:
    item = audit(affected=[{"record": {"type": "student", "id": "9"}, "change": "moved", "name": "Anna"}])
    of = Person(FAMILY, names=frozenset({"Smith"}))
    assert redaction.redact_entry(item, of, WHEN).erased is None
    assert difference(item, redaction.redact_entry(item, of, WHEN)) is None


def test_an_actor_is_redacted_in_an_entry_of_another_record() -> None:
    item = audit(source="mobile_app", member_name="Pat Smith", username="pat", ip="203.0.113.9", action="Smith paid")
    of = Person(FAMILY, names=frozenset({"Smith"}), usernames=frozenset({"pat"}))
    after = redaction.redact_actor(item, of, WHEN)
    assert (after.member_name, after.username, after.ip, after.erased) == (PLACEHOLDER, PLACEHOLDER, None, WHEN)
    assert (after.org_staff, after.org_source) == (f"riverside/{PLACEHOLDER}", item.org_source)
    assert (after.action, after.source, after.change) == (f"{PLACEHOLDER} paid", "mobile_app", item.change)


def test_who_did_it_is_left_where_it_was_staff_and_not_where_it_was_the_person() -> None:
    by_staff = audit(action="deleted Smith")
    by_them = audit(source="customer_portal", member_name="Pat Smith", username="pat", ip="203.0.113.9")
    in_their_place = audit(source="customer_portal", member_name="Ada Admin", username="ada", ip="203.0.113.1")
    of = person(by_staff, by_them, in_their_place, staff=frozenset({"ada"}))
    after = left(by_staff, of)
    assert (after.member_name, after.username, after.action) == ("Ada Admin", "ada", f"deleted {PLACEHOLDER}")
    after = left(by_them, of)
    assert (after.member_name, after.username) == (PLACEHOLDER, PLACEHOLDER)
    assert (after.org_staff, after.ip) == (f"riverside/{PLACEHOLDER}", None)
    assert left(in_their_place, of).username == "ada"


@pytest.mark.parametrize(
    ("known", "acting"), [("Pat77", "pAT77"), ("åsa@mail.example", "ÅSA@mail.example"), ("pat77", "PAT77")]
)
def test_a_username_is_the_persons_in_any_letter_case(known: str, acting: str) -> None:
    told = audit(source="customer_portal", member_name="Pat Smith", username=known)
    of = person(told)
    elsewhere = audit(source="mobile_app", member_name="another name", username=acting)
    assert left(elsewhere, of).username == PLACEHOLDER
    line = json.loads(json.dumps(archive.line(audit(source="mobile_app", username=acting, affected=[]))))
    assert is_line_by(line, of.usernames)
    assert person(told, staff=frozenset({fold(acting)})).usernames == frozenset()
    for other in (f"{acting}8", f"_{acting}", "pat"):
        assert left(audit(source="mobile_app", member_name="another name", username=other), of).username == other
        assert not is_line_by({**line, "username": other}, of.usernames)


def test_a_look_alike_of_the_persons_username_is_somebody_else() -> None:
    of = person(audit(source="customer_portal", member_name="Pat Smith", username="ken"))
    elsewhere = audit(source="mobile_app", member_name="another name", username="\u212aen")
    assert left(elsewhere, of).username == "\u212aen"


def test_of_another_record_in_the_same_entry_all_is_left_but_the_persons_names() -> None:
    both = [
        {"record": {"type": "family", "id": "1"}, "change": "updated", "name": "Smith", "before": {"phone": "1"}},
        {"record": {"type": "student", "id": "9"}, "change": "moved", "name": "Anna", "details": "of Smith, level 2"},
    ]
    item = audit(affected=both)
    after = left(item, person(item))
    assert audit_items.own_affected(after) == [Affected(FAMILY, "updated", PLACEHOLDER, before=PLACEHOLDER)]
    assert audit_items.other_affected(after) == [
        Affected(STUDENT, "moved", "Anna", details=f"of {PLACEHOLDER}, level 2")
    ]
    (copy,) = audit_items.copies(item, audit_items.affected(item))
    (wanted,) = audit_items.copies(after, audit_items.affected(after))
    update = record_copies.copy_update(copy, wanted)
    assert update is not None
    assert applied(copy, update).serialize() == wanted.serialize()
    of_student = person(copy, record=STUDENT)
    assert of_student.names == {"Anna"}
    again = left(after, of_student)
    assert "Anna" not in told(again)
    later = redaction.redact_entry(after, of_student, "2027-01-01T00:00:00.000Z")
    assert later.erased == WHEN, "the first erasure's"
    assert audit_items.other_affected(again) == [Affected(STUDENT, "moved", PLACEHOLDER, details=PLACEHOLDER)]


def test_the_entry_of_the_erasure_itself_stays_but_for_the_persons_name() -> None:
    changes = [{"record": {"type": "family", "id": "1"}, "change": "erased", "details": {"reason": "Smith asked"}}]
    item = audit(action="erased record", affected=changes)
    after = left(item, person(audit(), item))
    assert audit_items.own_affected(after) == [Affected(FAMILY, "erased", details={"reason": f"{PLACEHOLDER} asked"})]


names = st.text(st.characters(codec="utf-8", exclude_characters="[]"), min_size=1, max_size=12)


@given(st.frozensets(names, min_size=1, max_size=4), st.lists(names, max_size=5))
def test_a_text_is_without_the_names_and_stays_so(known: frozenset[str], words: list[str]) -> None:
    of = Person(FAMILY, names=known - {"erased"})
    once = of.redact_text(" ".join([*words, *known]))
    assert of.redact_text(once) == once
    for name in of.names:
        assert of.redact_text(name) == PLACEHOLDER
        if len(name) >= MIN_NAME_IN_TEXT and name.strip() == name and name.isalpha():
            assert name.casefold() not in once.casefold().split()


@pytest.mark.parametrize(
    ("name", "text", "left"),
    [
        ("Weiß", "Frau Weiß, FRAU WEISS und Weißs", f"Frau {PLACEHOLDER}, FRAU {PLACEHOLDER} und {PLACEHOLDER}"),
        ("Weiss", "é Weiß", f"é {PLACEHOLDER}"),
        ("Ste\N{LATIN SMALL LIGATURE FF}i", "Ste\N{LATIN SMALL LIGATURE FF}i, Steffi", f"{PLACEHOLDER}, {PLACEHOLDER}"),
        ("İpek", "İpek İ", f"{PLACEHOLDER} İ"),
        ("Anna", "Groß: Anna, ANNA", f"Groß: {PLACEHOLDER}, {PLACEHOLDER}"),
    ],
)
def test_a_name_is_known_in_any_case_though_its_letters_become_others(name: str, text: str, left: str) -> None:
    assert Person(FAMILY, names=frozenset({name})).redact_text(text) == left


def test_a_name_within_a_word_stays() -> None:
    assert (
        Person(FAMILY, names=frozenset({"Ann"})).redact_text("Annual fee, Ann; ann's")
        == f"Annual fee, {PLACEHOLDER}; {PLACEHOLDER}'s"
    )


def test_a_line_of_the_archive_is_left_as_its_entry_would_be() -> None:
    for item in (bounced(), made(api.sms(text="Your invoice")), made(api.activity(ip="203.0.113.9")), audit()):
        line = json.loads(json.dumps(archive.line(item)))
        of = person_in_line(line, FAMILY).resolve_seen(frozenset())
        assert of.names | of.addresses == person(item).names | person(item).addresses
        after = redaction.redact_line(line, of, WHEN)
        assert redaction.redact_line(after, of, "2027-01-01T00:00:00.000Z") == after
        assert after["erased_at"] == WHEN
        for secret in SECRETS:
            assert secret.casefold() not in json.dumps(after).casefold(), secret
        assert {name: after[name] for name in ("id", "log", "record", "occurred_at")} == {
            name: line[name] for name in ("id", "log", "record", "occurred_at")
        }
        assert redaction.redact_line(line, of, "2026-01-01T00:00:00.000Z") == line, "it came after the erasure"
        elsewhere = Person(STUDENT, names=frozenset({"Smith"}))
        assert redaction.redact_line(line, elsewhere, WHEN) == line
