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
from daybook_cli.demo import demo_feedback
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


def publish_feedback(stack: Mapping[str, Any], demo: Demonstration) -> None:
    """Publish to a local stack what the providers report of a demonstration's messages. AwsError."""
    target = AwsTarget.of_stack(stack)
    events = list(demo_feedback.email_events(demo.entries, demo.final_statuses))
    FeedbackTopic(target, stack["feedback_topic"]).publish(events)
    SmsLogGroup(target, stack["sms_log_group"]).write(list(demo_feedback.sms_log_lines(demo.entries)))
