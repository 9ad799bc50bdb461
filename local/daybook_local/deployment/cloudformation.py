"""The real template, applied by the emulator's CloudFormation, with the code zipped from the source folders."""

import io
import json
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from daybook_local.deployment import template as templates
from daybook_local.stack.settings import AUDIENCE

STACK = "daybook"
CODE_BUCKET = "code"
DEADLINE_SECONDS = 60

# Third-party code comes from the interpreter that runs the functions, the one that runs the emulator.
EMPTY_LAYERS = ("DependenciesLayer",)
# The data of the local stack outlives it, so its hashes must be found again; they keep no secret here.
ADDRESS_KEY = "the key of the local stack's hashes"


class DeploymentError(Exception):
    """The template could not be applied; the message says what CloudFormation said."""


def deploy(cloudformation: Any, s3: Any, *, issuer: str) -> dict[str, str]:
    """The stack's outputs."""
    template = templates.load()
    upload_code(template, s3)
    parameters = {"Issuer": issuer, "Audience": AUDIENCE, "Archive": "on", "AddressKey": ADDRESS_KEY}
    cloudformation.create_stack(
        StackName=STACK,
        TemplateBody=json.dumps(template),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    outputs = created(cloudformation)["Outputs"]
    return {output["OutputKey"]: output["OutputValue"] for output in outputs}


def upload_code(template: dict[str, Any], s3: Any) -> None:
    s3.create_bucket(Bucket=CODE_BUCKET)
    for name, resource in template["Resources"].items():
        for location in {"CodeUri", "ContentUri"} & resource.get("Properties", {}).keys():
            folder = templates.TEMPLATE.parent / resource["Properties"][location]
            code = zipped(name, folder, layer=location == "ContentUri")
            s3.put_object(Bucket=CODE_BUCKET, Key=f"{name}.zip", Body=code)
            resource["Properties"][location] = f"s3://{CODE_BUCKET}/{name}.zip"


def zipped(name: str, folder: Path, *, layer: bool) -> bytes:
    files = {} if name in EMPTY_LAYERS else sources(folder)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        # A zip must not be empty, and a layer's content stands below python/.
        archive.writestr("python/.keep" if layer else ".keep", b"")
        for path, content in files.items():
            archive.writestr(f"python/{path}" if layer else path, content)
    return buffer.getvalue()


def sources(folder: Path) -> Mapping[str, bytes]:
    """What the package holds besides code (a py.typed, a JSON file) belongs to it as well."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def created(cloudformation: Any) -> dict[str, Any]:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        stack: dict[str, Any] = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        if stack["StackStatus"] == "CREATE_COMPLETE":
            return stack
        if stack["StackStatus"] != "CREATE_IN_PROGRESS":
            raise DeploymentError(f"The template could not be applied: {reasons(cloudformation)}")
        time.sleep(0.1)
    raise DeploymentError(f"The template was not applied within {DEADLINE_SECONDS} seconds.")


def reasons(cloudformation: Any) -> str:
    events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
    failed = (event for event in reversed(events) if event["ResourceStatus"].endswith("_FAILED"))
    return "; ".join(f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in failed)
