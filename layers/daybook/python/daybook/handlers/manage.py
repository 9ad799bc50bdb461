"""The wiring of the manage function: every route by which staff change something."""

from __future__ import annotations

import time
from collections.abc import Mapping

from daybook.access.callers import ADMIN_GROUP
from daybook.access.grant_changes import GrantChanges
from daybook.access.grants import Grants
from daybook.access.org_settings import OrgSettings
from daybook.api import access, erasures, holds
from daybook.api import blacklist as api_blacklist
from daybook.api.gateway import Gateway
from daybook.aws import cloudwatch
from daybook.erasure.requests import ErasureRequests
from daybook.handlers import settings, wiring
from daybook.handlers.blacklist_wiring import blacklist
from daybook.handlers.settings import ManageSettings
from daybook.holds.holds import HoldChanges


def gateway(environ: Mapping[str, str]) -> Gateway:
    config = settings.read(environ, ManageSettings)
    table = wiring.table(config)
    recorder = wiring.ingest(config, table, wiring.content_store(config))
    changes = GrantChanges(table=table, recorder=recorder, admin_group=ADMIN_GROUP)
    org_settings = OrgSettings(table=table, recorder=recorder)
    return Gateway(
        org_routes={
            **api_blacklist.manage_routes(blacklist(config, table, recorder)),
            **access.manage_routes(changes, org_settings),
            **holds.manage_routes(HoldChanges(table=table, recorder=recorder, clock=wiring.now)),
            **erasures.manage_routes(ErasureRequests(table=table, recorder=recorder, clock=wiring.now)),
        },
        open_routes={},
        claim_names=config.claim_names,
        grants=Grants(table=table, timer=time.monotonic, admin_group=ADMIN_GROUP),
        logger=cloudwatch.logger(),
        metrics=cloudwatch.metrics(),
    )
