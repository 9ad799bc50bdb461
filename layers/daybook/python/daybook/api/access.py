"""The routes of grants."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from daybook.access import callers
from daybook.access.callers import Caller, Permission
from daybook.access.grants import GrantChanges, Grants, Kind, Permissions
from daybook.access.orgs import Orgs
from daybook.api import gateway, routes
from daybook.api.gateway import Request, Response, Route

PERMISSION = "access"

# A claim writes the groups with blanks between them.
GROUP = r"^[^\s/]{1,128}$"


class GroupPath(Struct, frozen=True):
    group: Annotated[str, Meta(pattern=GROUP)]


class StaffPath(Struct, frozen=True):
    username: Annotated[str, Meta(min_length=1, max_length=256)]


class OwnAccess(Struct, frozen=True):
    """Who asks, and what they may; `org` is its name. A service has no groups and permissions, but scopes."""

    name: str
    username: str
    groups: list[str]
    org: str
    permissions: list[Permission]


def query_routes(grants: Grants, orgs: Orgs) -> dict[str, Route]:
    return {routes.GET_ACCESS: read_grants(grants), routes.GET_ACCESS_ME: read_own(orgs)}


def manage_routes(changes: GrantChanges) -> dict[str, Route]:
    return {
        routes.PUT_GROUP_ACCESS: put_grant(changes, "group"),
        routes.PUT_STAFF_ACCESS: put_grant(changes, "staff"),
    }


def read_grants(grants: Grants) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require(caller, PERMISSION)
        return gateway.json(grants.all(request.parameters["org"]))

    return endpoint


def read_own(orgs: Orgs) -> Route:
    """Every caller may ask who they are, and what they may."""

    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require_member(caller)
        org = orgs.read(request.parameters["org"])
        groups, permissions = sorted(caller.groups), sorted(caller.permissions)
        return gateway.json(OwnAccess(caller.name, caller.username, groups, org.name, permissions))

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
