"""The function that reads."""

from __future__ import annotations

import time
from collections.abc import Mapping

from daybook.access.grants import Grants
from daybook.access.org_settings import OrgSettings
from daybook.api import access as access_endpoints
from daybook.api import audit as audit_endpoints
from daybook.api import blacklist as blacklist_endpoints
from daybook.api import entries as log_endpoints
from daybook.api import erasures as erasure_endpoints
from daybook.api import holds as hold_endpoints
from daybook.api import routes
from daybook.api.gateway import Gateway, no_route
from daybook.audit.entry import AuditEntries
from daybook.audit.log import AuditLog
from daybook.audit.staff import StaffSeen
from daybook.blacklist.queries import BlacklistPages
from daybook.core.paging import Cursors
from daybook.entries.email_content import Contents
from daybook.entries.email_events import Trail
from daybook.entries.org_messages import Messages
from daybook.entries.record_log import Logs
from daybook.entries.timeline import Timeline
from daybook.erasure.requests import Erasures
from daybook.handlers import config as settings
from daybook.handlers import wiring as parts
from daybook.handlers.config import QuerySettings
from daybook.holds.holds import HoldPages
from daybook.search.by_time import Merged
from daybook.search.by_words import SearchIndex


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
    from daybook.api import openapi  # noqa: PLC0415

    return openapi.document_bytes()
