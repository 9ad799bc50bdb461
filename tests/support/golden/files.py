"""The golden files: items and objects as an earlier version stored them, and the answers that it gave from them."""

import base64
import gzip
import hashlib
import json
import zlib
from pathlib import Path
from typing import Any

from daybook.storage.keys import register_keys

from tests.support.aws.clients import client
from tests.support.aws.lambda_environment import BUCKET, TABLE
from tests.support.functions import stored
from tests.support.functions.stored import ARCHIVE

Item = dict[str, dict[str, Any]]
Key = tuple[str, str]

FOLDER = Path(__file__).parents[2] / "functional" / "storage" / "golden"
BUCKETS = (BUCKET, ARCHIVE)

# Of the attributes with binary values: those that zlib has compressed, and those that it has with a dictionary.
COMPRESSED = ("body", "places", "terms", "block")
PACKED_EVENTS = "events"
EVENTS_FORMAT = b"\x01"
DICTIONARY = (FOLDER / "events-dictionary-1.bin").read_bytes()

# The scenes, and the files, of the register of records.
REGISTER = ("records", "erased_records")

UNREADABLE = (
    "Stored data of earlier versions can no longer be read, or is answered otherwise. Add a reader for the old format; "
    "do not change the golden file. A new field of a row must be UNSET, not null, where there is none."
)
WRITTEN_OTHERWISE = (
    "What is written is not what earlier versions wrote. A version that is still running, or that is rolled back to, "
    "could not read it. Where the new format is meant, keep the golden file, add one of the new format beside it, and "
    "read both."
)


def names() -> list[str]:
    """The names of all golden files."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def items(name: str) -> list[Item]:
    """The items of a golden file; binary values are base64 text, as in the table's stream."""
    found: list[Item] = _read(FOLDER / f"{name}.json")["items"]
    return found


def objects(name: str) -> dict[str, dict[str, bytes]]:
    """The objects of a golden file, by bucket and name."""
    buckets: dict[str, dict[str, str]] = _read(FOLDER / f"{name}.json")["objects"]
    return {
        bucket: {key: base64.b64decode(body) for key, body in of_bucket.items()}
        for bucket, of_bucket in buckets.items()
    }


def reads(name: str) -> list[dict[str, Any]]:
    """The requests that were answered from a golden file, each with its answer."""
    found: list[dict[str, Any]] = _read(FOLDER / "reads" / f"{name}.json")
    return found


def put(name: str) -> None:
    """Put the items and objects of a golden file into empty stores, as they are."""
    for item in items(name):
        client("dynamodb").put_item(TableName=TABLE, Item={key: _binary(value) for key, value in item.items()})
    for bucket, of_bucket in objects(name).items():
        for key, body in of_bucket.items():
            client("s3").put_object(Bucket=bucket, Key=key, Body=body)


def delete(item: Item) -> None:
    """Delete an item of the table."""
    client("dynamodb").delete_item(TableName=TABLE, Key={name: item[name] for name in ("pk", "sk")})


def clear() -> None:
    """Leave empty stores."""
    for item in stored.items():
        delete(item)
    for bucket in BUCKETS:
        for name in stored.objects(bucket):
            client("s3").delete_object(Bucket=bucket, Key=name)


def stored_items() -> list[Item]:
    """All items of the table, as `items` gives them."""
    return sorted(stored.items(), key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


def written(name: str) -> list[Item]:
    """What a scene has stored, as `items` gives it, of what there was when its golden file was written.

    The register of records came later. It is written in most scenes, and is in files of its own.
    """
    found = stored_items()
    return found if name in REGISTER else [item for item in found if register_keys.kind_of(item["pk"]["S"]) is None]


def stored_objects() -> dict[str, dict[str, bytes]]:
    """All objects, as `objects` gives them."""
    found = {
        bucket: {
            name: client("s3").get_object(Bucket=bucket, Key=name)["Body"].read() for name in stored.objects(bucket)
        }
        for bucket in BUCKETS
    }
    return {bucket: of_bucket for bucket, of_bucket in found.items() if of_bucket}


def comparable_items(found: list[Item]) -> dict[Key, dict[str, Any]]:
    """Items by their keys, as far as they are the same in each run: unpacked, since versions of zlib pack otherwise."""
    return {
        (item["pk"]["S"], item["sk"]["S"]): {name: _comparable(name, value) for name, value in item.items()}
        for item in found
    }


def comparable_objects(found: dict[str, dict[str, bytes]]) -> dict[str, dict[str, bytes]]:
    """Objects by bucket and name, unpacked; in the name of a content the digest of its bytes is left out."""
    return {
        bucket: {
            _without_digest(name, body): gzip.decompress(body) if bucket == ARCHIVE else zlib.decompress(body)
            for name, body in of_bucket.items()
        }
        for bucket, of_bucket in found.items()
    }


def _comparable(name: str, value: dict[str, Any]) -> Any:
    if name == PACKED_EVENTS:
        packed = base64.b64decode(value["B"])
        assert packed[:1] == EVENTS_FORMAT, WRITTEN_OTHERWISE
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS, zdict=DICTIONARY)
        return unpacker.decompress(packed[1:]) + unpacker.flush()
    if name in COMPRESSED:
        return zlib.decompress(base64.b64decode(value["B"]))
    if name == "work":
        # It has sets, which are in no order.
        work = json.loads(value["S"])
        person = {
            key: sorted(each, key=str) if isinstance(each, list) else each for key, each in work["person"].items()
        }
        return [*work], work | {"person": person}
    if name == "object":
        return value["S"].rpartition("/")[0]
    return value


def _without_digest(name: str, body: bytes) -> str:
    prefix, _, digest = name.rpartition("/")
    return f"{prefix}/(digest)" if digest == hashlib.sha256(body).hexdigest()[:32] else name


def _binary(value: dict[str, Any]) -> dict[str, Any]:
    return {"B": base64.b64decode(value["B"])} if "B" in value else value


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
