"""The set of delivery events that an entry stores: merged in any order to the same set, bounded and compressed.

The delivery status of an entry is a function of this set (`daybook.model.delivery_status`).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Any

import msgspec

from daybook.model.delivery_events import ENGAGEMENT, DeliveryEvent

EventSet = tuple[DeliveryEvent, ...]

# Opens, and clicks, of one message that are kept: mail proxies open one thousands of times, and an item ends at 400 KB.
# The earliest are kept, so that the order of arrival decides nothing.
MAX_ENGAGEMENTS = 1000

# Of opens, and clicks, after so many, only time and identity are kept.
MAX_DETAILED = 100

# How many of the fields of an event are always written; the dictionary knows what most of them are.
COMMON_FIELDS = 12

# Names the dictionary: compressed events can be read only with the one that they were written with.
FORMAT = b"\x01"

# What nearly every event set consists of. With it, an entry with its events stays below the KB of one write unit.
_DICTIONARY = (
    b'"complaint","abuse","OnAccountSuppressionList","reject","Bad content","rendering_failure","subscription",'
    b'"pending","failure","undelivered","rejected","failed","TEXT_PENDING","TEXT_SUCCESSFUL","TEXT_DELIVERED",'
    b'"Message has been accepted by phone carrier","Message has been accepted by phone","bounce","Undetermined",'
    b'"Transient","General","MailboxFull","Permanent","NoEmail","Suppressed","5.1.1","smtp; 550 5.1.1 user unknown",'
    b'"delivery_delay","TransientCommunicationFailure","4.4.1",'
    b'"https://www.","utm_source=","&utm_medium=email&utm_campaign=",'
    b'"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/100.0.0.0 Mobile Safari/537",'
    b'"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/100.0.0.0 Safari",'
    b'"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)",'
    b'"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",'
    b'"Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)","104.28.",'
    b'"250 2.0.0 OK  ","250 2.6.0 Message received","250 ok dirdel",["click","202[["open","202[["delivery","202'
    b'[["send","2026-01-01T00:00:00.000Z","",null,false,null,null,null,null,null,null,null],'
)

_decoder = msgspec.json.Decoder(EventSet)


def merge(*event_sets: Iterable[DeliveryEvent]) -> EventSet:
    """The union in order of time, within the bounds: commutative, associative and idempotent.

    Two copies of the same event may differ, as SES's event and its notification hold different details. Which one is
    kept does not depend on their order.
    """
    by_identity: dict[tuple[str, str, str], DeliveryEvent] = {}
    for events in event_sets:
        for event in events:
            known = by_identity.get(event.identity)
            by_identity[event.identity] = event if known is None else _joined(known, event)
    return tuple(_bounded(sorted(by_identity.values(), key=lambda event: (event.at, event.type, event.source))))


def pack(events: EventSet) -> bytes:
    """Serialize for the table: FORMAT, then raw DEFLATE (RFC 1951) of JSON with a preset dictionary."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=_DICTIONARY)
    return FORMAT + packer.compress(msgspec.json.encode([_fields(event) for event in events])) + packer.flush()


def unpack(packed: bytes) -> EventSet:
    """The events that `pack` serialized. ValueError where their format is not this version's."""
    if packed[:1] != FORMAT:
        raise ValueError(f"delivery events in the unknown format {packed[:1]!r}")
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS, zdict=_DICTIONARY)
    return _decoder.decode(unpacker.decompress(packed[1:]) + unpacker.flush())


def _fields(event: DeliveryEvent) -> list[Any]:
    """Its fields in order, without those at the end that few events have."""
    fields: list[Any] = msgspec.to_builtins(event)
    while len(fields) > COMMON_FIELDS and fields[-1] in (None, False):
        fields.pop()
    return fields


def _joined(first: DeliveryEvent, second: DeliveryEvent) -> DeliveryEvent:
    """One of two copies of an event; where one of them tells whose it is, that is known."""
    if first.of_message != second.of_message:
        first, second = first.owned(), second.owned()
    return max(first, second, key=_preference)


def _preference(event: DeliveryEvent) -> tuple[bool, str, int, str, int, bytes]:
    # What all orgs may have first. Then by time and summary, like the reasons of `daybook.blacklist.address_status`:
    # the two must choose alike.
    # Then the event with more information, which false and null are not. Last the JSON, so that the choice is total.
    encoded = msgspec.json.encode(event)
    information = len(encoded) - 4 * encoded.count(b"null") - 5 * encoded.count(b"false")
    summary = event.summary
    return not event.of_org, event.moment, len(summary), summary, information, encoded


def _bounded(events: list[DeliveryEvent]) -> Iterable[DeliveryEvent]:
    counts = dict.fromkeys(ENGAGEMENT, 0)
    for event in events:
        if event.type in counts:
            counts[event.type] += 1
            if counts[event.type] > MAX_ENGAGEMENTS:
                continue
            if counts[event.type] > MAX_DETAILED:
                yield DeliveryEvent(
                    type=event.type, at=event.at, source=event.source, sent_at=event.sent_at, bot=event.bot
                )
                continue
        yield event
