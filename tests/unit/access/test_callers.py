"""Who is calling: what is missing or odd in the claims is refused, and nobody becomes what they are not."""

from contextlib import nullcontext
from typing import Any

import pytest
from daybook.access import callers
from daybook.access.callers import CallerRules, ClaimNames
from daybook.access.grants import Grants
from daybook.core.errors import ForbiddenError, UnauthenticatedError

from tests.support.api import ADMIN, PLATFORM, SERVICE, STAFF
from tests.support.functions import tokens
from tests.support.memory.table import MemoryTable

NAMES = ClaimNames(org="org", username="username", name="name", groups="groups", scope="scope")
RULES = CallerRules(NAMES, frozenset({"portal", "platform", "mailer"}))
FROM_THE_TOKEN = "from the token"


def caller(
    claims: dict[str, Any] | None, authorization: str | None = FROM_THE_TOKEN, rules: CallerRules = RULES
) -> callers.Caller:
    """Of a token with these claims; or with this header beside what API Gateway writes of them."""
    if claims is None:
        return callers.caller_of(None, None, rules)
    header = tokens.bearer(claims) if authorization == FROM_THE_TOKEN else authorization
    return callers.caller_of(tokens.as_api_gateway_writes(claims), header, rules)


def permissions(who: callers.Caller, admin_group: str = "admin") -> frozenset[callers.Permission]:
    """Where nothing was granted."""
    grants = Grants(table=MemoryTable(), admin_group=admin_group, timer=lambda: 0.0)
    return grants.with_permissions("riverside", who).permissions


def test_a_staff_member_has_an_org_a_name_and_groups() -> None:
    assert caller(ADMIN) == callers.Caller("riverside", "ada", "Ada Admin", frozenset({"admin"}), frozenset())


@pytest.mark.parametrize(
    "groups",
    [
        ["admin", "front_desk"],
        ["Site admin"],
        ["Former billing", "admin team"],
        ["admin "],
        [" admin"],
        ["/admin", "/staff/admin"],
        ["admin\tteam", "night\nadmin"],
        ["[admin]", "[a", "b]"],
        ["", "Übungsleiter", "教練 admin"],
        [],
    ],
)
def test_each_element_of_a_list_is_a_group_by_its_whole_name(groups: list[str]) -> None:
    who = caller({**ADMIN, "groups": groups})
    assert who.groups == set(groups)
    assert permissions(who) == (callers.PERMISSIONS if "admin" in groups else frozenset())


@pytest.mark.parametrize("groups", ["[admin", "admin]", "admin", "admin ", "admin,teachers", "[admin]", "[a admin]"])
def test_a_text_is_one_group_whatever_it_looks_like(groups: str) -> None:
    assert caller({**ADMIN, "groups": groups}).groups == {groups}


@pytest.mark.parametrize("groups", [[["admin"]], [{"name": "admin"}], [None, 7, True], {"admin": True}, 7, True, None])
def test_what_is_no_text_is_no_group(groups: Any) -> None:
    assert permissions(caller({**ADMIN, "groups": groups})) == frozenset()


FORGED = tokens.bearer({**ADMIN, "groups": ["admin"]})
OTHERS = tokens.bearer({**ADMIN, "sub": "another", "groups": ["admin"]})


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Basic YWRhOmFkYQ==",
        OTHERS,
        tokens.bearer({"groups": ["admin"]}),
        f"{FORGED}, {OTHERS}",
        f"{OTHERS}, {FORGED}",
        FORGED + ".more",
        FORGED.replace("Bearer ", "Bearer Bearer "),
        FORGED.replace("Bearer", "DPoP"),
        "Bearer e30.e30.e30",
        "Bearer e30.W10.e30",
        "Bearer e30.eyJ.e30",
        "Bearer e30.gICA.e30",
        f"Bearer e30.{'W1tb' * 100_000}.e30",
        FORGED + "\n",
    ],
)
@pytest.mark.parametrize("groups", [["admin"], ["Site", "admin"]])
def test_a_list_that_cannot_be_taken_from_the_verified_token_gives_no_group(
    authorization: str | None, groups: list[str]
) -> None:
    assert caller({**ADMIN, "groups": groups}, authorization).groups == frozenset()
    assert caller({**ADMIN, "groups": "admin"}, authorization).groups == {"admin"}


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER  ", ""])
def test_the_token_is_read_as_api_gateway_reads_it(scheme: str) -> None:
    assert caller(ADMIN, tokens.bearer(ADMIN).replace("Bearer ", scheme)).groups == {"admin"}


