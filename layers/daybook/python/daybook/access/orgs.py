"""The orgs of the deployment: each is made before it is used, with the settings that its staff may change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

import msgspec
from cachetools import TTLCache
from msgspec import UNSET, Meta, Struct, UnsetType

from daybook.access import own_audit
from daybook.access.callers import Caller
from daybook.access.own_audit import Recorder
from daybook.core import local_time
from daybook.core.errors import FieldError, InvalidRequestError, UnknownOrgError
from daybook.core.paging import Cursor, Cursors, Limit, in_order
from daybook.model.entries import Affected, Name, Record, RecordType, canonical_type
from daybook.storage.keys import org_keys
from daybook.storage.models.attributes import json_text
from daybook.storage.models.orgs import OrgItem
from daybook.storage.optimistic_locking import change_item
from daybook.storage.query_pages import read_from
from daybook.storage.store import Change, Insert, Range, Store, difference, start_key
from daybook.storage.values import Values

# As the contract has it. An org that is found stays: none is ever deleted.
CACHE_SECONDS = 60
CACHED_ORGS = 10_000

NEW_ZONE = "UTC"
CREATED, CHANGED = "created org", "changed settings"
MAX_URLS = 20
ID_IN_URL = "{id}"

T = TypeVar("T")

TimeZone = Annotated[
    str, Meta(min_length=1, max_length=64, description="IANA time zone database", examples=["America/Chicago"])
]
RecordUrls = Annotated[
    dict[RecordType, Annotated[str, Meta(max_length=2048)]],
    Meta(
        max_length=MAX_URLS,
        description="where the portal shows a record, by its type: http or https, with {id} for the record's id",
        examples=[{"family": "https://portal.example/families/{id}"}],
    ),
]


class Settings(Struct, frozen=True):
    """The settings of an org: its name, the time zone in which its staff read and write times, links to records."""

    name: str
    time_zone: str
    record_url: dict[str, str]


class Org(Struct, frozen=True):
    """An org by its id, with its settings."""

    org: str
    name: str
    time_zone: str
    record_url: dict[str, str]

    @property
    def settings(self) -> Settings:
        return Settings(self.name, self.time_zone, self.record_url)

    def url_of(self, record: Record) -> str | None:
        """Where the portal shows this record; None where the settings have no link to records of its type."""
        urls = {canonical_type(record_type): url for record_type, url in self.record_url.items()}
        url = urls.get(record.type)
        return None if url is None else url.replace(ID_IN_URL, quote(record.id, safe=""))


class SettingsChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to change; what is left out stays as it is."""

    name: Name | UnsetType = UNSET
    time_zone: TimeZone | UnsetType = UNSET
    record_url: RecordUrls | UnsetType = UNSET


class OrgChange(Struct, frozen=True, forbid_unknown_fields=True):
    """An org to make or to change. What is left out stays as it is; of a new org, it is UTC and no links."""

    name: Name
    time_zone: TimeZone | UnsetType = UNSET
    record_url: RecordUrls | UnsetType = UNSET


class OrgsQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    limit: Limit = 50
    cursor: Cursor | None = None


class OrgPage(Struct, frozen=True):
    """One page, by id.

    `next` and `prev` are the cursors of the following one and the one before, null where there is none.
    """

    entries: list[Org]
    next: str | None
    prev: str | None


class Orgs:
    """Reads of orgs. `timer` gives seconds that only grow, for the cache."""

    def __init__(self, *, table: Store, timer: Callable[[], float]) -> None:
        self._table = table
        self._zones: TTLCache[str, str] = TTLCache(CACHED_ORGS, CACHE_SECONDS, timer)

    def require(self, org: str) -> None:
        """UnknownOrgError where this org was not made; StoreBusyError. An org that was found is cached."""
        if org not in self._zones:
            self.read(org)

    def read(self, org: str) -> Org:
        """The org as it is at this moment. UnknownOrgError, StoreBusyError."""
        item = self._table.get_item(OrgItem, org_keys.org(org)) if org_keys.is_org(org) else None
        if item is None:
            raise _unknown(org)
        self._zones[org] = item.time_zone
        return _org(item.sk, _settings(item))

    def zone(self, org: str) -> ZoneInfo:
        """The time zone of an org. UnknownOrgError, StoreBusyError."""
        return ZoneInfo(self.read(org).time_zone)

    def recent_zone(self, org: str) -> ZoneInfo:
        """`zone` as it was up to CACHE_SECONDS ago: for times that are shown, at no request after `require`."""
        name = self._zones.get(org)
        return self.zone(org) if name is None else ZoneInfo(name)


class OrgQueries:
    """The list of orgs."""

    def __init__(self, *, table: Store, cursors: Cursors) -> None:
        self._table = table
        self._cursors = cursors

    def page(self, query: OrgsQuery) -> OrgPage:
        """One page. InvalidCursorError, StoreBusyError."""
        span = Range(org_keys.ORGS, *org_keys.ALL_ORGS, forward=True)
        bound_to = ["orgs"]
        start = self._cursors.start(query.cursor, bound_to)
        key = None if start is None else start_key(span, start.at[0])
        span, after = read_from(span, start, key)
        page = self._table.query_values(span, query.limit + 1, after)
        shown = [_org_of_values(item) for item in page.items[: query.limit]]
        is_last = len(page.items) <= query.limit and not page.more
        links = self._cursors.links(start, None if is_last else [shown[-1].org], bound_to)
        return OrgPage(in_order(shown, start), links.next, links.prev)


