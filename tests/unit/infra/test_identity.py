"""What infra/identity.yaml promises, and that it fits infra/template.yaml."""

import re
from typing import Any

import pytest
from botocore.loaders import Loader
from daybook.access.callers import SCOPES
from daybook.storage.keys import org_keys

from tests.support.identity_template import (
    CLIENTS,
    CONSOLE,
    IDENTITY,
    OF_ADMINISTRATORS,
    SERVICES,
    properties_of_type,
)
from tests.support.template import TEMPLATE

PARAMETERS, RESOURCES, OUTPUTS = IDENTITY["Parameters"], IDENTITY["Resources"], IDENTITY["Outputs"]
(POOL,) = properties_of_type("AWS::Cognito::UserPool").values()
GROUPS = properties_of_type("AWS::Cognito::UserPoolGroup")
CONSOLE_ONLY = "HasConsole"

# The parameters of infra/template.yaml that an identity provider decides on.
OF_IDENTITY = {
    "Issuer", "Audience", "OrgClaim", "UsernameClaim", "NameClaim", "GroupsClaim", "ScopeClaim", "AdminGroup",
    "ServiceClients", "ConsoleClientId", "ConsoleToken", "ConsoleScope",
}  # fmt: skip


def joined(output: str) -> list[str]:
    """The logical ids that an output joins with commas."""
    separator, references = OUTPUTS[output]["Value"]["Fn::Join"]
    assert separator == ","
    return [reference["Ref"] for reference in references]


def once_the_console_is_known(value: dict[str, Any]) -> Any:
    condition, then, otherwise = value["Fn::If"]
    assert (condition, otherwise) in ((CONSOLE_ONLY, {"Ref": "AWS::NoValue"}), (CONSOLE_ONLY, False))
    return then


