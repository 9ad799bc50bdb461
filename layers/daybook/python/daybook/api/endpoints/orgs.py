"""The routes of orgs and their settings."""

from __future__ import annotations

from daybook.access import callers
from daybook.access.callers import MANAGE_SCOPE, READ_SCOPE, Caller
from daybook.access.orgs import OrgChange, OrgChanges, OrgQueries, Orgs, OrgsQuery, SettingsChange
from daybook.api import gateway, routes
from daybook.api.gateway import Request, Response, Route

# Of staff, to change the settings of their org.
PERMISSION = "access"


def query_routes(orgs: Orgs) -> dict[str, Route]:
    return {routes.GET_SETTINGS: read_settings(orgs)}


def platform_query_routes(orgs: Orgs, queries: OrgQueries) -> dict[str, Route]:
    return {routes.GET_ORGS: list_orgs(queries), routes.GET_ORG: read_org(orgs)}


def manage_routes(changes: OrgChanges) -> dict[str, Route]:
    return {routes.PUT_SETTINGS: put_settings(changes)}


def platform_manage_routes(changes: OrgChanges) -> dict[str, Route]:
    return {routes.PUT_ORG: put_org(changes)}


def list_orgs(queries: OrgQueries) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require_scope(caller, READ_SCOPE)
        return gateway.page(queries.page, gateway.read_query(request, OrgsQuery))

    return endpoint


def read_org(orgs: Orgs) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require_scope(caller, READ_SCOPE)
        return gateway.json(orgs.read(request.parameters["org"]))

    return endpoint


def put_org(changes: OrgChanges) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require_scope(caller, MANAGE_SCOPE)
        body = gateway.read_body(request, OrgChange)
        return gateway.json(changes.put(request.parameters["org"], body, caller, request.ip))

    return endpoint


def read_settings(orgs: Orgs) -> Route:
    """Every caller of the org shows times in its zone."""

    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require_member(caller)
        org = orgs.read(request.parameters["org"])
        return gateway.json(org.settings)

    return endpoint


def put_settings(changes: OrgChanges) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require_change(caller, PERMISSION)
        body = gateway.read_body(request, SettingsChange)
        return gateway.json(changes.change(request.parameters["org"], body, caller, request.ip))

    return endpoint
