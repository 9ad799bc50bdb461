"""An AWS resource as the type and id of a record.

A resource has one type and id however it is named. The ARN `arn:aws:iam::123456789012:role/path/Build` and the request
parameter `"roleName": "Build"` are both `iam_role` and `Build`.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from daybook_cli.importing.cloudtrail.events import snake
from daybook_cli.importing.cloudtrail.fields import truncated
from daybook_cli.importing.cloudtrail.resource_types import (
    TYPES_OF_ARN_KINDS,
    TYPES_OF_EC2_PREFIXES,
    TYPES_WITH_PATHS,
)

# Limits of the API, in characters.
MAX_ID = 128
MAX_NAME = 256

_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_FORBIDDEN_IN_ID = re.compile(r"[^A-Za-z0-9._~:@!$&'()*+,;=-]")
_HASH_LENGTH = 8
_ARN = re.compile(r"arn:[^:]*:(?P<service>[^:]+):[^:]*:(?P<account>[^:]*):/*(?P<resource>.+)", re.DOTALL)
_KIND = re.compile(r"(?P<kind>[A-Za-z][A-Za-z0-9_.-]*)[/:](?P<name>.+)", re.DOTALL)
_CLOUDFORMATION_TYPE = re.compile(r"(?:AWS|Alexa)::(?P<service>\w+)::(?P<kind>\w+)")
_RANDOM_SECRET_SUFFIX = re.compile(r"-[A-Za-z0-9]{6}$")


@dataclass(frozen=True)
class Resource:
    """`type` and `id` as a record has them; `name` is for people."""

    type: str
    id: str
    name: str
    arn: str = ""

    @property
    def noun(self) -> str:
        """The type without its service."""
        return self.type.partition("_")[2]


def from_text(text: str, record_type: str) -> Resource:
    """The resource of an ARN, a URL or a plain name; `record_type` may be empty for an ARN."""
    resource = from_arn(text, record_type)
    if resource:
        return resource
    if record_type == "ec2_resource":
        record_type = TYPES_OF_EC2_PREFIXES.get(text.partition("-")[0], record_type)
    if record_type == "kms_key" and text.startswith("alias/"):
        record_type = "kms_alias"
    if text.startswith("https://"):
        text = text.rstrip("/").rpartition("/")[2]
    return make_resource(record_type, _plain_name(record_type, text))


def from_arn(arn: str, record_type: str = "") -> Resource | None:
    """The resource of an ARN, with this type or else the ARN's own; None where the text is not an ARN."""
    match = _ARN.fullmatch(arn)
    if not match:
        return None
    service, resource = match["service"], match["resource"]
    if service == "s3" and not match["account"]:
        return make_resource("s3_object" if "/" in resource.rstrip("/") else "s3_bucket", resource.rstrip("/"), arn)
    if service in {"sns", "sqs"}:
        return make_resource("sns_topic" if service == "sns" else "sqs_queue", resource.partition(":")[0], arn)
    parts = _KIND.fullmatch(resource)
    kind, name = (parts["kind"], parts["name"]) if parts else ("resource", resource)
    own_type = snake(f"{service}_{kind}")
    record_type = record_type or TYPES_OF_ARN_KINDS.get(own_type, own_type)
    return make_resource(record_type, _plain_name(record_type, name), arn)


def type_of_cloudformation(text: str) -> str:
    """`AWS::S3::Bucket` as `s3_bucket`; empty for what is not a type of CloudFormation."""
    match = _CLOUDFORMATION_TYPE.fullmatch(text)
    return f"{match['service'].lower()}_{snake(match['kind'])}" if match else ""


def make_resource(record_type: str, name: str, arn: str = "") -> Resource:
    """A resource within the limits of a record's type, id and name."""
    if not _TYPE.fullmatch(record_type):
        record_type = "aws_resource"
    name = name or arn or "unnamed"
    return Resource(record_type, record_id(name), truncated(name, MAX_NAME), arn)


def record_id(text: str) -> str:
    """A text as a record's id: `/` becomes `:`, other characters that an id may not hold `_`.

    Where different texts could become the same id, or a longer one than 128 characters, it ends in `~` and a hash.
    """
    plain = text.lstrip("/")
    candidate = _FORBIDDEN_IN_ID.sub("_", plain.replace("/", ":"))
    is_unambiguous = candidate == plain.replace("/", ":") and not {"/", ":"} <= set(plain)
    if is_unambiguous and len(candidate) <= MAX_ID and candidate.strip("."):
        return candidate
    digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()[:_HASH_LENGTH]
    return f"{candidate[: MAX_ID - _HASH_LENGTH - 1]}~{digest}"


def _plain_name(record_type: str, name: str) -> str:
    """The name without what else stands in an ARN: paths, versions, the random suffix of a secret."""
    if record_type in TYPES_WITH_PATHS:
        return name.rstrip("/").rpartition("/")[2]
    if record_type == "lambda_function":
        return name.rpartition("function:")[2].partition(":")[0]
    if record_type == "cloudformation_stack":
        return name.partition("/")[0]
    if record_type == "logs_log_group":
        return name.removesuffix(":*")
    if record_type == "secretsmanager_secret":
        return _RANDOM_SECRET_SUFFIX.sub("", name)
    return name
