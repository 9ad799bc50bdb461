"""Whose an event of SES is, by whom it names and to whom its message went."""

from typing import Any

import pytest
from daybook.feedback.providers.records import MalformedFeedbackError
from daybook.model.delivery_events import MAX_NAMED, RecipientEvent

from tests.support.feedback_records import read_one, ses

JANE, FORWARD = "jane@school.example", "jane.private@home.example"
TWO = ["jane@school.example", "bob@school.example"]
# Of each type that names recipients: the field, and how one is written in it.
NAMING = {
    "Bounce": "bouncedRecipients",
    "Complaint": "complainedRecipients",
    "DeliveryDelay": "delayedRecipients",
    "Delivery": "recipients",
}
STRANGER = "names a recipient that is none of the message's"


def naming(name: str, destination: list[str] | None, *addresses: str) -> dict[str, Any]:
    """A record of a message to `destination` that names these addresses."""
    named = [address if name == "Delivery" else {"emailAddress": address} for address in addresses]
    part: dict[str, Any] = {NAMING[name]: named}
    return ses(name, mail={"destination": destination}, **part)


def of(record: dict[str, Any]) -> list[tuple[str, str | None]]:
    """Of each event its recipient, and the address that it names instead."""
    return [(event.recipient, event.event.named) for event in read_one(record).events]


@pytest.mark.parametrize("name", NAMING)
@pytest.mark.parametrize(
    "spelled",
    [FORWARD, f"Doe, Jane <{FORWARD}>", "O=SCHOOL/CN=JANE", "jane@school.example.home.example", "x" * 5000, "ü" * 300],
)
def test_an_event_of_a_message_to_one_is_that_recipients_whoever_it_names(name: str, spelled: str) -> None:
    reading = read_one(naming(name, [JANE], f" {spelled} "))
    (event,) = reading.events
    assert (event.recipient, event.event.named, event.recipients) == (JANE, spelled[:MAX_NAMED], (JANE,))
    assert reading.unmatched is None


@pytest.mark.parametrize("name", NAMING)
@pytest.mark.parametrize(
    "spelled",
    [
        "JANE@School.example", "Doe, Jane <jane@school.example>", "'jane@school.example'", "rfc822;jane@school.example",
        "RFC822; <jane@school.example>", "jane@school.example.", "mailto:jane@school.example", "<jane@school.example>",
        '"jane"@school.example',
    ],
)  # fmt: skip
def test_another_spelling_of_the_recipient_names_no_other(name: str, spelled: str) -> None:
    assert of(naming(name, [JANE], spelled)) == [(JANE, None)]
    assert of(naming(name, [spelled, *TWO[1:]], JANE))[0][1] is None
    assert of(naming(name, TWO, spelled)) == [(JANE, None)]
    assert read_one(naming(name, TWO, spelled)).unmatched is None


def test_one_recipient_who_is_written_twice_is_one() -> None:
    assert of(naming("Bounce", [JANE, "Doe, Jane <JANE@school.example.>"], FORWARD)) == [(JANE, FORWARD)]


def test_an_event_that_names_several_of_a_message_to_one_happened_once() -> None:
    """Its feedback id says so: what is kept is the more telling of the two."""
    assert of(naming("Bounce", [JANE], "a@home.example", "b@home.example")) == [(JANE, "b@home.example")]
    people = [{"emailAddress": FORWARD, "diagnosticCode": "550 no such user here"}, {"emailAddress": JANE}]
    (event,) = read_one(ses("Bounce", mail={"destination": [JANE]}, bouncedRecipients=people)).events
    assert (event.event.named, event.event.diagnostic) == (FORWARD, "550 no such user here")


@pytest.mark.parametrize("name", NAMING)
def test_a_stranger_among_several_is_a_dead_letter_and_the_others_are_told(name: str) -> None:
    reading = read_one(naming(name, TWO, FORWARD, "BOB@school.example"))
    assert STRANGER in (reading.unmatched or "")
    assert [(event.recipient, event.event.named) for event in reading.events] == [("bob@school.example", None)]
    assert {event.recipients for event in reading.events} == {tuple(TWO)}
    alone = read_one(naming(name, TWO, FORWARD))
    assert (alone.events, alone.ignored) == ([], None)
    assert STRANGER in (alone.unmatched or "")
    assert "@" not in str(alone.unmatched)


def test_a_stranger_whose_address_is_too_long_is_one_as_well() -> None:
    assert STRANGER in (read_one(naming("Bounce", TWO, "x" * 5000)).unmatched or "")


@pytest.mark.parametrize("name", NAMING)
@pytest.mark.parametrize("destination", [None, [], [" "]])
def test_without_the_recipients_the_named_one_is_told_as_spelled(name: str, destination: list[str] | None) -> None:
    reading = read_one(naming(name, destination, f"Doe, Jane <{JANE}>", " bob@School.example "))
    told = [(event.recipient, event.event.named, event.recipients) for event in reading.events]
    assert told == [(JANE, f"Doe, Jane <{JANE}>", ()), ("bob@school.example", "bob@School.example", ())]
    assert reading.unmatched is None
    assert of(naming(name, destination)) == [("", None)]
    with pytest.raises(MalformedFeedbackError, match="address is over"):
        read_one(naming(name, destination, "x" * 5000))


def complaint(destination: list[str] | None, *named: str) -> list[RecipientEvent]:
    return read_one(naming("Complaint", destination, *named)).events


@pytest.mark.parametrize(
    ("destination", "named", "uncertain"),
    [
        ([JANE], [JANE], {JANE: False}),
        ([JANE], [], {JANE: False}),
        ([JANE], [JANE, FORWARD], {JANE: False}),
        (TWO, [JANE], {JANE: False}),
        (TWO, ["Jane <JANE@school.example>", JANE], {JANE: False}),
        (TWO, TWO, dict.fromkeys(TWO, True)),
        (TWO, [JANE, FORWARD], {JANE: True}),
        (TWO, [], dict.fromkeys(TWO, True)),
        (None, [JANE], {JANE: False}),
        (None, TWO, dict.fromkeys(TWO, True)),
        (None, [], {"": True}),
    ],
)
def test_who_complained_is_not_known_where_several_or_none_are_named(
    destination: list[str] | None, named: list[str], uncertain: dict[str, bool]
) -> None:
    assert {event.recipient: event.event.uncertain for event in complaint(destination, *named)} == uncertain


def test_of_nothing_else_it_is_uncertain_whose_it_is() -> None:
    for name in ("Bounce", "Delivery", "DeliveryDelay"):
        assert not any(event.event.uncertain for event in read_one(naming(name, TWO, *TWO)).events)
    for name in ("Send", "Open"):
        assert not any(event.event.uncertain for event in read_one(ses(name, mail={"destination": TWO})).events)


def test_each_recipient_has_their_own_action() -> None:
    people = [{"emailAddress": TWO[0], "action": "Failed"}, {"emailAddress": TWO[1], "action": "delayed"}]
    bounce = ses("Bounce", mail={"destination": TWO}, bouncedRecipients=people)
    assert [event.event.action for event in read_one(bounce).events] == ["failed", "delayed"]


def test_thousands_of_recipients_are_read_in_no_time() -> None:
    """A record of the largest size; each one is looked up."""
    many = [f'"p{number}."@school.example' for number in range(4000)]
    reading = read_one(naming("Delivery", many, *reversed(many)))
    assert len(reading.events) == 4000
