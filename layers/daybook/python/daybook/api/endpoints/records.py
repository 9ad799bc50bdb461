"""The routes of records: finding them, and what heads the page of one."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from daybook.access import callers
from daybook.access.callers import Caller
from daybook.access.orgs import Orgs
from daybook.api import gateway, routes
from daybook.api.gateway import Request, Response, Route
from daybook.blacklist.queries import BlacklistQueries, RecordBlacklistQuery
from daybook.core.timestamps import Instant
from daybook.entries.record_log import LOGS, permissions_of
from daybook.holds.holds import HoldQueries
from daybook.model.entries import LOGGED_TYPES, canonical_type
from daybook.records.finding import RecordFinder, RecordsQuery
from daybook.records.head import RecordHeads

EMAILS = LOGS["emails"]
OTHER_TYPE = "class"


class LogHead(Struct, frozen=True):
    """A log that the caller may read, and when its newest entry was active; null where it shows none."""

    log: str
    last_at: Instant | None


class RecordHead(Struct, frozen=True, kw_only=True):
    """What heads a record's page. `url` is where the portal shows it, by the org's settings."""

    type: str
    id: str
    name: Annotated[
        str | UnsetType,
        Meta(description="the latest that an audit entry gave it; of a family without one, of who acted in its log"),
    ] = UNSET
    url: str | UnsetType = UNSET
    logs: list[LogHead]
    blacklisted: Annotated[
        int | UnsetType, Meta(description="addresses of its e-mails that are blacklisted, 200 at most; as permitted")
    ] = UNSET
    on_hold: bool


def query_routes(
    finder: RecordFinder, heads: RecordHeads, blacklist: BlacklistQueries, holds: HoldQueries, orgs: Orgs
) -> dict[str, Route]:
    return {routes.GET_RECORDS: find(finder), routes.GET_RECORD: read(heads, blacklist, holds, orgs)}


def find(finder: RecordFinder) -> Route:
    # Any type that only has an audit log stands for all such.
    any_of = {
        permission: permission for kind in (*LOGGED_TYPES, OTHER_TYPE) for permission in permissions_of(kind).values()
    }

    def endpoint(request: Request, caller: Caller) -> Response:
        callers.readable(caller, any_of)
        query = gateway.read_query(request, RecordsQuery)
        return gateway.json(finder.find(request.parameters["org"], query, partial(may_read_some, caller)))

    return endpoint


def read(heads: RecordHeads, blacklist: BlacklistQueries, holds: HoldQueries, orgs: Orgs) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        record_type = canonical_type(request.parameters["type"])
        readable = callers.readable(caller, permissions_of(record_type))
        org, record = request.parameters["org"], gateway.read_record(request)
        head = heads.read(org, record, [LOGS[name].kind for name in readable])
        blacklisted: int | UnsetType = UNSET
        if EMAILS.name in readable:
            blacklisted = len(blacklist.for_record(org, record, RecordBlacklistQuery()).entries)
        return gateway.json(
            RecordHead(
                type=record.type,
                id=record.id,
                name=head.name or UNSET,
                url=orgs.read(org).url_of(record) or UNSET,
                logs=[LogHead(name, last_at) for name, last_at in head.last.items()],
                blacklisted=blacklisted,
                on_hold=holds.stands(org, record),
            )
        )

    return endpoint


def may_read_some(caller: Caller, record_type: str) -> bool:
    """Whether the caller may read some log of such records."""
    return caller.is_service or not caller.permissions.isdisjoint(permissions_of(record_type).values())
