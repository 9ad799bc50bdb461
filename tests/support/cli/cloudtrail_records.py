"""CloudTrail records of the shapes that AWS documents, and checks of the entries made of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from daybook.model import entries
from daybook_cli.importing.cloudtrail.mapping import to_entry

from tests.support.posted import entry_of

NOW = datetime(2026, 11, 22, tzinfo=UTC)
USER = {
    "type": "IAMUser", "principalId": "AIDAEXAMPLE", "arn": "arn:aws:iam::123456789012:user/staff/maria",
    "accountId": "123456789012", "accessKeyId": "AKIAEXAMPLE", "userName": "maria",
}  # fmt: skip
PLAIN: dict[str, Any] = {
    "eventVersion": "1.08", "userIdentity": USER, "eventTime": "2026-03-01T10:00:00Z",
    "eventSource": "s3.amazonaws.com", "eventName": "GetBucketPolicy", "awsRegion": "us-east-1",
    "sourceIPAddress": "192.0.2.1", "userAgent": "aws-cli/2", "errorCode": "NoSuchBucketPolicy",
    "errorMessage": "The bucket policy does not exist", "requestID": "R1", "eventType": "AwsApiCall",
    "requestParameters": {"bucketName": "papers", "Host": "papers.s3.amazonaws.com"}, "responseElements": None,
    "resources": [{"accountId": "123456789012", "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::papers"}],
    "eventID": "3038ebd2-c98a-4c65-9b6e-e22506292313", "readOnly": True, "recipientAccountId": "123456789012",
    "eventCategory": "Management",
}  # fmt: skip


def event(name: str, source: str = "s3", **fields: Any) -> dict[str, Any]:
    """A record of a call that went well."""
    bare = {field: PLAIN[field] for field in ("userIdentity", "eventTime", "eventID", "recipientAccountId")}
    return {**bare, "eventName": name, "eventSource": f"{source}.amazonaws.com", **fields}


def affected(record: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Type, id and change of each affected record of the entry."""
    changes = to_entry(record)["affected"]
    return [(change["record"]["type"], change["record"]["id"], change["change"]) for change in changes]


def assert_within_limits(entry: dict[str, Any]) -> None:
    """The API takes the entry."""
    assert isinstance(entry_of(entry, NOW), entries.Audit)


def record(number: int) -> dict[str, Any]:
    """A record of a call; each number has another id."""
    return {
        "eventVersion": "1.08",
        "userIdentity": {"type": "IAMUser", "userName": "maria", "arn": "arn:aws:iam::123456789012:user/maria"},
        "eventTime": "2026-03-01T10:00:00Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": "GetBucketPolicy",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.1",
        "requestParameters": {"bucketName": "papers"},
        "eventID": f"00000000-0000-0000-0000-{number:012d}",
    }
