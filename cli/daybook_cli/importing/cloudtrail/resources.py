"""The AWS resources that a CloudTrail record names: in `resources`, in its request parameters, in its response."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from daybook_cli.importing.cloudtrail.events import Event
from daybook_cli.importing.cloudtrail.fields import clean, list_at, object_at, text_at
from daybook_cli.importing.cloudtrail.resource_ids import Resource, from_text, make_resource, type_of_cloudformation
from daybook_cli.importing.cloudtrail.resource_types import BUCKET_PARAMETERS, TYPES_OF_NAMES, TYPES_OF_PARAMETERS


def resources_of(record: dict[str, Any], event: Event) -> list[Resource]:
    """Each resource once, in the order in which it is named; the account where nothing else is named."""
    request, response = object_at(record, "requestParameters"), object_at(record, "responseElements")
    # A response also tells of much that was only read; what the event created is named nowhere else.
    created = (resource for resource in _in_parameters(response, event) if event.creates(resource.noun))
    resources: dict[tuple[str, str], Resource] = {}
    for resource in chain(_in_resources(record), _in_parameters(request, event), created):
        resources.setdefault((resource.type, resource.id), resource)
    return list(resources.values()) or _account(record)


def _account(record: dict[str, Any]) -> list[Resource]:
    account = text_at(record, "recipientAccountId") or text_at(object_at(record, "userIdentity"), "accountId")
    return [make_resource("aws_account", account)] if account else []


def _in_resources(record: dict[str, Any]) -> Iterator[Resource]:
    for resource in list_at(record, "resources"):
        if isinstance(resource, dict) and (arn := text_at(resource, "ARN") or text_at(resource, "arn")):
            yield from_text(arn, type_of_cloudformation(text_at(resource, "type")))


def _in_parameters(parameters: dict[str, Any], event: Event) -> Iterator[Resource]:
    for name, value in _flattened(parameters):
        record_type = _type_of_parameter(name, event)
        if record_type:
            yield from (from_text(text, record_type) for text in _texts(value))
    bucket, key = text_at(parameters, "bucketName"), text_at(parameters, "key")
    if event.service == "s3" and bucket and key:
        yield make_resource("s3_object", f"{bucket}/{key}")


def _type_of_parameter(name: str, event: Event) -> str | None:
    """The type of the resource that a parameter names; None where it names none. `name` is in lower case."""
    types = TYPES_OF_PARAMETERS.get(event.service, {})
    singular = name.removesuffix("s")
    by_event = TYPES_OF_NAMES.get((event.service, event.noun)) if singular == "name" else None
    bucket = "s3_bucket" if name in BUCKET_PARAMETERS else None
    return types.get(name) or types.get(singular) or by_event or bucket


def _flattened(parameters: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Parameters by name in lower case, and those in EC2's wrappers, such as `instancesSet.items[].instanceId`."""
    for name, value in parameters.items():
        lower = name.lower()
        yield lower, value
        if not isinstance(value, dict):
            continue
        # A function's `code` may lie in a bucket.
        if lower.endswith(("request", "response", "code")):
            yield from _flattened(value)
        for inside in [value, *list_at(value, "items")]:
            # Only what the wrapper itself is about: the instances of `instancesSet`, not their images.
            members = inside.items() if isinstance(inside, dict) else ()
            yield from (
                (key.lower(), each) for key, each in members if lower.startswith(key.lower().removesuffix("id"))
            )


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        value = value.get("content")
    values = value if isinstance(value, list) else [value]
    return [text for each in values if isinstance(each, str) and (text := clean(each))]
