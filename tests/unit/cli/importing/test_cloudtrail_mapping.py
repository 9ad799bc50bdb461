"""The mapping of CloudTrail records, with records of the shapes that AWS documents."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from daybook_cli.importing.cloudtrail.events import read_event
from daybook_cli.importing.cloudtrail.mapping import to_entry
from daybook_cli.importing.files import UnmappableError
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cli.cloudtrail_records import PLAIN, USER, affected, assert_within_limits, event
from tests.support.properties import examples

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ISSUER = {"type": "Role", "arn": "arn:aws:iam::123456789012:role/Build", "userName": "Build"}


def test_a_record_becomes_an_entry() -> None:
    assert to_entry(PLAIN) == {
        "log": "audit",
        "occurred_at": "2026-03-01T10:00:00.000Z",
        "key": "3038ebd2-c98a-4c65-9b6e-e22506292313",
        "member_name": "maria",
        "username": "maria",
        "source": "system",
        "action": "s3:GetBucketPolicy",
        "ip": "192.0.2.1",
        "affected": [
            {
                "record": {"type": "s3_bucket", "id": "papers"},
                "name": "papers",
                "change": "failed",
                "details": {
                    "arn": "arn:aws:s3:::papers",
                    "region": "us-east-1",
                    "account": "123456789012",
                    "event_type": "AwsApiCall",
                    "category": "Management",
                    "read_only": True,
                    "request_id": "R1",
                    "error_code": "NoSuchBucketPolicy",
                    "error_message": "The bucket policy does not exist",
                    "user_agent": "aws-cli/2",
                    "parameters": {"bucketName": "papers", "Host": "papers.s3.amazonaws.com"},
                    "identity_type": "IAMUser",
                    "identity_arn": "arn:aws:iam::123456789012:user/staff/maria",
                    "principal_id": "AIDAEXAMPLE",
                    "access_key_id": "AKIAEXAMPLE",
                },
            }
        ],
    }
    assert_within_limits(to_entry(PLAIN))


STS = "arn:aws:sts::123456789012"
IDENTITIES: dict[str, tuple[dict[str, Any], str, str]] = {
    "IAMUser": (USER, "maria", "maria"),
    "IAMUser by an access key only": ({"type": "IAMUser", "principalId": "AIDA1"}, "AIDA1", "AIDA1"),
    "Root": ({"type": "Root", "principalId": "1", "arn": "arn:aws:iam::1:root"}, "root", "root"),
    "Root of an account with an alias": ({"type": "Root", "userName": "acme"}, "acme", "acme"),
    "AssumedRole": (
        {
            "type": "AssumedRole", "principalId": "AROA:ann@example.com",
            "arn": f"{STS}:assumed-role/Build/ann@example.com", "sessionContext": {"sessionIssuer": ISSUER},
        },
        "Build", "ann@example.com",
    ),
    "AssumedRole without an issuer": (
        {"type": "AssumedRole", "arn": f"{STS}:assumed-role/Build/i-0abc", "sessionContext": {}}, "i-0abc", "i-0abc",
    ),
    "Role": ({"type": "Role", "arn": "arn:aws:iam::1:role/Build", "principalId": "AROA"}, "Build", "Build"),
    "FederatedUser": (
        {"type": "FederatedUser", "arn": f"{STS}:federated-user/bob", "sessionContext": {"sessionIssuer": USER}},
        "maria", "bob",
    ),
    "AWSService": ({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}, "ec2.amazonaws.com", "ec2.amazonaws.com"),
    "AWSAccount": ({"type": "AWSAccount", "principalId": "AIDA9", "accountId": "999999999999"}, "AIDA9", "AIDA9"),
    "AWSAccount, anonymous": (
        {"type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"},
        "ANONYMOUS_PRINCIPAL", "ANONYMOUS_PRINCIPAL",
    ),
    "SAMLUser": ({"type": "SAMLUser", "principalId": "abc:joe", "userName": "joe"}, "joe", "joe"),
    "WebIdentityUser": (
        {"type": "WebIdentityUser", "principalId": "accounts.google.com:app:1", "userName": "1"}, "1", "1",
    ),
    "IdentityCenterUser": (
        {"type": "IdentityCenterUser", "onBehalfOf": {"userId": "544894e8-80c1"}, "accountId": "1"},
        "544894e8-80c1", "544894e8-80c1",
    ),
    "Directory": ({"type": "Directory", "userName": "dir-user"}, "dir-user", "dir-user"),
    "Unknown": ({"type": "Unknown"}, "Unknown", "Unknown"),
    "only a type of another kind": ({"type": 5}, "5", "5"),
    "none": ({}, "s3.amazonaws.com", "s3.amazonaws.com"),
}  # fmt: skip


@pytest.mark.parametrize("kind", IDENTITIES)
def test_every_type_of_identity_has_a_name(kind: str) -> None:
    identity, username, member_name = IDENTITIES[kind]
    entry = to_entry(PLAIN | {"userIdentity": identity})
    assert (entry["username"], entry["member_name"]) == (username, member_name)
    assert_within_limits(entry)


@pytest.mark.parametrize("identity", [None, "x", [], 5])
def test_an_identity_that_is_none_is_the_source(identity: Any) -> None:
    assert to_entry(PLAIN | {"userIdentity": identity})["username"] == "s3.amazonaws.com"
    assert to_entry({"eventName": "X", "eventTime": "2026-03-01T10:00:00Z"})["username"] == "unknown"


@pytest.mark.parametrize(
    ("address", "ip"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:DB8::1", "2001:db8::1"),
        ("AWS Internal", None),
        ("cloudtrail.amazonaws.com", None),
        ("fe80::1%eth0", None),
        ("192.0.2.1, 192.0.2.2", None),
        ("", None),
        (None, None),
        (3221225985, None),
    ],
)
def test_an_ip_is_an_address_or_a_detail(address: Any, ip: str | None) -> None:
    entry = to_entry(PLAIN | {"sourceIPAddress": address})
    assert entry.get("ip") == ip
    assert ("source_host" in entry["affected"][0]["details"]) == (ip is None and address not in ("", None))
    assert_within_limits(entry)


@pytest.mark.parametrize(
    ("time", "moment"),
    [
        ("2026-03-01T10:00:00Z", "2026-03-01T10:00:00.000Z"),
        ("2026-03-01T10:00:00.123456Z", "2026-03-01T10:00:00.123Z"),
        ("2026-03-01T10:00:00+02:00", "2026-03-01T08:00:00.000Z"),
        ("2026-03-01 10:00:00.5", "2026-03-01T10:00:00.500Z"),
        (1772359200, "2026-03-01T10:00:00.000Z"),
        (1772359200.25, "2026-03-01T10:00:00.250Z"),
        (1772359200250, "2026-03-01T10:00:00.250Z"),
        ("1772359200", "2026-03-01T10:00:00.000Z"),
    ],
)
def test_times_of_exports_are_read(time: Any, moment: str) -> None:
    assert to_entry(PLAIN | {"eventTime": time})["occurred_at"] == moment


@pytest.mark.parametrize(
    "time", [None, "", "yesterday", "2026-13-01T00:00:00Z", True, [], {}, 1e300, float("nan"), "²"]
)
def test_an_odd_time_is_reported(time: Any) -> None:
    with pytest.raises(UnmappableError, match="eventTime is not a time"):
        to_entry(PLAIN | {"eventTime": time})


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "not a JSON object"),
        ("x", "not a JSON object"),
        ([], "not a JSON object"),
        ({}, "no eventName"),
        ({"digestStartTime": "2026-03-01T10:00:00Z", "logFiles": []}, "digest"),
        ({"CloudTrailEvent": "{"}, "CloudTrailEvent is not JSON"),
        ({"CloudTrailEvent": "[]"}, "no eventName"),
    ],
)
def test_what_is_no_record_is_reported(value: Any, reason: str) -> None:
    with pytest.raises(UnmappableError, match=reason):
        to_entry(value)


def test_envelopes_are_opened() -> None:
    assert to_entry({"detail-type": "AWS API Call via CloudTrail", "detail": PLAIN}) == to_entry(PLAIN)
    assert to_entry({"EventId": "x", "CloudTrailEvent": json.dumps(PLAIN)}) == to_entry(PLAIN)


def test_a_record_without_an_id_has_a_key_all_the_same() -> None:
    old = {name: value for name, value in PLAIN.items() if name != "eventID"}
    key = to_entry(old)["key"]
    assert key == to_entry(dict(reversed(old.items())))["key"]
    assert key != to_entry(old | {"requestID": "R2"})["key"]
    assert_within_limits(to_entry(old))
    assert to_entry(PLAIN | {"eventID": "x" * 200})["key"].startswith("sha256-")


def test_an_insight_is_noticed() -> None:
    insight = {
        "eventVersion": "1.08", "eventTime": "2026-03-01T10:00:00Z", "awsRegion": "us-east-1", "eventID": "i-1",
        "eventType": "AwsCloudTrailInsight", "recipientAccountId": "123456789012", "eventCategory": "Insight",
        "insightDetails": {
            "state": "Start", "eventSource": "ec2.amazonaws.com", "eventName": "RunInstances",
            "insightType": "ApiCallRateInsight", "insightContext": {"statistics": {"baseline": {"average": 0.2}}},
        },
    }  # fmt: skip
    entry = to_entry(insight)
    assert entry["action"] == "ec2:RunInstances ApiCallRateInsight Start"
    assert entry["username"] == "ec2.amazonaws.com"
    assert affected(insight) == [("aws_account", "123456789012", "noticed")]
    assert entry["affected"][0]["details"]["insight"]["state"] == "Start"
    assert_within_limits(entry)


@pytest.mark.parametrize(("answer", "change"), [("Success", "signed_in"), ("Failure", "failed")])
def test_a_sign_in_keeps_its_answer(answer: str, change: str) -> None:
    record = event(
        "ConsoleLogin", "signin", eventType="AwsConsoleSignIn", responseElements={"ConsoleLogin": answer},
        additionalEventData={"MFAUsed": "Yes"},
    )  # fmt: skip
    entry = to_entry(record)
    assert affected(record) == [("aws_account", "123456789012", change)]
    assert entry["affected"][0]["details"]["answer"] == {"ConsoleLogin": answer}
    assert entry["affected"][0]["details"]["additional"] == {"MFAUsed": "Yes"}


def test_answers_can_hold_credentials_and_are_left_out() -> None:
    record = event(
        "AssumeRole", "sts", readOnly=True, requestParameters={"roleArn": ISSUER["arn"]},
        responseElements={"credentials": {"sessionToken": "SECRET"}},
    )  # fmt: skip
    assert "SECRET" not in json.dumps(to_entry(record))
    assert affected(record) == [("iam_role", "Build", "used")]


def test_large_details_are_trimmed_and_say_so() -> None:
    huge = {f"name-{number}": "ü" * 5000 for number in range(300)}
    entry = to_entry(PLAIN | {"requestParameters": huge, "errorMessage": "e" * 5000})
    details = entry["affected"][0]["details"]
    assert details["left_out"] == ["parameters"]
    assert len(details["error_message"]) == 1024
    assert_within_limits(entry)


@pytest.fixture
def usual_recursion_limit() -> Iterator[None]:
    """The limit of the command line: Hypothesis raises it for tests that run in the same process."""
    raised = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)
    yield
    sys.setrecursionlimit(raised)


def test_deep_nesting_is_cut_or_reported(usual_recursion_limit: None) -> None:
    deep: Any = "x"
    for _ in range(50):
        deep = {"request": deep}
    assert_within_limits(to_entry(PLAIN | {"requestParameters": deep}))
    for _ in range(3000):
        deep = {"request": deep}
    with pytest.raises(UnmappableError, match="nested too deeply"):
        to_entry(PLAIN | {"requestParameters": deep})


def test_names_of_events_are_verbs_and_nouns() -> None:
    names = {
        "DeleteDBInstance": ("Delete", "db_instance"),
        "BatchGetItem": ("Get", "item"),
        "ListPolicies": ("List", "policy"),
        "DescribeAddresses": ("Describe", "address"),
        "GetAccess": ("Get", "access"),
        "UpdateDistribution2020_05_31": ("Update", "distribution"),
        "???": ("", ""),
    }
    for name, expected in names.items():
        event_read = read_event({"eventName": name})
        assert (event_read.verb, event_read.noun) == expected


TEXT = st.text(max_size=40) | st.sampled_from(
    ["arn:aws:s3:::a/b", "arn:aws:iam::1:user/x", "\ud800", "\x00", "x" * 300]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
PARAMETER_NAMES = st.sampled_from(["bucketName", "key", "userName", "names", "instancesSet", "keyId", "functionName"])
ODD_RECORDS = st.fixed_dictionaries(
    {"eventName": TEXT.filter(str.strip), "eventTime": st.just("2026-03-01T10:00:00Z")},
    optional={
        "eventSource": TEXT | st.sampled_from(["s3.amazonaws.com", "iam.amazonaws.com", "lambda.amazonaws.com"]),
        "userIdentity": JSON | st.dictionaries(st.sampled_from([*USER, "sessionContext"]), JSON),
        "requestParameters": JSON | st.dictionaries(PARAMETER_NAMES, JSON),
        "responseElements": JSON,
        "resources": JSON
        | st.lists(st.fixed_dictionaries({"ARN": TEXT}, optional={"type": TEXT | st.just("AWS::S3::Bucket")})),
        "sourceIPAddress": JSON | st.ip_addresses().map(str),
        "recipientAccountId": JSON,
        "eventID": JSON,
        "errorCode": JSON,
        "errorMessage": JSON,
        "insightDetails": JSON,
        "readOnly": JSON,
        "userAgent": JSON,
        "additionalEventData": JSON,
    },
)


@examples(150)
@given(ODD_RECORDS)
def test_every_entry_is_within_the_limits(record: dict[str, Any]) -> None:
    try:
        entry = to_entry(record)
    except UnmappableError:
        return
    assert_within_limits(entry)
    assert to_entry(record) == entry
    json.dumps(entry, ensure_ascii=False).encode()
