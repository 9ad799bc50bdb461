"""Queries of the audit log, and what a plain filter over all entries finds."""

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
from daybook.audit.log import AuditLog, AuditQuery
from daybook.core import timestamps
from daybook.core.paging import Cursors
from daybook.model.entries import SOURCES
from daybook.search import entry_texts
from daybook.search.by_time import EntriesByTime
from daybook.search.by_words import EntriesByWords
from daybook.storage.items import entry_items
from daybook.storage.keys import index_keys
from daybook.storage.models.entries import AuditItem
from daybook.storage.table import Table

from tests.support import plain_search
from tests.support.memory.search_index import FIRST_WAVE, NOW, ORG, USERS, ZONE, shown
from tests.support.memory.table import MemoryTable
from tests.support.properties import met

WANTED = [
    "Smith", "smi", '"smi"', "deleted", "get bucket", "GetBucket", "buck", '"smith jones"', "jo.smith", "s", "ZOE",
    "absent", "username:admin", "action:delete", "record:12", "record:family/1", "record:smith", "ip:10.0.1",
    "ip:2001", "source:kiosk", "source:office",
]  # fmt: skip
UNWANTED = ["-Smith", "-admin", '-"deleted smith"', "-record:12", "-action:bucket", "-source:system", "-ip:10.0.12"]


def moment(item: AuditItem) -> str:
    return index_keys.instant_of(item.at)


def question(chance: random.Random, entries: Sequence[AuditItem]) -> dict[str, Any]:
    """A query of any kind, most of which find something."""
    pieces = chance.sample(WANTED, chance.choice((0, 1, 1, 1, 2, 3)))
    pieces += chance.sample(UNWANTED, chance.choice((0, 0, 1, 2)))
    pieces += [date(chance, chance.choice(entries))] if chance.random() < 0.4 else []
    chance.shuffle(pieces)
    asked: dict[str, Any] = {"q": " ".join(pieces), "order": chance.choice(("asc", "desc"))}
    for name in ("from", "to"):
        if chance.random() < 0.3:
            asked[name] = moment(chance.choice(entries))
    if "from" in asked and "to" in asked:
        asked["from"], asked["to"] = sorted((asked["from"], asked["to"]))
    asked["staff"] = chance.sample(USERS, chance.choice((0, 0, 1, 2)))
    asked["source"] = chance.sample(SOURCES[:3], chance.choice((0, 0, 1, 2)))
    return asked


def date(chance: random.Random, item: AuditItem) -> str:
    local = timestamps.from_instant(moment(item)).astimezone(ZONE)
    spelling = chance.choice(["%m/%d/%Y", "%m/%d/%y %I %p", "%Y-%m-%d", "%Y-%m-%d %H:%M", "%m/%d/%Y %I:%M %p"])
    return local.strftime(spelling)


def plain_filter(entries: Sequence[AuditItem], asked: dict[str, Any]) -> list[str]:
    found = [
        item
        for item in {item.at: item for item in entries}.values()
        if (item.expires_at is None or item.expires_at > NOW.timestamp())
        and asked.get("from", "") <= moment(item) < asked.get("to", "~")
        and (not asked["staff"] or item.username.lower() in map(str.lower, asked["staff"]))
        and (not asked["source"] or item.source in asked["source"])
        and plain_search.finds(asked["q"], entry_texts.texts(shown(item)), timestamps.from_instant(moment(item)), ZONE)
    ]
    met("found", bool(found))
    return sorted(map(entry_id, found), reverse=asked["order"] == "desc")


def entry_id(item: AuditItem) -> str:
    return entry_items.entry_key(item).entry_id


def audit_log(table: MemoryTable | Table) -> AuditLog:
    return AuditLog(
        table=table,
        by_time=EntriesByTime(table=table),
        by_words=EntriesByWords(table=table, clock=lambda: NOW, first_wave=FIRST_WAVE),
        zone=lambda _: ZONE,
        cursors=Cursors(secret="test"),
        clock=lambda: NOW,
        timer=lambda: 0.0,
    )


def walk(
    table: MemoryTable | Table,
    asked: dict[str, Any],
    limits: Iterator[int],
    between: Callable[[], object] = lambda: None,
) -> list[str]:
    """All of it, in pages of these sizes."""
    seen: list[str] = []
    query = dict(asked)
    while True:
        limit = next(limits)
        page = audit_log(table).page(ORG, msgspec.convert({**query, "limit": limit}, AuditQuery))
        seen += [row.id for row in page.entries]
        if page.next is None:
            return seen
        assert len(page.entries) == limit
        query["cursor"] = page.next
        between()
