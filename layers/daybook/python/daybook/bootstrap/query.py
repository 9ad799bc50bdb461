"""The function that reads."""

from __future__ import annotations

import time
from collections.abc import Mapping

from daybook import (
    access_endpoints,
    audit_endpoints,
    blacklist_endpoints,
    erasure_endpoints,
    hold_endpoints,
    log_endpoints,
    routes,
    settings,
)
from daybook.audit_entries import AuditEntries
from daybook.audit_log import AuditLog
from daybook.audit_reading import Merged
from daybook.blacklist_pages import BlacklistPages
from daybook.bootstrap import parts
from daybook.contents import Contents
from daybook.cursors import Cursors
from daybook.erasures import Erasures
from daybook.gateway import Gateway, no_route
from daybook.grants import Grants
from daybook.holds import HoldPages
from daybook.logs import Logs
from daybook.messages import Messages
from daybook.org_settings import OrgSettings
from daybook.search_index import SearchIndex
from daybook.settings import QuerySettings
from daybook.staff_seen import StaffSeen
from daybook.timeline import Timeline
from daybook.trail import Trail


def gateway(environ: Mapping[str, str]) -> Gateway:
    config = settings.read(environ, QuerySettings)
    table, bodies = parts.table(config), parts.bodies(config)
    cursors = Cursors(secret=config.cursor_key)
    pages = BlacklistPages(
        table=table,
        standings=parts.standings(config, table),
        digest=parts.digest(config),
        cursors=cursors,
        clock=parts.now,
    )
    recorder = parts.ingest(config, table, bodies)
    contents = Contents(table=table, bodies=bodies, recorder=recorder, clock=parts.now)
    grants = Grants(table=table, timer=time.monotonic)
    org_settings, merged = OrgSettings(table=table, recorder=recorder), Merged(table=table)
    logs = Logs(table=table, zone=org_settings.zone, cursors=cursors, clock=parts.now)
    audit_log = AuditLog(
        table=table,
        merged=merged,
        search=SearchIndex(table=table, clock=parts.now),
        zone=org_settings.zone,
        cursors=cursors,
        clock=parts.now,
        timer=time.monotonic,
    )
    entries = AuditEntries(table=table, bodies=bodies, clock=parts.now)
    staff = StaffSeen(table=table, merged=merged, cursors=cursors, clock=parts.now)
    return Gateway(
        org_routes={
            **log_endpoints.log_routes(logs),
            **blacklist_endpoints.query_routes(pages),
            **access_endpoints.query_routes(grants, org_settings),
            **audit_endpoints.query_routes(audit_log, entries, staff),
            **hold_endpoints.query_routes(HoldPages(table=table, cursors=cursors)),
            **erasure_endpoints.query_routes(Erasures(table=table, clock=parts.now)),
            routes.GET_CONTENT: log_endpoints.read_content(contents),
            routes.GET_TIMELINE: log_endpoints.read_timeline(Timeline(table=table, cursors=cursors, clock=parts.now)),
            routes.GET_MESSAGES: log_endpoints.list_messages(Messages(table=table, cursors=cursors, clock=parts.now)),
            routes.GET_EVENTS: log_endpoints.read_events(Trail(table=table, clock=parts.now)),
        },
        open_routes={routes.GET_OPENAPI: log_endpoints.read_openapi(_openapi), routes.DEFAULT: no_route},
        claim_names=config.claim_names,
        grants=grants,
        logger=parts.logger(),
    )


def _openapi() -> bytes:
    # Made of every type there is; one request in a million asks for it.
    from daybook import openapi  # noqa: PLC0415

    return openapi.document_bytes()
