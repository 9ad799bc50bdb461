"""The things that a CloudTrail record names, as types and ids of records.

A thing has one type and id wherever it is named: as an ARN in `resources` (`arn:aws:iam::123456789012:role/path/Build`)
or by a request parameter (`"roleName": "Build"`), both are `iam_role` and `Build`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from daybook_cli.importing.cloudtrail.events import Event, snake
from daybook_cli.importing.cloudtrail.fields import clean, cut, list_at, mapping_at, text_at

MAX_ID = 128
MAX_NAME = 256

_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_FORBIDDEN = re.compile(r"[^A-Za-z0-9._~:@!$&'()*+,;=-]")
_HASH_LENGTH = 8
_ARN = re.compile(r"arn:[^:]*:(?P<service>[^:]+):[^:]*:(?P<account>[^:]*):/*(?P<resource>.+)", re.DOTALL)
_KIND = re.compile(r"(?P<kind>[A-Za-z][A-Za-z0-9_.-]*)[/:](?P<name>.+)", re.DOTALL)
_CLOUDFORMATION_TYPE = re.compile(r"(?:AWS|Alexa)::(?P<service>\w+)::(?P<kind>\w+)")
_RANDOM_SECRET_SUFFIX = re.compile(r"-[A-Za-z0-9]{6}$")

# Where an ARN's kind is not the word that CloudFormation, and so `resources[].type`, has for it.
_KINDS = {
    "cognito_idp_userpool": "cognito_user_pool",
    "ec2_elastic_ip": "ec2_address",
    "ec2_vpc_flow_log": "ec2_flow_log",
    "rds_db": "rds_db_instance",
    "rds_cluster": "rds_db_cluster",
    "rds_snapshot": "rds_db_snapshot",
    "rds_cluster_snapshot": "rds_db_cluster_snapshot",
    "rds_subgrp": "rds_db_subnet_group",
    "route53_hostedzone": "route53_hosted_zone",
}
# Their names are unique whatever path stands before them.
_PATHS_DO_NOT_COUNT = frozenset({"iam_user", "iam_role", "iam_group", "iam_policy", "iam_instance_profile"})

# Request parameters that name a thing, by service; in lower case, since services disagree about that.
_PARAMETERS: dict[str, dict[str, str]] = {
    "autoscaling": {"autoscalinggroupname": "autoscaling_auto_scaling_group"},
    "cloudformation": {"stackname": "cloudformation_stack"},
    "cloudtrail": {"name": "cloudtrail_trail", "trailname": "cloudtrail_trail"},
    "cognito-idp": {"userpoolid": "cognito_user_pool"},
    "dynamodb": {"tablename": "dynamodb_table"},
    "ec2": {
        "allocationid": "ec2_address",
        "flowlogid": "ec2_flow_log",
        "groupid": "ec2_security_group",
        "imageid": "ec2_image",
        "instanceid": "ec2_instance",
        "internetgatewayid": "ec2_internet_gateway",
        "keyname": "ec2_key_pair",
        "natgatewayid": "ec2_nat_gateway",
        "networkaclid": "ec2_network_acl",
        "networkinterfaceid": "ec2_network_interface",
        "resourceid": "ec2_resource",
        "routetableid": "ec2_route_table",
        "snapshotid": "ec2_snapshot",
        "subnetid": "ec2_subnet",
        "volumeid": "ec2_volume",
        "vpcendpointid": "ec2_vpc_endpoint",
        "vpcid": "ec2_vpc",
    },
    "ecr": {"repositoryname": "ecr_repository"},
    "ecs": {"cluster": "ecs_cluster", "service": "ecs_service"},
    "events": {"rule": "events_rule"},
    "guardduty": {"detectorid": "guardduty_detector"},
    "iam": {
        "groupname": "iam_group",
        "instanceprofilename": "iam_instance_profile",
        "policyarn": "iam_policy",
        "rolename": "iam_role",
        "username": "iam_user",
    },
    "kms": {"keyid": "kms_key"},
    "lambda": {"functionname": "lambda_function"},
    "logs": {"loggroupname": "logs_log_group"},
    "organizations": {"accountid": "aws_account"},
    "rds": {
        "dbclusteridentifier": "rds_db_cluster",
        "dbinstanceidentifier": "rds_db_instance",
        "dbsnapshotidentifier": "rds_db_snapshot",
        "dbsubnetgroupname": "rds_db_subnet_group",
    },
    "route53": {"hostedzoneid": "route53_hosted_zone"},
    "s3": {"bucketname": "s3_bucket"},
    "secretsmanager": {"secretid": "secretsmanager_secret"},
    "sns": {"topicarn": "sns_topic"},
    "sqs": {"queueurl": "sqs_queue"},
    "ssm": {"documentname": "ssm_document", "instanceid": "ec2_instance"},
    "states": {"statemachinearn": "states_state_machine"},
    "sts": {"rolearn": "iam_role"},
}
# These name a bucket of S3 whichever service is asked.
_BUCKETS = frozenset({"bucket", "s3bucket", "s3bucketname"})
# What a parameter that is only called `name` names, by the service and noun of the event.
_NAMED_BY_EVENT = {
    ("eks", "cluster"): "eks_cluster",
    ("events", "rule"): "events_rule",
    ("secretsmanager", "secret"): "secretsmanager_secret",
    ("sns", "topic"): "sns_topic",
    ("ssm", "document"): "ssm_document",
    ("ssm", "parameter"): "ssm_parameter",
}
# A `resourceId` of EC2, as of CreateTags, says by its beginning what it is.
_EC2_IDS = {
    "ami": "ec2_image",
    "eipalloc": "ec2_address",
    "eni": "ec2_network_interface",
    "fl": "ec2_flow_log",
    "i": "ec2_instance",
    "igw": "ec2_internet_gateway",
    "nat": "ec2_nat_gateway",
    "rtb": "ec2_route_table",
    "sg": "ec2_security_group",
    "snap": "ec2_snapshot",
    "subnet": "ec2_subnet",
    "vol": "ec2_volume",
    "vpc": "ec2_vpc",
    "vpce": "ec2_vpc_endpoint",
}


@dataclass(frozen=True)
class Thing:
    """One thing of AWS: type and id as a record has them, and its name for people."""

    type: str
    id: str
    name: str
    arn: str = ""

    @property
    def noun(self) -> str:
        return self.type.partition("_")[2]


def things(record: dict[str, Any], event: Event) -> list[Thing]:
    """What the record names, each thing once; the account where nothing else is named."""
    request, response = mapping_at(record, "requestParameters"), mapping_at(record, "responseElements")
    # A response also tells of much that was only looked at; what the event made stands nowhere else.
    made = (thing for thing in _in_parameters(response, event) if event.makes(thing.noun))
    found: dict[tuple[str, str], Thing] = {}
    for thing in chain(_in_resources(record), _in_parameters(request, event), made):
        found.setdefault((thing.type, thing.id), thing)
    return list(found.values()) or _account(record)


def _account(record: dict[str, Any]) -> list[Thing]:
    account = text_at(record, "recipientAccountId") or text_at(mapping_at(record, "userIdentity"), "accountId")
    return [make_thing("aws_account", account)] if account else []


def _in_resources(record: dict[str, Any]) -> Iterator[Thing]:
    for resource in list_at(record, "resources"):
        if isinstance(resource, dict) and (arn := text_at(resource, "ARN") or text_at(resource, "arn")):
            yield _from_text(arn, _from_cloudformation(text_at(resource, "type")))


def _in_parameters(parameters: dict[str, Any], event: Event) -> Iterator[Thing]:
    known = _PARAMETERS.get(event.service, {})
    for name, value in _named_values(parameters):
        single = name.removesuffix("s")
        by_event = _NAMED_BY_EVENT.get((event.service, event.noun)) if single == "name" else None
        bucket = "s3_bucket" if name in _BUCKETS else None
        record_type = known.get(name) or known.get(single) or by_event or bucket
        if record_type:
            yield from (_from_text(text, record_type) for text in _texts(value))
    bucket, key = text_at(parameters, "bucketName"), text_at(parameters, "key")
    if event.service == "s3" and bucket and key:
        yield make_thing("s3_object", f"{bucket}/{key}")


def _named_values(parameters: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Parameters by name in lower case, and those in EC2's wrappings, such as `instancesSet.items[].instanceId`."""
    for name, value in parameters.items():
        lower = name.lower()
        yield lower, value
        if not isinstance(value, dict):
            continue
        # A function's `code` may lie in a bucket.
        if lower.endswith(("request", "response", "code")):
            yield from _named_values(value)
        for inside in [value, *list_at(value, "items")]:
            # Only what the wrapping itself is about: the instances of `instancesSet`, not their images.
            named = inside.items() if isinstance(inside, dict) else ()
            yield from ((key.lower(), each) for key, each in named if lower.startswith(key.lower().removesuffix("id")))


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        value = value.get("content")
    found = value if isinstance(value, list) else [value]
    return [text for each in found if isinstance(each, str) and (text := clean(each))]


