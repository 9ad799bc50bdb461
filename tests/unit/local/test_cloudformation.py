"""Waiting for CloudFormation, whose answers botocore's stubber gives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import Stubber
from daybook_local.deployment import cloudformation
from daybook_local.deployment.cloudformation import DeploymentError

from tests.support.aws.clients import client

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def stack(status: str) -> dict[str, Any]:
    return {"Stacks": [{"StackName": "daybook", "CreationTime": NOW, "StackStatus": status}]}


def event(resource: str, status: str, reason: str) -> dict[str, Any]:
    common = {"StackId": "s", "EventId": f"{resource}-{status}", "StackName": "daybook", "Timestamp": NOW}
    return common | {"LogicalResourceId": resource, "ResourceStatus": status, "ResourceStatusReason": reason}


@pytest.fixture
def stubber(aws_environment: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    monkeypatch.setattr(cloudformation, "POLL_SECONDS", 0)
    with Stubber(client("cloudformation")) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def test_a_stack_is_waited_for_until_it_is_created(stubber: Stubber) -> None:
    for status in ("CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_COMPLETE"):
        stubber.add_response("describe_stacks", stack(status))
    cloudformation._wait_until_created(stubber.client)


def test_a_stack_that_fails_is_an_error_with_the_reasons_in_their_order(stubber: Stubber) -> None:
    stubber.add_response("describe_stacks", stack("ROLLBACK_COMPLETE"))
    events = [
        event("Queue", "CREATE_FAILED", "the second"),
        event("Topic", "CREATE_COMPLETE", "none"),
        event("Table", "CREATE_FAILED", "the first"),
    ]
    stubber.add_response("describe_stack_events", {"StackEvents": events})
    with pytest.raises(DeploymentError, match=r"could not be applied: Table: the first; Queue: the second$"):
        cloudformation._wait_until_created(stubber.client)


def test_a_stack_that_takes_too_long_is_an_error(stubber: Stubber, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloudformation, "MAX_POLLS", 2)
    for _ in range(2):
        stubber.add_response("describe_stacks", stack("CREATE_IN_PROGRESS"))
    with pytest.raises(DeploymentError, match="not applied within 0 seconds"):
        cloudformation._wait_until_created(stubber.client)
