"""The HTTP API: its routes, who needs no token, limits, the access log, other origins and a domain."""

import json
import re
from typing import Any

import pytest
from daybook.api.routes import ROUTES
from daybook_local.deployment.template import REPOSITORY

from tests.support.template import FUNCTIONS, ORIGINS, RESOURCES, TEMPLATE, transformed

CONSOLE_ROUTES = ("GET /", "GET /console", "GET /console/{path+}", "OPTIONS /{proxy+}")
API = RESOURCES["Api"]["Properties"]


def api_body() -> dict[str, Any]:
    """The OpenAPI document of the HTTP API."""
    body: dict[str, Any] = transformed()["Api"]["Properties"]["Body"]
    return body


def events() -> dict[str, tuple[str, dict[str, Any]]]:
    """Route to the folder of its function and the event."""
    found = {}
    for function in FUNCTIONS.values():
        folder = function["Properties"]["CodeUri"].rpartition("/")[2]
        for event in function["Properties"]["Events"].values():
            if event["Type"] != "HttpApi":
                continue
            properties = event["Properties"]
            found[f"{properties['Method']} {properties['Path']}" if "Path" in properties else "$default"] = (
                folder,
                properties,
            )
    return found


def test_the_template_routes_exactly_what_the_package_answers_and_the_console() -> None:
    console = dict.fromkeys(CONSOLE_ROUTES, "console")
    assert {route: folder for route, (folder, _) in events().items()} == ROUTES | console


def test_only_the_openapi_document_and_the_console_are_open() -> None:
    opened = {route: properties["Auth"] for route, (_, properties) in events().items() if "Auth" in properties}
    assert opened == {key: {"Authorizer": "NONE"} for key in ("GET /v1/openapi.json", *CONSOLE_ROUTES)}
    api = TEMPLATE["Resources"]["Api"]["Properties"]
    assert api["Auth"]["DefaultAuthorizer"] in api["Auth"]["Authorizers"]


def test_issuer_and_audience_are_parameters() -> None:
    (authorizer,) = TEMPLATE["Resources"]["Api"]["Properties"]["Auth"]["Authorizers"].values()
    assert authorizer["JwtConfiguration"] == {"issuer": {"Ref": "Issuer"}, "audience": {"Ref": "Audience"}}


def test_a_preflight_request_of_any_path_needs_no_token() -> None:
    (operation,) = (api_body()["paths"]["/{proxy+}"][method] for method in api_body()["paths"]["/{proxy+}"])
    assert api_body()["paths"]["/{proxy+}"].keys() == {"options"}
    # On AWS, `$default` and its authorizer take OPTIONS where no route of its own does.
    assert operation["security"] == [{"NONE": []}]
    assert operation["x-amazon-apigateway-integration"]["type"] == "aws_proxy"
    assert api_body()["paths"]["$default"]["x-amazon-apigateway-any-method"]["security"] == [{"Jwt": []}]


@pytest.mark.parametrize("path", ["/", "/console", "/console/{path+}"])
def test_the_console_needs_no_token(path: str) -> None:
    (security,) = (operation["security"] for operation in api_body()["paths"][path].values())
    assert (api_body()["paths"][path].keys(), security) == ({"get"}, [{"NONE": []}])


def test_pages_of_other_origins_may_call_the_api_only_where_a_parameter_lists_them() -> None:
    condition, allowed, otherwise = api_body()["x-amazon-apigateway-cors"]["Fn::If"]
    assert TEMPLATE["Conditions"][condition] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "EmbedOrigins"}, ""]}]}
    assert TEMPLATE["Parameters"]["EmbedOrigins"]["Default"] == ""
    assert otherwise == {"Ref": "AWS::NoValue"}
    assert allowed == {
        # A list, whatever SAM puts in place of the parameter.
        "allowOrigins": {"Fn::Split": [",", ORIGINS]},
        "allowMethods": ["GET", "POST", "PUT", "DELETE", "OPTIONS"],
        "allowHeaders": ["Authorization", "Content-Type", "If-Match"],
        "exposeHeaders": ["ETag", "WWW-Authenticate"],
        "maxAge": 7200,
    }


ONE, MANY = "https://portal.example.com", "https://a.example,http://localhost:4583,https://b.example"


@pytest.mark.parametrize(
    ("origins", "is_taken"),
    [
        ("", True),
        (ONE, True),
        (MANY, True),
        ("*", False),
        (f"{ONE}/", False),
        (f"{ONE}, {ONE}", False),
        (f"{ONE},", False),
        (f",{ONE}", False),
        ("portal.example.com", False),
        (f"{ONE}; script-src *", False),
    ],
)
def test_origins_are_whole_and_nothing_else(origins: str, is_taken: bool) -> None:
    pattern = TEMPLATE["Parameters"]["EmbedOrigins"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, origins)) == is_taken


def routes_with_a_search_line() -> set[str]:
    document = json.loads((REPOSITORY / "docs" / "openapi.json").read_text())
    return {
        f"{method.upper()} {path}"
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if any(parameter.get("name") == "q" for parameter in operation.get("parameters", []))
    }


def limits(kind: str) -> dict[str, Any]:
    return {"ThrottlingRateLimit": {"Ref": f"{kind}RateLimit"}, "ThrottlingBurstLimit": {"Ref": f"{kind}BurstLimit"}}


def test_the_stage_is_throttled_and_exports_and_searches_more_tightly() -> None:
    stage = transformed()["ApiApiGatewayDefaultStage"]["Properties"]
    assert stage["DefaultRouteSettings"] == limits("Api")
    searches = routes_with_a_search_line()
    assert len(searches) == 10
    assert stage["RouteSettings"] == dict.fromkeys(searches, limits("Search")) | {
        "POST /v1/orgs/{org}/exports": limits("Export")
    }
    # API Gateway refuses settings of a route that it does not have.
    assert stage["RouteSettings"].keys() <= ROUTES.keys()


