"""The wiring of the index function."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from aws_lambda_powertools import Logger
from msgspec import Struct

from daybook.access.orgs import Orgs
from daybook.audit.record_copies import RecordCopies
from daybook.audit.staff_register import StaffRegister
from daybook.aws import cloudwatch
from daybook.erasure.requests import ErasureRepeats
from daybook.handlers import settings, wiring
from daybook.handlers.settings import IngestSettings
from daybook.handlers.triggers import stream_records
from daybook.handlers.triggers.admin_calls import AdminCall, admin_call
from daybook.handlers.triggers.audit_entries import AuditEntryIndexer
from daybook.handlers.triggers.index_stream import IndexStreamHandler
from daybook.holds.backfill import HoldBackfill
from daybook.holds.enforcement import HoldEnforcer
from daybook.records.rebuilding import RegisterRebuild
from daybook.search.by_time import EntriesByTime
from daybook.search.index.reindex import Progress, Reindexer
from daybook.search.index.remover import IndexRemover
from daybook.search.index.writer import IndexWriter


class IndexTriggers(Struct, frozen=True):
    """`stream` takes the records of a batch, `reindex` the org of which the next month is done.

    The schedule resumes the steps of `backfill`.
    """

    stream: IndexStreamHandler
    backfill: HoldBackfill
    reindex: AdminCall
    logger: Logger

    def __call__(self, event: dict[str, Any], context: Any) -> Any:
        """A batch of the stream, `{"resume": true}` of the schedule, or `{"reindex": ORG}` of the command line.

        The latter is answered with the progress.
        """
        cloudwatch.begin_invocation(self.logger, context, stream_records.first_sequence_number(event))
        if "reindex" in event:
            return self.reindex(event["reindex"])
        if "resume" in event:
            self.logger.info("backfills resumed", extra={"backfills": self.backfill.resume()})
            return None
        return self.stream(event["Records"])


def triggers(environ: Mapping[str, str]) -> IndexTriggers:
    config = settings.read(environ, IngestSettings)
    table, logger, metrics = wiring.table(config), cloudwatch.logger(), cloudwatch.metrics()
    orgs = wiring.orgs(table)
    copies = RecordCopies(table=table, bodies=wiring.content_store(config))
    register = StaffRegister(table=table, zone=orgs.recent_zone)
    records = wiring.record_register(config, table)
    writer = IndexWriter(table=table, clock=wiring.now)
    reindexer = Reindexer(
        table=table,
        by_time=EntriesByTime(table=table),
        writer=writer,
        derived_writers=[copies.complete, register.add],
        clock=wiring.now,
    )
    enforcer = HoldEnforcer(table=table, policy=config.policy, clock=wiring.now)
    backfill = HoldBackfill(table=table, enforcer=enforcer, clock=wiring.now)
    return IndexTriggers(
        stream=IndexStreamHandler(
            audit_entries=AuditEntryIndexer(
                copies=copies,
                erasure_repeats=ErasureRepeats(table=table, clock=wiring.now),
                register=register,
                index_writer=writer,
                index_remover=IndexRemover(table=table, clock=wiring.now),
                clock=wiring.now,
            ),
            holds=enforcer,
            register=records,
            backfill=backfill,
            logger=logger,
            metrics=metrics,
        ),
        backfill=backfill,
        reindex=admin_call(
            partial(_reindex, orgs, reindexer, RegisterRebuild(table=table, register=records, clock=wiring.now)), str
        ),
        logger=logger,
    )


def _reindex(orgs: Orgs, reindexer: Reindexer, register: RegisterRebuild, org: str) -> Progress:
    """The next month of an org, or the next part of its register of records. UnknownOrgError, StoreBusyError."""
    orgs.require(org)
    progress = None if register.is_under_way(org) else reindexer.step(org)
    if progress is not None and not progress.done:
        return progress
    registered = register.step(org)
    last_month = None if progress is None or not registered.done else progress.month
    return Progress(registered.done, last_month, 0, registered.records)
