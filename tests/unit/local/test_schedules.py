"""The schedules of the template, as the local stack runs them."""

import time
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from daybook_local.deployment import template
from daybook_local.emulator.schedules import Schedule, Scheduler, schedules_of

from tests.support.local_stack.calls import soon


class Lambda:
    """Notes what it is asked for; the first call of a function of this name fails."""

    def __init__(self, failing: str | None = None) -> None:
        self.calls: list[tuple[str, str, str]] = []
        self._failing = failing

    def invoke(self, *, FunctionName: str, InvocationType: str, Payload: str) -> None:  # noqa: N803
        self.calls.append((FunctionName, InvocationType, Payload))
        if FunctionName == self._failing:
            self._failing = None
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1")


def run(client: Lambda, *schedules: Schedule) -> Scheduler:
    scheduler = Scheduler(client, schedules, {"A": "a-1", "B": "b-1"})
    scheduler.start()
    return scheduler


def test_every_schedule_of_the_template_is_known() -> None:
    found = {(schedule.function, schedule.payload): schedule.seconds for schedule in schedules_of(template.load())}
    assert found == {
        ("IndexFunction", '{"resume": true}'): 60,
        ("RetentionFunction", '{"erasures": true}'): 60,
        ("RetentionFunction", '{"check": true}'): 3600,
    }


@pytest.mark.parametrize(("expression", "seconds"), [("rate(5 minutes)", 300), ("rate(1 day)", 86400)])
def test_rates(expression: str, seconds: float) -> None:
    assert schedules_of(made_of(expression)) == [Schedule("A", seconds, "{}")]


@pytest.mark.parametrize("expression", ["cron(0 12 * * ? *)", "rate(1 week)"])
def test_another_expression_is_an_error(expression: str) -> None:
    with pytest.raises(ValueError, match="is not known here"):
        schedules_of(made_of(expression))


def made_of(expression: str) -> dict[str, Any]:
    event = {"Type": "Schedule", "Properties": {"Schedule": expression, "Input": "{}"}}
    function = {"Type": "AWS::Serverless::Function", "Properties": {"Events": {"Event": event}}}
    return {"Resources": {"A": function}}


def test_each_is_invoked_again_and_again_also_after_a_failure_until_it_is_stopped() -> None:
    client = Lambda(failing="a-1")
    scheduler = run(client, Schedule("A", 0.01, '{"a": 1}'), Schedule("B", 0.02, '{"b": 1}'), Schedule("B", 60, "{}"))
    assert soon(lambda: client.calls.count(("a-1", "Event", '{"a": 1}')) > 2, 5)
    assert soon(lambda: client.calls.count(("b-1", "Event", '{"b": 1}')) > 2, 5)
    scheduler.stop()
    count = len(client.calls)
    time.sleep(0.05)
    assert len(client.calls) == count
    assert ("b-1", "Event", "{}") not in client.calls
