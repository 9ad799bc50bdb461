"""The permissions that an org grants to groups and to single staff members; the union of all applies to a caller."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

import msgspec
from cachetools import TTLCache
from msgspec import Struct
from msgspec.structs import replace

from daybook.access import own_audit
from daybook.access.callers import PERMISSIONS, Caller, Permission
from daybook.access.own_audit import Recorder
from daybook.core.errors import ConflictError
from daybook.model import entries
from daybook.model.entries import Affected, Record
from daybook.storage.keys import org_keys
from daybook.storage.models.attributes import json_text
from daybook.storage.models.item import Key
from daybook.storage.models.orgs import GrantItem
from daybook.storage.optimistic_locking import change_item
from daybook.storage.query_pages import query_value_pages
from daybook.storage.store import Change, Delete, Insert, Range, Store, Update, unchanged

# A grant that is given or taken shows everywhere within that time; the contract allows 60.
CACHE_SECONDS = 30
CACHED_ORGS = 1000
PAGE = 1000
CHANGED = "changed permissions"

Kind = Literal["group", "staff"]


class OrgGrants(Struct, frozen=True):
    """Every grant of an org, by group and by username."""

    groups: dict[str, list[Permission]]
    staff: dict[str, list[Permission]]


class Permissions(Struct, frozen=True, forbid_unknown_fields=True):
    """What a group, a staff member or a caller may; in a change it replaces what was, and an empty list removes it."""

    permissions: list[Permission]


class Grants:
    """`admin_group` has every permission; `timer` gives seconds that only grow, for the cache."""

    def __init__(self, *, table: Store, admin_group: str, timer: Callable[[], float]) -> None:
        self._table = table
        self._admin_group = admin_group
        self._cache: TTLCache[str, OrgGrants] = TTLCache(CACHED_ORGS, CACHE_SECONDS, timer)

    def all(self, org: str) -> OrgGrants:
        """The grants as they are at this moment. StoreBusyError."""
        groups: dict[str, list[Permission]] = {}
        staff: dict[str, list[Permission]] = {}
        span = Range(org_keys.access(org), *org_keys.ALL_GRANTS, forward=True)
        for page in query_value_pages(self._table, span, PAGE):
            for item in page.items:
                kind, name = org_keys.split_grant(item["sk"])
                (groups if kind == "group" else staff)[name] = _permissions(item["permissions"])
        return OrgGrants(groups, staff)

    def with_permissions(self, org: str, caller: Caller) -> Caller:
        """The caller with the permissions granted, as of 30 seconds ago at most. StoreBusyError.

        The admin group has all, whatever is granted, so that an org cannot lock itself out.
        """
        if caller.is_service:
            return caller
        if self._admin_group in caller.groups:
            return replace(caller, permissions=PERMISSIONS)
        if org not in self._cache:
            self._cache[org] = self.all(org)
        granted = self._cache[org]
        by_group = (granted.groups.get(group, ()) for group in caller.groups)
        return replace(caller, permissions=frozenset(granted.staff.get(caller.username, ())).union(*by_group))


class GrantChanges:
    """Changes of grants; nothing is granted to `admin_group`, which has every permission."""

    def __init__(self, *, table: Store, admin_group: str, recorder: Recorder) -> None:
        self._table = table
        self._admin_group = admin_group
        self._recorder = recorder

    def put(self, org: str, kind: Kind, name: str, granted: Permissions, caller: Caller, ip: str | None) -> Permissions:
        """Replace what is granted. ConflictError for the admin group; StoreBusyError.

        The audit entry comes first: an entry of a change that broke off is better than a change without an entry.
        """
        if (kind, name) == ("group", self._admin_group):
            raise ConflictError(f"the group {name} always has every permission")
        after = sorted(set(granted.permissions))
        key = org_keys.access(org), org_keys.grant(kind, name)

        def change(item: GrantItem | None) -> Change | None:
            before = [] if item is None else _permissions(item.permissions)
            if before == after:
                return None
            self._recorder.record(org, own_audit.audit(caller, ip, CHANGED, _affected(kind, name, before, after)))
            return _change(key, item, after)

        change_item(self._table, GrantItem, key, change, "too many are changing this grant at once")
        return Permissions(after)


def _permissions(text: str) -> list[Permission]:
    permissions: list[Permission] = msgspec.json.decode(text)
    return permissions


def _change(key: Key, item: GrantItem | None, after: list[Permission]) -> Change:
    permissions = json_text(after)
    if item is None:
        return Insert(GrantItem(*key, permissions=permissions))
    condition = unchanged(item, GrantItem.permissions)
    return Update(key, [GrantItem.permissions.set(permissions)], condition) if after else Delete(key, condition)


def _affected(kind: Kind, name: str, before: list[Permission], after: list[Permission]) -> list[Affected]:
    """The grant as an affected record. A name that cannot be a record's id is in the details alone."""
    is_id = re.fullmatch(entries.RECORD_ID, name) is not None
    record = Record(f"{kind}_access", name if is_id else "-")
    return [Affected(record, "updated", name=name[: own_audit.MAX_NAME] or None, before=before, after=after)]
