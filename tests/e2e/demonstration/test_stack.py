"""What the local stack says of itself, and who its tokens are."""

import time
from typing import Any

import httpx
import pytest
from daybook.api.routes import ROUTES

from tests.support.local_stack.aws import aws_client
from tests.support.local_stack.calls import request, soon
from tests.support.template import FUNCTIONS
from tools.sam_local import local_stack

pytestmark = pytest.mark.slow

TOKENS = {"admin", "staff", "service", "platform", "other_admin"}


def test_it_describes_itself_as_the_contract_says(stack: dict[str, Any]) -> None:
    assert {"api", "console", "embed_origins", "tokens", "orgs", "aws", "table", "bucket"} <= stack.keys()
    assert {
        "feedback_topic",
        "feedback_queue",
        "dead_letters",
        "sms_log_group",
        "index_function",
        "retention_function",
    } <= stack.keys()
    assert (stack["tokens"].keys(), len(stack["orgs"])) == (TOKENS, 2)


@pytest.mark.parametrize(("token", "status"), [("admin", 200), ("service", 200), ("staff", 403), ("other_admin", 403)])
def test_each_token_is_a_caller_of_its_kind(stack: dict[str, Any], token: str, status: int) -> None:
    assert request(stack, "GET", "records/family/101/emails", token).status_code == status


def test_no_route_but_the_openapi_document_answers_without_a_token(stack: dict[str, Any]) -> None:
    for route in ROUTES:
        method, _, path = route.partition(" ")
        url = stack["api"] + (path.replace("{", "").replace("}", "") or "/nothing/here")
        response = httpx.request(method if path else "GET", url, timeout=30)
        assert response.status_code == (200 if path == "/v1/openapi.json" else 401), route


@pytest.mark.parametrize("token", ["x", "a.b.c", "W10.W10.W10", "e30.e30.e30"])
def test_a_garbled_token_is_unauthorized(stack: dict[str, Any], token: str) -> None:
    url = f"{stack['api']}/v1/orgs/{stack['orgs'][0]}/records/family/101/emails"
    assert httpx.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=30).status_code == 401


def test_what_has_expired_is_taken_within_seconds(stack: dict[str, Any]) -> None:
    dynamodb = aws_client(stack, "dynamodb")
    key = {"pk": {"S": "expired"}, "sk": {"S": "1"}}
    dynamodb.put_item(TableName=stack["table"], Item={**key, "expires_at": {"N": str(int(time.time()) - 1)}})
    assert soon(lambda: "Item" not in dynamodb.get_item(TableName=stack["table"], Key=key), 10)


def test_sam_local_learns_the_variables_of_each_function_from_it(stack: dict[str, Any]) -> None:
    found = local_stack.environments(stack)
    assert found.keys() == FUNCTIONS.keys()
    assert found["QueryFunction"]["TABLE_NAME"] == stack["table"]
    assert found["FeedbackFunction"]["FEEDBACK_QUEUE_URL"] == stack["feedback_queue"]
    assert found["RetentionFunction"]["ARCHIVE_BUCKET"] == stack["archive"]
    # Credentials and the endpoint are not those of the local stack's processes.
    assert [name for variables in found.values() for name in variables if name.startswith("AWS_")] == []
