"""By what names SES's events know a message: its id, and those of the `Message-ID` header."""

from typing import Any

import pytest
from daybook.model.delivery_events import MAX_MESSAGE_ID, RecipientEvent

from tests.support.feedback_records import SES_PARTS, read_one, ses

SES_ID = "0100019aabcdef01-aaaa-bbbb-cccc-000000"


def event(name: str = "Bounce", **mail: Any) -> RecipientEvent:
    return read_one(ses(name, mail=mail)).events[0]


def headers(*values: Any, name: str = "Message-ID") -> list[dict[str, Any]]:
    return [{"name": "From", "value": "desk@school.example"}, *({"name": name, "value": value} for value in values)]


@pytest.mark.parametrize(
    "written",
    [
        SES_ID, f"<{SES_ID}@email.amazonses.com>", f"{SES_ID}@eu-west-1.amazonses.com",
        f" {SES_ID}@us-west-2.amazonses.com ",
    ],
)  # fmt: skip
def test_the_id_is_in_one_form(written: str) -> None:
    assert event(messageId=written).message_id == SES_ID


@pytest.mark.parametrize("name", SES_PARTS)
def test_every_event_tells_the_names_in_its_headers(name: str) -> None:
    found = event(name, messageId=SES_ID, headers=headers("<own.1@mailer.example>"))
    assert (found.message_id, found.names) == (SES_ID, ("own.1@mailer.example",))


@pytest.mark.parametrize("name", ["Message-ID", "message-id", "Message-Id", "MESSAGE-ID", " Message-ID "])
def test_the_name_of_the_header_knows_no_case(name: str) -> None:
    assert event(headers=headers("<own.1@mailer.example>", name=name)).names == ("own.1@mailer.example",)


def test_the_common_headers_tell_one_too_and_each_name_is_told_once() -> None:
    common = {"subject": "Hello", "messageId": "<own.1@mailer.example>"}
    assert event(commonHeaders=common).names == ("own.1@mailer.example",)
    both = event(commonHeaders=common, headers=headers("own.1@mailer.example", "<own.2@mailer.example>"))
    assert both.names == ("own.1@mailer.example", "own.2@mailer.example")


def test_the_messages_own_id_is_no_other_name() -> None:
    own = f"<{SES_ID}@email.amazonses.com>"
    found = event(messageId=SES_ID, commonHeaders={"messageId": own}, headers=headers(own, SES_ID))
    assert (found.message_id, found.names) == (SES_ID, ())


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("<own.1@mailer.example> (added by postmaster@mailer.example)", ("own.1@mailer.example",)),
        ("\r\n <own.1@mailer.example>", ("own.1@mailer.example",)),
        ("own.1", ("own.1",)),
        ("", ()),
        (" ", ()),
        ("<>", ()),
        ("< >", ()),
        ("x" * (MAX_MESSAGE_ID + 1), ()),
        (f"<{'x' * MAX_MESSAGE_ID}>", ("x" * MAX_MESSAGE_ID,)),
    ],
)
def test_values_of_the_header(value: str, names: tuple[str, ...]) -> None:
    assert event(headers=headers(value)).names == names
    assert event(commonHeaders={"messageId": value}).names == names


def test_of_many_names_the_first_are_told() -> None:
    many = event(headers=headers(*(f"<own.{number}@mailer.example>" for number in range(9)))).names
    assert many == tuple(f"own.{number}@mailer.example" for number in range(4))


@pytest.mark.parametrize(
    "mail",
    [
        {"headers": 5, "commonHeaders": "x"},
        {"headers": {"name": "Message-ID", "value": "own.1"}, "commonHeaders": []},
        {"headers": [None, 5, "x", {}, {"name": 5, "value": "x"}], "commonHeaders": {"messageId": 5}},
        {"headers": headers(None, 5, ["own.1"]), "commonHeaders": {"messageId": ["own.1"]}},
    ],
)
def test_headers_that_cannot_be_read_cost_nothing(mail: dict[str, Any]) -> None:
    found = event(**mail)
    assert (found.message_id, found.names) == ("msg-1", ())


def test_a_tagged_message_has_the_same_names() -> None:
    tags = {"daybook-org": ["oak"], "daybook-record": ["family.4711"]}
    mail = {"messageId": f"<{SES_ID}@email.amazonses.com>", "headers": headers("<own.1@mailer.example>"), "tags": tags}
    (send,) = read_one(ses("Delivery", mail=mail)).sends
    assert (send.message_id, send.names) == (SES_ID, ("own.1@mailer.example",))
