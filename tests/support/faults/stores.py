"""What is in moto's table, buckets and queues: kept, put back, and compared whatever the chance in its ids."""

import base64
import copy
import hashlib
import json
import pickle
import re
import zlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from daybook.core import entry_ids, timestamps
from daybook.model import event_set
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends
from moto.sqs.models import sqs_backends

from tests.support.aws.clients import REGION
from tests.support.aws.lambda_environment import EXPORTS
from tests.support.faults.email_provider import SesResponses


@dataclass(frozen=True)
class Snapshot:
    """All stores at a moment. Buckets are pickled: moto empties the objects that it has made between tests."""

    tables: Any
    buckets: bytes
    messages: dict[str, list[Any]]
    suppressed: frozenset[str]


def _backends() -> tuple[Any, Any, Any]:
    return (
        dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION],
        s3_backends[DEFAULT_ACCOUNT_ID]["aws"],
        sqs_backends[DEFAULT_ACCOUNT_ID][REGION],
    )


def snapshot(ses: SesResponses) -> Snapshot:
    dynamodb, s3, sqs = _backends()
    messages = {name: list(queue._messages) for name, queue in sqs.queues.items()}
    return Snapshot(copy.deepcopy(dynamodb.tables), pickle.dumps(s3.buckets), messages, frozenset(ses.suppressed))


def restore(kept: Snapshot, ses: SesResponses) -> None:
    """A snapshot may be put back any number of times."""
    dynamodb, s3, sqs = _backends()
    dynamodb.tables, s3.buckets = copy.deepcopy(kept.tables), pickle.loads(kept.buckets)
    for name, queue in sqs.queues.items():
        queue._messages = list(kept.messages.get(name, ()))
    ses.suppressed = set(kept.suppressed)


def take_messages(queue: str) -> list[str]:
    """The bodies of all messages in a queue, which are deleted."""
    taken = queued_messages(queue)
    _backends()[2].queues[queue]._messages.clear()
    return [message.body for message in taken]


def queued_messages(queue: str) -> list[Any]:
    """All messages in a queue, which stay there: moto's, with a body and a group_id."""
    return list(_backends()[2].queues[queue]._messages)


def documents(ses: SesResponses) -> list[str]:
    """Every item, object version and message, as text."""
    dynamodb, s3, sqs = _backends()
    found = [
        f"item {json.dumps(_plain(item.attrs), sort_keys=True)}"
        for table in dynamodb.tables.values()
        for item in table.all_items()
    ]
    for name, bucket in s3.buckets.items():
        # The files of exports are texts.
        shown = bytes.decode if name == EXPORTS else _unpacked
        found += [f"object {name}/{key.name} {shown(key.value)}" for _, keys in bucket.keys.lists() for key in keys]
        found += [f"upload {name}/{upload.key_name}" for upload in bucket.multiparts.values()]
    for name, queue in sqs.queues.items():
        found += [f"message {name} {message.body}" for message in queue._messages]
    return [*found, *(f"suppressed {address}" for address in sorted(ses.suppressed))]


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    """moto's attributes of an item, unpacked."""
    # The order in the search index follows the chance in ids: a search is compared instead.
    unpack = (lambda _: "packed") if item["pk"].value.endswith("/search") else _unpacked
    return {
        name: unpack(value.value if isinstance(value.value, bytes) else base64.b64decode(value.value))
        if value.type == "B"
        else value.to_json()
        for name, value in item.items()
    }


def _unpacked(body: bytes) -> str:
    for unpack in (zlib.decompress, lambda packed: zlib.decompress(packed, zlib.MAX_WBITS | 16), event_set.unpack):
        try:
            unpacked = unpack(body)
        except (zlib.error, ValueError):
            continue
        return unpacked.decode() if isinstance(unpacked, bytes) else repr(unpacked)
    raise ValueError(f"{body!r} is packed in an unknown way")


# What a step had done that broke off is not counted, or is counted again; so it is with contents of an erasure.
_FIGURES = re.compile(
    r'\\"figures\\":\{[^}]*\}|\\"(items_read|items_restamped|read_units|contents|objects|blacklisted)\\":[\d.]+'
)


# The key of an audit entry about an export has its id, and so is chance.
_KEY = re.compile(r"key/audit/now/[0-9a-f]{32}")


class Canonical:
    """Texts without the chance in ids: an id becomes a hash of all that it stands in, so that references are kept.

    `now` is the time at which every id was made.
    """

    def __init__(self, now: datetime) -> None:
        arrival = entry_ids.new_suffix(timestamps.millis(now), 0, 0)[:9]
        self._suffix = re.compile(f"{arrival}[0-9a-v]{{9}}")
        # An instant that must be later than the last one is a millisecond later.
        self._now = re.compile(re.escape(timestamps.instant(now)[:-2]) + r"\dZ")

    def __call__(self, texts: list[str]) -> list[str]:
        texts = [_KEY.sub("key/audit/now", _FIGURES.sub("figures", self._now.sub("now", text))) for text in texts]
        mentions: dict[str, list[str]] = defaultdict(list)
        for text in texts:
            for suffix in set(self._suffix.findall(text)):
                mentions[suffix].append(self._suffix.sub("?", text.replace(suffix, "!")))
        names = {
            suffix: hashlib.sha256("\n".join(sorted(set(of_suffix))).encode()).hexdigest()[:12]
            for suffix, of_suffix in mentions.items()
        }
        return sorted(self._suffix.sub(lambda match: names[match[0]], text) for text in texts)
