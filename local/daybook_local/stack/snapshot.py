"""The data of the last run, for `make run KEEP=1`: the table's items and the bucket's objects.

ministack can persist itself, but only with the stack as it was deployed: today's template and functions could not be
tried on yesterday's data.
"""

import base64
import json
from pathlib import Path
from typing import Any


class SnapshotError(Exception):
    """A file of saved data is damaged; the message says what to do."""


def read(path: Path) -> dict[str, Any] | None:
    """What was saved: `items` in the form of DynamoDB, and `objects` as from `objects_of`; None where nothing was.

    SnapshotError for a damaged file, as after a power failure.
    """
    if not path.exists():
        return None
    try:
        snapshot: dict[str, Any] = json.loads(path.read_text())
    except ValueError as error:
        raise SnapshotError(
            f"{path} is damaged ({error}). Start without KEEP to begin with new data, which replace it at the stop."
        ) from error
    return snapshot


def objects_of(s3: Any, bucket: str) -> list[dict[str, Any]]:
    """The arguments of `put_object` that make each object again; `Body` is base64."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return [_object(s3, bucket, summary["Key"]) for page in pages for summary in page.get("Contents", [])]


def _object(s3: Any, bucket: str, key: str) -> dict[str, Any]:
    response = s3.get_object(Bucket=bucket, Key=key)
    headers = {name: response[name] for name in ("ContentType", "ContentEncoding", "Metadata") if name in response}
    return {"Key": key, "Body": base64.b64encode(response["Body"].read()).decode(), **headers}


def restore_objects(s3: Any, bucket: str, objects: list[dict[str, Any]]) -> None:
    """Put the objects that `objects_of` has read."""
    for arguments in objects:
        s3.put_object(**arguments | {"Bucket": bucket, "Body": base64.b64decode(arguments["Body"])})
