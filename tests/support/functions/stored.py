"""What the functions have stored in moto's table and buckets."""

import base64
import gzip
import json
import os
from collections.abc import Collection
from typing import Any

from daybook.storage.keys import org_keys

from tests.support.aws import moto_stores
from tests.support.aws.clients import client
from tests.support.aws.lambda_environment import BUCKET, TABLE

ARCHIVE = "daybook-archive"


def image(item: dict[str, Any]) -> dict[str, Any]:
    """An item as Lambda gets it: binary values as base64."""
    return {
        name: {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value for name, value in item.items()
    }


def items() -> list[dict[str, Any]]:
    """All of the table but the orgs, which stand in it before the test."""
    pages = client("dynamodb").get_paginator("scan").paginate(TableName=TABLE)
    keys = {org_keys.org(org) for org in moto_stores.ORGS}
    found = [item for page in pages for item in page["Items"]]
    return [image(item) for item in found if (item["pk"]["S"], item["sk"]["S"]) not in keys]


def store_under_spellings(ids: Collection[str]) -> None:
    """Have these audit entries as earlier versions did: each under the username as posted, which was registered so."""
    suffixes = {entry_id[-18:] for entry_id in ids}
    for item in items():
        if "org_staff" in item and item["sk"]["S"][-18:] in suffixes:
            org, username = item["pk"]["S"].partition("/")[0], item["username"]["S"]
            client("dynamodb").update_item(
                TableName=TABLE,
                Key={name: item[name] for name in ("pk", "sk")},
                UpdateExpression="SET org_staff = :spelled",
                ExpressionAttributeValues={":spelled": {"S": f"{org}/{username}"}},
            )
            registered = {"pk": {"S": f"{org}/staff"}, "sk": {"S": username}}
            client("dynamodb").put_item(TableName=TABLE, Item=registered)


def objects(bucket: str = BUCKET) -> list[str]:
    """The names of all objects of a bucket."""
    return [entry["Key"] for entry in client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])]


def archived_lines(prefix: str = "") -> list[dict[str, Any]]:
    """All lines of the archive."""
    found = [name for name in objects(ARCHIVE) if name.startswith(prefix)]
    packed = [client("s3").get_object(Bucket=ARCHIVE, Key=name)["Body"].read() for name in found]
    return [json.loads(line) for body in packed for line in gzip.decompress(body).splitlines()]


def noise(size: int) -> str:
    """Text that does not compress, so that it becomes an object of S3."""
    return os.urandom(size // 2).hex()
