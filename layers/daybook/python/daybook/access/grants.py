"""The permissions that an org grants to groups and to single staff members; the union of all applies to a caller."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

import msgspec
from cachetools import TTLCache
from msgspec import Struct
from msgspec.structs import replace

from daybook.access.callers import PERMISSIONS, Caller, Permission
from daybook.core.usernames import fold
from daybook.storage.keys import org_keys
from daybook.storage.query_pages import query_value_pages
from daybook.storage.store import Range, Store
from daybook.storage.values import Values

# A grant that is given or taken shows everywhere within that time; the contract allows 60.
CACHE_SECONDS = 30
CACHED_ORGS = 1000
PAGE = 1000

Kind = Literal["group", "staff"]


class OrgGrants(Struct, frozen=True):
    """Every grant of an org, by group and by username. A group is its whole name, a username is so in any case."""

    groups: dict[str, list[Permission]]
    staff: dict[str, list[Permission]]


class PermissionList(Struct, frozen=True, forbid_unknown_fields=True):
    """What a group, a staff member or a caller may; in a change it replaces what was, and an empty list removes it."""

    permissions: list[Permission]


class Grants:
    """`timer` gives seconds that only grow, for the cache; `admin_group` has everything, whatever is granted."""

    def __init__(self, *, table: Store, timer: Callable[[], float], admin_group: str) -> None:
        self._table = table
        self._admin_group = admin_group
        # Here staff are by their folded usernames.
        self._cache: TTLCache[str, OrgGrants] = TTLCache(CACHED_ORGS, CACHE_SECONDS, timer)

    def all(self, org: str) -> OrgGrants:
        """The grants as they are at this moment. StoreBusyError."""
        pages = query_value_pages(self._table, every_grant(org), PAGE)
        return org_grants(item for page in pages for item in page.items)

    def with_permissions(self, org: str, caller: Caller) -> Caller:
        """The caller with the permissions granted, as of 30 seconds ago at most. StoreBusyError.

        The admin group has all, whatever is granted, so that an org cannot lock itself out.
        """
        if caller.is_service:
            return caller
        if self._admin_group in caller.groups:
            return replace(caller, permissions=PERMISSIONS)
        if org not in self._cache:
            found = self.all(org)
            by_fold = {fold(name): permissions for name, permissions in found.staff.items()}
            self._cache[org] = OrgGrants(found.groups, by_fold)
        granted = self._cache[org]
        by_group = (granted.groups.get(group, ()) for group in caller.groups)
        by_name = frozenset(granted.staff.get(fold(caller.username), ()))
        return replace(caller, permissions=by_name.union(*by_group))


def every_grant(org: str) -> Range:
    """The range of all grants of an org."""
    return Range(org_keys.access(org), *org_keys.ALL_GRANTS, forward=True)


def org_grants(items: Iterable[Values]) -> OrgGrants:
    """The grants of these items, as values or as the attributes of models.

    Earlier versions stored a username in each spelling by itself: of those the union counts, for one person.
    """
    grants = OrgGrants({}, {})
    # By folded username: the one under which the person is shown.
    shown: dict[str, str] = {}
    for item in items:
        kind, _ = org_keys.split_grant(item["sk"])
        name, permissions = name_of(item), decoded_permissions(item["permissions"])
        if kind == "group":
            grants.groups[name] = permissions
            continue
        earlier = grants.staff.pop(shown.get(fold(name), ""), [])
        grants.staff[name] = sorted({*earlier, *permissions}) if earlier else permissions
        shown[fold(name)] = name
    return grants


def name_of(item: Values) -> str:
    """The group, or the username as it was last put."""
    _, key_name = org_keys.split_grant(item["sk"])
    return item.get("name") or key_name


def decoded_permissions(text: str) -> list[Permission]:
    """The permissions that an item has as JSON."""
    permissions: list[Permission] = msgspec.json.decode(text)
    return permissions
