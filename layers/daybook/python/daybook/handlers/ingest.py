"""The wiring of the ingest function: the routes that write entries, and their delivery events."""

from __future__ import annotations

from collections.abc import Mapping

from daybook.api import routes
from daybook.api.endpoints import deliveries, entries
from daybook.api.gateway import Gateway
from daybook.aws import cloudwatch
from daybook.handlers import settings, wiring
from daybook.handlers.settings import IngestSettings


def gateway(environ: Mapping[str, str]) -> Gateway:
    config = settings.read(environ, IngestSettings)
    table = wiring.table(config)
    ingest = wiring.ingest(config, table, wiring.content_store(config))
    return Gateway(
        org_routes={
            routes.POST_ENTRIES: entries.post_entries(ingest),
            routes.POST_DELIVERIES: deliveries.post_deliveries(wiring.reconciler(config, table), wiring.now),
        },
        platform_routes={},
        open_routes={},
        caller_rules=config.caller_rules,
        orgs=wiring.orgs(table),
        # Writing goes by scope.
        grants=None,
        logger=cloudwatch.logger(),
        metrics=cloudwatch.metrics(),
    )