@pytest.mark.parametrize("name", ["", None, 7, ["Ada"]])
def test_a_staff_member_without_a_name_is_shown_by_the_username(name: Any) -> None:
    claims = tokens.as_api_gateway_writes({key: claim for key, claim in ADMIN.items() if key != "name"})
    assert callers.caller_of({**claims, "name": name}, None, RULES).name == "ada"


NO_TEXTS: list[Any] = [None, True, False, ["vera"], ["vera", "doe"], {"vera": 1}, [], {}]


@pytest.mark.parametrize("claim", [*NO_TEXTS, "\ud83dvera", "vera\udc4d"])
def test_what_is_no_text_names_nobody(claim: Any) -> None:
    with pytest.raises(ForbiddenError, match="claim org is not an org's id"):
        caller({**ADMIN, "org": claim})
    with pytest.raises(ForbiddenError, match="no claim username that names the staff member"):
        caller({**ADMIN, "username": claim})
    assert caller({**ADMIN, "name": claim}).name == "ada"
    with pytest.raises(ForbiddenError, match="its client is no service"):
        caller({"client_id": claim, "scope": "daybook/read"}, rules=CallerRules(NAMES, frozenset({"true", "null", ""})))


@pytest.mark.parametrize("claim", NO_TEXTS)
def test_what_is_no_text_is_no_group_that_is_called_so(claim: Any) -> None:
    spelling = tokens.as_api_gateway_writes({"groups": claim})["groups"]
    assert permissions(caller({**ADMIN, "groups": claim}), admin_group=spelling) == frozenset()
    assert permissions(caller({**ADMIN, "groups": [spelling]}), admin_group=spelling) == callers.PERMISSIONS


@pytest.mark.parametrize("text", ["null", "true", "[vera]", "{vera}", "map[vera]", "<nil>", "vera\n"])
def test_a_text_is_taken_as_it_is_whatever_it_looks_like(text: str) -> None:
    who = caller({**ADMIN, "username": text, "name": text, "groups": text})
    assert (who.username, who.name, who.groups) == (text, text, frozenset({text}))


@pytest.mark.parametrize("username", [["jane@school.example"], ["jane", "doe"], ["jane doe"], []])
def test_a_list_is_no_username(username: list[str]) -> None:
    """As API Gateway writes them, two of these are one text."""
    for authorization in (FROM_THE_TOKEN, None):
        with pytest.raises(ForbiddenError, match=r"no claim username .* by one text"):
            caller({**STAFF, "username": username}, authorization)
        assert caller({**STAFF, "name": username}, authorization).name == "ben"


@pytest.mark.parametrize("text", ["[jane]", "[a b]", "[]"])
def test_a_text_in_brackets_is_a_username_where_the_token_says_so(text: str) -> None:
    assert caller({**STAFF, "username": text}).username == text
    with pytest.raises(ForbiddenError):
        caller({**STAFF, "username": text}, None)


def test_the_admin_group_is_a_setting_and_its_name_is_whole() -> None:
    owners = caller({**ADMIN, "groups": ["Owners of it"]})
    assert permissions(owners, "Owners of it") == callers.PERMISSIONS
    assert permissions(owners, "Owners") == permissions(owners) == frozenset()
    assert permissions(caller(ADMIN), "Owners") == frozenset()
    assert permissions(caller(STAFF)) == frozenset()