def _from_text(text: str, record_type: str) -> Thing:
    """The thing of a text that is an ARN, a URL or a plain name."""
    thing = from_arn(text, record_type)
    if thing:
        return thing
    if record_type == "ec2_resource":
        record_type = _EC2_IDS.get(text.partition("-")[0], record_type)
    if record_type == "kms_key" and text.startswith("alias/"):
        record_type = "kms_alias"
    if text.startswith("https://"):
        text = text.rstrip("/").rpartition("/")[2]
    return make_thing(record_type, _own_name(record_type, text))


def from_arn(arn: str, record_type: str = "") -> Thing | None:
    """The thing that an ARN names, of the type given or else the ARN's own; None where the text is no ARN."""
    match = _ARN.fullmatch(arn)
    if not match:
        return None
    service, resource = match["service"], match["resource"]
    if service == "s3" and not match["account"]:
        return make_thing("s3_object" if "/" in resource.rstrip("/") else "s3_bucket", resource.rstrip("/"), arn)
    if service in {"sns", "sqs"}:
        return make_thing("sns_topic" if service == "sns" else "sqs_queue", resource.partition(":")[0], arn)
    parts = _KIND.fullmatch(resource)
    kind, name = (parts["kind"], parts["name"]) if parts else ("resource", resource)
    found = snake(f"{service}_{kind}")
    record_type = record_type or _KINDS.get(found, found)
    return make_thing(record_type, _own_name(record_type, name), arn)


