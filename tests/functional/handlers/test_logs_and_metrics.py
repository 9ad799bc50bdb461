"""The lines of each function's log: whose invocation they are of, and the metrics, which the alarms go by."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aws_lambda_powertools import Logger
from daybook.aws import cloudwatch
from daybook_cli.feedback.ses_events import Mail, ses_event
from daybook_local.deployment.template import load, resources_of_type

from tests.support import api
from tests.support.aws.clients import client
from tests.support.aws.lambda_environment import TABLE
from tests.support.faults.stores import take_messages
from tests.support.functions import exports, stored
from tests.support.functions.events import TTL, Context, change, queued
from tests.support.functions.log_lines import NamedFunctions, published
from tests.support.template import metrics_of

SENT_AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
POST = "POST /v1/orgs/{org}/entries"
SETTINGS = "PUT /v1/orgs/{org}/settings"
ACTIVITY = "GET /v1/orgs/{org}/records/{type}/{id}/activity"
FAMILY = {"org": "riverside", "type": "family", "id": "1"}

pytestmark = pytest.mark.usefixtures("archive", "cold")


def request(route: str, claims: dict[str, Any], parameters: dict[str, str], body: Any = None) -> dict[str, Any]:
    return api.event(route, "/", parameters, "", None if body is None else json.dumps(body), claims)


def events() -> dict[str, tuple[str, dict[str, Any], str | None]]:
    """Something for each function to do, with its name and what the lines are to be found by beside Lambda's id."""
    api.posted(api.audit(), api.activity(), api.email(message_id="m-1"))
    entry = next(item for item in stored.items() if "org_source" in item)
    inserted = [change(entry, "INSERT"), change(entry, "INSERT")]
    removed = [change(entry, userIdentity=TTL)]
    api.call("PUT", "/v1/orgs/riverside/holds/family/7", body={"reason": "a claim"})
    killed = '{"due_at": "2026-01-02", "is_under_way": true, "failures": 9, "failed_at": "2026-01-01T00:00:00.000Z"}'
    hold = next(item for item in stored.items() if item["pk"]["S"] == "riverside/holds") | {"retry": {"S": killed}}
    client("dynamodb").put_item(TableName=TABLE, Item=hold)
    known, early = (
        json.dumps(ses_event("delivery", Mail(message, ("smith@mail.example",), SENT_AT), SENT_AT + SECOND))
        for message in ("m-1", "m-2")
    )
    org = {"org": "riverside"}
    given_up = {"pk": "erasing", "sk": "riverside/1", "work": "{}", "retry": '{"is_given_up":true}'}
    put = {name: {"S": value} for name, value in given_up.items()}
    client("dynamodb").put_item(TableName=TABLE, Item=put)
    done, killed_again = exported(), exported()
    lease = {"S": json.dumps({"noted_at": "2026-01-01T00:00:00.000Z", "failures": 5})}
    last = next(item for item in stored.items() if item["sk"]["S"] == json.loads(killed_again)["id"])
    client("dynamodb").put_item(TableName=TABLE, Item=last | {"lease": lease})
    return {
        "post": ("ingest", request(POST, api.SERVICE, org, {"entries": [api.push(), api.push(text=7)]}), "request-1"),
        "page": ("query", request(ACTIVITY, api.ADMIN, FAMILY), "request-1"),
        "settings": ("manage", request(SETTINGS, api.ADMIN, org, {"time_zone": "America/Chicago"}), "request-1"),
        "queue": ("feedback", queued([known, early, "{}"]), None),
        "stream": ("index", {"Records": inserted}, inserted[0]["dynamodb"]["SequenceNumber"]),
        "hold": ("index", {"Records": [change(hold, "MODIFY")]}, None),
        "resume": ("index", {"resume": True}, None),
        "expiry": ("retention", {"Records": removed}, removed[0]["dynamodb"]["SequenceNumber"]),
        "erasures": ("retention", {"erasures": True}, None),
        "check": ("retention", {"check": True}, None),
        "export": ("export", queued([done]), json.loads(done)["id"]),
        "export given up": ("export", queued([killed_again]), json.loads(killed_again)["id"]),
    }


def exported() -> str:
    """The message of an export that was asked for."""
    exports.asked("records/family/1/activity")
    (message,) = take_messages("exports")
    return message


