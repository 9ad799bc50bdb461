"""The `mail` of SES's events: the message, by what names it is known, to whom it went, and whose log it is for."""

from __future__ import annotations

import re
from typing import Any, Literal

import msgspec
from msgspec import Raw, Struct

from daybook.core import addresses
from daybook.feedback.providers.records import (
    MAX_MAILBOX_BYTES,
    MalformedFeedbackError,
    decode,
    decode_any,
    instant_of,
    require_message_id,
)
from daybook.model import entries, message_ids
from daybook.model.delivery_events import MAX_MESSAGE_ID, TaggedSend
from daybook.model.posted import surrogates
from daybook.storage.keys import org_keys

ORG_TAG = "daybook-org"
RECORD_TAG = "daybook-record"

# SES allows letters, digits and `_.@-` in the value of a tag; the other separators are used outside of tags.
_RECORD_TAG_VALUE = re.compile(r"(family|staff)[._@:/-](.+)", re.DOTALL | re.IGNORECASE | re.ASCII)

MAX_ADDRESS = 1000
MAX_SUBJECT = 998

# A message has one `Message-ID` (RFC 5322, 3.6); mailers that write two were seen.
MAX_NAMES = 4

# A comment may follow the id: `<id@host> (added by postmaster@host)`.
_ID_IN_HEADER = re.compile(r"<[^<>]+>")


class _Fields(Struct, rename="camel"):
    message_id: str | None = None
    timestamp: Any = None
    destination: list[str] | None = None
    source: Any = None
    tags: Raw = Raw(b"null")
    common_headers: Raw = Raw(b"null")
    headers: Raw = Raw(b"null")


class Mail(Struct, frozen=True):
    """A message. `message_id` and `names` are as in `RecipientEvent`, `sent_at` an instant; `tags` are undecoded.

    `recipients` are the distinct mailboxes of `mail.destination`; `headers` are names in lower case, with values.
    """

    message_id: str
    names: tuple[str, ...]
    recipients: tuple[str, ...]
    sent_at: str | None
    sender: str | None
    tags: Raw
    headers: list[tuple[str, str]]


_decoder = msgspec.json.Decoder(_Fields)


def read(part: Raw) -> Mail:
    """Parse `mail`. MalformedFeedbackError where the message or a recipient is not usable; headers cost nothing."""
    fields = decode(_decoder, part, "mail")
    message_id = message_ids.canonical(require_message_id(fields.message_id, "mail.messageId"))
    headers = [*_common_headers(fields.common_headers), *_headers(fields.headers)]
    return Mail(
        message_id=message_id,
        names=_names(message_id, headers),
        recipients=tuple(filter(None, dict.fromkeys(map(mailbox, fields.destination or ())))),
        sent_at=instant_of(fields.timestamp),
        sender=fields.source[:320] if isinstance(fields.source, str) and fields.source else None,
        tags=fields.tags,
        headers=headers,
    )


def mailbox(address: str) -> str:
    """The mailbox of a recipient, "" of blanks. MalformedFeedbackError where it is too long to be one."""
    if len(address) > MAX_ADDRESS:
        raise MalformedFeedbackError(f"A recipient's address is over {MAX_ADDRESS} characters.")
    found = addresses.mailbox(address)
    if len(found) > MAX_MAILBOX_BYTES or len(found.encode()) > MAX_MAILBOX_BYTES:
        raise MalformedFeedbackError(f"A recipient's address is over {MAX_MAILBOX_BYTES} bytes.")
    return found


def tagged_send(mail: Mail, at: str) -> TaggedSend | None:
    """The send of a message whose tags name a record; None without these tags. `at` is for one without `sent_at`.

    MalformedFeedbackError where they are incomplete or invalid.
    """
    tags = decode_any(mail.tags, "mail.tags") or {}
    if not isinstance(tags, dict):
        raise MalformedFeedbackError("mail.tags is not an object.")
    if ORG_TAG not in tags and RECORD_TAG not in tags:
        return None
    org, record = _tag(tags, ORG_TAG), _tag(tags, RECORD_TAG)
    if not org_keys.is_org(org):
        raise MalformedFeedbackError(f"The tag {ORG_TAG} is not the name of an org.")
    match = _RECORD_TAG_VALUE.fullmatch(record)
    if match is None or not entries.is_record_id(match[2]):
        raise MalformedFeedbackError(f"The tag {RECORD_TAG} names no record, as in family.4711 or staff.12.")
    if not mail.recipients:
        raise MalformedFeedbackError("mail.destination names no recipient for whom the tagged message could be logged.")
    record_type: Literal["family", "staff"] = "family" if entries.canonical_type(match[1]) == "family" else "staff"
    return TaggedSend(
        org=org,
        record_type=record_type,
        record_id=match[2],
        message_id=mail.message_id,
        recipients=mail.recipients,
        sent_at=mail.sent_at or at,
        subject=_subject(mail.headers),
        sender=mail.sender,
        names=mail.names,
    )


def _tag(tags: dict[str, Any], name: str) -> str:
    if name not in tags:
        raise MalformedFeedbackError(f"The tag {name} is missing; {ORG_TAG} and {RECORD_TAG} go together.")
    values = tags[name]
    if not isinstance(values, list) or len(values) != 1 or not isinstance(values[0], str):
        raise MalformedFeedbackError(f"The tag {name} is not a list of one string.")
    text: str = values[0]
    return text


def _common_headers(part: Raw) -> list[tuple[str, str]]:
    """The headers of `mail.commonHeaders` that are used, as far as they can be read."""
    common = _decode_lenient(part)
    if not isinstance(common, dict):
        return []
    named = (("subject", common.get("subject")), ("message-id", common.get("messageId")))
    return [(name, value) for name, value in named if isinstance(value, str)]


def _headers(part: Raw) -> list[tuple[str, str]]:
    """The headers of `mail.headers`, as far as they can be read."""
    headers = _decode_lenient(part)
    if not isinstance(headers, list):
        return []
    return [
        (header["name"].strip().lower(), header["value"])
        for header in headers
        if isinstance(header, dict) and isinstance(header.get("name"), str) and isinstance(header.get("value"), str)
    ]


def _decode_lenient(part: Raw) -> Any:
    try:
        return decode_any(part, "")
    except MalformedFeedbackError:
        # The event is worth more than its headers.
        return None


def _names(message_id: str, headers: list[tuple[str, str]]) -> tuple[str, ...]:
    """The ids of the `Message-ID` headers that are not the message's id, at most MAX_NAMES."""
    found: dict[str, None] = {}
    for name, value in headers:
        if name == "message-id":
            in_brackets = _ID_IN_HEADER.search(value)
            found[message_ids.canonical(in_brackets[0] if in_brackets else value)] = None
    usable = (name for name in found if name.strip("<> \t\r\n") and len(name) <= MAX_MESSAGE_ID)
    return tuple(name for name in usable if name != message_id)[:MAX_NAMES]


def _subject(headers: list[tuple[str, str]]) -> str:
    subject = next((value for name, value in headers if name == "subject" and value), "")
    return _decoded_words(subject)[:MAX_SUBJECT]


def _decoded_words(subject: str) -> str:
    """The subject with its encoded words decoded (RFC 2047); unchanged where that fails."""
    if "=?" not in subject:
        return subject
    from email.errors import MessageError  # noqa: PLC0415 - rare, and not free
    from email.header import decode_header, make_header  # noqa: PLC0415

    try:
        # Some charsets, as UTF-7, can say half of a character.
        return surrogates.replace(str(make_header(decode_header(subject))))
    except (MessageError, LookupError, ValueError):
        return subject
