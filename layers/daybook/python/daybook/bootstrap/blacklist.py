"""What may change the blacklist, shared by two functions."""

from __future__ import annotations

from daybook.blacklist import Blacklist
from daybook.bootstrap import parts
from daybook.ingest import Ingest
from daybook.provider import Provider
from daybook.queues import Queue
from daybook.settings import ManageSettings
from daybook.table import Table


def blacklist(config: ManageSettings, table: Table, recorder: Ingest) -> Blacklist:
    return Blacklist(
        standings=parts.standings(config, table),
        provider=Provider(region=config.aws_region),
        queue=Queue(url=config.feedback_queue_url, region=config.aws_region),
        recorder=recorder,
        clock=parts.now,
    )
