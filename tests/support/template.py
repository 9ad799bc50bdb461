"""The template of the deployment, what SAM makes of it, and what its roles allow."""

import copy
from functools import cache
from typing import Any

import pytest
from daybook_local.deployment.template import load, resources_of_type
from samtranslator.translator.transform import transform

from tests.support.hashes import ADDRESS_KEY

TEMPLATE = load()
RESOLVED = {"Table": "t", "Bodies": "b", "Exports": "exports", "AddressKey": ADDRESS_KEY}
FUNCTIONS = resources_of_type(TEMPLATE, "AWS::Serverless::Function")
ROLES = resources_of_type(TEMPLATE, "AWS::IAM::Role")
RESOURCES = TEMPLATE["Resources"]
# Of the pages that may call the API, in what SAM makes.
ORIGINS = "https://portal.example.com,http://localhost:4583"


class NoManagedPolicies:
    """Roles of the template name none."""

    def load(self) -> dict[str, str]:
        return {}


@cache
def transformed() -> dict[str, Any]:
    """The resources that SAM makes of the template, where `EmbedOrigins` is `ORIGINS`."""
    definition = copy.deepcopy(TEMPLATE)
    for resource in definition["Resources"].values():
        for location in {"CodeUri", "ContentUri"} & resource.get("Properties", {}).keys():
            resource["Properties"][location] = "s3://code/x.zip"
    parameters = {"EmbedOrigins": ORIGINS, "AWS::Region": "us-east-1", "AWS::Partition": "aws"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        made: dict[str, Any] = transform(definition, parameters, NoManagedPolicies())
    resources: dict[str, Any] = made["Resources"]
    return resources


def statements(role: dict[str, Any]) -> list[dict[str, Any]]:
    """What a role always allows; not what a parameter adds."""
    policies = [policy for policy in role["Properties"]["Policies"] if "Fn::If" not in policy]
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def metrics_of(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """Namespace, name and dimensions of each metric that an alarm reads."""
    properties = alarm["Properties"]
    queries = properties.get("Metrics")
    if queries is None:
        return [properties]
    return [query["MetricStat"]["Metric"] for query in queries if "MetricStat" in query]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def actions(role_name: str) -> set[str]:
    return {action for statement in statements(ROLES[role_name]) for action in as_list(statement["Action"])}
