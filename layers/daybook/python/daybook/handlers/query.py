"""The wiring of the query function: every route that reads."""

from __future__ import annotations

import time
from collections.abc import Mapping

from daybook.access.grants import Grants
from daybook.access.orgs import OrgQueries
from daybook.api import openapi, routes
from daybook.api.endpoints import access, audit, blacklist, entries, erasures, holds, records
from daybook.api.endpoints import orgs as api_orgs
from daybook.api.gateway import Gateway, Request, Response, no_route
from daybook.audit.entry import AuditEntries
from daybook.audit.log import AuditLog
from daybook.audit.staff import StaffQueries
from daybook.aws import cloudwatch
from daybook.blacklist.queries import BlacklistQueries
from daybook.core.paging import Cursors
from daybook.entries.messages.arrivals import Arrivals
from daybook.entries.messages.email_content import EmailContents
from daybook.entries.messages.message_counts import MessageCounts
from daybook.entries.messages.message_events import MessageEvents
from daybook.entries.messages.org_messages import OrgMessages
from daybook.entries.record_log import RecordLogs
from daybook.entries.timeline import Timeline
from daybook.erasure.requests import ErasureQueries
from daybook.handlers import settings, wiring
from daybook.handlers.settings import IngestSettings
from daybook.holds.holds import HoldQueries
from daybook.records.head import RecordHeads
from daybook.search.by_time import EntriesByTime
from daybook.search.by_words import EntriesByWords
from daybook.verdicts.rows import Verdicts


def gateway(environ: Mapping[str, str]) -> Gateway:
    config = settings.read(environ, IngestSettings)
    table, contents = wiring.table(config), wiring.content_store(config)
    cursors = Cursors(secret=config.address_key)
    address_store = wiring.address_store(config, table)
    finder = wiring.record_finder(config, table)
    blacklist_queries = BlacklistQueries(
        table=table,
        address_store=address_store,
        keyed_hash=wiring.keyed_hash(config),
        records_of=finder.with_recipients,
        cursors=cursors,
        clock=wiring.now,
    )
    recorder = wiring.ingest(config, table, contents)
    email_contents = EmailContents(table=table, bodies=contents, recorder=recorder, clock=wiring.now)
    grants = Grants(table=table, admin_group=config.admin_group, timer=time.monotonic)
    orgs, by_time = wiring.orgs(table), EntriesByTime(table=table)
    verdicts = Verdicts(address_lookup=address_store, arrival_lookup=Arrivals(table=table), zone=orgs.recent_zone)
    logs = RecordLogs(table=table, verdicts=verdicts, zone=orgs.zone, cursors=cursors, clock=wiring.now)
    timeline = Timeline(table=table, verdicts=verdicts, zone=orgs.zone, cursors=cursors, clock=wiring.now)
    org_messages = OrgMessages(
        table=table,
        verdicts=verdicts,
        records_of=finder.with_recipient,
        zone=orgs.zone,
        cursors=cursors,
        clock=wiring.now,
    )
    audit_log = AuditLog(
        table=table,
        by_time=by_time,
        by_words=EntriesByWords(table=table, clock=wiring.now),
        zone=orgs.zone,
        cursors=cursors,
        clock=wiring.now,
        timer=time.monotonic,
    )
    audit_entries = AuditEntries(table=table, bodies=contents, orgs=orgs, clock=wiring.now)
    staff = StaffQueries(
        table=table,
        by_time=by_time,
        policy=config.policy,
        zone=orgs.recent_zone,
        cursors=cursors,
        clock=wiring.now,
    )
    hold_queries = HoldQueries(table=table, cursors=cursors)
    heads = RecordHeads(table=table, clock=wiring.now)
    return Gateway(
        org_routes={
            **entries.log_routes(logs),
            **entries.event_routes(MessageEvents(table=table, clock=wiring.now)),
            **blacklist.query_routes(blacklist_queries),
            **access.query_routes(grants, orgs),
            **api_orgs.query_routes(orgs),
            **audit.query_routes(audit_log, audit_entries, staff),
            **holds.query_routes(hold_queries),
            **records.query_routes(finder, heads, blacklist_queries, hold_queries, orgs),
            **erasures.query_routes(ErasureQueries(table=table, clock=wiring.now)),
            routes.GET_CONTENT: entries.read_content(email_contents),
            routes.GET_TIMELINE: entries.read_timeline(timeline),
            routes.GET_MESSAGES: entries.list_messages(org_messages),
            routes.GET_MESSAGE_COUNTS: entries.count_messages(
                MessageCounts(table=table, zone=orgs.zone, clock=wiring.now)
            ),
        },
        platform_routes=api_orgs.platform_query_routes(orgs, OrgQueries(table=table, cursors=cursors)),
        open_routes={routes.GET_OPENAPI: _read_openapi, routes.DEFAULT: no_route},
        caller_rules=config.caller_rules,
        orgs=orgs,
        grants=grants,
        logger=cloudwatch.logger(),
        metrics=cloudwatch.metrics(),
    )


def _read_openapi(_: Request) -> Response:
    # Read by the first request, not at the start: one request in a million asks for it.
    return Response(200, openapi.document())
