"""What may change the blacklist, shared by two functions."""

from __future__ import annotations

from daybook.aws.ses import Provider
from daybook.aws.sqs import Queue
from daybook.blacklist.actions import Blacklist
from daybook.entries.ingest import Ingest
from daybook.handlers import wiring as parts
from daybook.handlers.config import ManageSettings
from daybook.storage.table import Table


def blacklist(config: ManageSettings, table: Table, recorder: Ingest) -> Blacklist:
    return Blacklist(
        standings=parts.standings(config, table),
        provider=Provider(region=config.aws_region),
        queue=Queue(url=config.feedback_queue_url, region=config.aws_region),
        recorder=recorder,
        clock=parts.now,
    )