@pytest.mark.parametrize("what", ["post", "page", "settings", "queue", "stream", "expiry", "export"])
def test_each_line_is_of_its_invocation_and_of_no_other(named: NamedFunctions, what: str) -> None:
    name, event, correlation_id = events()[what]
    named.invoke(name, event, Context("the first"))
    # As somebody would who forgets it there.
    Logger(service=name).append_keys(left="behind")
    named.lines()
    named.invoke(name, event, Context("the second"))
    lines = named.lines()
    assert lines
    for line in lines:
        assert line["function_request_id"] == "the second"
        assert line["correlation_id"] == (correlation_id or "the second")
        assert (line["service"], line["level"]) == (name, "INFO")
        assert "left" not in line


def test_the_line_of_a_check_has_its_ids(named: NamedFunctions) -> None:
    named.invoke("retention", {"check": True}, Context("the check"))
    (line,) = named.lines()
    assert (line["function_request_id"], line["correlation_id"]) == ("the check", "the check")


def test_the_command_lines_calls_leave_nothing_of_the_one_before(named: NamedFunctions) -> None:
    for name, event in (("index", {"reindex": "riverside"}), ("retention", {"preview": {"segments": 1}})):
        # The function makes its logger first: whoever makes it decides how lines are written, for all that follow.
        named.invoke(name, event, Context("the first"))
        Logger(service=name).append_keys(left="behind")
        named.invoke(name, event, Context("a call"))
        keys = Logger(service=name).get_current_keys()
        assert (keys["function_request_id"], keys["correlation_id"], "left" in keys) == ("a call", "a call", False)


def test_each_function_publishes_its_metrics_under_its_name_in_one_line(named: NamedFunctions) -> None:
    found = {}
    for what, (name, event, _) in events().items():
        named.invoke(name, event, Context())
        metrics = named.metrics()
        assert len(metrics) <= 1, "one line an invocation"
        found[what] = {key: sum(values) for line in metrics for key, values in published(line).items()}

    def of(service: str, **values: int) -> dict[Any, int]:
        return {("Daybook", name, (("service", service),)): value for name, value in values.items()}

    assert found == {
        "post": of("ingest", EntriesCreated=1, EntriesRejected=1),
        # What has nothing to count writes no line.
        "page": {},
        "settings": {},
        "queue": of("feedback", EventsApplied=1, EventsParked=1, EventsDeadLettered=1),
        "stream": of("index", EntriesIndexed=1),
        "hold": of("index", BackfillsGivenUp=1),
        "resume": {},
        "expiry": of("retention", EntriesExpired=1, EntriesArchived=1),
        "erasures": of("retention", ErasuresGivenUp=1),
        # A check that finds nothing says so.
        "check": of("retention", ItemsOverdue=0, ContentsWithoutEntry=0, EventsUnclaimed=0),
        "export": of("export", ExportsDone=1, RowsExported=1),
        "export given up": of("export", ExportsGivenUp=1),
    }


def test_a_request_that_is_refused_counts_nothing(named: NamedFunctions) -> None:
    named.invoke("ingest", request(POST, api.STAFF, {"org": "riverside"}, {"entries": [api.push()]}), Context())
    assert named.answer["statusCode"] == 403
    assert named.metrics() == []


def test_alarms_go_by_metrics_that_the_functions_publish(named: NamedFunctions) -> None:
    alarms = resources_of_type(load(), "AWS::CloudWatch::Alarm").values()
    metrics = [metric for alarm in alarms for metric in metrics_of(alarm)]
    wanted = {
        (each["Namespace"], each["MetricName"], tuple((one["Name"], one["Value"]) for one in each["Dimensions"]))
        for each in metrics
        if not each["Namespace"].startswith("AWS/")
    }
    found = set()
    for name, event, _ in events().values():
        named.invoke(name, event, Context())
        found |= {key for line in named.metrics() for key in published(line)}
    assert wanted
    assert wanted <= found


def test_a_figure_is_in_the_line_of_the_log_as_well(named: NamedFunctions) -> None:
    for what, (name, event, _) in events().items():
        named.invoke(name, event, Context())
        output = named.everything()
        figures = {key: value for line in output if "_aws" not in line for key, value in line.items()}
        for line in output:
            for (_, metric, _), (value,) in published(line).items() if "_aws" in line else ():
                (figure,) = [figure for figure, named_as in cloudwatch.METRICS.items() if named_as == metric]
                assert figures[figure] == value, what
