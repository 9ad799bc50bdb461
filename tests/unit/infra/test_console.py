"""The console in the template: its function, and which pages of other origins may call the API."""

import copy
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from daybook_local.deployment.template import REPOSITORY, function_environment
from samtranslator.translator.transform import transform

from tests.support.functions.console import app, write_assets
from tests.support.template import FUNCTIONS, TEMPLATE

PROPERTIES = FUNCTIONS["ConsoleFunction"]["Properties"]
ORIGINS = "https://portal.example.com,http://localhost:4583"


class NoManagedPolicies:
    """Roles of the template name none."""

    def load(self) -> dict[str, str]:
        return {}


@cache
def api_body() -> dict[str, Any]:
    """The OpenAPI document of the HTTP API, as SAM makes it of the template and parameters."""
    definition = copy.deepcopy(TEMPLATE)
    for resource in definition["Resources"].values():
        for location in {"CodeUri", "ContentUri"} & resource.get("Properties", {}).keys():
            resource["Properties"][location] = "s3://code/x.zip"
    parameters = {"EmbedOrigins": ORIGINS, "AWS::Region": "us-east-1", "AWS::Partition": "aws"}
    made: dict[str, Any] = transform(definition, parameters, NoManagedPolicies())
    body: dict[str, Any] = made["Resources"]["Api"]["Properties"]["Body"]
    return body


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


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


@pytest.mark.parametrize(
    ("scope", "is_taken"),
    [("openid", True), ("openid profile", True), ("api://x/read openid", True), ("profile", False), ("openid ", False)],
)
def test_a_sign_in_asks_for_openid(scope: str, is_taken: bool) -> None:
    assert bool(re.fullmatch(TEMPLATE["Parameters"]["ConsoleScope"]["AllowedPattern"], scope)) == is_taken


def test_the_function_is_small_and_knows_nothing_of_the_table() -> None:
    assert FUNCTIONS["ConsoleFunction"]["IgnoreGlobals"] == ["Layers", "Environment"]
    assert (PROPERTIES["MemorySize"], "Layers" in PROPERTIES) == (256, False)
    resolved = {"Issuer": "https://id.example.com", "EmbedOrigins": ORIGINS}
    assert function_environment(service="console", resolved=resolved) == {
        "ISSUER": "https://id.example.com",
        "CONSOLE_CLIENT_ID": "",
        "CONSOLE_TOKEN": "access_token",
        "CONSOLE_SCOPE": "openid profile",
        "CLAIM_ORG": "org",
        "CLAIM_USERNAME": "username",
        "CLAIM_NAME": "name",
        "EMBED_ORIGINS": ORIGINS,
        "LOG_LEVEL": "INFO",
    }


def test_the_address_of_the_console_is_an_output() -> None:
    url = TEMPLATE["Outputs"]["ConsoleUrl"]["Value"]["Fn::Sub"]
    assert url == TEMPLATE["Outputs"]["ApiUrl"]["Value"]["Fn::Sub"] + "/console/"


def built(source: Path, artifacts: Path) -> subprocess.CompletedProcess[str]:
    """What `sam build` runs for the function, in a copy of its folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    command = ["make", "--makefile", str(REPOSITORY / "infra" / "Makefile"), "build-ConsoleFunction"]
    variables = {"ARTIFACTS_DIR": str(artifacts), "PYTHON": sys.executable}
    return subprocess.run(command, cwd=source, env=environment | variables, capture_output=True, text=True, check=False)


def test_the_function_is_built_with_the_files_of_the_console(tmp_path: Path) -> None:
    source, artifacts = tmp_path / "source", tmp_path / "artifacts"
    write_assets(source, {"app.py": b"", "assets/index.html": b"page", "assets/assets/page-1.js": b"script"})
    artifacts.mkdir()
    completed = built(source, artifacts)
    assert completed.returncode == 0, completed.stderr
    assert app().read_files(artifacts / "assets").keys() == {"index.html", "assets/page-1.js"}
    assert (artifacts / "app.py").exists()
    assert "not built" not in completed.stdout


def test_a_build_without_the_files_of_the_console_fails_and_says_what_makes_them(tmp_path: Path) -> None:
    source, artifacts = tmp_path / "source", tmp_path / "artifacts"
    write_assets(source, {"app.py": b""})
    artifacts.mkdir()
    completed = built(source, artifacts)
    assert completed.returncode != 0
    assert "functions/console/assets is missing: run 'make assets'" in completed.stderr
