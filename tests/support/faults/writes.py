"""A scenario for each route that writes, and the state in which it finds a record, an address or a grant."""

from collections.abc import Callable
from typing import Any

from daybook.api import routes

from tests.support import api
from tests.support.aws.clients import client
from tests.support.faults.scenario import Event, Scenario, nothing, shown_nothing
from tests.support.faults.stores import take_messages
from tests.support.faults.worlds import (
    FRONT,
    JANE,
    LARGE,
    ORG,
    SENT,
    SMITH,
    changes,
    exporting,
    feed,
    granted,
    said,
    school,
    search,
    stream,
)
from tests.support.functions import exports
from tests.support.functions.events import NONE_FAILED, Context, change, queued
from tests.support.functions.stored import items

ENTRIES = [
    api.email(message_id="m-1", key="k-1", body={"text": "Hello"}, occurred_at=SENT),
    api.email(message_id="m-2", body={"text": LARGE}, occurred_at=SENT),
    api.email(message_id="m-3", recipient=JANE, status="queued", occurred_at=SENT),
    api.email(recipient="gone@mail.example", key="k-2", status="bounced", occurred_at=SENT),
    api.sms(message_id="s-1", occurred_at=SENT),
    api.push(key="p-1", occurred_at=SENT),
    api.activity(key="a-1", occurred_at=SENT),
    api.audit(affected=changes(before={"note": "short"}), key="u-1", occurred_at=SENT),
    api.audit(action="merged", affected=changes(before={"note": LARGE}), key="u-2", occurred_at=SENT),
]


def _post(_: Any) -> Event:
    return api.request("POST", f"{ORG}/entries", claims=api.SERVICE, body={"entries": ENTRIES})


DELIVERIES = [
    api.delivery(message_id="m-1", type="delivered", at=SENT),
    api.delivery(message_id="m-1", type="opened", at=SENT, id="e-1"),
    api.delivery(message_id="m-3", recipient=JANE, type="bounced", at=SENT, id="e-2"),
    api.delivery(message_id="s-1", log="sms", type="undelivered", at=SENT),
    api.delivery(message_id="p-1", log="push", type="delivered", at=SENT),
    api.delivery(message_id="m-8", type="delivered", at=SENT),
]


def _deliver(_: Any) -> Event:
    return api.request("POST", f"{ORG}/deliveries", claims=api.SERVICE, body={"events": DELIVERIES})


def events_came_first() -> None:
    """Of one message SES has told already, of another it created the entry; and an address is blocked."""
    tags = {"daybook-org": "riverside", "daybook-record": "family.1"}
    feed(said("open", "m-1"), said("delivery", "m-1"), said("send", "m-2", tags=tags), said("bounce", "m-9", JANE))
    api.posted(api.email(message_id="m-9", recipient=JANE, occurred_at=SENT))


def half_posted() -> None:
    api.posted(*ENTRIES[::2])


def suppressed() -> dict[str, str]:
    """SES has the blacklisted address on its own list, too."""
    found = school()
    client("sesv2").put_suppressed_destination(EmailAddress=JANE, Reason="BOUNCE")
    return found


def placed() -> None:
    granted()
    api.posted(*ENTRIES)
    api.call("PUT", f"{ORG}/holds/family/1", body={"reason": "a claim"})
    backfill()


def backfill() -> None:
    """What the stream tells of holds, until there is nothing left to tell."""
    for _ in range(5):
        told = [change(item, "INSERT") for item in items() if item.get("status", {}).get("S") in ("placing", "lifting")]
        if not told:
            return
        assert api.function("index").handler(stream(told), Context()) == NONE_FAILED
    raise AssertionError("a hold comes to no end")


def answer_queue() -> None:
    """The feedback function takes what waits in its queue, until nothing does."""
    for _ in range(5):
        bodies = take_messages("feedback")
        if not bodies:
            return
        assert api.function("feedback").handler(queued(bodies), Context()) == NONE_FAILED
    raise AssertionError("the queue is never empty")


def erase_all() -> None:
    """The schedule, until no erasure is under way."""
    for _ in range(5):
        api.function("retention").handler({"erasures": True}, Context())
        if not any(item["pk"]["S"] == "erasing" for item in items()):
            return
    raise AssertionError("an erasure comes to no end")


def _change(
    name: str,
    method: str,
    path: str,
    body: Any = None,
    *,
    claims: dict[str, Any] = FRONT,
    world: Callable[[], Any] = school,
    settle: Callable[[], None] = nothing,
    shown: Callable[[], list[Any]] = shown_nothing,
    counts: tuple[str, ...] = (),
    leftovers: str | None = None,
    progress: tuple[str, ...] = (),
) -> Scenario:
    event = api.request(method, path, claims=claims, body=body)
    trigger = event["routeKey"]
    return Scenario(
        name,
        routes.ROUTES[trigger],
        trigger,
        lambda _: event,
        world,
        settle,
        shown,
        may_repeat=True,
        counts=counts,
        leftovers=leftovers,
        progress=progress,
    )


