from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from daybook.model import entries
from daybook_cli.importing.cloudtrail.mapping import to_entry
from daybook_cli.importing.cloudtrail.resource_ids import from_arn, record_id
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cli.cloudtrail_records import affected, assert_within_limits, event
from tests.support.posted import entry_of

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SECRET_ARN = "arn:aws:secretsmanager:us-east-1:1:secret:prod/db-AbC123"
EFFECTS: dict[str, tuple[dict[str, Any], list[tuple[str, str, str]]]] = {
    "a thing of that kind is created": (
        event("CreateUser", "iam", requestParameters={"userName": "bob"}), [("iam_user", "bob", "created")],
    ),
    "a part of it is created": (
        event("CreateAccessKey", "iam", requestParameters={"userName": "bob"}), [("iam_user", "bob", "updated")],
    ),
    "a part of it is deleted": (
        event("DeleteRolePolicy", "iam", requestParameters={"roleName": "Build"}), [("iam_role", "Build", "updated")],
    ),
    "two things at once": (
        event("AttachRolePolicy", "iam", requestParameters={
            "roleName": "Build", "policyArn": "arn:aws:iam::aws:policy/service-role/AdministratorAccess",
        }),
        [("iam_role", "Build", "updated"), ("iam_policy", "AdministratorAccess", "updated")],
    ),
    "what was made stands in the answer": (
        event("CreateSubnet", "ec2", requestParameters={"vpcId": "vpc-1"},
              responseElements={"subnet": {"subnetId": "subnet-1", "vpcId": "vpc-1"}}),
        [("ec2_vpc", "vpc-1", "updated"), ("ec2_subnet", "subnet-1", "created")],
    ),
    "several instances": (
        event("RunInstances", "ec2", requestParameters={"instancesSet": {"items": [{"imageId": "ami-1"}]}},
              responseElements={"instancesSet": {"items": [{"instanceId": "i-1"}, {"instanceId": "i-2"}]}}),
        [("ec2_instance", "i-1", "created"), ("ec2_instance", "i-2", "created")],
    ),
    "several instances are deleted": (
        event("TerminateInstances", "ec2", requestParameters={
            "instancesSet": {"items": [{"instanceId": "i-1"}, {"instanceId": "i-2"}]},
        }),
        [("ec2_instance", "i-1", "deleted"), ("ec2_instance", "i-2", "deleted")],
    ),
    "tags of anything": (
        event("CreateTags", "ec2", requestParameters={
            "resourcesSet": {"items": [{"resourceId": "i-060d"}, {"resourceId": "odd-1"}]}, "tagSet": {"items": []},
        }),
        [("ec2_instance", "i-060d", "updated"), ("ec2_resource", "odd-1", "updated")],
    ),
    "EC2's wrapped requests": (
        event("DeleteFlowLogs", "ec2", requestParameters={
            "DeleteFlowLogsRequest": {"FlowLogId": {"tag": 1, "content": "fl-1"}},
        }),
        [("ec2_flow_log", "fl-1", "deleted")],
    ),
    "an object and its bucket": (
        event("DeleteObject", resources=[
            {"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::papers/2026/a b.pdf"},
            {"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::papers"},
        ], requestParameters={"bucketName": "papers", "key": "2026/a b.pdf"}),
        [("s3_object", "papers:2026:a_b.pdf~9f8d8287", "deleted"), ("s3_bucket", "papers", "updated")],
    ),
    "lists of names": (
        event("GetParameters", "ssm", requestParameters={"names": ["/prod/db", "plain"]}),
        [("ssm_parameter", "prod:db", "viewed"), ("ssm_parameter", "plain", "viewed")],
    ),
    "versions in names of events": (
        event("DeleteFunction20150331", "lambda", requestParameters={"functionName": "mail"}),
        [("lambda_function", "mail", "deleted")],
    ),
    "a bucket that another service is told of": (
        event("CreateTrail", "cloudtrail", requestParameters={"name": "main", "s3BucketName": "papers"}),
        [("cloudtrail_trail", "main", "created"), ("s3_bucket", "papers", "updated")],
    ),
    "the bucket of a function's code": (
        event("CreateFunction20150331", "lambda", requestParameters={
            "functionName": "mail", "code": {"s3Bucket": "papers", "s3Key": "mail.zip"},
        }),
        [("lambda_function", "mail", "created"), ("s3_bucket", "papers", "updated")],
    ),
    "a function by its ARN": (
        event("Invoke", "lambda", requestParameters={"functionName": "arn:aws:lambda:eu-west-1:1:function:mail:7"}),
        [("lambda_function", "mail", "updated")],
    ),
    "a secret by its name": (
        event("CreateSecret", "secretsmanager", requestParameters={"name": "prod/db"}),
        [("secretsmanager_secret", "prod:db", "created")],
    ),
    "a secret by its ARN": (
        event("DeleteSecret", "secretsmanager", requestParameters={"secretId": SECRET_ARN}),
        [("secretsmanager_secret", "prod:db", "deleted")],
    ),
    "a key's alias": (
        event("Encrypt", "kms", readOnly=True, requestParameters={"keyId": "alias/prod"}),
        [("kms_alias", "alias:prod", "used")],
    ),
    "a queue's URL": (
        event("DeleteQueue", "sqs", requestParameters={"queueUrl": "https://sqs.us-east-1.amazonaws.com/1/mail"}),
        [("sqs_queue", "mail", "deleted")],
    ),
    "nothing named": (event("ListBuckets"), [("aws_account", "123456789012", "viewed")]),
    "nothing known at all": (
        {"eventName": "X", "eventTime": "2026-03-01T10:00:00Z", "resources": "x", "requestParameters": []}, [],
    ),
    "odd resources": (
        event("PutThing", "odd", resources=[None, 3, {}, {"ARN": ""}, {"ARN": "no arn", "type": 9}, {"ARN": "arn:x"}]),
        [("aws_resource", "no_arn~3ae8e2f8", "updated"), ("aws_resource", "arn:x", "updated")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", EFFECTS)
def test_what_a_record_affected(case: str) -> None:
    record, expected = EFFECTS[case]
    assert affected(record) == expected
    assert_within_limits(to_entry(record))


@pytest.mark.parametrize(
    ("arn", "record"),
    [
        ("arn:aws:iam::1:role/aws-service-role/ec2.amazonaws.com/AWSServiceRole", ("iam_role", "AWSServiceRole")),
        ("arn:aws:kms:us-east-1:1:key/dad21b23-9915", ("kms_key", "dad21b23-9915")),
        ("arn:aws:rds:us-east-1:1:db:orders", ("rds_db_instance", "orders")),
        ("arn:aws:ec2:us-east-1:1:elastic-ip/eipalloc-1", ("ec2_address", "eipalloc-1")),
        ("arn:aws:cloudformation:us-east-1:1:stack/daybook/0a1b", ("cloudformation_stack", "daybook")),
        ("arn:aws:states:us-east-1:1:stateMachine:bill", ("states_state_machine", "bill")),
        ("arn:aws:sns:us-east-1:1:mail", ("sns_topic", "mail")),
        ("arn:aws:logs:us-east-1:1:log-group:/aws/lambda/mail:*", ("logs_log_group", "aws:lambda:mail")),
        ("arn:aws:ssm:us-east-1:1:parameter/prod/db", ("ssm_parameter", "prod:db")),
        ("arn:aws-us-gov:dynamodb:us-gov-west-1:1:table/Orders", ("dynamodb_table", "Orders")),
        ("arn:aws:apigateway:us-east-1::/restapis/abc", ("apigateway_restapis", "abc")),
        ("arn:aws:s3:us-east-1:1:accesspoint/shared", ("s3_accesspoint", "shared")),
        ("arn:aws:2odd:us-east-1:1:x/y", ("aws_resource", "y")),
    ],
)
def test_a_thing_of_an_arn(arn: str, record: tuple[str, str]) -> None:
    thing = from_arn(arn)
    assert thing
    assert (thing.type, thing.id) == record


@pytest.mark.parametrize("text", ["", "arn", "arn:aws:s3", "arn:aws:s3:::", "papers"])
def test_what_is_no_arn_names_nothing(text: str) -> None:
    assert from_arn(text) is None


def test_ids_keep_apart_what_is_different() -> None:
    texts = [
        "a/b",
        "a:b",
        "a_b",
        "a b",
        "a?b",
        "a%b",
        "a/b:c",
        "a:b/c",
        ".",
        "..",
        "é",
        "x" * 128,
        "x" * 129,
        "x" * 130,
    ]
    assert len({record_id(text) for text in texts} - {"a:b"}) == len(texts) - 2
    assert record_id("/a/b") == record_id("a/b") == "a:b"


def test_more_things_than_an_entry_can_hold_are_counted() -> None:
    items = [{"instanceId": f"i-{number}"} for number in range(120)]
    entry = to_entry(event("StopInstances", "ec2", requestParameters={"instancesSet": {"items": items}}))
    assert len(entry["affected"]) == 50
    assert entry["affected"][0]["details"]["further_things"] == 70
    assert_within_limits(entry)


@pytest.mark.parametrize("text", ["", ".", "..", "/.", "//..", "/", "...", "./"])
def test_a_derived_id_is_no_step_in_a_path(text: str) -> None:
    assert entries.is_record_id(record_id(text))


@given(st.text(min_size=1) | st.text("./", min_size=1))
def test_every_text_gives_an_id(text: str) -> None:
    who = {"member_name": "x", "username": "x", "source": "system"}
    change = {"record": {"type": "x", "id": record_id(text)}, "change": "x"}
    parsed = entry_of({"log": "audit", **who, "action": "x", "affected": [change]}, NOW)
    assert isinstance(parsed, entries.Audit)