def test_the_tighter_limits_are_tighter() -> None:
    defaults = {name: TEMPLATE["Parameters"][name]["Default"] for name in TEMPLATE["Parameters"] if "Limit" in name}
    for kind in ("Rate", "Burst"):
        export, search, api = (defaults[f"{of}{kind}Limit"] for of in ("Export", "Search", "Api"))
        assert 0 < export < search < api
    for name in ("ApiRateLimit", "SearchRateLimit", "ExportRateLimit"):
        parameter = TEMPLATE["Parameters"][name]
        # A limit of 0 would answer everything with 429.
        assert (parameter["Type"], parameter["MinValue"]) == ("Number", 1)


def test_the_access_log_has_the_refusals_and_neither_tokens_nor_paths_nor_query_strings() -> None:
    settings = transformed()["ApiApiGatewayDefaultStage"]["Properties"]["AccessLogSettings"]
    assert settings["DestinationArn"] == {"Fn::GetAtt": ["ApiLogs", "Arn"]}
    # One line of JSON, of texts only: a variable that there is none of is a dash.
    assert "\n" not in settings["Format"]
    line = json.loads(settings["Format"])
    assert line == {
        "message": "access",
        "correlation_id": "$context.requestId",
        "time": "$context.requestTime",
        "route": "$context.routeKey",
        "status": "$context.status",
        "milliseconds": "$context.responseLatency",
        "bytes": "$context.responseLength",
        "authorizer_error": "$context.authorizer.error",
        "error": "$context.error.message",
        "integration_status": "$context.integrationStatus",
        "integration_milliseconds": "$context.integrationLatency",
        "integration_error": "$context.integrationErrorMessage",
        "source_ip": "$context.identity.sourceIp",
    }
    group = RESOURCES["ApiLogs"]["Properties"]
    assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    # AWS: else each group takes a part of a policy that holds 5,120 characters for the whole account.
    assert group["LogGroupName"]["Fn::Sub"].startswith("/aws/vendedlogs/")


def test_the_docs_name_each_key_of_the_access_log() -> None:
    operations = (REPOSITORY / "docs" / "operations.md").read_text()
    table = operations.partition("### The access log")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", table, re.MULTILINE)
    assert {key for row in rows for key in re.findall(r"`(\w+)`", row)} == json.loads(
        API["AccessLogSettings"]["Format"]
    ).keys()


def test_a_domain_is_mapped_at_its_root_and_gets_a_record_where_a_zone_is_named() -> None:
    assert {name: each["Condition"] for name, each in RESOURCES.items() if name.startswith("Domain")} == {
        "Domain": "HasDomain",
        "DomainMapping": "HasDomain",
        "DomainRecord": "HasHostedZone",
    }
    (configuration,) = RESOURCES["Domain"]["Properties"]["DomainNameConfigurations"]
    assert configuration == {
        "CertificateArn": {"Ref": "CertificateArn"},
        "EndpointType": "REGIONAL",
        "SecurityPolicy": "TLS_1_2",
    }
    mapping = transformed()["DomainMapping"]["Properties"]
    assert mapping == {
        "ApiId": {"Ref": "Api"},
        "DomainName": {"Ref": "Domain"},
        "Stage": {"Ref": "ApiApiGatewayDefaultStage"},
    }
    target = {
        "DNSName": {"Fn::GetAtt": ["Domain", "RegionalDomainName"]},
        "HostedZoneId": {"Fn::GetAtt": ["Domain", "RegionalHostedZoneId"]},
    }
    assert RESOURCES["DomainRecord"]["Properties"] == {
        "HostedZoneId": {"Ref": "HostedZoneId"},
        "Name": {"Ref": "DomainName"},
        "Type": "A",
        "AliasTarget": target,
    }


def test_a_domain_without_a_certificate_and_a_zone_without_a_domain_are_refused() -> None:
    rules = TEMPLATE["Rules"]
    for rule, given, needed in (
        ("DomainHasCertificate", "DomainName", "CertificateArn"),
        ("HostedZoneHasDomain", "HostedZoneId", "DomainName"),
    ):
        assert rules[rule]["RuleCondition"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": given}, ""]}]}
        (assertion,) = rules[rule]["Assertions"]
        assert assertion["Assert"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": needed}, ""]}]}
        assert given in assertion["AssertDescription"]


@pytest.mark.parametrize(
    ("name", "is_taken"),
    [
        ("", True),
        ("daybook.example.com", True),
        ("a-b.example", True),
        ("https://daybook.example.com", False),
        ("daybook.example.com/", False),
        ("Daybook.example.com", False),
        ("-a.example", False),
    ],
)
def test_a_domain_is_a_name_and_no_address(name: str, is_taken: bool) -> None:
    assert bool(re.fullmatch(TEMPLATE["Parameters"]["DomainName"]["AllowedPattern"], name)) == is_taken


def test_the_addresses_of_api_and_console_are_outputs_and_follow_the_domain() -> None:
    for output, path in (("ApiUrl", ""), ("ConsoleUrl", "/console/")):
        condition, own, of_the_gateway = TEMPLATE["Outputs"][output]["Value"]["Fn::If"]
        assert condition == "HasDomain"
        assert own == {"Fn::Sub": f"https://${{DomainName}}{path}"}
        gateway = "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}"
        assert of_the_gateway == {"Fn::Sub": gateway + path}
