"""Makes the orgs of a local stack, posts their demonstration data, and publishes the feedback on their messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, time
from typing import Any

from daybook_cli.connection.api import Api, OrgsApi
from daybook_cli.connection.aws import AwsTarget
from daybook_cli.connection.problems import ApiError
from daybook_cli.connection.settings import Connection, Endpoint
from daybook_cli.demo import demo_feedback, management
from daybook_cli.demo.businesses import business_of
from daybook_cli.demo.demo_entries import SEED, Demonstration, demonstration
from daybook_cli.feedback.publishing import FeedbackTopic, SmsLogGroup
from daybook_cli.posting.batches import make_item
from daybook_cli.posting.delivery import Outcome, post_all
from daybook_cli.posting.json_files import Place

_CONCURRENCY = 2


def of_today(orgs: list[str]) -> dict[str, Demonstration]:
    """The demonstration of each org, up to the last midnight in UTC."""
    today = datetime.combine(datetime.now(UTC).date(), time(), UTC)
    return {org: demonstration(org, today, SEED) for org in orgs}


def make_orgs(api: str, token: str, orgs: Sequence[str]) -> None:
    """Make those of the orgs that there are not yet; one that there is keeps what a user has changed. ApiError."""
    with closing(OrgsApi(Endpoint(api.rstrip("/"), token))) as client:
        known = {row.get("org") for page in client.pages({}) for row in page.items}
        for org in orgs:
            if org not in known:
                client.put(org, business_of(org).settings)


def post_entries(
    api: str, token: str, demonstrations: Mapping[str, Demonstration], on_progress: Callable[[int, int], None]
) -> None:
    """Post the entries of each org; ApiError where one is rejected.

    `on_progress` gets how many of how many are done.
    """
    total, done = sum(len(demo.entries) for demo in demonstrations.values()), 0

    def count(outcomes: list[Outcome]) -> None:
        nonlocal done
        for outcome in outcomes:
            if outcome.status == "rejected":
                raise ApiError(f"{outcome.place} was rejected: {outcome.reason}")
        done += len(outcomes)
        on_progress(done, total)

    for org, demo in demonstrations.items():
        place = f"demonstration of {org}"
        items = (make_item(Place(place, number), entry) for number, entry in enumerate(demo.entries, 1))
        with closing(Api(Connection(api.rstrip("/"), token, org))) as client:
            post_all(client, items, count, concurrency=_CONCURRENCY)


def publish_feedback(stack: Mapping[str, Any], org: str, demo: Demonstration) -> None:
    """Publish to a local stack what the providers report of an org's messages. AwsError, ApiError."""
    target = AwsTarget.of_stack(stack)
    FeedbackTopic(target, stack["feedback_topic"]).publish(list(demo_feedback.email_events(demo)))
    SmsLogGroup(target, stack["sms_log_group"]).write(list(demo_feedback.sms_log_lines(demo)))
    if failures := demo_feedback.push_failures(demo):
        with closing(_api(stack, "service", org)) as client:
            client.send("POST", "deliveries", body={"events": failures})


def manage(stack: Mapping[str, Any], token: str, org: str, now: datetime) -> None:
    """Do in an org what its administrator has done until `now`. ApiError.

    `token` is the name of the administrator's in `stack.json`.
    """
    with closing(_api(stack, token, org)) as client:
        if hold := management.HOLDS.get(org):
            client.send("PUT", "holds", *hold.record, body={"reason": hold.reason})
        for addresses in management.blacklist_batches(org, business_of(org), now):
            client.send("PUT", "blacklist", body={"addresses": addresses})


def grant(stack: Mapping[str, Any], token: str, org: str, group: str, permissions: Sequence[str]) -> None:
    """Give a group of an org these permissions; `token` as above. ApiError."""
    with closing(_api(stack, token, org)) as client:
        client.send("PUT", "access", body={"group": group, "permissions": permissions})


def _api(stack: Mapping[str, Any], token: str, org: str) -> Api:
    return Api(Connection(stack["api"].rstrip("/"), stack["tokens"][token], org))
