"""The function that keeps what follows from entries: copies, the search index, the register of staff, and holds."""

from __future__ import annotations

from collections.abc import Mapping

from daybook import settings
from daybook.audit_reading import Merged
from daybook.bootstrap import parts
from daybook.copies import Copies
from daybook.forgetting import Forgetting
from daybook.holding import Holding
from daybook.indexer import Indexer
from daybook.indexing import Indexing
from daybook.reindexing import Reindexing
from daybook.settings import IngestSettings
from daybook.staff_register import StaffRegister


def indexer(environ: Mapping[str, str]) -> Indexer:
    config = settings.read(environ, IngestSettings)
    table = parts.table(config)
    copies, register = Copies(table=table, bodies=parts.bodies(config)), StaffRegister(table=table)
    index = Indexing(table=table, clock=parts.now)
    reindexing = Reindexing(
        table=table, merged=Merged(table=table), index=index, copies=copies, register=register, clock=parts.now
    )
    return Indexer(
        copies=copies,
        index=index,
        forgetting=Forgetting(table=table, clock=parts.now),
        register=register,
        holding=Holding(table=table, policy=config.policy, clock=parts.now),
        reindexing=reindexing,
        logger=parts.logger(),
        clock=parts.now,
    )
