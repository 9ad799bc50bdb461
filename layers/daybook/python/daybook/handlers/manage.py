"""The function that makes the staff's changes."""

from __future__ import annotations

import time
from collections.abc import Mapping

from daybook.access.grants import GrantChanges, Grants
from daybook.access.org_settings import OrgSettings
from daybook.api import access as access_endpoints
from daybook.api import blacklist as blacklist_endpoints
from daybook.api import erasures as erasure_endpoints
from daybook.api import holds as hold_endpoints
from daybook.api.gateway import Gateway
from daybook.erasure.requests import ErasureRequests
from daybook.handlers import config as settings
from daybook.handlers import wiring as parts
from daybook.handlers.blacklist_wiring import blacklist
from daybook.handlers.config import ManageSettings
from daybook.holds.holds import HoldChanges


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
