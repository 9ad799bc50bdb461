"""The wiring of the lists: for the query function, which answers them, and for exports, which read them."""

from __future__ import annotations

import time
from collections.abc import Mapping

from msgspec import Struct

from daybook.access.orgs import Orgs
from daybook.api import routes
from daybook.api.endpoints import audit, blacklist, entries, holds
from daybook.api.gateway import Route
from daybook.api.list_reader import RouteListReader
from daybook.audit.log import AuditLog
from daybook.blacklist.queries import BlacklistQueries
from daybook.core.paging import Cursors
from daybook.entries.messages.arrivals import Arrivals
from daybook.entries.messages.org_messages import OrgMessages
from daybook.entries.record_log import RecordLogs
from daybook.entries.timeline import Timeline
from daybook.handlers import wiring
from daybook.handlers.settings import IngestSettings
from daybook.holds.holds import HoldQueries
from daybook.records.finding import RecordFinder
from daybook.search.by_time import EntriesByTime
from daybook.search.by_words import EntriesByWords
from daybook.storage.table import Table
from daybook.verdicts.rows import Verdicts


class Lists(Struct, frozen=True):
    """The routes of all lists by name, with what they are made of and others need, too."""

    routes: Mapping[str, Route]
    logs: RecordLogs
    blacklist: BlacklistQueries
    holds: HoldQueries
    by_time: EntriesByTime
    finder: RecordFinder
    cursors: Cursors

    @property
    def reader(self) -> RouteListReader:
        return RouteListReader(self.routes)


def lists(config: IngestSettings, table: Table, orgs: Orgs) -> Lists:
    """The lists of a table."""
    cursors, by_time = Cursors(secret=config.address_key), EntriesByTime(table=table)
    address_store, finder = wiring.address_store(config, table), wiring.record_finder(config, table)
    verdicts = Verdicts(address_lookup=address_store, arrival_lookup=Arrivals(table=table), zone=orgs.recent_zone)
    logs = RecordLogs(table=table, verdicts=verdicts, zone=orgs.zone, cursors=cursors, clock=wiring.now)
    timeline = Timeline(table=table, verdicts=verdicts, zone=orgs.zone, cursors=cursors, clock=wiring.now)
    blacklist_queries = BlacklistQueries(
        table=table,
        address_store=address_store,
        keyed_hash=wiring.keyed_hash(config),
        records_of=finder.with_recipients,
        cursors=cursors,
        clock=wiring.now,
    )
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
    hold_queries = HoldQueries(table=table, cursors=cursors)
    found = {
        **entries.log_routes(logs),
        routes.GET_TIMELINE: entries.read_timeline(timeline),
        routes.GET_MESSAGES: entries.list_messages(org_messages),
        routes.GET_ORG_AUDIT: audit.list_audit(audit_log),
        **blacklist.query_routes(blacklist_queries),
        **holds.query_routes(hold_queries),
    }
    return Lists(found, logs, blacklist_queries, hold_queries, by_time, finder, cursors)
