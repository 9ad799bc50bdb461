"""The wiring of the manage function: every route by which staff change something."""

from __future__ import annotations

from collections.abc import Mapping

from daybook.access.grant_changes import GrantChanges
from daybook.access.orgs import OrgChanges
from daybook.api.endpoints import access, erasures, exports, holds, orgs
from daybook.api.endpoints import blacklist as api_blacklist
from daybook.api.gateway import Gateway
from daybook.aws import cloudwatch
from daybook.erasure.requests import ErasureRequests
from daybook.exports.endings import ExportEndings
from daybook.handlers import settings, wiring
from daybook.handlers.blacklist_wiring import blacklist, blacklist_additions
from daybook.handlers.settings import ManageSettings
from daybook.holds.holds import HoldChanges


def gateway(environ: Mapping[str, str]) -> Gateway:
    config = settings.read(environ, ManageSettings)
    table = wiring.table(config)
    recorder = wiring.ingest(config, table, wiring.content_store(config))
    grant_changes = GrantChanges(table=table, admin_group=config.admin_group, recorder=recorder)
    org_changes = OrgChanges(table=table, recorder=recorder)
    endings = ExportEndings(table=table, files=wiring.export_files(config), clock=wiring.now)
    return Gateway(
        org_routes={
            **api_blacklist.manage_routes(
                blacklist(config, table, recorder), blacklist_additions(config, table, recorder)
            ),
            **access.manage_routes(grant_changes),
            **orgs.manage_routes(org_changes),
            **holds.manage_routes(HoldChanges(table=table, recorder=recorder, clock=wiring.now)),
            **erasures.manage_routes(ErasureRequests(table=table, recorder=recorder, clock=wiring.now)),
            **exports.manage_routes(endings),
        },
        platform_routes=orgs.platform_manage_routes(org_changes),
        open_routes={},
        caller_rules=config.caller_rules,
        orgs=wiring.orgs(table),
        grants=wiring.grants(config, table),
        logger=cloudwatch.logger(),
        metrics=cloudwatch.metrics(),
    )
