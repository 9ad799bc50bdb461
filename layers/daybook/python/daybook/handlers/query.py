"""The wiring of the query function: every route that reads."""

from __future__ import annotations

from collections.abc import Mapping

from daybook.access.orgs import OrgQueries
from daybook.api import openapi, routes
from daybook.api.endpoints import access, audit, entries, erasures, exports, records
from daybook.api.endpoints import orgs as api_orgs
from daybook.api.gateway import Gateway, Request, Response, no_route
from daybook.audit.entry import AuditEntries
from daybook.audit.staff import StaffQueries
from daybook.aws import cloudwatch
from daybook.aws.sqs import Queue
from daybook.entries.messages.email_content import EmailContents
from daybook.entries.messages.message_counts import MessageCounts
from daybook.entries.messages.message_events import MessageEvents
from daybook.erasure.requests import ErasureQueries
from daybook.exports.queries import ExportQueries
from daybook.exports.requests import ExportRequests
from daybook.handlers import list_wiring, settings, wiring
from daybook.handlers.settings import ExportSettings
from daybook.records.head import RecordHeads


def gateway(environ: Mapping[str, str]) -> Gateway:
    config = settings.read(environ, ExportSettings)
    table, contents = wiring.table(config), wiring.content_store(config)
    orgs, grants = wiring.orgs(table), wiring.grants(config, table)
    lists = list_wiring.lists(config, table, orgs)
    recorder = wiring.ingest(config, table, contents)
    staff = StaffQueries(
        table=table,
        by_time=lists.by_time,
        policy=config.policy,
        zone=orgs.recent_zone,
        cursors=lists.cursors,
        clock=wiring.now,
    )
    audit_entries = AuditEntries(table=table, bodies=contents, orgs=orgs, clock=wiring.now)
    email_contents = EmailContents(table=table, bodies=contents, recorder=recorder, clock=wiring.now)
    heads = RecordHeads(table=table, clock=wiring.now)
    export_queries = ExportQueries(
        table=table,
        files=wiring.export_files(config),
        cursors=lists.cursors,
        file_days=config.export_days,
        clock=wiring.now,
    )
    export_requests = ExportRequests(
        table=table,
        reader=lists.reader,
        recorder=recorder,
        queue=Queue(url=config.export_queue_url, region=config.aws_region),
        zone=orgs.zone,
        file_days=config.export_days,
        clock=wiring.now,
    )
    return Gateway(
        org_routes={
            **lists.routes,
            **entries.entry_routes(lists.logs),
            **entries.event_routes(MessageEvents(table=table, clock=wiring.now)),
            **access.query_routes(grants, orgs),
            **api_orgs.query_routes(orgs),
            **audit.query_routes(audit_entries, staff),
            **records.query_routes(lists.finder, heads, lists.blacklist, lists.holds, orgs),
            **erasures.query_routes(ErasureQueries(table=table, clock=wiring.now)),
            **exports.query_routes(export_queries, export_requests),
            routes.GET_CONTENT: entries.read_content(email_contents),
            routes.GET_MESSAGE_COUNTS: entries.count_messages(
                MessageCounts(table=table, zone=orgs.zone, clock=wiring.now)
            ),
        },
        platform_routes=api_orgs.platform_query_routes(orgs, OrgQueries(table=table, cursors=lists.cursors)),
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
