"""The function that makes the staff's changes."""

from __future__ import annotations

from collections.abc import Mapping

from daybook import blacklist_endpoints, settings
from daybook.bootstrap import parts
from daybook.bootstrap.blacklist import blacklist
from daybook.gateway import Gateway
from daybook.settings import ManageSettings


def gateway(environ: Mapping[str, str]) -> Gateway:
    config = settings.read(environ, ManageSettings)
    return Gateway(
        org_routes=blacklist_endpoints.manage_routes(blacklist(config, parts.table(config))),
        open_routes={},
        claim_names=config.claim_names,
        logger=parts.logger(),
    )
