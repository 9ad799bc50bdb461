"""What infra/template.yaml promises."""

from typing import Any

import pytest
from daybook.routes import ROUTES
from daybook_local.template import function_environment, load, resources_of_type, table_definition

TEMPLATE = load()
FUNCTIONS = resources_of_type(TEMPLATE, "AWS::Serverless::Function")
ROLES = resources_of_type(TEMPLATE, "AWS::IAM::Role")

AUDIT_ROW = {"member_name", "username", "source", "ip", "action", "names", "affected_count", "expires_at"}
ACTIVITY_ROW = {
    "status",
    "recipient",
    "subject",
    "text",
    "sender",
    "message_id",
    "bounce",
    "reason",
    "opens",
    "clicks",
    "content_until",
    "expires_at",
}


def events() -> dict[str, tuple[str, dict[str, Any]]]:
    """Route to the folder of its function and the event."""
    found = {}
    for function in FUNCTIONS.values():
        folder = function["Properties"]["CodeUri"].rpartition("/")[2]
        for event in function["Properties"]["Events"].values():
            properties = event["Properties"]
            found[f"{properties['Method']} {properties['Path']}" if "Path" in properties else "$default"] = (
                folder,
                properties,
            )
    return found


def statements(role: dict[str, Any]) -> list[dict[str, Any]]:
    policies = role["Properties"]["Policies"]
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def actions(role_name: str) -> set[str]:
    return {action for statement in statements(ROLES[role_name]) for action in as_list(statement["Action"])}


def test_the_template_routes_exactly_what_the_package_answers() -> None:
    assert {route: folder for route, (folder, _) in events().items()} == ROUTES


def test_only_the_openapi_document_is_open() -> None:
    opened = {route for route, (_, properties) in events().items() if "Auth" in properties}
    assert opened == {"GET /v1/openapi.json"}
    api = TEMPLATE["Resources"]["Api"]["Properties"]
    assert api["Auth"]["DefaultAuthorizer"] in api["Auth"]["Authorizers"]


def test_issuer_and_audience_are_parameters() -> None:
    (authorizer,) = TEMPLATE["Resources"]["Api"]["Properties"]["Auth"]["Authorizers"].values()
    assert authorizer["JwtConfiguration"] == {"issuer": {"Ref": "Issuer"}, "audience": {"Ref": "Audience"}}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_its_own_role_and_its_own_log_group_with_retention(name: str) -> None:
    properties = FUNCTIONS[name]["Properties"]
    role, logs = name.replace("Function", "Role"), name.replace("Function", "Logs")
    assert properties["Role"] == {"Fn::GetAtt": [role, "Arn"]}
    assert properties["LoggingConfig"]["LogGroup"] == {"Ref": logs}
    assert TEMPLATE["Resources"][logs]["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    writes_logs = [each for each in statements(ROLES[role]) if str(as_list(each["Action"])[0]).startswith("logs:")]
    assert [each["Resource"] for each in writes_logs] == [{"Fn::GetAtt": [logs, "Arn"]}]


@pytest.mark.parametrize("name", ROLES)
def test_a_role_allows_named_actions_on_named_resources_only(name: str) -> None:
    assert "ManagedPolicyArns" not in ROLES[name]["Properties"]
    for statement in statements(ROLES[name]):
        assert statement["Effect"] == "Allow"
        assert not [action for action in as_list(statement["Action"]) if "*" in action]
        assert all(isinstance(resource, dict) for resource in as_list(statement["Resource"]))


def test_a_role_has_only_the_actions_that_its_function_uses() -> None:
    logs = {"logs:CreateLogStream", "logs:PutLogEvents"}
    table = {"dynamodb:PartiQLInsert", "dynamodb:BatchGetItem"}
    assert actions("IngestRole") == {*table, "s3:PutObject", *logs}
    assert actions("QueryRole") == {*table, "dynamodb:Query", "s3:GetObject", "s3:ListBucket", *logs}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_runs_on_python_3_13_on_arm64_and_ends_before_api_gateway_gives_up(name: str) -> None:
    properties = {**TEMPLATE["Globals"]["Function"], **FUNCTIONS[name]["Properties"]}
    assert properties["Runtime"] == "python3.13"
    assert properties["Architectures"] == ["arm64"]
    assert 20 <= properties["Timeout"] < 30


def test_the_environment_has_every_name_that_the_functions_read() -> None:
    resolved = {"Table": "t", "Bodies": "b", "AWS::StackId": "s"}
    assert function_environment(service="ingest", resolved=resolved) == {
        "TABLE_NAME": "t",
        "BUCKET_NAME": "b",
        "CURSOR_KEY": "s",
        "CLAIM_ORG": "org",
        "CLAIM_USERNAME": "username",
        "CLAIM_NAME": "name",
        "CLAIM_GROUPS": "groups",
        "CLAIM_SCOPE": "scope",
        "RETAIN_EMAIL": "",
        "RETAIN_SMS": "",
        "RETAIN_PUSH": "",
        "RETAIN_ACTIVITY": "P2Y",
        "RETAIN_AUDIT": "P2Y",
        "RETAIN_CONTENT": "P24M",
        "RETENTION_GRACE": "P7D",
        "POWERTOOLS_SERVICE_NAME": "ingest",
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }
    services = [each["Properties"]["Environment"]["Variables"] for each in FUNCTIONS.values()]
    assert services == [{"POWERTOOLS_SERVICE_NAME": "ingest"}, {"POWERTOOLS_SERVICE_NAME": "query"}]


def test_a_metric_counts_what_became_of_entries() -> None:
    filters = resources_of_type(TEMPLATE, "AWS::Logs::MetricFilter")
    values = {name: made["Properties"]["MetricTransformations"][0]["MetricValue"] for name, made in filters.items()}
    assert values == {
        "EntriesCreated": "$.entries_created",
        "EntriesDuplicate": "$.entries_duplicate",
        "EntriesRejected": "$.entries_rejected",
    }


def test_the_indexes_hold_what_their_pages_show() -> None:
    definition = table_definition("t")
    indexes = definition["LocalSecondaryIndexes"] + definition["GlobalSecondaryIndexes"]
    keys = {index["IndexName"]: [key["AttributeName"] for key in index["KeySchema"]] for index in indexes}
    assert keys == {
        "by_activity": ["pk", "activity_key"],
        "by_recipient": ["pk", "recipient_key"],
        "by_status": ["pk", "status_key"],
        "by_staff": ["org_staff", "at"],
        "by_source": ["org_source", "at"],
        "by_org_status": ["org_status", "at"],
    }
    projected = {index["IndexName"]: set(index["Projection"].get("NonKeyAttributes", ())) for index in indexes}
    assert projected == {
        "by_activity": ACTIVITY_ROW,
        "by_recipient": set(),
        "by_status": set(),
        "by_staff": AUDIT_ROW,
        "by_source": AUDIT_ROW,
        "by_org_status": set(),
    }


def test_the_table_outlives_the_stack_and_can_be_restored() -> None:
    table = TEMPLATE["Resources"]["Table"]
    properties = table["Properties"]
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["SSESpecification"] == {"SSEEnabled": True}
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert properties["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


def test_the_bucket_is_private_encrypted_and_reached_by_tls_only() -> None:
    bucket = TEMPLATE["Resources"]["Bodies"]
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert all(bucket["Properties"]["PublicAccessBlockConfiguration"].values())
    assert len(bucket["Properties"]["PublicAccessBlockConfiguration"]) == 4
    assert "BucketEncryption" in bucket["Properties"]
    (statement,) = TEMPLATE["Resources"]["BodiesPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
