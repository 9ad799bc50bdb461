"""Which kind of item has a key, and reading an item as that kind."""

from __future__ import annotations

from typing import TypeVar

from daybook.storage.keys import job_keys, message_keys, org_keys, record_keys, register_keys, search_keys
from daybook.storage.models.entries import (
    ActivityItem,
    AuditCopyItem,
    AuditItem,
    ContentItem,
    EmailItem,
    EntryItem,
    PushItem,
    SmsItem,
)
from daybook.storage.models.item import AttributeMap, Item, Key
from daybook.storage.models.jobs import ApplyItem, CheckItem, ErasureSubjectItem, ErasureWorkItem
from daybook.storage.models.messages import NameItem, PendingEventsItem, PointerItem
from daybook.storage.models.orgs import AddressItem, ErasureItem, ExportItem, GrantItem, HoldItem, OrgItem, StaffItem
from daybook.storage.models.register import RecordAddressItem, RecordItem, RecordNameItem
from daybook.storage.models.search import BlockItem, RegisterProgressItem, ReindexItem, SegmentItem

M = TypeVar("M", bound=Item)

OF_LOGS: dict[str, type[EntryItem]] = {
    "email": EmailItem,
    "sms": SmsItem,
    "push": PushItem,
    "activity": ActivityItem,
    "audit": AuditItem,
}
_OF_ORGS: dict[str, type[Item]] = {
    "blacklist": AddressItem,
    "access": GrantItem,
    "staff": StaffItem,
    "holds": HoldItem,
    "erasures": ErasureItem,
    "exports": ExportItem,
    "search": SegmentItem,
}
_OF_REINDEXING: dict[str, type[Item]] = {
    search_keys.REINDEX: ReindexItem,
    search_keys.REGISTER: RegisterProgressItem,
}
_OF_REGISTER: dict[str, type[Item]] = {
    register_keys.RECORDS: RecordItem,
    register_keys.NAMES: RecordNameItem,
    register_keys.ADDRESSES: RecordAddressItem,
}
_OF_JOBS: dict[Key, type[Item]] = {
    job_keys.RETENTION_CHECK: CheckItem,
    job_keys.RETENTION_APPLY: ApplyItem,
}


def read(kind: type[M], attributes: AttributeMap) -> M:
    """The item with these attributes: of this kind or, where others derive from it, of the one that its key tells.

    TypeError where that is another kind.
    """
    if not kind.__subclasses__():
        return kind.from_raw_data(attributes)
    actual = kind_of(attributes)
    if not issubclass(actual, kind):
        raise TypeError(f"the item {key_of(attributes)[1]} is no {kind.__name__} but a {actual.__name__}")
    return actual.from_raw_data(attributes)


def key_of(attributes: AttributeMap) -> Key:
    """The item's key in the table."""
    return attributes["pk"]["S"], attributes["sk"]["S"]


def kind_of(attributes: AttributeMap) -> type[Item]:
    """The kind of the item with these attributes; plain `Item` where none has such a key."""
    pk, sk = key_of(attributes)
    if record_keys.stands_in_record(pk, sk):
        log = record_keys.log_of(pk, sk)
        if log is None:
            return PointerItem if record_keys.is_idempotency(pk, sk) else ContentItem
        # A copy has the sort key of its entry.
        return AuditCopyItem if "of" in attributes else OF_LOGS[log]
    return _of_message(sk) if message_keys.is_of_message(pk) else _of_org_or_job(pk, sk)


def _of_message(sk: str) -> type[Item]:
    if message_keys.split_pending_events(sk) is not None:
        return PendingEventsItem
    return PointerItem if message_keys.split_name(sk) is None else NameItem


def _of_org_or_job(pk: str, sk: str) -> type[Item]:
    if pk == org_keys.ORGS:
        return OrgItem
    if pk == job_keys.ERASURES:
        return ErasureWorkItem
    if (pk, sk) in _OF_JOBS:
        return _OF_JOBS[pk, sk]
    if job_keys.is_of_erasure_subject(pk):
        return ErasureSubjectItem
    if search_keys.is_of_blocks(pk):
        return BlockItem
    return _of_register(pk) or _of_org(pk, sk)


def _of_register(pk: str) -> type[Item] | None:
    registered = register_keys.kind_of(pk)
    return None if registered is None else _OF_REGISTER[registered]


def _of_org(pk: str, sk: str) -> type[Item]:
    kind = _OF_ORGS.get(org_keys.name_of(pk), Item)
    return _OF_REINDEXING.get(sk, kind) if kind is SegmentItem else kind
