"""The template and samconfig.toml as a whole."""

import os
import re
import tomllib
from typing import Any

import pytest
from daybook_local.deployment.template import REPOSITORY
from daybook_local.deployment.template import TEMPLATE as FILE

from tests.support.parameter_overrides import as_written, of_environment
from tests.support.template import RESOURCES, TEMPLATE, transformed

SAMCONFIG = tomllib.loads((REPOSITORY / "samconfig.toml").read_text())
DEPLOYMENT = (REPOSITORY / "docs" / "deployment.md").read_text()


def test_nothing_but_the_identity_provider_must_be_named_to_deploy() -> None:
    asked_for = {name for name, parameter in TEMPLATE["Parameters"].items() if "Default" not in parameter}
    assert asked_for == {"Issuer", "Audience"}


@pytest.mark.parametrize("name", TEMPLATE["Parameters"])
def test_a_parameter_is_described_and_stands_in_the_docs_with_its_default(name: str) -> None:
    parameter = TEMPLATE["Parameters"][name]
    assert parameter.get("Description") or name == "LogLevel"
    table = DEPLOYMENT.partition("## Parameters")[2].partition("\n### ")[0]
    rows = [[cell.strip() for cell in row.split("|")] for row in re.findall(r"^\| (`.+)$", table, re.MULTILINE)]
    (row,) = [row for row in rows if f"`{name}`" in row[0]]
    default = str(parameter.get("Default", ""))
    assert f"`{default}`" in row[1] if default else row[1] == "" or row[1].startswith("empty")


def test_a_condition_and_a_parameter_are_used() -> None:
    text = FILE.read_text()
    for name in TEMPLATE["Parameters"]:
        assert re.search(rf"!Ref {name}\b|\$\{{{name}\}}", text), name
    for name in TEMPLATE["Conditions"]:
        assert len(re.findall(rf"\b{name}\b", text)) > 1, name


def is_given(parameter: str) -> dict[str, Any]:
    return {"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, ""]}]}


@pytest.mark.parametrize(
    ("condition", "meaning"),
    [
        ("HasApnsLogs", is_given("PushLogGroupApns")),
        ("HasFcmLogs", is_given("PushLogGroupFcm")),
        ("HasDomain", is_given("DomainName")),
        ("HasHostedZone", is_given("HostedZoneId")),
        ("LimitsIngest", is_given("IngestConcurrency")),
        ("LimitsQuery", is_given("QueryConcurrency")),
        ("LimitsManage", is_given("ManageConcurrency")),
        ("MakesSmsLogGroups", {"Fn::Equals": [{"Ref": "SmsLogGroups"}, "create"]}),
        ("HasArchive", {"Fn::Not": [{"Fn::Equals": [{"Ref": "Archive"}, "off"]}]}),
        ("LocksArchive", {"Fn::Equals": [{"Ref": "Archive"}, "locked"]}),
    ],
)
def test_a_condition_means_what_its_name_says(condition: str, meaning: dict[str, Any]) -> None:
    assert TEMPLATE["Conditions"][condition] == meaning


def test_the_template_is_far_from_what_cloudformation_takes_and_the_docs_say_how_far() -> None:
    (resources,) = re.findall(r"(\d+) resources once SAM has expanded it", DEPLOYMENT)
    assert len(transformed()) == int(resources) < 500 / 2
    (kilobytes,) = re.findall(r"It has about (\d+) KB", DEPLOYMENT)
    assert abs(FILE.stat().st_size / 1000 - int(kilobytes)) < 10
    assert int(kilobytes) < 1000 / 2


def test_resources_stand_below_headings() -> None:
    headings = re.findall(r"^  # ---- (.+?) -+$", FILE.read_text(), re.MULTILINE)
    assert len(headings) == len(set(headings)) > 15
    assert len(RESOURCES) / len(headings) < 8


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_an_environment_has_a_stack_and_tags_of_its_own_and_parameters_that_exist(environment: str) -> None:
    deploy: dict[str, Any] = SAMCONFIG[environment]["deploy"]["parameters"]
    assert f"environment={environment}" in deploy["tags"]
    assert deploy["template_file"] == os.path.join(".aws-sam", "build", "template.yaml")
    assert (deploy["capabilities"], deploy["resolve_s3"]) == ("CAPABILITY_IAM", True)
    # What belongs to one deployer is in no committed file.
    assert not as_written(of_environment(environment)).keys() & {"Issuer", "Audience", "AlarmEmail", "AddressKey"}


def test_prod_is_careful_and_dev_is_small() -> None:
    assert SAMCONFIG["prod"]["deploy"]["parameters"]["confirm_changeset"] is True
    dev, prod = as_written(of_environment("dev")), as_written(of_environment("prod"))
    assert (dev["DeletionProtection"], prod["DeletionProtection"]) == ("off", "on")
    # Both may be in one account, which has the log groups once.
    assert (dev["SmsLogGroups"], "SmsLogGroups" in prod) == ("none", False)
    assert TEMPLATE["Parameters"]["SmsLogGroups"]["Default"] == "create"
    stacks = {name: SAMCONFIG[name]["global"]["parameters"]["stack_name"] for name in ("default", "dev", "prod")}
    assert stacks == {"default": "daybook", "dev": "daybook-dev", "prod": "daybook"}
    for name in ("ApiRateLimit", "ApiBurstLimit", "SearchRateLimit", "SearchBurstLimit"):
        assert int(dev[name]) < TEMPLATE["Parameters"][name]["Default"]


def test_the_answers_of_a_guided_deployment_go_to_a_file_that_git_ignores() -> None:
    assert "samconfig.local.toml" in (REPOSITORY / ".gitignore").read_text().splitlines()
    commands = [
        (path.name, command)
        for path in (REPOSITORY / "docs").rglob("*.md")
        for command in re.findall(r"^sam deploy .*$", path.read_text(), re.MULTILINE)
    ]
    assert {page for page, _ in commands} >= {"deployment.md", "cognito.md"}
    for page, command in commands:
        # SAM takes a relative path to begin in the folder of the build.
        assert '--config-file "$PWD/samconfig.local.toml"' in command, page
