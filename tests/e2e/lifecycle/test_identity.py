"""infra/identity.yaml, deployed to the emulator: a person and a service get their tokens, and Daybook reads them.

The emulator has no type for the style of the sign-in pages and for users. It lets a client's own settings of attributes
and flows be: that nobody can choose their org is shown by the template (tests/unit/infra/test_identity.py).
"""

import base64
import hashlib
import html
import json
import re
import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import jmespath
import pytest
from daybook.access.callers import Caller, CallerRules, ClaimNames, caller_of
from daybook_local.deployment.template import REPOSITORY, load

from tests.support.functions import tokens
from tests.support.identity_template import IDENTITY
from tests.support.local_stack.aws import aws_client
from tests.support.local_stack.calls import soon
from tests.support.local_stack.emulator import emulated_aws

pytestmark = pytest.mark.slow

STACK, CONSOLE_URL = "daybook-identity", "https://a1b2c3.execute-api.us-east-1.amazonaws.com/console/"
WITHOUT = {"AWS::Cognito::ManagedLoginBranding", "AWS::Cognito::UserPoolUser"}
BODY = json.dumps(
    IDENTITY
    | {"Resources": {name: each for name, each in IDENTITY["Resources"].items() if each["Type"] not in WITHOUT}}
)
USERNAME, PASSWORD = "jane@school.example", "correct horse battery"


