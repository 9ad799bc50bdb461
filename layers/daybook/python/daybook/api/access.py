"""The routes of grants and settings."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from daybook.access import callers
from daybook.access.callers import Caller
from daybook.access.grants import GrantChanges, Grants, Kind, Permissions
from daybook.access.org_settings import OrgSettings, Settings
from daybook.api import gateway, routes
from daybook.api.gateway import Request, Response, Route

PERMISSION = "access"

# A claim writes the groups with blanks between them.
GROUP = r"^[^\s/]{1,128}$"


class GroupPath(Struct, frozen=True):
    group: Annotated[str, Meta(pattern=GROUP)]


class StaffPath(Struct, frozen=True):
    username: Annotated[str, Meta(min_length=1, max_length=256)]


def query_routes(grants: Grants, settings: OrgSettings) -> dict[str, Route]:
    return {
        routes.GET_ACCESS: read_grants(grants),
        routes.GET_ACCESS_ME: read_own,
        routes.GET_SETTINGS: read_settings(settings),
    }


def manage_routes(changes: GrantChanges, settings: OrgSettings) -> dict[str, Route]:
    return {
        routes.PUT_GROUP_ACCESS: put_grant(changes, "group"),
        routes.PUT_STAFF_ACCESS: put_grant(changes, "staff"),
        routes.PUT_SETTINGS: put_settings(settings),
    }


def read_grants(grants: Grants) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require(caller, PERMISSION)
        return gateway.json(grants.all(request.parameters["org"]))

    return endpoint


def read_own(_: Request, caller: Caller) -> Response:
    """Every caller may ask what they may."""
    callers.require_member(caller)
    return gateway.json(Permissions(sorted(caller.permissions)))


def read_settings(settings: OrgSettings) -> Route:
    """Every caller of the org shows times in its zone."""

    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require_member(caller)
        return gateway.json(settings.read(request.parameters["org"]))

    return endpoint


def put_grant(changes: GrantChanges, kind: Kind) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require_change(caller, PERMISSION)
        name = (
            gateway.read_path(request, GroupPath).group
            if kind == "group"
            else gateway.read_path(request, StaffPath).username
        )
        body = gateway.read_body(request, Permissions)
        return gateway.json(changes.put(request.parameters["org"], kind, name, body, caller, request.ip))

    return endpoint


def put_settings(settings: OrgSettings) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require_change(caller, PERMISSION)
        body = gateway.read_body(request, Settings)
        return gateway.json(settings.put(request.parameters["org"], body, caller, request.ip))

    return endpoint
