"""Tokens as identity providers write them: the right caller, or a sentence that tells the operator what is missing.

Each file in `claims/` is of one provider, with its documentation as the source. A case has the settings that differ
from the template's defaults, the claims, and what comes of them. The tokens and parameters of the pages in
docs/identity/ are read from there.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from daybook.access import callers
from daybook.access.callers import CallerRules, ClaimNames
from daybook.core.errors import ForbiddenError
from daybook_local.deployment.template import REPOSITORY

from tests.support.functions import tokens
from tests.support.identity_template import IDENTITY
from tests.support.parameter_overrides import as_written, of_page

FILES = sorted((Path(__file__).parent / "claims").glob("*.json"))
CASES = [
    pytest.param(case, id=f"{path.stem}: {case['case']}")
    for path in FILES
    for case in json.loads(path.read_text())["cases"]
]
PAGES = sorted(path.stem for path in (REPOSITORY / "docs" / "identity").glob("*.md") if path.stem != "README")
OF_PERSONS, OF_SERVICES = "The token of a person", "The token of a service"
DEFAULTS = {"org": "org", "username": "username", "name": "name", "groups": "groups", "scope": "scope"}


def test_there_are_files_of_five_providers() -> None:
    assert [path.stem for path in FILES] == ["auth0", "cognito", "entra_id", "keycloak", "okta"]


@pytest.mark.parametrize("case", CASES)
def test_a_token_is_its_caller_or_is_refused_with_what_is_missing(case: dict[str, Any]) -> None:
    rules = CallerRules(ClaimNames(**DEFAULTS | case["settings"]), frozenset(case.get("services", [])))
    claims = case["claims"]

    def caller() -> callers.Caller:
        return callers.caller_of(tokens.as_api_gateway_writes(claims), tokens.bearer(claims), rules)

    if "refused" in case:
        with pytest.raises(ForbiddenError, match=case["refused"]):
            caller()
        return
    found = caller()
    if "staff" in case:
        told = {"org": found.org, "username": found.username, "name": found.name, "groups": sorted(found.groups)}
        assert (told, found.scopes) == (case["staff"], frozenset())
    else:
        assert found.is_service
        assert {"client": found.username, "scopes": sorted(found.scopes)} == case["service"]


@cache
def page(provider: str) -> dict[str, str]:
    """The sections of a provider's page by their headings."""
    text = (REPOSITORY / "docs" / "identity" / f"{provider}.md").read_text()
    sections = [part.split("\n", 1) for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]]
    return dict(sections)


def parameters(provider: str) -> dict[str, str]:
    return as_written(of_page(REPOSITORY / "docs" / "identity" / f"{provider}.md"))


def token(provider: str, section: str) -> dict[str, Any]:
    (block,) = re.findall(r"^```json\n(.*?)^```", page(provider)[section], flags=re.MULTILINE | re.DOTALL)
    claims: dict[str, Any] = json.loads(block)
    return claims


def caller_on_page(provider: str, section: str) -> callers.Caller:
    """Whom the code reads in the page's token, with the page's parameters."""
    values, claims = parameters(provider), token(provider, section)
    names = ClaimNames(*(values[f"{name}Claim"] for name in ("Org", "Username", "Name", "Groups", "Scope")))
    rules = CallerRules(names, frozenset(values["ServiceClients"].split(",")))
    return callers.caller_of(tokens.as_api_gateway_writes(claims), tokens.bearer(claims), rules)


def test_each_provider_has_a_page() -> None:
    assert [name.replace("-", "_") for name in PAGES] == [path.stem for path in FILES]


@pytest.mark.parametrize("provider", PAGES)
def test_a_page_names_the_parameters_of_identity(provider: str) -> None:
    # Those of the second template, which are compared with the first where that is read.
    of_identity = {name for name, output in IDENTITY["Outputs"].items() if "A parameter" in output["Description"]}
    assert parameters(provider).keys() == of_identity


@pytest.mark.parametrize("provider", PAGES)
def test_the_person_of_a_page_is_an_administrator_of_their_org(provider: str) -> None:
    found = caller_on_page(provider, OF_PERSONS)
    assert (found.org, found.name) == ("riverside", "Alex Admin")
    assert found.username.startswith("alex")
    assert parameters(provider)["AdminGroup"] in found.groups
    assert len(found.groups) == 2


@pytest.mark.parametrize("provider", PAGES)
def test_the_service_of_a_page_is_one_with_its_scopes(provider: str) -> None:
    found = caller_on_page(provider, OF_SERVICES)
    assert found.is_service
    assert found.username == parameters(provider)["ServiceClients"].split(",")[0]
    assert found.scopes == {callers.READ_SCOPE, callers.WRITE_SCOPE}


@pytest.mark.parametrize("section", [OF_PERSONS, OF_SERVICES])
@pytest.mark.parametrize("provider", PAGES)
def test_api_gateway_lets_the_tokens_of_a_page_in(provider: str, section: str) -> None:
    claims, values = token(provider, section), parameters(provider)
    assert claims["iss"] == values["Issuer"]
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
    audience = claims.get("aud", claims.get("client_id"))
    assert set(values["Audience"].split(",")) & set(audience if isinstance(audience, list) else [audience])
    assert claims["iat"] < claims["exp"]


@pytest.mark.parametrize("provider", PAGES)
def test_the_person_of_a_page_signed_in_by_the_client_of_the_console(provider: str) -> None:
    claims, values = token(provider, OF_PERSONS), parameters(provider)
    by = "aud" if values["ConsoleToken"] == "id_token" else next(name for name in ("azp", "cid") if name in claims)
    assert claims[by] == values["ConsoleClientId"]
    assert values["ConsoleClientId"] not in values["ServiceClients"].split(",")
