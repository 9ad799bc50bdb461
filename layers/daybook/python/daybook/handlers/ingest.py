"""The function that writes entries."""

from __future__ import annotations

from collections.abc import Mapping

from daybook.api import entries as entry_endpoints
from daybook.api import routes
from daybook.api.gateway import Gateway
from daybook.handlers import config as settings
from daybook.handlers import wiring as parts
from daybook.handlers.config import IngestSettings


def gateway(environ: Mapping[str, str]) -> Gateway:
    config = settings.read(environ, IngestSettings)
    ingest = parts.ingest(config, parts.table(config), parts.bodies(config))
    return Gateway(
        org_routes={routes.POST_ENTRIES: entry_endpoints.post_entries(ingest)},
        open_routes={},
        claim_names=config.claim_names,
        # Writing goes by scope.
        grants=None,
        logger=parts.logger(),
    )
