"""What the template's roles let each function do with its stores: those of tests ask nobody for permission."""

import json
import os
import sys
from collections.abc import Mapping
from functools import cache
from typing import Any

from daybook_local.deployment.template import load

STATEMENTS = {
    "SELECT": "dynamodb:PartiQLSelect",
    "INSERT": "dynamodb:PartiQLInsert",
    "UPDATE": "dynamodb:PartiQLUpdate",
    "DELETE": "dynamodb:PartiQLDelete",
}
# The actions that a call of S3 takes, each of the bucket or of its objects.
S3_ACTIONS = {
    "GetObject": ("s3:GetObject", "objects"),
    "HeadObject": ("s3:GetObject", "objects"),
    "PutObject": ("s3:PutObject", "objects"),
    "CreateMultipartUpload": ("s3:PutObject", "objects"),
    "UploadPart": ("s3:PutObject", "objects"),
    "CompleteMultipartUpload": ("s3:PutObject", "objects"),
    "AbortMultipartUpload": ("s3:AbortMultipartUpload", "objects"),
    "ListParts": ("s3:ListMultipartUploadParts", "objects"),
    "DeleteObjects": ("s3:DeleteObject", "objects"),
    "ListObjectsV2": ("s3:ListBucket", "bucket"),
    "ListObjectVersions": ("s3:ListBucketVersions", "bucket"),
    "ListMultipartUploads": ("s3:ListBucketMultipartUploads", "bucket"),
}
# The resource of the template that an environment variable of the functions names.
BUCKETS = {"BUCKET_NAME": "Bodies", "EXPORTS_BUCKET": "Exports", "ARCHIVE_BUCKET": "ArchiveBucket"}
QUEUES = {"FEEDBACK_QUEUE_URL": "FeedbackQueue", "DEAD_LETTERS_URL": "DeadLetters", "EXPORT_QUEUE_URL": "ExportQueue"}


def running_function() -> str | None:
    """The function whose handler is on the stack of this thread."""
    frame: Any = sys._getframe()
    while frame is not None:
        name: str = frame.f_globals["__name__"]
        if name.startswith("function_"):
            return name.removeprefix("function_")
        frame = frame.f_back
    return None


def check(operation: str, arguments: Mapping[str, Any], function: str) -> None:
    """Whether the role of a function permits a call of DynamoDB."""
    for action, index in _asked(operation, arguments):
        assert permits(function, action, index), f"the role of {function} lacks {action} on {index or 'the table'}"


def check_running_function(model: Any, params: dict[str, Any], **_: Any) -> None:
    """For botocore's event `before-call.dynamodb`, with the operation and the request."""
    function = running_function()
    if function is not None:
        check(model.name, json.loads(params["body"]), function)


def check_bucket(model: Any, params: dict[str, Any], **_: Any) -> None:
    """For botocore's event `before-parameter-build.s3`, with the operation and its arguments."""
    function = running_function()
    if function is not None:
        check_s3(model.name, params, function)


def check_s3(operation: str, arguments: Mapping[str, Any], function: str) -> None:
    """Whether the role of a function permits a call of S3."""
    action, kind = S3_ACTIONS[operation]
    if any("VersionId" in each for each in arguments.get("Delete", {}).get("Objects", ())):
        action = "s3:DeleteObjectVersion"
    bucket = _named_by(BUCKETS, arguments["Bucket"])
    resource = {"Fn::Sub": f"${{{bucket}.Arn}}/*"} if kind == "objects" else {"Fn::GetAtt": [bucket, "Arn"]}
    _require(function, action, resource)
    if arguments.get("BypassGovernanceRetention"):
        _require(function, "s3:BypassGovernanceRetention", resource)


def check_queue(model: Any, params: dict[str, Any], **_: Any) -> None:
    """For botocore's event `before-parameter-build.sqs`, with the operation and its arguments."""
    function = running_function()
    if function is not None:
        check_sqs(model.name, params["QueueUrl"], function)


def check_sqs(operation: str, url: str, function: str) -> None:
    """Whether the role of a function permits a call about a queue."""
    _require(function, f"sqs:{operation}", {"Fn::GetAtt": [_named_by(QUEUES, url), "Arn"]})


def check_running_ses(operation: str) -> None:
    """For what stands in for SES, whose clients no test calls."""
    function = running_function()
    if function is not None:
        check_ses(operation, function)


def check_ses(operation: str, function: str) -> None:
    """Whether the role of a function permits a call of SES."""
    _require(function, f"ses:{operation}", "*")


def _named_by(variables: Mapping[str, str], value: str) -> str:
    (found,) = {resource for variable, resource in variables.items() if os.environ.get(variable) == value}
    return found


def _require(function: str, action: str, resource: Any) -> None:
    is_allowed = any(action in actions and each == resource for actions, each in _statements(function))
    assert is_allowed, f"the role of {function} lacks {action} on {resource}"


def _asked(operation: str, arguments: Mapping[str, Any]) -> set[tuple[str, str | None]]:
    """The actions of IAM that a call takes, each with the index that it is about."""
    if operation == "ExecuteStatement":
        return {(STATEMENTS[arguments["Statement"].split()[0]], None)}
    if operation == "BatchExecuteStatement":
        return {(STATEMENTS[statement["Statement"].split()[0]], None) for statement in arguments["Statements"]}
    return {(f"dynamodb:{operation}", arguments.get("IndexName"))}


def permits(function: str, action: str, index: str | None) -> bool:
    return any(action in actions and _covers(resource, index) for actions, resource in _statements(function))


def _covers(resource: Any, index: str | None) -> bool:
    if index is None:
        return bool(resource == {"Fn::GetAtt": ["Table", "Arn"]})
    path = str(resource.get("Fn::Sub", "")) if isinstance(resource, dict) else ""
    return path in ("${Table.Arn}/index/*", f"${{Table.Arn}}/index/{index}")


@cache
def _statements(function: str) -> list[tuple[list[str], Any]]:
    """What the role of a function allows, that for an archive included: the tests' functions have one."""
    resources = load()["Resources"]
    name = f"{function.title()}Role"
    policies = [policy for policy in resources[name]["Properties"]["Policies"] if "Fn::If" not in policy]
    policies += [
        resource["Properties"]
        for resource in resources.values()
        if resource["Type"] == "AWS::IAM::Policy" and {"Ref": name} in resource["Properties"]["Roles"]
    ]
    return [
        (_as_list(statement["Action"]), resource)
        for policy in policies
        for statement in policy["PolicyDocument"]["Statement"]
        for resource in _as_list(statement["Resource"])
    ]


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
