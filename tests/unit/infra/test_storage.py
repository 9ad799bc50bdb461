"""What is stored, and that neither an update nor the end of the stack takes it away."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from daybook.exports import export_item
from daybook_local.deployment.template import resources_of_type, table_definition

from tests.support.template import RESOURCES, TEMPLATE

RELEASED = Path(__file__).with_name("released_table.json")

AUDIT_ROW = {
    "member_name", "username", "source", "ip", "action", "names", "unnamed", "affected_count", "expires_at", "erased",
}  # fmt: skip
ACTIVITY_ROW = {
    "status",
    "recipient",
    "subject",
    "text",
    "sender",
    "message_id",
    "outcome",
    "reason",
    "opens",
    "clicks",
    "content_until",
    "expires_at",
    "erased",
}
TABLE = RESOURCES["Table"]["Properties"]


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
    # CloudFormation replaces a table whose local indexes change: they stay as they are.
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


@pytest.mark.parametrize("name", resources_of_type(TEMPLATE, "AWS::S3::Bucket"))
def test_every_bucket_is_private_encrypted_and_reached_by_tls_only(name: str) -> None:
    private = ("BucketEncryption", "OwnershipControls", "PublicAccessBlockConfiguration")
    properties, bodies = RESOURCES[name]["Properties"], RESOURCES["Bodies"]["Properties"]
    assert [properties[each] for each in private] == [bodies[each] for each in private]
    policy = RESOURCES[f"{name}Policy"]
    assert policy.get("Condition") == RESOURCES[name].get("Condition")
    assert policy["Properties"]["Bucket"] == {"Ref": name}
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert statement == {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [{"Fn::GetAtt": [name, "Arn"]}, {"Fn::Sub": f"${{{name}.Arn}}/*"}],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def test_files_of_exports_expire_and_are_private_encrypted_and_reached_by_tls_only() -> None:
    properties, policy = RESOURCES["Exports"]["Properties"], RESOURCES["ExportsPolicy"]["Properties"]
    (rule,) = properties["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", {"Ref": "ExportDays"})
    # Later than an export without progress is given up: no upload of one under way is taken.
    assert rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] > export_item.STUCK_AFTER.days
    assert "Filter" not in rule
    assert "Prefix" not in rule
    bodies = RESOURCES["Bodies"]["Properties"]
    assert {name: value for name, value in properties.items() if name != "LifecycleConfiguration"} == bodies
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_the_key_of_the_hashes_is_made_kept_for_ever_and_shown_nowhere_unless_one_is_given() -> None:
    parameter, made = TEMPLATE["Parameters"]["AddressKey"], RESOURCES["GeneratedAddressKey"]
    assert (parameter["NoEcho"], parameter["Default"]) == (True, "")
    pattern, taken = parameter["AllowedPattern"], ["", "x" * 16, "with spaces and ümläuts"]
    assert [text for text in [*taken, "x" * 15] if re.fullmatch(pattern, text)] == taken
    assert TEMPLATE["Conditions"][made["Condition"]] == {"Fn::Equals": [{"Ref": "AddressKey"}, ""]}
    assert (made["DeletionPolicy"], made["UpdateReplacePolicy"]) == ("Retain", "Retain")
    generated = made["Properties"]["GenerateSecretString"]
    assert (generated["PasswordLength"], "SecretStringTemplate" in generated) == (64, False)
    # CloudFormation puts a secret's value in place of this; the functions may not read the secret themselves.
    given = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]["ADDRESS_KEY"]["Fn::If"]
    secret = {"Fn::Sub": "{{resolve:secretsmanager:${GeneratedAddressKey}}}"}
    assert given == [made["Condition"], secret, {"Ref": "AddressKey"}]
    assert "AddressKey" not in str(TEMPLATE["Outputs"])


def refusals(released: dict[str, Any], table: dict[str, Any]) -> list[str]:
    """Why an update from the released table to this one would replace it, lose data or be refused."""
    found = [f"{name} replaces the table" for name in ("TableName", "KeySchema") if differs(released, table, name)]
    if by_name(released, "LocalSecondaryIndexes") != by_name(table, "LocalSecondaryIndexes"):
        found.append("local indexes are made with the table: a change replaces it")
    types = {each["AttributeName"]: each["AttributeType"] for each in released["AttributeDefinitions"]}
    found += [
        f"the type of {each['AttributeName']} replaces the table"
        for each in table["AttributeDefinitions"]
        if types.get(each["AttributeName"], each["AttributeType"]) != each["AttributeType"]
    ]
    before, after = (by_name(each, "GlobalSecondaryIndexes") for each in (released, table))
    changed = {name for name in before.keys() & after.keys() if before[name] != after[name]}
    found += [f"{name} would be made anew, and is empty meanwhile" for name in sorted(changed)]
    if len(before.keys() ^ after.keys()) > 1:
        found.append("an update makes or deletes one global index")
    return found


def differs(released: dict[str, Any], table: dict[str, Any], name: str) -> bool:
    return bool(released.get(name) != table.get(name))


def by_name(table: dict[str, Any], kind: str) -> dict[str, Any]:
    return {index["IndexName"]: index for index in table.get(kind, [])}


def released() -> dict[str, Any]:
    definition: dict[str, Any] = json.loads(RELEASED.read_text())
    return definition


def test_an_update_of_the_released_table_does_not_replace_it() -> None:
    assert refusals(released(), TABLE) == []


def index(name: str, attribute: str) -> dict[str, Any]:
    key = {"AttributeName": attribute, "KeyType": "HASH"}
    return {"IndexName": name, "KeySchema": [key], "Projection": {"ProjectionType": "KEYS_ONLY"}}


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({}, None),
        ({"BillingMode": "PROVISIONED"}, None),
        ({"TableName": "daybook"}, "TableName"),
        ({"KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]}, "KeySchema"),
        ({"LocalSecondaryIndexes": []}, "local indexes"),
        ({"AttributeDefinitions": [{"AttributeName": "at", "AttributeType": "N"}]}, "the type of at"),
        ({"GlobalSecondaryIndexes": [*TABLE["GlobalSecondaryIndexes"], index("one", "x")]}, None),
        ({"GlobalSecondaryIndexes": TABLE["GlobalSecondaryIndexes"][1:]}, None),
        ({"GlobalSecondaryIndexes": TABLE["GlobalSecondaryIndexes"][2:]}, "one global index"),
        ({"GlobalSecondaryIndexes": [*TABLE["GlobalSecondaryIndexes"][1:], index("two", "x")]}, "one global index"),
        ({"GlobalSecondaryIndexes": [index("by_staff", "x"), *TABLE["GlobalSecondaryIndexes"][1:]]}, "by_staff"),
    ],
)
def test_what_an_update_would_not_survive_is_noticed(change: dict[str, Any], refusal: str | None) -> None:
    found = refusals(TABLE, {**TABLE, **change})
    assert (found == []) if refusal is None else (refusal in "; ".join(found))


def test_the_table_may_not_be_deleted_unless_a_parameter_says_so() -> None:
    assert TABLE["DeletionProtectionEnabled"] == {"Fn::If": ["IsTableProtected", True, False]}
    assert TEMPLATE["Conditions"]["IsTableProtected"] == {"Fn::Equals": [{"Ref": "DeletionProtection"}, "on"]}
    assert TEMPLATE["Parameters"]["DeletionProtection"]["Default"] == "on"


KEPT = {"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SecretsManager::Secret"}


def test_whatever_holds_data_is_kept_when_it_leaves_the_stack_or_is_replaced() -> None:
    for name, resource in RESOURCES.items():
        policies = (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy"))
        expected = ("Retain", "Retain") if resource["Type"] in KEPT else None
        if resource["Type"] in ("AWS::Logs::LogGroup", "AWS::KMS::Key"):
            expected = ("Delete", "Delete")
        if name in ("SmsSuccessLogs", "SmsFailureLogs"):
            # Of the account, not of the stack.
            expected = ("RetainExceptOnCreate", "Retain")
        assert policies == (expected or (None, None)), name
    assert len(resources_of_type(TEMPLATE, "AWS::S3::Bucket")) == 3
