"""A deployment on top of another: what has not changed stays, and so does the data."""

from typing import Any

import pytest
from daybook_local.deployment import cloudformation
from daybook_local.issuer.callers import AUDIENCE, CONSOLE_CLIENT, SERVICE_CLIENTS

from tests.support.local_stack.aws import aws_client, scan
from tests.support.local_stack.calls import request

pytestmark = pytest.mark.slow

STACK = cloudformation.STACK


def prepared(stack: dict[str, Any]) -> dict[str, Any]:
    """What the local stack itself asked CloudFormation for, made anew from the template and the code."""
    return cloudformation.prepare(
        aws_client(stack, "s3"),
        issuer=stack["issuer"],
        audience=AUDIENCE,
        service_clients=SERVICE_CLIENTS,
        console_client=CONSOLE_CLIENT,
        embed_origins=stack["embed_origins"],
    )


def change_set(client: Any, name: str, deployment: dict[str, Any]) -> dict[str, Any]:
    """As `sam deploy` makes it: CloudFormation says what it would change."""
    client.create_change_set(ChangeSetName=name, **deployment)
    described: dict[str, Any] = client.describe_change_set(ChangeSetName=name, StackName=STACK)
    return described


def physical_ids(client: Any) -> dict[str, str]:
    pages = client.get_paginator("list_stack_resources").paginate(StackName=STACK)
    return {
        each["LogicalResourceId"]: each["PhysicalResourceId"]
        for page in pages
        for each in page["StackResourceSummaries"]
    }


def entries(stack: dict[str, Any]) -> set[tuple[str, str]]:
    return {(item["pk"]["S"], item["sk"]["S"]) for item in scan(stack) if item["sk"]["S"].startswith("email/")}


def test_deploying_the_same_again_changes_nothing(stack: dict[str, Any]) -> None:
    described = change_set(aws_client(stack, "cloudformation"), "again", prepared(stack))
    assert (described["Status"], described["Changes"]) == ("FAILED", [])
    assert "didn't contain changes" in described["StatusReason"]


def test_a_changed_limit_changes_the_stage_alone_and_the_data_stay(stack: dict[str, Any]) -> None:
    client = aws_client(stack, "cloudformation")
    before, stored = physical_ids(client), entries(stack)
    deployment = prepared(stack)
    deployment["Parameters"].append({"ParameterKey": "SearchRateLimit", "ParameterValue": "50"})
    changes = [change["ResourceChange"] for change in change_set(client, "slower", deployment)["Changes"]]
    # The mapping of a domain, which there is none of, would follow the stage.
    changed = {change["LogicalResourceId"] for change in changes if "PhysicalResourceId" in change}
    assert changed == {"ApiApiGatewayDefaultStage"}
    client.execute_change_set(ChangeSetName="slower", StackName=STACK)
    client.get_waiter("stack_update_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    assert physical_ids(client) == before
    assert stored
    assert entries(stack) == stored
    assert request(stack, "GET", "audit").status_code == 200
