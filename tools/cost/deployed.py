"""What of the template costs by being there, and what it says of functions and retention."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from daybook.aws import cloudwatch
from samtranslator.yaml_helper import yaml_parse

TEMPLATE = Path(__file__).resolve().parents[2] / "infra" / "template.yaml"
MINUTES = {"minute": 1, "minutes": 1, "hour": 60, "hours": 60, "day": 1440, "days": 1440}
MB_OF_A_GB = 1024


@dataclass(frozen=True)
class Deployment:
    """Numbers of resources, with the parameters at their defaults; `memory_gb` is that of a function."""

    alarms: int
    dashboards: int
    secrets: int
    keys: int
    metrics: int
    invoked_queues: int
    scheduled_invocations_of_a_day: float
    memory_gb: float
    log_retention_days: int
    has_backup: bool
    has_access_log: bool


@cache
def read() -> Deployment:
    """That of infra/template.yaml."""
    return of_template(yaml_parse(TEMPLATE.read_text(encoding="utf-8")))


def of_template(template: dict[str, Any]) -> Deployment:
    """That of a template; ValueError for a schedule that is no `rate(...)`."""
    resources = [
        resource
        for resource in template["Resources"].values()
        if "Condition" not in resource or _holds({"Condition": resource["Condition"]}, template)
    ]
    types = Counter(resource["Type"] for resource in resources)
    functions = [each["Properties"] for each in resources if each["Type"] == "AWS::Serverless::Function"]
    events = [event for function in functions for event in function.get("Events", {}).values()]
    schedules = [event["Properties"]["Schedule"] for event in events if event["Type"] == "Schedule"]
    apis = [each["Properties"] for each in resources if each["Type"] == "AWS::Serverless::HttpApi"]
    tables = [each["Properties"] for each in resources if each["Type"] == "AWS::DynamoDB::Table"]
    return Deployment(
        alarms=sum(_alarms(resource) for resource in resources),
        dashboards=types["AWS::CloudWatch::Dashboard"],
        secrets=types["AWS::SecretsManager::Secret"],
        keys=types["AWS::KMS::Key"],
        metrics=len(cloudwatch.METRICS),
        invoked_queues=sum(event["Type"] == "SQS" for event in events),
        scheduled_invocations_of_a_day=sum(1440 / _minutes(schedule) for schedule in schedules),
        memory_gb=template["Globals"]["Function"]["MemorySize"] / MB_OF_A_GB,
        log_retention_days=template["Parameters"]["LogRetentionDays"]["Default"],
        has_backup=any("PointInTimeRecoverySpecification" in table for table in tables),
        has_access_log=any("AccessLogSettings" in api for api in apis),
    )


def _holds(expression: Any, template: dict[str, Any]) -> Any:
    """The value of a condition, or of what it compares; ValueError for a function that is not known here."""
    if not isinstance(expression, dict):
        return expression
    ((function, argument),) = expression.items()
    match function:
        case "Condition":
            return _holds(template["Conditions"][argument], template)
        case "Ref":
            return template["Parameters"][argument].get("Default")
        case "Fn::Equals":
            left, right = (_holds(side, template) for side in argument)
            return left == right
        case "Fn::Not":
            return not _holds(argument[0], template)
        case "Fn::And":
            return all(_holds(each, template) for each in argument)
        case _:
            raise ValueError(f"{function} is not known here: teach it to tools/cost/deployed.py")


def _alarms(resource: dict[str, Any]) -> int:
    """The metrics of an alarm, each of which is paid for; of one that computes with metrics all of these."""
    if resource["Type"] != "AWS::CloudWatch::Alarm":
        return 0
    return sum("MetricStat" in each for each in resource["Properties"].get("Metrics", [])) or 1


def _minutes(schedule: str) -> int:
    match = re.fullmatch(r"rate\((\d+) (\w+)\)", schedule)
    if match is None:
        raise ValueError(f"{schedule} is no rate(...): teach tools/cost/deployed.py to count its invocations")
    return int(match[1]) * MINUTES[match[2]]