def _own_name(record_type: str, name: str) -> str:
    """Name without what else stands in an ARN: paths, versions, the random end of a secret's."""
    if record_type in _PATHS_DO_NOT_COUNT:
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


def _from_cloudformation(text: str) -> str:
    match = _CLOUDFORMATION_TYPE.fullmatch(text)
    return f"{match['service'].lower()}_{snake(match['kind'])}" if match else ""


def make_thing(record_type: str, name: str, arn: str = "") -> Thing:
    """A thing within the limits of a record's type, id and name."""
    if not _TYPE.fullmatch(record_type):
        record_type = "aws_resource"
    name = name or arn or "unnamed"
    return Thing(record_type, record_id(name), cut(name, MAX_NAME), arn)


def record_id(text: str) -> str:
    """A text in the alphabet of record ids. `/` becomes `:`; what that cannot tell apart ends in a hash of the text."""
    plain = text.lstrip("/")
    made = _FORBIDDEN.sub("_", plain.replace("/", ":"))
    is_faithful = made == plain.replace("/", ":") and not {"/", ":"} <= set(plain)
    if is_faithful and len(made) <= MAX_ID and made.strip("."):
        return made
    digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()[:_HASH_LENGTH]
    return f"{made[: MAX_ID - _HASH_LENGTH - 1]}~{digest}"
