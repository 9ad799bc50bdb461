"""The wiring of the feedback function."""

from __future__ import annotations

from collections.abc import Mapping

from daybook.aws import cloudwatch
from daybook.aws.sqs import Queue
from daybook.handlers import settings, wiring
from daybook.handlers.blacklist_wiring import blacklist
from daybook.handlers.settings import FeedbackSettings
from daybook.handlers.triggers.feedback_batch import FeedbackHandler


def batch_handler(environ: Mapping[str, str]) -> FeedbackHandler:
    config = settings.read(environ, FeedbackSettings)
    table = wiring.table(config)
    ingest = wiring.ingest(config, table, wiring.content_store(config))
    return FeedbackHandler(
        reconciler=wiring.reconciler(config, table),
        ingest=ingest,
        orgs=wiring.orgs(table),
        blacklist=blacklist(config, table, ingest),
        queue=Queue(url=config.feedback_queue_url, region=config.aws_region),
        dead_letters=Queue(url=config.dead_letters_url, region=config.aws_region),
        logger=cloudwatch.logger(),
        metrics=cloudwatch.metrics(),
        clock=wiring.now,
    )
