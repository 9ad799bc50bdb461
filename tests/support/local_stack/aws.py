"""What a running local stack has in its emulated AWS."""

import gzip
import json
import time
import zlib
from collections.abc import Iterator
from typing import Any

from botocore.session import Session

from tests.support.local_stack.calls import ORG

LEFT_SECONDS = 3
# Long enough for cold functions on a busy machine to have followed an entry before it ends.
SHORT_SECONDS, SHORT_GRACE_SECONDS = 25, 10


def aws_client(stack: dict[str, Any], service: str) -> Any:
    return Session().create_client(
        service,
        region_name=stack["region"],
        endpoint_url=stack["aws"],
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )


def items_of(stack: dict[str, Any], *records: str) -> list[dict[str, Any]]:
    wanted = {f"{ORG}/{record}" for record in records}
    return [item for item in scan(stack) if item["pk"]["S"] in wanted]


def scan(stack: dict[str, Any]) -> list[dict[str, Any]]:
    pages = aws_client(stack, "dynamodb").get_paginator("scan").paginate(TableName=stack["table"])
    return [item for page in pages for item in page["Items"]]


def objects_of(stack: dict[str, Any], bucket: str, prefix: str) -> list[str]:
    return [
        entry["Key"]
        for entry in aws_client(stack, "s3").list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    ]


def archived(stack: dict[str, Any], org: str = ORG) -> list[dict[str, Any]]:
    """All lines of the org's archive."""
    s3 = aws_client(stack, "s3")
    packed = [
        s3.get_object(Bucket=stack["archive"], Key=name)["Body"].read()
        for name in objects_of(stack, stack["archive"], f"{org}/")
    ]
    return [json.loads(line) for body in packed for line in gzip.decompress(body).splitlines()]


def stored_texts(stack: dict[str, Any]) -> Iterator[str]:
    """All items of the table, all objects in all their versions, unpacked."""
    for item in scan(stack):
        yield from (f"{name}: {_plain(value)}" for name, value in item.items())
    s3 = aws_client(stack, "s3")
    for bucket in (stack["bucket"], stack["archive"]):
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for one in page.get("Versions", []):
                body = s3.get_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])["Body"].read()
                yield from (one["Key"], _plain({"B": body}))


def _plain(value: dict[str, Any]) -> str:
    if "B" not in value:
        return str(value)
    for opened in (gzip.decompress, zlib.decompress):
        try:
            return opened(value["B"]).decode(errors="replace")
        except (OSError, zlib.error):
            continue
    return str(value["B"])


def shorten(stack: dict[str, Any], *records: str, left_seconds: int = LEFT_SECONDS) -> None:
    """Let all that belongs to these records end in some seconds."""
    dynamodb, end = aws_client(stack, "dynamodb"), {"N": str(int(time.time()) + left_seconds)}
    for item in items_of(stack, *records):
        dynamodb.update_item(
            TableName=stack["table"],
            Key={"pk": item["pk"], "sk": item["sk"]},
            UpdateExpression="SET expires_at = :end",
            ExpressionAttributeValues={":end": end},
        )


def unhandled_feedback(stack: dict[str, Any]) -> int:
    """Messages of the feedback queue that wait or are being handled."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    sqs = aws_client(stack, "sqs")
    counts = sqs.get_queue_attributes(QueueUrl=stack["feedback_queue"], AttributeNames=names)["Attributes"]
    return sum(map(int, counts.values()))


def shorten_visibility(stack: dict[str, Any], seconds: int) -> None:
    """Let a message of the feedback queue come again so soon after its function has died."""
    attributes = {"VisibilityTimeout": str(seconds)}
    aws_client(stack, "sqs").set_queue_attributes(QueueUrl=stack["feedback_queue"], Attributes=attributes)


def keep_for_seconds(stack: dict[str, Any]) -> None:
    """A retention of SHORT_SECONDS for everything, and a grace of SHORT_GRACE_SECONDS."""
    lambdas = aws_client(stack, "lambda")
    for function in lambdas.list_functions()["Functions"]:
        variables = function["Environment"]["Variables"]
        periods = {name: f"PT{SHORT_SECONDS}S" for name in variables if name.startswith("RETAIN_")}
        short = {**variables, **periods, "RETENTION_GRACE": f"PT{SHORT_GRACE_SECONDS}S"}
        lambdas.update_function_configuration(FunctionName=function["FunctionName"], Environment={"Variables": short})
