"""The wiring of the ingest function: the route that writes entries."""

from __future__ import annotations

from collections.abc import Mapping

from daybook.api import entries, routes
from daybook.api.gateway import Gateway
from daybook.aws import cloudwatch
from daybook.handlers import settings, wiring
from daybook.handlers.settings import IngestSettings


def gateway(environ: Mapping[str, str]) -> Gateway:
    config = settings.read(environ, IngestSettings)
    table = wiring.table(config)
    ingest = wiring.ingest(config, table, wiring.content_store(config))
    return Gateway(
        org_routes={routes.POST_ENTRIES: entries.post_entries(ingest)},
        platform_routes={},
        open_routes={},
        caller_rules=config.caller_rules,
        orgs=wiring.orgs(table),
        # Writing goes by scope.
        grants=None,
        logger=cloudwatch.logger(),
        metrics=cloudwatch.metrics(),
    )
