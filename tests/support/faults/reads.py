"""A scenario for each route that reads."""

from collections.abc import Callable
from typing import Any

from daybook.api.routes import ROUTES

from tests.support import api
from tests.support.faults.scenario import Event, Scenario
from tests.support.faults.worlds import FRONT, JANE, ORG, SMITH, exporting, school

RECORD = f"{ORG}/records/family/1"
Facts = dict[str, str]


def _read(
    name: str,
    path: str | Callable[[Facts], str],
    *,
    may_repeat: bool = False,
    world: Callable[[], Facts] = school,
    progress: tuple[str, ...] = (),
    **how: Any,
) -> Scenario:
    method = how.pop("method", "GET")
    how.setdefault("claims", FRONT)

    def prepare(facts: Facts) -> Event:
        return api.request(method, path if isinstance(path, str) else path(facts), **how)

    trigger = api.request(method, path if isinstance(path, str) else path(_Any()))["routeKey"]
    return Scenario(name, ROUTES[trigger], trigger, prepare, world=world, may_repeat=may_repeat, progress=progress)


class _Any(dict[str, str]):
    """An id for every name, to find the route."""

    def __missing__(self, name: str) -> str:
        return "x"


READS = [
    *(_read(f"read {log}", f"{RECORD}/{log}") for log in ("emails", "sms", "pushes", "activity", "audit", "timeline")),
    _read("read emails of a status and a time", f"{RECORD}/emails", status="opened", from_="2026-11-20T00:00:00Z"),
    _read("read an e-mail", lambda ids: f"{RECORD}/emails/{ids['email']}"),
    _read("read a text", lambda ids: f"{RECORD}/sms/{ids['sms']}"),
    _read("read a push", lambda ids: f"{RECORD}/pushes/{ids['push']}"),
    _read("read an activity", lambda ids: f"{RECORD}/activity/{ids['activity']}"),
    _read("read content", lambda ids: f"{RECORD}/emails/{ids['email']}/content", may_repeat=True),
    _read("read content in S3", lambda ids: f"{RECORD}/emails/{ids['large email']}/content", may_repeat=True),
    _read("read events", lambda ids: f"{RECORD}/emails/{ids['email']}/events"),
    _read("read events of a text", lambda ids: f"{RECORD}/sms/{ids['sms']}/events"),
    _read("read a record's blacklist", f"{RECORD}/blacklist"),
    _read("read the blacklist", f"{ORG}/blacklist"),
    _read("search the blacklist", f"{ORG}/blacklist", q="mail"),
    _read(
        "check addresses",
        f"{ORG}/blacklist/check",
        method="POST",
        claims=api.SERVICE,
        body={"addresses": [JANE, SMITH, "new@mail.example"]},
    ),
    _read("read a blacklisted address", f"{ORG}/blacklist/{JANE}"),
    _read("find records", f"{ORG}/records", q="jane smith"),
    _read("find records by an address", f"{ORG}/records", q=JANE),
    _read("read a record's head", RECORD),
    _read("read messages", f"{ORG}/messages", log="email", status="bounced"),
    _read("read messages of any status", f"{ORG}/messages", log="sms"),
    _read("count messages", f"{ORG}/messages/counts", log="email", from_="2026-11-20", to="2026-11-21"),
    _read("read the org's audit log", f"{ORG}/audit"),
    _read("search the audit log", f"{ORG}/audit", q="merged"),
    _read("read the audit log of staff", f"{ORG}/audit", staff="ada"),
    _read("read the audit log's staff", f"{ORG}/audit/staff"),
    _read("read an audit entry", lambda ids: f"{ORG}/audit/{ids['audit']}"),
    _read("read an audit entry in S3", lambda ids: f"{ORG}/audit/{ids['large audit']}"),
    _read("read access", f"{ORG}/access"),
    _read("read own access", f"{ORG}/access/me"),
    _read("read an org", ORG, claims=api.SERVICE),
    _read("read the orgs", "/v1/orgs", claims=api.SERVICE),
    _read("read settings", f"{ORG}/settings"),
    _read("read holds", f"{ORG}/holds"),
    _read("read an erasure", lambda ids: f"{ORG}/erasures/{ids['erasure']}"),
    _read("read exports", f"{ORG}/exports", world=exporting),
    # A link is signed for the moment.
    _read("read an export", lambda ids: f"{ORG}/exports/{ids['export']}", world=exporting, progress=("url",)),
    _read("read the description", "/v1/openapi.json", claims=None),
]
