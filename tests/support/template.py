"""The template of the deployment, and what its roles allow."""

from typing import Any

from daybook_local.deployment.template import load, resources_of_type

from tests.support.hashes import ADDRESS_KEY

TEMPLATE = load()
RESOLVED = {"Table": "t", "Bodies": "b", "Exports": "exports", "AddressKey": ADDRESS_KEY}
FUNCTIONS = resources_of_type(TEMPLATE, "AWS::Serverless::Function")
ROLES = resources_of_type(TEMPLATE, "AWS::IAM::Role")
RESOURCES = TEMPLATE["Resources"]


def statements(role: dict[str, Any]) -> list[dict[str, Any]]:
    """What a role always allows; not what a parameter adds."""
    policies = [policy for policy in role["Properties"]["Policies"] if "Fn::If" not in policy]
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def actions(role_name: str) -> set[str]:
    return {action for statement in statements(ROLES[role_name]) for action in as_list(statement["Action"])}
