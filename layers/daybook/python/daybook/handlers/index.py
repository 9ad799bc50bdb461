"""The wiring of the index function."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from daybook.audit.record_copies import RecordCopies
from daybook.audit.staff import StaffRegister
from daybook.handlers import settings, wiring
from daybook.handlers.settings import IngestSettings
from daybook.handlers.triggers.admin_calls import AdminCall, admin_call
from daybook.handlers.triggers.audit_entries import AuditEntryIndexer
from daybook.handlers.triggers.index_stream import IndexStreamHandler
from daybook.holds.enforcement import HoldEnforcer
from daybook.search.by_time import EntriesByTime
from daybook.search.index.reindex import Reindexer
from daybook.search.index.remover import IndexRemover
from daybook.search.index.writer import IndexWriter


class IndexTriggers(Struct, frozen=True):
    """`stream` takes the records of a batch, `reindex` the org of which the next month is done."""

    stream: IndexStreamHandler
    reindex: AdminCall


def triggers(environ: Mapping[str, str]) -> IndexTriggers:
    config = settings.read(environ, IngestSettings)
    table = wiring.table(config)
    copies, register = RecordCopies(table=table, bodies=wiring.content_store(config)), StaffRegister(table=table)
    writer = IndexWriter(table=table, clock=wiring.now)
    reindexer = Reindexer(
        table=table,
        by_time=EntriesByTime(table=table),
        writer=writer,
        derived_writers=[copies.complete, register.add],
        clock=wiring.now,
    )
    return IndexTriggers(
        stream=IndexStreamHandler(
            audit_entries=AuditEntryIndexer(
                copies=copies,
                register=register,
                index_writer=writer,
                index_remover=IndexRemover(table=table, clock=wiring.now),
                clock=wiring.now,
            ),
            holds=HoldEnforcer(table=table, policy=config.policy, clock=wiring.now),
            logger=wiring.logger(),
        ),
        reindex=admin_call(reindexer.step, str),
    )
