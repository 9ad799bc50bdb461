"""The alarms: each tells somebody, says what to do, and watches a figure that somebody publishes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from daybook.aws import cloudwatch
from daybook_local.deployment.template import REPOSITORY, resources_of_type

from tests.support.template import FUNCTIONS, RESOURCES, TEMPLATE, metrics_of

ALARMS = resources_of_type(TEMPLATE, "AWS::CloudWatch::Alarm")
OPERATIONS = (REPOSITORY / "docs" / "operations.md").read_text()
DASHBOARD = RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]

# The dimensions with which AWS publishes the metrics that are alarmed on or shown.
PUBLISHED_BY_AWS = {
    ("AWS/ApiGateway", ("ApiId",)): {"Count", "4xx", "5xx", "Latency"},
    ("AWS/Lambda", ("FunctionName",)): {"Errors", "Throttles", "IteratorAge", "ConcurrentExecutions"},
    ("AWS/SQS", ("QueueName",)): {"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"},
    ("AWS/DynamoDB", ("TableName",)): {
        "ReadThrottleEvents",
        "WriteThrottleEvents",
        "ConsumedReadCapacityUnits",
        "ConsumedWriteCapacityUnits",
    },
    ("AWS/DynamoDB", ("TableName", "GlobalSecondaryIndexName")): {"ReadThrottleEvents", "WriteThrottleEvents"},
    ("AWS/DynamoDB", ("TableName", "Operation")): {"SystemErrors"},
    # Of the whole account: SES judges the account.
    ("AWS/SES", ()): {"Send", "Delivery", "Bounce", "Complaint", "Reputation.BounceRate", "Reputation.ComplaintRate"},
    ("AWS/SES", ("ses:configuration-set",)): {"Reputation.BounceRate", "Reputation.ComplaintRate"},
}


def published_metrics(path: Path) -> dict[str, set[str]]:
    """The metrics of each function, by the table in docs/operations.md."""
    table = path.read_text().partition("## Metrics")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]+`) \| `(\w+)` \|", table, re.MULTILINE)
    found: dict[str, set[str]] = {}
    for names, service in rows:
        found.setdefault(service, set()).update(re.findall(r"`(\w+)`", names))
    return found


def check_published(namespace: str, name: str, dimensions: dict[str, Any]) -> None:
    if namespace != cloudwatch.NAMESPACE:
        assert name in PUBLISHED_BY_AWS[namespace, tuple(dimensions)], (namespace, name, dimensions)
        return
    # That a function does publish what the table says is tested where it runs.
    assert dimensions.keys() == {"service"}
    assert name in cloudwatch.METRICS.values()
    assert name in published_metrics(REPOSITORY / "docs" / "operations.md")[dimensions["service"]]


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_watches_a_metric_that_is_published(name: str) -> None:
    for metric in metrics_of(ALARMS[name]):
        dimensions = {each["Name"]: each["Value"] for each in metric.get("Dimensions", [])}
        check_published(metric["Namespace"], metric["MetricName"], dimensions)


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_tells_the_topic(name: str) -> None:
    properties = ALARMS[name]["Properties"]
    topic = [{"Fn::If": ["MakesAlarmTopic", {"Ref": "AlarmTopic"}, {"Ref": "AlarmTopicArn"}]}]
    assert properties["AlarmActions"] == topic
    # What was given up once is no longer counted five minutes later, which is no good news.
    assert properties.get("OKActions") == (None if name.endswith("sGivenUpAlarm") else topic)
    assert properties.get("ActionsEnabled", True) is True


def section(name: str) -> str:
    """What docs/operations.md has below the heading that names the alarm; a heading may name several."""
    (found,) = re.findall(rf"^### [^\n]*`{name}`[^\n]*\n(.*?)(?=^##)", OPERATIONS, re.MULTILINE | re.DOTALL)
    return str(found)


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_says_what_to_do_and_the_docs_say_more(name: str) -> None:
    description = ALARMS[name]["Properties"]["AlarmDescription"]
    what, to_do, where = re.fullmatch(r"(.+?\.) (.+\.) (See docs/operations\.md\.)", description).groups()  # type: ignore[union-attr]
    assert what
    assert to_do
    assert where
    # CloudWatch takes so many characters.
    assert len(description) <= 1024
    text = section(name)
    assert re.search(r"^\d\. ", text, re.MULTILINE), "the section has no steps"
    table = OPERATIONS.partition("## Alarms")[2].partition("\n###")[0]
    assert table.count(f"`{name}`") == 1


def test_the_docs_know_no_other_alarms() -> None:
    assert set(re.findall(r"`(\w+Alarm)`", OPERATIONS)) == ALARMS.keys()


# Statistic or expression, seconds of a period, periods, how many of them are over the threshold, and the threshold.
Evaluation = tuple[str, int, int, int, float]
ONCE: Evaluation = ("Maximum", 300, 1, 1, 0)
GIVEN_UP: Evaluation = ("Sum", 300, 1, 1, 0)
DAILY: Evaluation = ("Maximum", 3600, 1, 1, 0)
EVALUATIONS: dict[str, Evaluation] = {
    **{
        name.replace("Function", f"{of}Alarm"): ("Sum", 300, 3, 2, 0)
        for name in FUNCTIONS
        for of in ("Errors", "Throttles")
    },
    "ApiErrorsAlarm": ("IF(m1 > 2, 100 * m1 / m2, 0)", 300, 2, 2, 1),
    "ApiLatencyAlarm": ("p99", 300, 3, 3, 5_000),
    "IndexStuckAlarm": ("Maximum", 300, 1, 1, 15 * 60_000),
    "RetentionStuckAlarm": ("Maximum", 300, 1, 1, 60 * 60_000),
    "FeedbackLateAlarm": ("Maximum", 300, 2, 2, 15 * 60),
    "ExportsLateAlarm": ("Maximum", 300, 2, 2, 2 * 60 * 60),
    "DeadLettersAlarm": ONCE,
    "IndexFailuresAlarm": ONCE,
    "RetentionFailuresAlarm": ONCE,
    "ExportFailuresAlarm": ONCE,
    "BackfillsGivenUpAlarm": GIVEN_UP,
    "ErasuresGivenUpAlarm": GIVEN_UP,
    "ExportsGivenUpAlarm": GIVEN_UP,
    "ItemsOverdueAlarm": DAILY,
    "ContentsWithoutEntryAlarm": DAILY,
    "TableThrottledAlarm": ("SUM(METRICS())", 300, 3, 3, 0),
    "TableErrorsAlarm": ("SUM(METRICS())", 300, 3, 3, 0),
    "BounceRateAlarm": ("Average", 3600, 1, 1, 0.05),
    "ComplaintRateAlarm": ("Average", 3600, 1, 1, 0.001),
}


def evaluation(properties: dict[str, Any]) -> Evaluation:
    periods = properties["EvaluationPeriods"]
    end = (periods, properties.get("DatapointsToAlarm", periods), properties["Threshold"])
    if "Metrics" not in properties:
        return properties.get("Statistic") or properties["ExtendedStatistic"], properties["Period"], *end
    (expression,) = (query["Expression"] for query in properties["Metrics"] if query.get("ReturnData", True))
    summed = {(query["MetricStat"]["Stat"], query["MetricStat"]["Period"]) for query in properties["Metrics"][1:]}
    ((statistic, period),) = summed
    assert statistic == "Sum"
    return expression, period, *end


def test_every_alarm_has_an_evaluation() -> None:
    assert ALARMS.keys() == EVALUATIONS.keys()


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_is_over_a_threshold_for_as_long_as_the_docs_say(name: str) -> None:
    assert evaluation(ALARMS[name]["Properties"]) == EVALUATIONS[name]
    assert ALARMS[name]["Properties"]["ComparisonOperator"] == "GreaterThanThreshold"


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_says_what_missing_data_mean(name: str) -> None:
    properties = ALARMS[name]["Properties"]
    namespaces = {metric["Namespace"] for metric in metrics_of(ALARMS[name])}
    holds_until_the_next = namespaces == {"AWS/SES"} or properties.get("MetricName") in (
        "ItemsOverdue",
        "ContentsWithoutEntry",
    )
    assert properties["TreatMissingData"] == ("ignore" if holds_until_the_next else "notBreaching")
    # There is a figure a day at most: a shorter period would look at none.
    if holds_until_the_next:
        assert properties["Period"] == 3600


@pytest.mark.parametrize("name", FUNCTIONS)
def test_errors_and_throttles_of_a_function_are_alarmed_on(name: str) -> None:
    for metric in ("Errors", "Throttles"):
        properties = ALARMS[name.replace("Function", f"{metric}Alarm")]["Properties"]
        assert (properties["Namespace"], properties["MetricName"]) == ("AWS/Lambda", metric)
        assert properties["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": name}}]
        assert (properties["EvaluationPeriods"], properties["DatapointsToAlarm"]) == (3, 2)


def queues_of_failures() -> set[str]:
    """The queues that others send to what they have given up."""
    queues = resources_of_type(TEMPLATE, "AWS::SQS::Queue")
    targets = json.dumps([TEMPLATE["Resources"][name] for name in (*FUNCTIONS, *queues, "FeedbackSubscription")])
    keys = r'"(?:deadLetterTargetArn|TargetArn|Destination)": \{"Fn::GetAtt": \["(\w+)", "Arn"\]\}'
    return set(re.findall(keys, targets))


def test_every_queue_of_failures_is_alarmed_on() -> None:
    watched = {
        metric["Dimensions"][0]["Value"]["Fn::GetAtt"][0]
        for alarm in ALARMS.values()
        for metric in metrics_of(alarm)
        if metric["MetricName"] == "ApproximateNumberOfMessagesVisible"
    }
    assert watched == queues_of_failures()
    assert len(watched) == 4


def test_readers_of_streams_and_queues_are_alarmed_on_before_something_is_given_up() -> None:
    def threshold(name: str, metric: str, dimension: dict[str, Any]) -> int:
        properties = ALARMS[name]["Properties"]
        assert (properties["MetricName"], properties["Dimensions"][0]["Value"]) == (metric, dimension)
        return int(properties["Threshold"])

    stream = FUNCTIONS["RetentionFunction"]["Properties"]["Events"]["TakenByTtl"]["Properties"]
    behind = threshold("RetentionStuckAlarm", "IteratorAge", {"Ref": "RetentionFunction"})
    assert behind < stream["MaximumRecordAgeInSeconds"] * 1000 / 20
    assert threshold("IndexStuckAlarm", "IteratorAge", {"Ref": "IndexFunction"}) == 15 * 60 * 1000
    for name, queue in (("FeedbackLateAlarm", "FeedbackQueue"), ("ExportsLateAlarm", "ExportQueue")):
        properties = RESOURCES[queue]["Properties"]
        waits = threshold(name, "ApproximateAgeOfOldestMessage", {"Fn::GetAtt": [queue, "QueueName"]})
        # One message that always fails is a dead letter by then, and alarms as that.
        assert waits > properties["VisibilityTimeout"] * properties["RedrivePolicy"]["maxReceiveCount"]
        assert waits < properties["MessageRetentionPeriod"] / 100


def test_throttles_are_those_of_the_table_and_each_index() -> None:
    table = RESOURCES["Table"]["Properties"]
    indexes = {index["IndexName"] for index in table["GlobalSecondaryIndexes"]}
    watched = {
        (metric["MetricName"], tuple(each["Value"] for each in metric["Dimensions"][1:]))
        for metric in metrics_of(ALARMS["TableThrottledAlarm"])
    }
    names = [(), *((index,) for index in indexes)]
    assert watched == {(f"{access}ThrottleEvents", name) for access in ("Read", "Write") for name in names}


def test_system_errors_are_those_of_every_call_that_the_roles_allow() -> None:
    watched = {
        metric["Dimensions"][1]["Value"]
        for metric in metrics_of(ALARMS["TableErrorsAlarm"])
        if metric["Dimensions"][0] == {"Name": "TableName", "Value": {"Ref": "Table"}}
    }
    allowed = set(re.findall(r"dynamodb:(\w+)", json.dumps(TEMPLATE["Resources"])))
    # Statements of PartiQL are executed one by one or as a batch; the others are no calls of the table's data.
    statements = {"PartiQLSelect", "PartiQLInsert", "PartiQLUpdate", "PartiQLDelete"}
    others = {"DescribeTable", "DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"}
    assert watched == allowed - statements - others | {"ExecuteStatement", "BatchExecuteStatement"}


def test_the_limits_of_ses_are_alarmed_on_where_it_reviews_an_account() -> None:
    limits = {
        (properties["MetricName"], properties["Threshold"], "Dimensions" in properties)
        for properties in (alarm["Properties"] for alarm in ALARMS.values())
        if properties.get("Namespace") == "AWS/SES"
    }
    assert limits == {("Reputation.BounceRate", 0.05, False), ("Reputation.ComplaintRate", 0.001, False)}
    options = RESOURCES["ConfigurationSet"]["Properties"]["ReputationOptions"]
    assert options == {"ReputationMetricsEnabled": True}


def test_errors_of_the_api_are_a_share_of_its_requests() -> None:
    properties = ALARMS["ApiErrorsAlarm"]["Properties"]
    expression, errors, requests = properties["Metrics"]
    assert expression["Expression"] == f"IF({errors['Id']} > 2, 100 * {errors['Id']} / {requests['Id']}, 0)"
    assert [each["MetricStat"]["Metric"]["MetricName"] for each in (errors, requests)] == ["5xx", "Count"]
    assert (properties["Threshold"], expression.get("ReturnData", True)) == (1, True)
    assert not errors["ReturnData"]
    assert not requests["ReturnData"]


def test_a_topic_is_made_unless_one_is_named_and_only_alarms_of_this_account_may_publish_to_it() -> None:
    assert TEMPLATE["Conditions"]["MakesAlarmTopic"] == {"Fn::Equals": [{"Ref": "AlarmTopicArn"}, ""]}
    made = {name for name, each in RESOURCES.items() if each.get("Condition") == "MakesAlarmTopic"}
    assert made == {"AlarmTopic", "AlarmTopicPolicy", "AlarmKey"}
    (statement,) = RESOURCES["AlarmTopicPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_cloudwatch_may_use_the_key_of_the_topic() -> None:
    assert RESOURCES["AlarmTopic"]["Properties"] == {"KmsMasterKeyId": {"Ref": "AlarmKey"}}
    key = RESOURCES["AlarmKey"]["Properties"]
    assert key["EnableKeyRotation"] is True
    _, alarms = key["KeyPolicy"]["Statement"]
    # Without both, CloudWatch delivers nothing and says so nowhere.
    assert alarms["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert alarms["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert alarms["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_an_address_is_subscribed_where_one_is_given_and_only_to_the_topic_of_the_stack() -> None:
    subscription = RESOURCES["AlarmSubscription"]
    assert TEMPLATE["Conditions"][subscription["Condition"]] == {
        "Fn::And": [{"Condition": "MakesAlarmTopic"}, {"Fn::Not": [{"Fn::Equals": [{"Ref": "AlarmEmail"}, ""]}]}]
    }
    assert subscription["Properties"] == {
        "TopicArn": {"Ref": "AlarmTopic"},
        "Protocol": "email",
        "Endpoint": {"Ref": "AlarmEmail"},
    }
    pattern = TEMPLATE["Parameters"]["AlarmEmail"]["AllowedPattern"]
    given = ["", "alarms@example.com", "alarms", "@", "a b@example.com"]
    assert [text for text in given if re.fullmatch(pattern, text)] == given[:2]
    # Otherwise the address would be subscribed to nothing, and nobody told.
    (assertion,) = TEMPLATE["Rules"]["AlarmsHaveOneTopic"]["Assertions"]
    assert assertion["Assert"] == {"Fn::Equals": [{"Ref": "AlarmEmail"}, ""]}


def dashboard() -> list[dict[str, Any]]:
    """The widgets, with the logical ids of what they show in place of names."""
    text = re.sub(r"\$\{(?:AWS::)?([\w.]+)\}", r"\1", DASHBOARD)
    widgets: list[dict[str, Any]] = json.loads(text)["widgets"]
    return widgets


def test_the_dashboard_shows_every_alarm() -> None:
    (shown,) = (widget["properties"]["alarms"] for widget in dashboard() if widget["type"] == "alarm")
    assert sorted(shown) == sorted(f"{name}.Arn" for name in ALARMS)


def test_the_dashboard_shows_metrics_that_are_published_of_resources_that_exist() -> None:
    rows = [row for widget in dashboard() if widget["type"] == "metric" for row in widget["properties"]["metrics"]]
    # As many are free of charge.
    assert 40 <= len(rows) <= 50
    for namespace, name, *dimensions in rows:
        pairs = [each for each in dimensions if isinstance(each, str)]
        check_published(namespace, name, dict(zip(pairs[::2], pairs[1::2], strict=True)))
    for reference in re.findall(r"\$\{([A-Z]\w+)(?:\.\w+)?\}", DASHBOARD):
        assert reference in RESOURCES


def test_the_widgets_of_the_dashboard_do_not_overlap() -> None:
    cells = [
        (x, y)
        for widget in dashboard()
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
