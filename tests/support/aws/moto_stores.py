"""AWS in this process: moto with the table and the bucket of the template, made anew for each test."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
from botocore.handlers import BUILTIN_HANDLERS
from daybook.storage.keys import org_keys
from daybook.storage.models.orgs import OrgItem
from daybook_local.deployment.template import table_definition
from moto import mock_aws
from moto.core import models
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends
from moto.sqs.models import sqs_backends

from tests.support.aws import roles
from tests.support.aws.clients import REGION

# Those that every test finds, with their names.
ORGS = {"riverside": "Riverside Gymnastics", "hilltop": "Hilltop Music School"}

# Of every client that is made from now on, as moto itself does it.
BUILTIN_HANDLERS.append(("before-call.dynamodb", roles.check_running_function))
BUILTIN_HANDLERS.append(("before-parameter-build.s3", roles.check_bucket))
BUILTIN_HANDLERS.append(("before-parameter-build.sqs", roles.check_queue))


@contextmanager
def mocked() -> Iterator[None]:
    """moto, empty, for what goes through botocore: of `requests` it knows nothing, which takes it 20 ms a time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "RESPONSES_METHODS", [])
        patch.setattr(BaseJSONSerializer, "_serialize_type_structure", _serialize_structure)
        with mock_aws():
            yield


def create_table(name: str) -> None:
    """As the request CreateTable does; but that takes 20 times as long."""
    definition = _definition(name)
    dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].create_table(
        name,
        schema=definition["KeySchema"],
        attr=definition["AttributeDefinitions"],
        indexes=definition["LocalSecondaryIndexes"],
        global_indexes=definition["GlobalSecondaryIndexes"],
        streams=definition["StreamSpecification"],
        billing_mode=definition["BillingMode"],
        throughput=None,
        sse_specification=None,
        tags=[],
        deletion_protection_enabled=False,
        warm_throughput=None,
    )


def empty_table(name: str) -> None:
    dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[name].items.clear()


def create_orgs(table: str) -> None:
    """The orgs of the tests, as PUT /v1/orgs/{org} makes them."""
    for org, name in ORGS.items():
        item = OrgItem(*org_keys.org(org), name=name, time_zone="UTC", record_url="{}")
        dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].put_item(table, item.serialize())


def create_bucket(name: str) -> None:
    s3_backends[DEFAULT_ACCOUNT_ID]["aws"].create_bucket(name, REGION)


def create_queue(name: str) -> str:
    """The URL of a new queue."""
    sqs_backends[DEFAULT_ACCOUNT_ID][REGION].create_queue(name, {})
    return f"https://sqs.{REGION}.amazonaws.com/{DEFAULT_ACCOUNT_ID}/{name}"


@cache
def _definition(name: str) -> dict[str, Any]:
    return table_definition(name)


_serialize_any_structure = BaseJSONSerializer._serialize_type_structure


def _serialize_structure(
    self: BaseJSONSerializer, serialized: dict[str, Any], value: Any, shape: Any, key: str
) -> None:
    """The values of an item as the JSON that they are already: moto tries ten spellings of each of their ten types."""
    if shape.name == "AttributeValue":
        serialized[key] = _attribute(value)
    else:
        _serialize_any_structure(self, serialized, value, shape, key)


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    ((kind, content),) = value.items()
    match kind:
        case "M":
            return {"M": {name: _attribute(member) for name, member in content.items()}}
        case "L":
            return {"L": [_attribute(member) for member in content]}
        case "B":
            return {"B": base64.b64encode(content).decode()}
        case "S" | "N" | "BOOL" | "NULL" | "SS":
            return value
    raise AssertionError(f"values of type {kind} are not known here")
