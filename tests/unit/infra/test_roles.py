"""What the roles of the functions allow."""

import pytest

from tests.support.template import ROLES, actions, as_list, statements

# IAM knows no resource for these.
ON_ANYTHING = {"ses:GetEmailAddressInsights", "ses:DeleteSuppressedDestination"}


@pytest.mark.parametrize("name", ROLES)
def test_a_role_allows_named_actions_on_named_resources_only(name: str) -> None:
    assert "ManagedPolicyArns" not in ROLES[name]["Properties"]
    for statement in statements(ROLES[name]):
        assert statement["Effect"] == "Allow"
        assert not [action for action in as_list(statement["Action"]) if "*" in action]
        on_anything = set(as_list(statement["Action"])) <= ON_ANYTHING
        assert on_anything or all(isinstance(resource, dict) for resource in as_list(statement["Resource"]))


def test_a_role_has_only_the_actions_that_its_function_uses() -> None:
    logs = {"logs:CreateLogStream", "logs:PutLogEvents"}
    query, put = "dynamodb:Query", "s3:PutObject"
    reads_and_inserts = {"dynamodb:BatchGetItem", query, "dynamodb:PartiQLInsert", "dynamodb:PutItem"}
    changes = {"dynamodb:PartiQLUpdate", "dynamodb:UpdateItem", "dynamodb:PartiQLDelete", "dynamodb:DeleteItem"}
    writes = {*reads_and_inserts, *changes}
    reset = {"sqs:SendMessage", "ses:DeleteSuppressedDestination"}
    polls = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
    select = "dynamodb:PartiQLSelect"
    stream = {f"dynamodb:{action}" for action in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")}
    assert actions("IngestRole") == {*writes, select, put, *logs}
    takes_back = {"dynamodb:PartiQLDelete", "dynamodb:DeleteItem", "sqs:SendMessage"}
    assert actions("QueryRole") == {*reads_and_inserts, *takes_back, select, "s3:GetObject", "s3:ListBucket", *logs}
    reads_objects = {"s3:GetObject", "s3:ListBucket"}
    assert actions("IndexRole") == {*writes, select, *stream, *reads_objects, "sqs:SendMessage", *logs, "dynamodb:Scan"}
    scan = {"dynamodb:DescribeTable", "dynamodb:Scan"}
    ends_exports = {"s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListBucket", "s3:ListBucketMultipartUploads"}
    erases = {*reads_objects, put, *ends_exports}
    assert actions("RetentionRole") == {*writes, *scan, select, *stream, *erases, "sqs:SendMessage", *logs}
    assert actions("ConsoleRole") == logs
    assert actions("ManageRole") == {*writes, put, *reset, *ends_exports, *logs}
    updates = {"dynamodb:PartiQLUpdate", "dynamodb:UpdateItem"}
    uploads = {*reads_objects, put, *ends_exports, "s3:ListMultipartUploadParts"}
    assert actions("ExportRole") == {*reads_and_inserts, *updates, select, *uploads, *polls, "sqs:SendMessage", *logs}
    assert actions("FeedbackRole") == {
        *writes,
        select,
        put,
        *reset,
        *polls,
        "ses:GetEmailAddressInsights",
        *logs,
    }
