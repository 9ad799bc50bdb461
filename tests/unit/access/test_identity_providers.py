"""Tokens as identity providers write them: the right caller, or a sentence that tells the operator what is missing.

Each file in `claims/` is of one provider, with its documentation as the source. A case has the settings that differ
from the template's defaults, the claims, and what comes of them.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from daybook.access import callers
from daybook.access.callers import CallerRules, ClaimNames
from daybook.core.errors import ForbiddenError

from tests.support.functions import tokens

FILES = sorted((Path(__file__).parent / "claims").glob("*.json"))
CASES = [
    pytest.param(case, id=f"{path.stem}: {case['case']}")
    for path in FILES
    for case in json.loads(path.read_text())["cases"]
]
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
