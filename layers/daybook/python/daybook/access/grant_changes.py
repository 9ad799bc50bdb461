"""Changes of what a group or a staff member may. Of two admins at once, neither undoes unseen what the other did."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from daybook.access import own_audit
from daybook.access.callers import Caller, Permission
from daybook.access.entity_tags import IfMatch, entity_tag
from daybook.access.grants import (
    PAGE,
    Kind,
    OrgGrants,
    PermissionList,
    decoded_permissions,
    every_grant,
    name_of,
    org_grants,
)
from daybook.access.own_audit import Recorder
from daybook.core import paging
from daybook.core.errors import ConflictError
from daybook.core.usernames import fold
from daybook.model import entries
from daybook.model.entries import Affected, Record
from daybook.storage.keys import org_keys
from daybook.storage.models.attributes import json_text
from daybook.storage.models.item import Key
from daybook.storage.models.orgs import GrantItem
from daybook.storage.optimistic_locking import attempts
from daybook.storage.query_pages import query_pages
from daybook.storage.store import Change, Delete, Insert, Store, Update, assign, unchanged

CHANGED, NOT_CHANGED = "changed permissions", "did not change permissions"
OVERTAKEN = "somebody else changed them at the same moment"


class Grantee(Struct, frozen=True):
    """A group, or a staff member by username: whom a grant is to."""

    kind: Kind
    name: str

    @property
    def sort_key(self) -> str:
        """Of the item of a grant that is new."""
        return org_keys.grant(self.kind, fold(self.name) if self.kind == "staff" else self.name)

    def is_of(self, item: GrantItem) -> bool:
        """Whether the item is a grant to them, in whatever spelling."""
        kind, name = org_keys.split_grant(item.sk)
        return Grantee(kind, name).sort_key == self.sort_key  # type: ignore[arg-type]


class GrantChanges:
    """Changes of grants; to the `admin_group` nothing can be granted, as it has everything."""

    def __init__(self, *, table: Store, recorder: Recorder, admin_group: str) -> None:
        self._table = table
        self._recorder = recorder
        self._admin_group = admin_group

    def put(
        self, org: str, grantee: Grantee, granted: PermissionList, if_match: IfMatch, caller: Caller, ip: str | None
    ) -> tuple[PermissionList, str]:
        """Replace what is granted; what is granted now, and the entity tag of the org's grants with it.

        ConflictError for the admin group, and for more grants than GET /access can answer. PreconditionFailedError
        where the grants are not those of `if_match`. StoreBusyError. The write is on the condition that the grantee's
        grant is as it was read.

        The audit entry comes first: an entry of a change that broke off is better than a change without an entry. Where
        somebody else was first with the write, another entry says so.
        """
        if grantee == Grantee("group", self._admin_group):
            raise ConflictError(f"the group {self._admin_group} always has every permission")
        after = sorted({*granted.permissions})
        new_tag = ""
        for attempt in attempts("too many are changing this grant at once"):
            items = self._items(org)
            before = org_grants(item.attribute_values for item in items)
            own = [item for item in items if grantee.is_of(item)]
            changed = _with_grant(before, own, grantee, after)
            is_made = changed == before and len(own) <= 1
            if after and not paging.fits(changed):
                raise ConflictError("with this one, the org's grants are more than one answer holds: remove others")
            if attempt and is_made:
                # The write was made, and its answer lost.
                break
            if attempt:
                overtaken = Affected(_record(grantee), "unchanged", grantee.name, details={"reason": OVERTAKEN})
                self._recorder.record(org, own_audit.audit(caller, ip, NOT_CHANGED, [overtaken]))
            if_match.require(entity_tag(before))
            new_tag = entity_tag(changed)
            if is_made:
                break
            affected = _affected(grantee, _permissions(own), after)
            self._recorder.record(org, own_audit.audit(caller, ip, CHANGED, [affected]))
            if self._write(org, grantee, own, after):
                break
        return PermissionList(after), new_tag

    def _items(self, org: str) -> list[GrantItem]:
        return [item for page in query_pages(self._table, GrantItem, every_grant(org), PAGE) for item in page.items]

    def _write(self, org: str, grantee: Grantee, own: Sequence[GrantItem], after: list[Permission]) -> bool:
        """Leave one item of the grantee's, or none; False where another change of theirs came first.

        All changes of a grantee that has items are on the condition that the same one of them is as it was read.
        """
        key = org_keys.access(org), grantee.sort_key
        kept = next((item for item in own if item.key == key), own[0] if own else None)
        if not all(self._table.write([_change(key, kept, grantee.name, after)])):
            return False
        self._table.write([Delete(item.key) for item in own if item is not kept])
        return True


def _with_grant(grants: OrgGrants, own: Sequence[GrantItem], grantee: Grantee, after: list[Permission]) -> OrgGrants:
    """The grants of an org once the grantee, whose items are `own`, has these permissions."""
    changed = OrgGrants({**grants.groups}, {**grants.staff})
    of_kind = changed.groups if grantee.kind == "group" else changed.staff
    for item in own:
        of_kind.pop(name_of(item.attribute_values), None)
    if after:
        of_kind[grantee.name] = after
    return changed


def _permissions(own: Sequence[GrantItem]) -> list[Permission]:
    return sorted({permission for item in own for permission in decoded_permissions(item.permissions)})


def _change(key: Key, item: GrantItem | None, name: str, after: list[Permission]) -> Change:
    """The change of the grantee's item that is kept; where there is none, `key` is that of a new one."""
    permissions = json_text(after)
    _, key_name = org_keys.split_grant(key[1] if item is None else item.sk)
    shown_name = None if name == key_name else name
    if item is None:
        return Insert(GrantItem(*key, permissions=permissions, name=shown_name))
    condition = unchanged(item, GrantItem.permissions, GrantItem.name)
    if not after:
        return Delete(item.key, condition)
    return Update(item.key, [GrantItem.permissions.set(permissions), assign(GrantItem.name, shown_name)], condition)


def _affected(grantee: Grantee, before: list[Permission], after: list[Permission]) -> Affected:
    return Affected(_record(grantee), "updated", grantee.name, before=before, after=after)


def _record(grantee: Grantee) -> Record:
    """The grant as an affected record. A name that cannot be a record's id is the affected record's name alone."""
    return Record(f"{grantee.kind}_access", grantee.name if entries.is_record_id(grantee.name) else "-")
