"""Deploys the SAM template as it stands with the emulator's CloudFormation."""

import json
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import WaiterError

from daybook_local.deployment import template
from daybook_local.deployment.function_code import CODE_BUCKET, upload_code

STACK = "daybook"
TEMPLATE_KEY = "template.json"
# Seconds between two looks at the stack, and how many there are at most: a minute in all.
POLL_SECONDS, MAX_POLLS = 0.1, 600
# The data of the local stack outlives it, so its keyed hashes must be found again; they protect nothing here.
ADDRESS_KEY = "the key of the local stack's hashes"


class DeploymentError(Exception):
    """The template could not be deployed; the message has the reasons of CloudFormation."""


def deploy(cloudformation: Any, deployment: dict[str, Any]) -> dict[str, str]:
    """Make the stack that `prepare` describes: its outputs by name. DeploymentError."""
    cloudformation.create_stack(**deployment)
    _wait_until_created(cloudformation)
    outputs = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["Outputs"]
    return {output["OutputKey"]: output["OutputValue"] for output in outputs}


def prepare(
    s3: Any,
    *,
    issuer: str,
    audience: str,
    service_clients: Sequence[str],
    console_client: str,
    embed_origins: Sequence[str],
) -> dict[str, Any]:
    """Upload code and template: the arguments of `create_stack`, or of a change set of the same stack.

    `issuer` is the URL of the token issuer, `audience` that of its tokens. `service_clients` are the client ids of
    the services, `console_client` is that of the console. Pages of `embed_origins` may call the API.
    """
    definition = template.load()
    upload_code(definition, s3)
    parameters = {
        "Issuer": issuer,
        "Audience": audience,
        "ServiceClients": ",".join(service_clients),
        "ConsoleClientId": console_client,
        "EmbedOrigins": ",".join(embed_origins),
        "Archive": "on",
        "AddressKey": ADDRESS_KEY,
    }
    # SAM resolves some references itself, and ministack gives it no values but the defaults.
    for name, value in parameters.items():
        definition["Parameters"][name]["Default"] = value
    # Inline a template may have 51,200 bytes at most.
    s3.put_object(Bucket=CODE_BUCKET, Key=TEMPLATE_KEY, Body=json.dumps(definition).encode())
    return {
        "StackName": STACK,
        "TemplateURL": f"{s3.meta.endpoint_url}/{CODE_BUCKET}/{TEMPLATE_KEY}",
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    }


def _wait_until_created(cloudformation: Any) -> None:
    waiter = cloudformation.get_waiter("stack_create_complete")
    try:
        waiter.wait(StackName=STACK, WaiterConfig={"Delay": POLL_SECONDS, "MaxAttempts": MAX_POLLS})
    except WaiterError as error:
        stacks: Any = error.last_response.get("Stacks", [{}])
        if stacks[0].get("StackStatus") == "CREATE_IN_PROGRESS":
            seconds = int(POLL_SECONDS * MAX_POLLS)
            raise DeploymentError(f"The template was not applied within {seconds} seconds.") from error
        raise DeploymentError(f"The template could not be applied: {_failure_reasons(cloudformation)}") from error


def _failure_reasons(cloudformation: Any) -> str:
    events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
    failed = (event for event in reversed(events) if event["ResourceStatus"].endswith("_FAILED"))
    return "; ".join(f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in failed)