def deployed(stack: dict[str, Any], operation: str, **parameters: str) -> dict[str, str]:
    """The outputs once the stack is created or updated with these parameters."""
    cloudformation = aws_client(stack, "cloudformation")
    values = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
    getattr(cloudformation, operation)(StackName=STACK, TemplateBody=BODY, Parameters=values)

    def described() -> dict[str, Any]:
        found: dict[str, Any] = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        return found

    assert soon(lambda: not described()["StackStatus"].endswith("IN_PROGRESS"))
    assert described()["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), described()
    return {output["OutputKey"]: output["OutputValue"] for output in described()["Outputs"]}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with emulated_aws(tmp_path_factory.mktemp("identity")) as stack:
        yield stack


@pytest.fixture(scope="module")
def first_outputs(stack: dict[str, Any]) -> dict[str, str]:
    return deployed(stack, "create_stack", DomainPrefix="daybook-e2e")


@pytest.fixture(scope="module")
def outputs(stack: dict[str, Any], first_outputs: dict[str, str]) -> dict[str, str]:
    """Those once the address of the console is known, and somebody is there to sign in."""
    found = deployed(stack, "update_stack", DomainPrefix="daybook-e2e", ConsoleUrl=CONSOLE_URL)
    pool, users = found["UserPoolId"], aws_client(stack, "cognito-idp")
    attributes = {"email": USERNAME, "custom:org": "riverside", "name": "Jane Doe"}
    users.admin_create_user(
        UserPoolId=pool,
        Username=USERNAME,
        UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
        MessageAction="SUPPRESS",
    )
    users.admin_set_user_password(UserPoolId=pool, Username=USERNAME, Password=PASSWORD, Permanent=True)
    for group in (found["AdminGroup"], "front-desk"):
        users.admin_add_user_to_group(UserPoolId=pool, Username=USERNAME, GroupName=group)
    return found


def read(token: str, outputs: dict[str, str]) -> tuple[dict[str, Any], Caller]:
    """The claims, and the caller whom Daybook reads in them with the outputs as its parameters."""
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    names = ClaimNames(*(outputs[f"{name}Claim"] for name in ("Org", "Username", "Name", "Groups", "Scope")))
    rules = CallerRules(names, frozenset(outputs["ServiceClients"].split(",")))
    return claims, caller_of(tokens.as_api_gateway_writes(claims), f"Bearer {token}", rules)


def signed_in(stack: dict[str, Any], outputs: dict[str, str]) -> dict[str, str]:
    """The tokens of a sign-in by the code flow with PKCE, at the emulator's sign-in page."""
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    request = {
        "client_id": outputs["ConsoleClientId"],
        "redirect_uri": f"{CONSOLE_URL}callback",
        "response_type": "code",
        "scope": outputs["ConsoleScope"],
        "state": "s",
        "nonce": "n",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    with httpx.Client(base_url=stack["aws"], timeout=30) as browser:
        page = browser.get("/oauth2/authorize", params=request).text
        fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
        form = {name: html.unescape(value) for name, value in fields}
        answer = browser.post("/login", data={**form, "username": USERNAME, "password": PASSWORD})
        (code,) = httpx.URL(answer.headers["location"]).params.get_list("code")
        redeemed = browser.post(
            "/oauth2/token",
            data={
                "grant_type": "authorization_code",
                "client_id": request["client_id"],
                "redirect_uri": request["redirect_uri"],
                "code": code,
                "code_verifier": verifier,
            },
        )
    found: dict[str, str] = redeemed.raise_for_status().json()
    return found


def client_credentials(stack: dict[str, Any], outputs: dict[str, str], client: str, scope: str) -> httpx.Response:
    described = aws_client(stack, "cognito-idp").describe_user_pool_client(
        UserPoolId=outputs["UserPoolId"], ClientId=outputs[client]
    )
    secret = described["UserPoolClient"]["ClientSecret"]
    form = {"grant_type": "client_credentials", "scope": scope}
    return httpx.post(f"{stack['aws']}/oauth2/token", data=form, auth=(outputs[client], secret), timeout=30)


def test_the_address_of_the_console_changes_no_output(first_outputs: dict[str, str], outputs: dict[str, str]) -> None:
    assert outputs == first_outputs


def test_the_command_of_the_page_copies_the_outputs_that_are_parameters(
    stack: dict[str, Any], outputs: dict[str, str]
) -> None:
    page = (REPOSITORY / "docs" / "identity" / "cognito.md").read_text()
    (query,) = re.findall(
        r""""(Stacks\[0\]\.Outputs\[\?Description.*)" \|\n    sed "s/\.\*/    '&',/"$""", page, flags=re.MULTILINE
    )
    described = aws_client(stack, "cloudformation").describe_stacks(StackName=STACK)
    # As the shell hands it on.
    rows = jmespath.search(query.replace(r"\"", '"'), described)
    taken = {name: value for name, value in outputs.items() if name in load()["Parameters"]}
    assert sorted(rows) == sorted([f'{name}="{value}"'] for name, value in taken.items())


def test_the_id_token_of_a_person_is_a_staff_member_of_their_org(
    stack: dict[str, Any], outputs: dict[str, str]
) -> None:
    claims, caller = read(signed_in(stack, outputs)[outputs["ConsoleToken"]], outputs)
    assert (claims["iss"], claims["nonce"]) == (outputs["Issuer"], "n")
    assert claims["aud"] in outputs["Audience"].split(",")
    assert (caller.org, caller.username, caller.name) == ("riverside", USERNAME, "Jane Doe")
    assert caller.groups == {outputs["AdminGroup"], "front-desk"}


@pytest.mark.parametrize(
    ("client", "scopes"),
    [("PortalClientId", {"daybook/read", "daybook/write"}), ("PlatformClientId", {"daybook/manage"})],
)
def test_the_token_of_a_client_is_a_service_with_its_scopes(
    stack: dict[str, Any], outputs: dict[str, str], client: str, scopes: set[str]
) -> None:
    answer = client_credentials(stack, outputs, client, " ".join(sorted(scopes))).raise_for_status()
    claims, caller = read(answer.json()["access_token"], outputs)
    assert "aud" not in claims
    assert claims["client_id"] in outputs["Audience"].split(",")
    assert caller.is_service
    assert caller.scopes == scopes


def test_a_client_gets_no_scope_of_another(stack: dict[str, Any], outputs: dict[str, str]) -> None:
    assert client_credentials(stack, outputs, "PortalClientId", "daybook/manage").status_code == 400
