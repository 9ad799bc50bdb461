"""The data of the last run, for `make run KEEP=1`: the table's items and the bucket's objects in one file.

ministack can persist itself, but only with the stack as it was deployed: the template and the functions of today could
not be tried on the data of yesterday.
"""

import base64
import json
from pathlib import Path
from typing import Any

Saved = dict[str, Any]


def write(path: Path, saved: Saved) -> None:
    partial = path.with_suffix(".partial")
    partial.touch(mode=0o600)
    partial.write_text(json.dumps(saved))
    partial.replace(path)


def read(path: Path) -> Saved | None:
    if not path.exists():
        return None
    saved: Saved = json.loads(path.read_text())
    return saved


def objects_of(s3: Any, bucket: str) -> list[dict[str, Any]]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return [saved_object(s3, bucket, found["Key"]) for page in pages for found in page.get("Contents", [])]


def saved_object(s3: Any, bucket: str, key: str) -> dict[str, Any]:
    stored = s3.get_object(Bucket=bucket, Key=key)
    headers = {name: stored[name] for name in ("ContentType", "ContentEncoding", "Metadata") if name in stored}
    return {"Key": key, "Body": base64.b64encode(stored["Body"].read()).decode(), **headers}


def put_back_objects(s3: Any, bucket: str, objects: list[dict[str, Any]]) -> None:
    for stored in objects:
        s3.put_object(**stored | {"Bucket": bucket, "Body": base64.b64decode(stored["Body"])})
