"""The routes of grants."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from daybook.access import callers, entity_tags
from daybook.access.callers import Caller, Permission
from daybook.access.grant_changes import GrantChanges, Grantee
from daybook.access.grants import Grants, Kind, PermissionList
from daybook.access.orgs import Orgs
from daybook.api import gateway, routes
from daybook.api.gateway import Request, Response, Route
from daybook.core.errors import FieldError, InvalidRequestError
from daybook.model.entries import Name

PERMISSION = "access"

# A sort key has 1,024 bytes at most. A username may grow when it is folded, by 12 bytes where it has so many.
MAX_NAME, MAX_NAME_BYTES = 256, 1000

# Other names are changed on their way: API Gateway unescapes a path before it routes, and clients resolve dots.
_PATH_NAME = re.compile(r"[\w.~@:+-]+")
PATH_NAMES = "letters, digits and -._~@:+"


class Grant(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a group or a staff member may, from now on; exactly one of the two is named, in any spelling."""

    permissions: list[Permission]
    group: (
        Annotated[Name, Meta(description="the whole name of a group, exactly as in its members' tokens")] | UnsetType
    ) = UNSET
    staff: Annotated[Name, Meta(description="a username, in any letter case")] | UnsetType = UNSET


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
        routes.PUT_ACCESS: put_grant(changes),
        routes.PUT_GROUP_ACCESS: put_grant_by_path(changes, "group", "group"),
        routes.PUT_STAFF_ACCESS: put_grant_by_path(changes, "staff", "username"),
    }


def read_grants(grants: Grants) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require(caller, PERMISSION)
        found = grants.all(request.parameters["org"])
        return gateway.json(found, headers={"etag": entity_tags.entity_tag(found)})

    return endpoint


def read_own(orgs: Orgs) -> Route:
    """Every caller may ask who they are, and what they may."""

    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require_member(caller)
        org = orgs.read(request.parameters["org"])
        groups, permissions = sorted(caller.groups), sorted(caller.permissions)
        return gateway.json(OwnAccess(caller.name, caller.username, groups, org.name, permissions))

    return endpoint


def put_grant(changes: GrantChanges) -> Route:
    """Whose grant it is stands in the body."""

    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require_change(caller, PERMISSION)
        body = gateway.read_body(request, Grant)
        return _put(changes, _grantee(body), PermissionList(body.permissions), request, caller)

    return endpoint


def put_grant_by_path(changes: GrantChanges, kind: Kind, parameter: str) -> Route:
    """Whose grant it is stands in the path."""

    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require_change(caller, PERMISSION)
        name = request.parameters[parameter]
        if fault := _path_name_fault(name):
            raise InvalidRequestError([FieldError(parameter, fault)])
        body = gateway.read_body(request, PermissionList)
        return _put(changes, Grantee(kind, name), body, request, caller)

    return endpoint


def _put(
    changes: GrantChanges, grantee: Grantee, granted: PermissionList, request: Request, caller: Caller
) -> Response:
    if_match = entity_tags.parse_if_match(request.headers.get("if-match"))
    now, tag = changes.put(request.parameters["org"], grantee, granted, if_match, caller, request.ip)
    return gateway.json(now, headers={"etag": tag})


def _grantee(body: Grant) -> Grantee:
    """InvalidRequestError where not exactly one is named, or by more than a key can hold."""
    match body.group, body.staff:
        case str() as name, UnsetType():
            grantee, field = Grantee("group", name), "group"
        case UnsetType(), str() as name:
            grantee, field = Grantee("staff", name), "staff"
        case _:
            given = "none" if body.group is UNSET else "both"
            fault = FieldError("group", f"give either `group` or `staff`; here are {given}")
            raise InvalidRequestError([fault])
    if fault_of_size := _size_fault(name):
        raise InvalidRequestError([FieldError(field, fault_of_size)])
    return grantee


def _path_name_fault(name: str) -> str | None:
    if _PATH_NAME.fullmatch(name) is None or name in (".", ".."):
        others = f"for others use {routes.PUT_ACCESS} with the name in the body"
        return f"a path takes names of {PATH_NAMES} only, and not . or ..; {others}"
    return _size_fault(name)


def _size_fault(name: str) -> str | None:
    if len(name) > MAX_NAME:
        return f"{len(name)} characters, over the limit of {MAX_NAME}"
    size = len(name.encode())
    return f"{size} bytes of UTF-8, over the limit of {MAX_NAME_BYTES}" if size > MAX_NAME_BYTES else None