class OrgChanges:
    """Changes of orgs. Each is an audit entry of the org."""

    def __init__(self, *, table: Store, recorder: Recorder) -> None:
        self._table = table
        self._recorder = recorder

    def put(self, org: str, wanted: OrgChange, caller: Caller, ip: str | None) -> Org:
        """Make an org, or change it. InvalidRequestError where it cannot be called so, or be so; StoreBusyError."""
        if not org_keys.is_org(org):
            raise InvalidRequestError([FieldError("org", org_keys.ORG_RULE)])
        return _org(org, self._change(org, wanted, caller, ip, may_be_new=True))

    def change(self, org: str, wanted: SettingsChange, caller: Caller, ip: str | None) -> Settings:
        """Change the settings of an org. InvalidRequestError, UnknownOrgError, StoreBusyError."""
        return self._change(org, wanted, caller, ip, may_be_new=False)

    def _change(
        self, org: str, wanted: OrgChange | SettingsChange, caller: Caller, ip: str | None, *, may_be_new: bool
    ) -> Settings:
        _check(wanted)

        def change(item: OrgItem | None) -> Change | None:
            if item is None and not may_be_new:
                raise _unknown(org)
            before = None if item is None else _settings(item)
            after = _changed(before, wanted)
            if before == after:
                return None
            how, action = ("created", CREATED) if before is None else ("updated", CHANGED)
            affected = Affected(Record("settings", org), how, name=after.name, before=before, after=after)
            # The audit entry first: better one without a change than the other way round.
            self._recorder.record(org, own_audit.audit(caller, ip, action, [affected]))
            changed = OrgItem(
                *org_keys.org(org), name=after.name, time_zone=after.time_zone, record_url=json_text(after.record_url)
            )
            return Insert(changed) if item is None else difference(item, changed)

        _, item = change_item(self._table, OrgItem, org_keys.org(org), change, "too many are changing this org at once")
        # No change deletes it.
        return _settings(item)  # type: ignore[arg-type]


def _unknown(org: str) -> UnknownOrgError:
    # A path may hold half a surrogate pair, which an answer cannot.
    name = org[: org_keys.MAX_ORG].encode(errors="replace").decode()
    return UnknownOrgError(f"there is no org {name}: check how it is spelt, or have the platform make it")


def _changed(before: Settings | None, wanted: OrgChange | SettingsChange) -> Settings:
    before = before or Settings("", NEW_ZONE, {})
    return Settings(
        _given(wanted.name, before.name),
        _given(wanted.time_zone, before.time_zone),
        _given(wanted.record_url, before.record_url),
    )


def _given(value: T | UnsetType, default: T) -> T:
    return default if isinstance(value, UnsetType) else value


def _settings(item: OrgItem) -> Settings:
    return Settings(item.name, item.time_zone, _urls(item.record_url))


def _org(org: str, settings: Settings) -> Org:
    return Org(org, settings.name, settings.time_zone, settings.record_url)


def _org_of_values(item: Values) -> Org:
    return Org(item["sk"], item["name"], item["time_zone"], _urls(item["record_url"]))


def _urls(text: str) -> dict[str, str]:
    urls: dict[str, str] = msgspec.json.decode(text)
    return urls


def _check(wanted: OrgChange | SettingsChange) -> None:
    """InvalidRequestError with every fault."""
    faults = []
    if not isinstance(wanted.name, UnsetType) and not (wanted.name.strip() and wanted.name.isprintable()):
        faults.append(FieldError("name", "blank, or with characters that cannot be shown"))
    if not isinstance(wanted.time_zone, UnsetType) and not local_time.is_time_zone(wanted.time_zone):
        faults.append(FieldError("time_zone", "not a time zone of the IANA database, such as America/Chicago"))
    if not isinstance(wanted.record_url, UnsetType):
        faults += [
            FieldError(f"record_url.{record_type}", fault)
            for record_type, url in wanted.record_url.items()
            if (fault := _url_fault(url))
        ]
    if faults:
        raise InvalidRequestError(faults)


def _url_fault(url: str) -> str | None:
    """Why this is no link to records; None where it is one. A page shows it to staff, who may click on it."""
    try:
        parts = urlsplit(url)
        # With `portal.example@` before the host it would look like a link to another site than it leads to.
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
        # Of a port that is none, `port` raises ValueError.
        is_web = is_web and parts.port != 0
    except ValueError:
        is_web = False
    if not is_web or not url.isprintable() or any(character in url for character in ' "<>\\^`|'):
        return "not an http or https URL such as https://portal.example/families/{id}"
    before, marker, behind = url.partition(ID_IN_URL)
    if not marker or ID_IN_URL in parts.netloc or any(brace in before + behind for brace in "{}"):
        return "{id} stands once in the path or query of the URL, where the record's id belongs"
    return None