def test_a_condition_means_what_its_name_says() -> None:
    given = {"HasConsole": "ConsoleUrl", "HasAdmin": "AdminEmail", "HasAdminName": "AdminName"}
    meanings = {name: {"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, ""]}]} for name, parameter in given.items()}
    assert IDENTITY["Conditions"] == meanings


def test_the_resource_server_has_the_scopes_that_daybook_knows() -> None:
    (server,) = properties_of_type("AWS::Cognito::UserPoolResourceServer").values()
    assert {f"{server['Identifier']}/{scope['ScopeName']}" for scope in server["Scopes"]} == SCOPES


def test_the_services_have_all_scopes_between_them_and_none_has_all() -> None:
    allowed = {name: set(client["AllowedOAuthScopes"]) for name, client in SERVICES.items()}
    assert set.union(*allowed.values()) == SCOPES
    assert all(scopes < SCOPES for scopes in allowed.values())
    assert {RESOURCES[name]["DependsOn"] for name in SERVICES} == {"Scopes"}


def test_nobody_signs_in_by_the_client_of_a_service() -> None:
    for client in SERVICES.values():
        assert client["GenerateSecret"]
        assert client["AllowedOAuthFlows"] == ["client_credentials"]
        assert client["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"]
    assert joined("ServiceClients") == [*SERVICES]


def test_the_consoles_client_is_public_and_has_the_code_flow_alone() -> None:
    assert CONSOLE["GenerateSecret"] is False
    assert once_the_console_is_known(CONSOLE["AllowedOAuthFlows"]) == ["code"]
    assert once_the_console_is_known(CONSOLE["AllowedOAuthFlowsUserPoolClient"]) is True
    # The scope of Cognito's own API, by which a person changes their attributes, is not among them.
    assert once_the_console_is_known(CONSOLE["AllowedOAuthScopes"]) == OUTPUTS["ConsoleScope"]["Value"].split(" ")
    # No flow in which a page or the CLI hands a password over.
    assert not {flow for flow in CONSOLE["ExplicitAuthFlows"] if "PASSWORD" in flow}


def test_the_console_is_where_sign_in_and_sign_out_come_back_to() -> None:
    assert once_the_console_is_known(CONSOLE["CallbackURLs"]) == [{"Fn::Sub": "${ConsoleUrl}callback"}]
    assert once_the_console_is_known(CONSOLE["LogoutURLs"]) == [{"Ref": "ConsoleUrl"}]
    condition, *shown = TEMPLATE["Outputs"]["ConsoleUrl"]["Value"]["Fn::If"]
    assert condition == "HasDomain"
    values = {"Api": "a1b2c3", "AWS::Region": "eu-west-1", "AWS::URLSuffix": "a.com", "DomainName": "daybook.example"}
    for each in shown:
        url = re.sub(r"\$\{(.*?)\}", lambda name: values[name[1]], each["Fn::Sub"])
        assert re.fullmatch(PARAMETERS["ConsoleUrl"]["AllowedPattern"], url)


def test_the_sign_in_pages_are_managed_login_which_the_plan_has() -> None:
    (domain,) = properties_of_type("AWS::Cognito::UserPoolDomain").values()
    assert (POOL["UserPoolTier"], domain["ManagedLoginVersion"]) == ("ESSENTIALS", 2)


def test_no_client_has_the_implicit_flow() -> None:
    assert "implicit" not in str(CLIENTS)


def test_nobody_can_set_their_own_org_or_name() -> None:
    # An empty list would be the default, which is every standard attribute.
    assert CONSOLE["WriteAttributes"]
    assert not OF_ADMINISTRATORS & set(CONSOLE["WriteAttributes"])
    (org,) = POOL["Schema"]
    assert f"custom:{org['Name']}" in OF_ADMINISTRATORS
    assert POOL["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True


def test_the_id_token_has_the_claims_that_the_outputs_name() -> None:
    assert OUTPUTS["ConsoleToken"]["Value"] == "id_token"
    # Those without the prefix `cognito:` are attributes, and in the token where the client may read them.
    claims = {OUTPUTS[name]["Value"] for name in ("OrgClaim", "UsernameClaim", "NameClaim", "GroupsClaim")}
    assert {claim for claim in claims if not claim.startswith("cognito:")} == set(CONSOLE["ReadAttributes"])


def test_usernames_are_chosen_and_compared_as_daybook_does() -> None:
    assert not {"UsernameAttributes", "AliasAttributes"} & POOL.keys()
    assert POOL["UsernameConfiguration"] == {"CaseSensitive": False}


def test_tokens_last_an_hour_unless_told_otherwise() -> None:
    assert CONSOLE["IdTokenValidity"] == CONSOLE["AccessTokenValidity"] == {"Ref": "TokenMinutes"}
    assert CONSOLE["TokenValidityUnits"] == dict.fromkeys(("IdToken", "AccessToken", "RefreshToken"), "minutes")
    assert CONSOLE["RefreshTokenValidity"] >= PARAMETERS["TokenMinutes"]["MaxValue"]
    of_services = [(client["AccessTokenValidity"], client["TokenValidityUnits"]) for client in SERVICES.values()]
    assert of_services == [(PARAMETERS["TokenMinutes"]["Default"], {"AccessToken": "minutes"})] * len(SERVICES)


def test_people_and_groups_outlive_the_stack() -> None:
    assert POOL["DeletionProtection"] == "ACTIVE"
    kept = {"AWS::Cognito::UserPool", "AWS::Cognito::UserPoolGroup", "AWS::Cognito::UserPoolUser"}
    kept_resources = [resource for resource in RESOURCES.values() if resource["Type"] in kept]
    assert len(kept_resources) == 2 + len(GROUPS)
    for resource in kept_resources:
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_a_second_factor_is_an_app_and_can_be_demanded() -> None:
    assert POOL["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]
    assert (POOL["MfaConfiguration"], PARAMETERS["Mfa"]["AllowedValues"]) == ({"Ref": "Mfa"}, ["OPTIONAL", "ON"])


def test_the_names_of_groups_are_such_as_cognito_takes() -> None:
    pattern = Loader().load_service_model("cognito-idp", "service-2")["shapes"]["GroupNameType"]["pattern"]
    # Letters, marks, symbols, digits and punctuation, hence no blank.
    assert pattern == r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+"
    names = {name: group["GroupName"] for name, group in GROUPS.items()}
    assert names == {"AdminGroup": TEMPLATE["Parameters"]["AdminGroup"]["Default"], "FrontDeskGroup": "front-desk"}
    assert OUTPUTS["AdminGroup"]["Value"] == {"Ref": "AdminGroup"}


@pytest.mark.parametrize(("org", "is_one"), [("riverside", True), ("A.b_c-9", True), ("a" * 65, False), ("-a", False)])
def test_the_first_administrators_org_is_one_that_daybook_takes(org: str, *, is_one: bool) -> None:
    assert org_keys.is_org(org) is is_one
    assert bool(re.fullmatch(PARAMETERS["AdminOrg"]["AllowedPattern"], org)) is is_one
    (schema,) = POOL["Schema"]
    assert schema["StringAttributeConstraints"]["MaxLength"] == str(org_keys.MAX_ORG)


def test_the_first_administrator_has_an_org_and_is_in_the_admin_group() -> None:
    (admin,) = properties_of_type("AWS::Cognito::UserPoolUser").values()
    assert {"Name": "custom:org", "Value": {"Ref": "AdminOrg"}} in admin["UserAttributes"]
    (membership,) = properties_of_type("AWS::Cognito::UserPoolUserToGroupAttachment").values()
    assert (membership["Username"], membership["GroupName"]) == ({"Ref": "Admin"}, {"Ref": "AdminGroup"})
    (assertion,) = IDENTITY["Rules"]["AdminHasOrg"]["Assertions"]
    assert assertion["Assert"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "AdminOrg"}, ""]}]}


def test_outputs_are_named_after_the_parameters_that_they_are_for() -> None:
    of_daybook = {name for name, output in OUTPUTS.items() if output["Description"] == "A parameter of Daybook."}
    assert of_daybook == OF_IDENTITY
    assert TEMPLATE["Parameters"].keys() >= OF_IDENTITY
    assert not (OUTPUTS.keys() - OF_IDENTITY) & TEMPLATE["Parameters"].keys()


def test_every_client_is_an_audience() -> None:
    assert sorted(joined("Audience")) == sorted(CLIENTS)


def test_an_invitation_says_where_to_sign_in_and_with_what() -> None:
    condition, known, unknown = POOL["AdminCreateUserConfig"]["InviteMessageTemplate"]["EmailMessage"]["Fn::If"]
    assert condition == CONSOLE_ONLY
    assert '<a href="${ConsoleUrl}">' in known["Fn::Sub"]
    # Cognito refuses a template without them.
    assert all(place in text for place in ("{username}", "{####}") for text in (known["Fn::Sub"], unknown))
    assert POOL["Policies"]["PasswordPolicy"]["TemporaryPasswordValidityDays"] == 7
