"""infra/identity.yaml: the user pool, its clients and groups."""

from typing import Any

from daybook_local.deployment.template import REPOSITORY, resources_of_type
from samtranslator.yaml_helper import yaml_parse

IDENTITY: dict[str, Any] = yaml_parse((REPOSITORY / "infra" / "identity.yaml").read_text())
# The attributes behind the claims that Daybook reads, and the address to which a password is reset.
OF_ADMINISTRATORS = {"custom:org", "name", "preferred_username", "email"}


def properties_of_type(resource_type: str) -> dict[str, dict[str, Any]]:
    """The properties of the resources of a type, as `AWS::Cognito::UserPoolClient`, by logical id."""
    return {name: resource["Properties"] for name, resource in resources_of_type(IDENTITY, resource_type).items()}


CLIENTS = properties_of_type("AWS::Cognito::UserPoolClient")
CONSOLE = CLIENTS["ConsoleClient"]
SERVICES = {name: client for name, client in CLIENTS.items() if name != "ConsoleClient"}
