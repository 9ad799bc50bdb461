"""The function that makes the staff's changes."""

from __future__ import annotations

import time
from collections.abc import Mapping

from daybook import access_endpoints, blacklist_endpoints, erasure_endpoints, hold_endpoints, settings
from daybook.bootstrap import parts
from daybook.bootstrap.blacklist import blacklist
from daybook.erasures import ErasureRequests
from daybook.gateway import Gateway
from daybook.grants import GrantChanges, Grants
from daybook.holds import HoldChanges
from daybook.org_settings import OrgSettings
from daybook.settings import ManageSettings


def gateway(environ: Mapping[str, str]) -> Gateway:
    config = settings.read(environ, ManageSettings)
    table = parts.table(config)
    recorder = parts.ingest(config, table, parts.bodies(config))
    changes, org_settings = GrantChanges(table=table, recorder=recorder), OrgSettings(table=table, recorder=recorder)
    return Gateway(
        org_routes={
            **blacklist_endpoints.manage_routes(blacklist(config, table, recorder)),
            **access_endpoints.manage_routes(changes, org_settings),
            **hold_endpoints.manage_routes(HoldChanges(table=table, recorder=recorder, clock=parts.now)),
            **erasure_endpoints.manage_routes(ErasureRequests(table=table, recorder=recorder, clock=parts.now)),
        },
        open_routes={},
        claim_names=config.claim_names,
        grants=Grants(table=table, timer=time.monotonic),
        logger=parts.logger(),
    )
