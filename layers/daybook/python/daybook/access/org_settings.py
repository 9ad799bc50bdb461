"""The settings of an org: the time zone in which its staff read and write times."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from daybook.access import own_audit
from daybook.access.callers import Caller
from daybook.access.own_audit import Recorder
from daybook.core import local_time
from daybook.core.errors import FieldError, InvalidRequestError
from daybook.model.entries import Affected, Record
from daybook.storage.keys import org_keys
from daybook.storage.models.item import Key
from daybook.storage.models.orgs import SettingItem
from daybook.storage.optimistic_locking import change_item
from daybook.storage.store import Change, Insert, Store, Update, unchanged

UNSET_ZONE = "UTC"
CHANGED = "changed settings"


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """`time_zone` is a name of the IANA database; UTC until it is set."""

    time_zone: Annotated[str, Meta(min_length=1, max_length=64, examples=["America/Chicago"])]


class OrgSettings:
    """Reads and changes of an org's settings."""

    def __init__(self, *, table: Store, recorder: Recorder) -> None:
        self._table = table
        self._recorder = recorder

    def read(self, org: str) -> Settings:
        """The settings of an org. StoreBusyError."""
        return _settings(self._table.get_item(SettingItem, _key(org)))

    def zone(self, org: str) -> ZoneInfo:
        """The time zone of an org. StoreBusyError."""
        return ZoneInfo(self.read(org).time_zone)

    def put(self, org: str, settings: Settings, caller: Caller, ip: str | None) -> Settings:
        """Replace the settings of an org. InvalidRequestError where there is no such time zone; StoreBusyError."""
        _check(settings)

        def change(item: SettingItem | None) -> Change | None:
            before = _settings(item)
            if item is not None and before == settings:
                return None
            affected = Affected(Record("settings", org), "updated", before=before, after=settings)
            # The audit entry first: better one without a change than the other way round.
            self._recorder.record(org, own_audit.audit(caller, ip, CHANGED, [affected]))
            if item is None:
                return Insert(SettingItem(*_key(org), time_zone=settings.time_zone))
            put = SettingItem.time_zone.set(settings.time_zone)
            return Update(item.key, [put], unchanged(item, SettingItem.time_zone))

        change_item(self._table, SettingItem, _key(org), change, "too many are changing the settings at once")
        return settings


def _key(org: str) -> Key:
    return org_keys.settings(org), org_keys.TIME_ZONE


def _settings(item: SettingItem | None) -> Settings:
    return Settings(UNSET_ZONE if item is None else item.time_zone)


def _check(settings: Settings) -> None:
    if not local_time.is_time_zone(settings.time_zone):
        fault = FieldError("time_zone", "not a time zone of the IANA database, such as America/Chicago")
        raise InvalidRequestError("the settings are wrong", [fault])
