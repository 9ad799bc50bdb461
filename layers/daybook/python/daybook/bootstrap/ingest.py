"""The function that writes entries."""

from __future__ import annotations

from collections.abc import Mapping

from daybook import entry_endpoints, routes, settings
from daybook.bootstrap import parts
from daybook.gateway import Gateway
from daybook.settings import IngestSettings


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
