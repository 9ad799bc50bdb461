"""The services that change the blacklist, for the functions that do."""

from __future__ import annotations

from daybook.aws.ses import EmailProvider
from daybook.aws.sqs import Queue
from daybook.blacklist.actions import BlacklistActions
from daybook.blacklist.additions import BlacklistAdditions
from daybook.entries.ingest import Ingest
from daybook.handlers import wiring
from daybook.handlers.settings import FeedbackSettings, ManageSettings
from daybook.storage.table import Table


def blacklist(config: ManageSettings | FeedbackSettings, table: Table, recorder: Ingest) -> BlacklistActions:
    return BlacklistActions(
        address_store=wiring.address_store(config, table),
        records_of=wiring.record_finder(config, table).with_recipients,
        provider=EmailProvider(region=config.aws_region),
        queue=Queue(url=config.feedback_queue_url, region=config.aws_region),
        recorder=recorder,
        clock=wiring.now,
    )


def blacklist_additions(config: ManageSettings, table: Table, recorder: Ingest) -> BlacklistAdditions:
    return BlacklistAdditions(
        address_store=wiring.address_store(config, table),
        records_of=wiring.record_finder(config, table).with_recipients,
        recorder=recorder,
        clock=wiring.now,
    )