@pytest.mark.parametrize("groups", ["Admin", "ADMIN", "admin users", "not admin", "аdmin"])
def test_what_looks_like_the_admin_group_is_not(groups: str) -> None:
    assert permissions(caller({**ADMIN, "groups": [groups]})) == frozenset()


@pytest.mark.parametrize("claims", [None, {}])
def test_no_claims_are_unauthenticated(claims: dict[str, Any] | None) -> None:
    with pytest.raises(UnauthenticatedError):
        caller(claims)


@pytest.mark.parametrize(
    ("claims", "what_is_missing"),
    [
        ({**ADMIN, "org": ""}, "claim org is not an org's id"),
        ({**ADMIN, "org": ["riverside"]}, "claim org is not an org's id"),
        ({**ADMIN, "org": "river/side"}, "claim org is not an org's id"),
        ({**ADMIN, "org": "riverside\n"}, "claim org is not an org's id"),
        ({**ADMIN, "org": "message"}, "claim org is not an org's id"),
        ({**ADMIN, "org": "x" * 65}, "claim org is not an org's id"),
        ({**ADMIN, "username": ""}, "no claim username"),
        ({"org": "riverside", "sub": "1"}, "UsernameClaim"),
        ({"sub": "1"}, "and 1 is no service.* ServiceClients"),
        ({"scope": "daybook/read", "client_id": "webshop"}, "and webshop is no service"),
        ({"scope": "openid daybook/read", "client_id": "portal"}, "has the scope openid.* OrgClaim"),
        (
            {"scope": "daybook/writes openids", "client_id": "portal"},
            "none of the scopes .*manage.* claim scope",
        ),
        ({"scope": ["daybook/write extra"], "client_id": "portal"}, "none of the scopes"),
        ({"client_id": "portal"}, "ScopeClaim"),
        ({"scope": "daybook/write"}, "OrgClaim"),
    ],
)
def test_odd_claims_are_forbidden_and_the_message_says_what_is_missing(
    claims: dict[str, Any], what_is_missing: str
) -> None:
    with pytest.raises(ForbiddenError, match=what_is_missing):
        caller(claims)


PERSONS_MARKS = [
    {"username": "vera"},
    {"cognito:username": "vera"},
    {"username": ""},
    {"uid": "00u1"},
    {"preferred_username": "vera"},
    {"upn": "vera@school.example"},
    {"unique_name": "vera@school.example"},
    {"email": "vera@school.example"},
    {"given_name": "Vera"},
    {"family_name": "Doe"},
    {"sub": "auth0|5f7c8ec7"},
    {"sub": "google-oauth2|1084"},
    {"scope": "openid daybook/read daybook/write daybook/manage"},
    {"scope": ["daybook/read", "openid"]},
]


@pytest.mark.parametrize("marks", PERSONS_MARKS)
@pytest.mark.parametrize("service", [SERVICE, PLATFORM, {"scope": "daybook/read", "azp": "mailer", "sub": "u-1"}])
def test_a_persons_token_without_an_org_is_no_service(service: dict[str, Any], marks: dict[str, Any]) -> None:
    caller(service)
    with pytest.raises(ForbiddenError, match=r"is no service's but a person's: it has the (claim|scope) .* OrgClaim"):
        caller({**service, **marks})


@pytest.mark.parametrize("clients", [frozenset(), frozenset({"Portal"}), frozenset({"portal "}), frozenset({"porta"})])
def test_no_client_is_a_service_that_is_not_listed(clients: frozenset[str]) -> None:
    with pytest.raises(ForbiddenError, match="portal is no service"):
        caller(SERVICE, rules=CallerRules(NAMES, clients))


