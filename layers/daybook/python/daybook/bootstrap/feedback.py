"""The function that takes in what providers say."""

from __future__ import annotations

from collections.abc import Mapping

from daybook import settings
from daybook.bootstrap import parts
from daybook.bootstrap.blacklist import blacklist
from daybook.intake import Intake
from daybook.queues import Queue
from daybook.settings import FeedbackSettings


def intake(environ: Mapping[str, str]) -> Intake:
    config = settings.read(environ, FeedbackSettings)
    table = parts.table(config)
    ingest = parts.ingest(config, table, parts.bodies(config))
    return Intake(
        deliveries=parts.deliveries(config, table),
        ingest=ingest,
        blacklist=blacklist(config, table, ingest),
        queue=Queue(url=config.feedback_queue_url, region=config.aws_region),
        dead_letters=Queue(url=config.dead_letters_url, region=config.aws_region),
        logger=parts.logger(),
        clock=parts.now,
    )
