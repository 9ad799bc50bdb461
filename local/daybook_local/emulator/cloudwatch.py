"""CloudWatch of ministack: it refuses alarms on an expression of several metrics."""

from collections.abc import Callable
from typing import Any

# How ministack creates a resource: from logical id, properties and stack name to physical id and attributes.
Create = Callable[[str, dict[str, Any], str], tuple[str, dict[str, Any]]]
# How it updates one: from physical id, old and new properties, stack name and logical id.
Update = Callable[..., tuple[str, dict[str, Any]]]


def creating_expressions(create: Create) -> Create:
    """Create an alarm on an expression as one on its first metric, so that the template can be deployed."""

    def create_alarm(logical_id: str, properties: dict[str, Any], stack_name: str) -> tuple[str, dict[str, Any]]:
        return create(logical_id, _of_one_metric(properties), stack_name)

    return create_alarm


def updating_expressions(update: Update) -> Update:
    """The same where an alarm is changed."""

    def update_alarm(
        physical_id: str, old: dict[str, Any], new: dict[str, Any], *arguments: Any, **named: Any
    ) -> tuple[str, dict[str, Any]]:
        return update(physical_id, _of_one_metric(old), _of_one_metric(new), *arguments, **named)

    return update_alarm


def _of_one_metric(properties: dict[str, Any]) -> dict[str, Any]:
    if "Metrics" not in properties:
        return properties
    first = next(query["MetricStat"] for query in properties["Metrics"] if "MetricStat" in query)
    rest = {name: value for name, value in properties.items() if name != "Metrics"}
    return {**rest, **first["Metric"], "Statistic": first["Stat"], "Period": first["Period"]}
