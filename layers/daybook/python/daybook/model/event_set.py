"""The set of happenings that an entry keeps: united in any order to the same set, bounded, and packed small.

Everything that an entry shows of its delivery is a function of this set (`model.delivery_status`).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable

import msgspec

from daybook.model.delivery_events import ENGAGEMENT, DeliveryEvent

EventSet = tuple[DeliveryEvent, ...]


# Mail proxies open one message thousands of times, and an item ends at 400 KB. The earliest are kept, so that the order
# of arrival decides nothing; opens and clicks are counted up to here, each.
MAX_ENGAGEMENTS = 1000


# Of later ones only time and identity.
MAX_DETAILED = 100


# What nearly every history is made of: with it an entry and the events of its life stay below the KB that one write
# unit pays for. A packed history is read with the very dictionary that it was made with: a changed one is a new FORMAT.
FORMAT = b"\x01"


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


def merge(*histories: Iterable[DeliveryEvent]) -> EventSet:
    """The union in order of time, within its bounds: commutative, associative and idempotent.

    Of two that are the same event and differ (the two spellings of SES hold unlike details) one is kept, whatever came
    first.
    """
    found: dict[tuple[str, str, str], DeliveryEvent] = {}
    for history in histories:
        for what in history:
            known = found.get(what.identity)
            found[what.identity] = what if known is None else max(known, what, key=_rank)
    return tuple(_bounded(sorted(found.values(), key=lambda what: (what.at, what.type, what.source))))


def pack(history: EventSet) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=_DICTIONARY)
    return FORMAT + packer.compress(msgspec.json.encode(history)) + packer.flush()


def unpack(packed: bytes) -> EventSet:
    """ValueError where another version than this one packed it."""
    if packed[:1] != FORMAT:
        raise ValueError(f"a history of the unknown format {packed[:1]!r}")
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS, zdict=_DICTIONARY)
    return _decoder.decode(unpacker.decompress(packed[1:]) + unpacker.flush())


def _rank(what: DeliveryEvent) -> tuple[str, int, str, int, bytes]:
    # Time and saying first, as with the facts of `blacklist.address_status`: the two must choose alike. Then the one
    # that tells more, which False and null do not; of equals any, as long as it is always the same.
    encoded = msgspec.json.encode(what)
    told = len(encoded) - 4 * encoded.count(b"null") - 5 * encoded.count(b"false")
    return what.moment, len(what.saying), what.saying, told, encoded


def _bounded(history: list[DeliveryEvent]) -> Iterable[DeliveryEvent]:
    counts = dict.fromkeys(ENGAGEMENT, 0)
    for what in history:
        if what.type in counts:
            counts[what.type] += 1
            if counts[what.type] > MAX_ENGAGEMENTS:
                continue
            if counts[what.type] > MAX_DETAILED:
                yield DeliveryEvent(type=what.type, at=what.at, source=what.source, sent_at=what.sent_at, bot=what.bot)
                continue
        yield what