PUTS = {
    "addresses": [
        {"address": address, "status": "manual", "since": SENT, "reason": "asked by letter"}
        for address in (SMITH, JANE, "new@mail.example")
    ]
}


def _cancel(name: str, which: str) -> Scenario:
    def prepare(ids: dict[str, str]) -> Event:
        return api.request("DELETE", f"{ORG}/exports/{ids[which]}", claims=FRONT)

    return Scenario(name, "manage", routes.DELETE_EXPORT, prepare, exporting, exports.work, may_repeat=True)


def _address() -> list[Any]:
    return [api.call("GET", f"{ORG}/blacklist/{address}").status for address in (JANE, SMITH)]


WRITES = [
    Scenario("post entries of each log", "ingest", routes.POST_ENTRIES, _post),
    Scenario("post entries whose events came first", "ingest", routes.POST_ENTRIES, _post, events_came_first),
    Scenario("post entries half of which are there", "ingest", routes.POST_ENTRIES, _post, half_posted),
    Scenario("post deliveries", "ingest", routes.POST_DELIVERIES, _deliver),
    _change(
        "put addresses on the blacklist",
        "PUT",
        f"{ORG}/blacklist",
        PUTS,
        shown=_address,
        # What the first request has put is unchanged to the second, whose entry is of the rest alone.
        leftovers='^item .*"blacklist address"',
        progress=("status",),
    ),
    _change("reset an address", "DELETE", f"{ORG}/blacklist/{JANE}", world=suppressed, shown=_address),
    _change(
        "validate an address",
        "POST",
        f"{ORG}/blacklist/{SMITH}/validate",
        settle=answer_queue,
        shown=_address,
        # The entry of the second request says that the address is being validated already.
        leftovers='^item .*"validate address"',
    ),
    _change(
        "reset any address",
        "POST",
        f"{ORG}/blacklist/reset",
        {"address": f"Jane <{JANE}>", "reason": "a new provider"},
        world=suppressed,
        shown=_address,
    ),
    _change(
        "validate any address",
        "POST",
        f"{ORG}/blacklist/validate",
        {"address": SMITH},
        settle=answer_queue,
        shown=_address,
        leftovers='^item .*"validate address"',
    ),
    _change("grant to a group", "PUT", f"{ORG}/access/groups/coaches", {"permissions": ["sms_log"]}),
    _change("take a group's grant", "PUT", f"{ORG}/access/groups/front_desk", {"permissions": []}),
    _change("grant to staff", "PUT", f"{ORG}/access/staff/eve", {"permissions": ["sms_log", "audit_log"]}),
    _change("grant to any name", "PUT", f"{ORG}/access", {"group": "Front Desk", "permissions": ["sms_log"]}),
    _change("make an org", "PUT", "/v1/orgs/northside", {"name": "Northside Tennis"}, claims=api.PLATFORM),
    _change("change settings", "PUT", f"{ORG}/settings", {"time_zone": "Europe/Berlin"}),
    _change("place a hold", "PUT", f"{ORG}/holds/family/1", {"reason": "a claim"}, settle=backfill, counts=("held",)),
    _change(
        "change a hold",
        "PUT",
        f"{ORG}/holds/family/1",
        {"reason": "two"},
        world=placed,
        settle=backfill,
        # A repeated request goes through the record again, and holds the audit entry of the first.
        counts=("held", "expires_at", "held_until"),
        progress=("held", "status"),
    ),
    _change("lift a hold", "DELETE", f"{ORG}/holds/family/1", world=placed, settle=backfill, counts=("held",)),
    _change(
        "erase a record",
        "POST",
        f"{ORG}/records/family/1/erase",
        {"reason": "asked by letter"},
        settle=erase_all,
        shown=lambda: search("merged", "record:student/2"),
        counts=("counts",),
        # Where the second of two items could not be written, the erasure is made of the first: nobody knows of it.
        leftovers="^item .*riverside/erasures",
    ),
    _change(
        "ask for an export",
        "POST",
        f"{ORG}/exports",
        {"list": "records/family/1/emails", "format": "csv", "query": {"q": "hello"}},
        settle=exports.work,
        # Each request is an entry, which names its export.
        leftovers='^item .*"asked for export"',
    ),
    _cancel("cancel an export", "export"),
    _cancel("cancel a running export", "running export"),
]
