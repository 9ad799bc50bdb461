"""Every route with every kind of caller: what a caller may, and 403 for all else. A route that is not here fails."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from daybook.access.callers import PERMISSIONS
from daybook.api import routes
from daybook.api.routes import ROUTES

from tests.support import api

pytestmark = pytest.mark.usefixtures("ses")

READ, WRITE, MANAGE = "daybook/read", "daybook/write", "daybook/manage"
EVERY_STAFF = frozenset({"any staff"})
NO_STAFF: frozenset[str] = frozenset()
NOBODY_KNOWS = "0" * 35
EMAIL_LOGS = frozenset({"family_email_log", "staff_email_log"})
SMS_LOGS = frozenset({"sms_log", "staff_sms_log"})
JANE = "jane@mail.example"
PROBLEM = {"detail", "status", "title", "code", "type"}


class Rule(NamedTuple):
    """Who may call: staff with one of these permissions, and services with the scope; the status that they get."""

    permissions: frozenset[str]
    scope: str | None
    status: int = 200
    body: Any = None
    query: dict[str, str] = {}  # noqa: RUF012 - it is not changed
    # What staff need besides; and the scope that services do.
    also: str | None = None
    other_scope: str | None = None

    def allows(self, has: frozenset[str]) -> bool:
        """Whether somebody with these permissions and scopes may call."""
        is_staff = bool(has & self.permissions) and (self.also is None or self.also in has)
        return is_staff or (self.scope in has and (self.other_scope is None or self.other_scope in has))


def by(*permissions: str, scope: str = READ, status: int = 200, body: Any = None, **query: str) -> Rule:
    return Rule(frozenset(permissions), scope, status, body, query)


FAMILY_LOGS = ("family_email_log", "sms_log", "push_log", "activity_log", "audit_log")
STAFF_LOGS = ("staff_email_log", "staff_sms_log", "activity_log", "audit_log")
GRANT = {"permissions": ["sms_log"]}
HOLD = {"reason": "a claim"}
EXPORT = {"list": "audit", "format": "csv"}
PUT = {"addresses": [{"address": "kim@mail.example", "status": "manual"}]}

# By route and, where it matters, the type of the record.
TABLE: dict[tuple[str, str], Rule] = {
    (routes.GET_ORGS, ""): Rule(NO_STAFF, READ),
    (routes.GET_ORG, ""): Rule(NO_STAFF, READ),
    (routes.PUT_ORG, ""): Rule(NO_STAFF, MANAGE, body={"name": "Riverside"}),
    (routes.POST_ENTRIES, ""): Rule(NO_STAFF, WRITE, 201, {"entries": [api.push()]}),
    (routes.POST_DELIVERIES, ""): Rule(NO_STAFF, WRITE, 200, {"events": [api.delivery()]}),
    (routes.GET_EMAILS, "family"): by("family_email_log"),
    (routes.GET_EMAILS, "staff"): by("staff_email_log"),
    (routes.GET_SMS, "family"): by("sms_log"),
    (routes.GET_SMS, "staff"): by("staff_sms_log"),
    (routes.GET_PUSHES, "family"): by("push_log"),
    (routes.GET_ACTIVITY, "family"): by("activity_log"),
    (routes.GET_ACTIVITY, "student"): by("activity_log"),
    (routes.GET_ACTIVITY, "staff"): by("activity_log"),
    (routes.GET_AUDIT, "family"): by("audit_log"),
    (routes.GET_AUDIT, "staff"): by("audit_log"),
    (routes.GET_AUDIT, "enrolment"): by("audit_log"),
    (routes.GET_EMAIL_ENTRY, "family"): by("family_email_log", status=404),
    (routes.GET_EMAIL_ENTRY, "staff"): by("staff_email_log", status=404),
    (routes.GET_SMS_ENTRY, "family"): by("sms_log", status=404),
    (routes.GET_SMS_ENTRY, "staff"): by("staff_sms_log", status=404),
    (routes.GET_PUSH_ENTRY, "family"): by("push_log", status=404),
    (routes.GET_ACTIVITY_ENTRY, "family"): by("activity_log", status=404),
    (routes.GET_ACTIVITY_ENTRY, "student"): by("activity_log", status=404),
    (routes.GET_ACTIVITY_ENTRY, "staff"): by("activity_log", status=404),
    (routes.GET_CONTENT, "family"): by("family_email_log", status=404),
    (routes.GET_CONTENT, "staff"): by("staff_email_log", status=404),
    (routes.GET_EMAIL_EVENTS, "family"): by("family_email_log", status=404),
    (routes.GET_EMAIL_EVENTS, "staff"): by("staff_email_log", status=404),
    (routes.GET_SMS_EVENTS, "family"): by("sms_log", status=404),
    (routes.GET_SMS_EVENTS, "staff"): by("staff_sms_log", status=404),
    (routes.GET_RECORD_BLACKLIST, "family"): by("family_email_log"),
    (routes.GET_RECORD_BLACKLIST, "staff"): by("staff_email_log"),
    (routes.GET_TIMELINE, "family"): by(*FAMILY_LOGS),
    (routes.GET_TIMELINE, "staff"): by(*STAFF_LOGS),
    (routes.GET_TIMELINE, "student"): by("activity_log", "audit_log"),
    (routes.GET_TIMELINE, "enrolment"): by("audit_log"),
    (routes.GET_RECORDS, ""): by(*{*FAMILY_LOGS, *STAFF_LOGS}, q="smith"),
    (routes.GET_RECORD, "family"): by(*FAMILY_LOGS),
    (routes.GET_RECORD, "staff"): by(*STAFF_LOGS),
    (routes.GET_RECORD, "student"): by("activity_log", "audit_log"),
    (routes.GET_RECORD, "enrolment"): by("audit_log"),
    (routes.GET_MESSAGES, "email"): by(*EMAIL_LOGS, log="email", status_="bounced"),
    (routes.GET_MESSAGES, "sms"): by(*SMS_LOGS, log="sms", status_="delivered"),
    (routes.GET_MESSAGE_COUNTS, "email"): by(*EMAIL_LOGS, log="email"),
    (routes.GET_MESSAGE_COUNTS, "sms"): by(*SMS_LOGS, log="sms"),
    (routes.GET_ORG_AUDIT, ""): by("audit_log"),
    (routes.GET_AUDIT_STAFF, ""): by("audit_log"),
    (routes.GET_AUDIT_ENTRY, ""): by("audit_log", status=404),
    (routes.GET_BLACKLIST, ""): by("blacklist"),
    (routes.POST_CHECK, ""): by("blacklist", body={"addresses": [JANE]}),
    (routes.GET_BLACKLISTED, ""): by("blacklist", status=404),
    (routes.PUT_BLACKLIST, ""): by("blacklist", scope=MANAGE, body=PUT),
    (routes.DELETE_BLACKLISTED, ""): by("blacklist", scope=MANAGE, status=404),
    (routes.POST_RESET, ""): by("blacklist", scope=MANAGE, status=404, body={"address": JANE}),
    (routes.POST_VALIDATE, ""): by("blacklist", scope=MANAGE, status=202, body={"address": JANE}),
    (routes.POST_VALIDATE_BLACKLISTED, ""): by("blacklist", scope=MANAGE, status=202),
    (routes.GET_ACCESS, ""): by("access"),
    (routes.GET_ACCESS_ME, ""): Rule(EVERY_STAFF, READ),
    (routes.PUT_ACCESS, ""): by("access", scope=MANAGE, body={"staff": "Eve / Desk", **GRANT}),
    (routes.PUT_GROUP_ACCESS, ""): by("access", scope=MANAGE, body=GRANT),
    (routes.PUT_STAFF_ACCESS, ""): by("access", scope=MANAGE, body=GRANT),
    (routes.GET_SETTINGS, ""): Rule(EVERY_STAFF, READ),
    (routes.PUT_SETTINGS, ""): by("access", scope=MANAGE, body={"time_zone": "UTC"}),
    (routes.GET_HOLDS, ""): by("holds"),
    (routes.PUT_HOLD, "family"): by("holds", scope=MANAGE, body=HOLD),
    # It was placed by the call before.
    (routes.DELETE_HOLD, "family"): by("holds", scope=MANAGE),
    (routes.POST_ERASE, "family"): by("erase", scope=MANAGE, status=202, body={"reason": "asked by letter"}),
    (routes.GET_ERASURE, ""): by("erase", status=404),
    (routes.GET_EXPORTS, ""): by("export"),
    (routes.POST_EXPORTS, ""): by("export", scope=MANAGE, status=202, body=EXPORT)._replace(
        also="audit_log", other_scope=READ
    ),
    (routes.GET_EXPORT, ""): by("export", status=404),
    (routes.DELETE_EXPORT, ""): by("export", scope=MANAGE, status=404),
}
OPEN = {routes.GET_OPENAPI: 200, routes.DEFAULT: 404}


def staff(*permissions: str, **claims: Any) -> dict[str, Any]:
    """A staff member of the groups that have one permission each."""
    return {**api.STAFF, "groups": [f"only {permission}" for permission in permissions], **claims}


def service(scope: str, **claims: Any) -> dict[str, Any]:
    return {"client_id": "portal", "sub": "portal", "scope": scope, **claims}


EVERYTHING = f"{READ} {WRITE} {MANAGE}"
# Each with what they have of permissions and scopes; no route is open to those with nothing.
CALLERS: dict[str, tuple[dict[str, Any] | None, frozenset[str]]] = {
    **{f"staff with {name}": (staff(name), frozenset({name, *EVERY_STAFF})) for name in sorted(PERMISSIONS)},
    "staff without grants": (staff(), EVERY_STAFF),
    "staff by their username, in other letters": (staff(username="EVE"), frozenset({"push_log", *EVERY_STAFF})),
    "staff of groups that only contain the names of others": (
        staff(groups=["only", "sms_log", "only audit_log and more", "Site admin", "admin "]),
        EVERY_STAFF,
    ),
    "staff with every scope": (staff(scope=EVERYTHING, client_id="portal"), EVERY_STAFF),
    "staff with export and a log": (staff("export", "audit_log"), frozenset({"export", "audit_log", *EVERY_STAFF})),
    "admin": (api.ADMIN, frozenset({*PERMISSIONS, *EVERY_STAFF})),
    "service that reads": (service(READ), frozenset({READ})),
    "service that writes": (service(WRITE), frozenset({WRITE})),
    "service that manages": (service(MANAGE), frozenset({MANAGE})),
    "service with every scope": (service(EVERYTHING), frozenset({READ, WRITE, MANAGE})),
    "service of other scopes": (service("daybook/admin daybook"), frozenset()),
    "client that is not listed": (service(EVERYTHING, client_id="webshop"), frozenset()),
    "person without an org": (service(EVERYTHING, username="vera"), frozenset()),
    "person without an org, by the scope openid": (service(f"openid {EVERYTHING}"), frozenset()),
    "admin of another org": (api.OTHER_ADMIN, frozenset()),
    "admin of another org with every scope": ({**api.OTHER_ADMIN, **service(EVERYTHING)}, frozenset()),
    "admin of an org in other letters": ({**api.ADMIN, "org": "Riverside"}, frozenset()),
    "admin of an org with a blank": ({**api.ADMIN, "org": "riverside "}, frozenset()),
    "admin of no org": ({**api.ADMIN, "org": ""}, frozenset()),
    "admin of an org in brackets": ({**api.ADMIN, "org": "[riverside]"}, frozenset()),
    "admin of a list of orgs": ({**api.ADMIN, "org": ["riverside"]}, frozenset()),
    "admin without a username": ({**api.ADMIN, "username": ""}, frozenset()),
    "somebody": ({"sub": "nobody"}, frozenset()),
}


@pytest.fixture(autouse=True)
def granted(functions: dict[str, str]) -> Iterator[None]:
    """A group for each permission, and a grant to Eve. The functions are made anew: they cache grants."""
    for name in ("manage", "query"):
        api.factory(name).cache_clear()
    groups = [{"group": f"only {permission}", "permissions": [permission]} for permission in sorted(PERMISSIONS)]
    for body in (*groups, {"staff": "Eve", "permissions": ["push_log"]}):
        assert api.call("PUT", "/v1/orgs/riverside/access", body=body).status == 200
    yield
    for name in ("manage", "query"):
        api.factory(name).cache_clear()


def test_every_route_is_in_the_table() -> None:
    assert {route for route, _ in TABLE} | OPEN.keys() == ROUTES.keys()
    assert {permission for rule in TABLE.values() for permission in rule.permissions} == {
        *PERMISSIONS,
        *EVERY_STAFF,
    }


def call(route: str, record_type: str, rule: Rule, claims: dict[str, Any] | None) -> api.Answer:
    method, path = route.split(" ")
    parts = {"org": "riverside", "type": record_type, "entry": NOBODY_KNOWS, "address": JANE, "username": "eve"}
    for name, value in {**parts, "group": "desk", "id": "1" if record_type else NOBODY_KNOWS}.items():
        path = path.replace(f"{{{name}}}", value)
    query: dict[str, Any] = {name.rstrip("_"): value for name, value in rule.query.items()}
    return api.call(method, path, claims=claims, body=rule.body, **query)


@pytest.mark.parametrize("caller", CALLERS)
def test_a_caller_may_what_the_table_says_and_gets_403_for_all_else(caller: str) -> None:
    claims, has = CALLERS[caller]
    for (route, record_type), rule in TABLE.items():
        answer = call(route, record_type, rule, claims)
        is_allowed = rule.allows(has)
        assert answer.status == (rule.status if is_allowed else 403), (caller, route, record_type, answer.text)
        assert answer.headers["cache-control"] == "no-store"
        if not is_allowed:
            assert answer.body["code"] == "forbidden"
            assert answer.body.keys() == PROBLEM


def test_without_a_token_only_what_is_open_answers() -> None:
    for (route, record_type), rule in TABLE.items():
        answer = call(route, record_type, rule, None)
        assert (answer.status, answer.headers["cache-control"]) == (401, "no-store"), route
    assert api.call("GET", "/v1/openapi.json", claims=None).status == OPEN[routes.GET_OPENAPI]
    assert api.call("GET", "/v1/nothing", claims=None).status == OPEN[routes.DEFAULT]


def test_there_are_callers_enough() -> None:
    assert len(CALLERS) >= 12 + len(PERMISSIONS)