@pytest.mark.parametrize(
    "claims",
    [
        {"client_id": "mailer"},
        {"azp": "mailer"},
        {"sub": "mailer"},
        {"client_id": "mailer", "azp": "webshop", "sub": "another"},
        {"azp": "mailer", "sub": "another"},
    ],
)
def test_a_service_is_named_by_its_client_id_else_its_azp_else_its_sub(claims: dict[str, Any]) -> None:
    who = caller({"scope": "daybook/write", **claims})
    assert (who.username, who.name, who.is_service) == ("mailer", "mailer", True)


@pytest.mark.parametrize("odd", ["", ["evil"], ["mailer"], {"a": 1}, True, None])
@pytest.mark.parametrize("others", [{"azp": "mailer"}, {"sub": "mailer"}])
def test_an_odd_client_id_is_not_passed_over(odd: Any, others: dict[str, Any]) -> None:
    with pytest.raises(ForbiddenError, match="and its client is no service"):
        caller({"scope": "daybook/write", "client_id": odd, **others})


@pytest.mark.parametrize("claims", [{"client_id": "webshop", "azp": "mailer"}, {"azp": "webshop", "sub": "mailer"}])
def test_the_first_of_these_claims_counts_alone(claims: dict[str, Any]) -> None:
    with pytest.raises(ForbiddenError, match="webshop is no service"):
        caller({"scope": "daybook/write", **claims})


@pytest.mark.parametrize(
    ("scope", "scopes"),
    [
        ("daybook/read", {"daybook/read"}),
        ("other/read daybook/write  daybook/manage", {"daybook/write", "daybook/manage"}),
        (["daybook/read", "daybook/write"], {"daybook/read", "daybook/write"}),
        (["daybook/read", "x daybook/manage"], {"daybook/read"}),
        ("daybook/read x\u00a0daybook/manage", {"daybook/read"}),
        ("daybook/read x\tdaybook/manage\x1cdaybook/write", {"daybook/read"}),
    ],
)
def test_scopes_are_words_or_elements_of_a_list(scope: Any, scopes: set[str]) -> None:
    assert caller({"client_id": "mailer", "scope": scope}).scopes == scopes


@pytest.mark.parametrize("authorization", [None, tokens.bearer({"client_id": "x", "scope": ["daybook/read"]})])
def test_a_list_of_scopes_that_cannot_be_taken_from_the_token_gives_none(authorization: str | None) -> None:
    with pytest.raises(ForbiddenError, match="none of the scopes"):
        caller({"client_id": "mailer", "scope": ["daybook/read", "daybook/write"]}, authorization)


def test_a_staff_member_with_a_service_scope_is_still_staff_of_one_org() -> None:
    who = caller({**STAFF, **PLATFORM, "username": "ben"})
    with pytest.raises(ForbiddenError):
        callers.admit(who, "hilltop")
    for scope in callers.SCOPES:
        with pytest.raises(ForbiddenError):
            callers.require_scope(who, scope)
    for require in (callers.require, callers.require_change):
        with pytest.raises(ForbiddenError):
            require(who, "audit_log")


@pytest.mark.parametrize("org", ["hilltop", "Riverside", "riverside ", "riverside/x", "", "message", "*"])
def test_staff_enter_their_own_org_only(org: str) -> None:
    callers.admit(caller(ADMIN), "riverside")
    with pytest.raises(ForbiddenError):
        callers.admit(caller(ADMIN), org)


@pytest.mark.parametrize("scope", sorted(callers.SCOPES))
def test_a_service_does_what_its_scopes_say_and_none_implies_another(scope: str) -> None:
    who = caller({"scope": scope, "client_id": "mailer"})
    allowed = nullcontext()
    refused = pytest.raises(ForbiddenError, match=r"this needs the scope daybook/(read|write|manage)$")
    with allowed if scope == "daybook/read" else refused:
        callers.require(who, "audit_log")
    with allowed if scope == "daybook/write" else refused:
        callers.require_scope(who, "daybook/write")
    with allowed if scope == "daybook/manage" else refused:
        callers.require_change(who, "access")
