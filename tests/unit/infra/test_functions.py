"""The functions: memory and time, logs, settings, what invokes them, and where their failures go."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from daybook.aws import cloudwatch
from daybook.exports.running import attempts
from daybook.handlers.triggers import erasures
from daybook.holds.hold_state import BACKFILLING
from daybook.model import job_retry
from daybook.storage.keys import job_keys, record_keys
from daybook_local.deployment.template import REPOSITORY, function_environment, resources_of_type

from tests.support.hashes import ADDRESS_KEY
from tests.support.template import FUNCTIONS, ORIGINS, RESOLVED, RESOURCES, ROLES, TEMPLATE, as_list, statements

# Of those that a queue invokes.
LONG = "ExportFunction"
# Their callers wait for the answer: what fails is told them at once, and there is nothing to keep.
ANSWERS_REQUESTS = {"IngestFunction", "QueryFunction", "ManageFunction", "ConsoleFunction"}
CONSOLE = FUNCTIONS["ConsoleFunction"]["Properties"]
FAILURES = {
    "FeedbackFunction": "DeadLetters",
    "IndexFunction": "IndexFailures",
    "RetentionFunction": "RetentionFailures",
    "ExportFunction": "ExportFailures",
}


def settings(name: str) -> dict[str, Any]:
    """The properties of a function, those of all included."""
    return {**TEMPLATE["Globals"]["Function"], **FUNCTIONS[name]["Properties"]}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_its_own_role_and_its_own_log_group_with_retention(name: str) -> None:
    properties = FUNCTIONS[name]["Properties"]
    role, logs = name.replace("Function", "Role"), name.replace("Function", "Logs")
    assert properties["Role"] == {"Fn::GetAtt": [role, "Arn"]}
    assert properties["LoggingConfig"]["LogGroup"] == {"Ref": logs}
    assert TEMPLATE["Resources"][logs]["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    writes_logs = [each for each in statements(ROLES[role]) if str(as_list(each["Action"])[0]).startswith("logs:")]
    assert [each["Resource"] for each in writes_logs] == [{"Fn::GetAtt": [logs, "Arn"]}]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_runs_on_python_3_13_on_arm64_and_ends_before_api_gateway_gives_up(name: str) -> None:
    properties = {**TEMPLATE["Globals"]["Function"], **FUNCTIONS[name]["Properties"]}
    assert properties["Runtime"] == "python3.13"
    assert properties["Architectures"] == ["arm64"]
    if {event["Type"] for event in properties["Events"].values()} <= {"DynamoDB", "Schedule"} or name == LONG:
        assert properties["Timeout"] == 900
    else:
        assert 20 <= properties["Timeout"] < 30


def test_the_index_hears_of_audit_entries_of_holds_and_of_what_they_hold_and_what_it_cannot_take_in_is_kept() -> None:
    source = FUNCTIONS["IndexFunction"]["Properties"]["Events"]["AuditEntries"]
    audit_entries, holds, *written = [
        json.loads(each["Pattern"]) for each in source["Properties"]["FilterCriteria"]["Filters"]
    ]
    assert audit_entries == {
        "eventName": ["INSERT", "MODIFY"],
        "dynamodb": {"NewImage": {"org_source": {"S": [{"exists": True}]}}},
    }
    assert holds["dynamodb"]["NewImage"]["status"] == {"S": sorted(BACKFILLING, reverse=True)}
    # Sweeps of an org's holds must come one after the other; see docs/decisions.md.
    assert "ParallelizationFactor" not in source["Properties"]
    # As many as Lambda takes without being asked.
    assert len(written) == 3
    beside_records = [kind["prefix"] for kind in written[0]["dynamodb"]["Keys"]["sk"]["S"]]
    assert sorted(beside_records) == sorted(f"{log}/" for log in record_keys.LOGS)
    assert written[0].keys() == {"eventName", "dynamodb"}
    assert written[0]["dynamodb"].keys() == {"Keys"}
    assert written[1]["dynamodb"]["Keys"]["sk"]["S"] == [{"prefix": "content/"}, {"prefix": "key/"}]
    assert source["Properties"]["StartingPosition"] == "TRIM_HORIZON"
    # What is before a failed record is not repeated; a batch that begins with one is halved.
    assert source["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["Properties"]["BisectBatchOnFunctionError"] is True
    assert source["Properties"]["MaximumRetryAttempts"] == 20
    assert source["Properties"]["DestinationConfig"]["OnFailure"]["Destination"] == {
        "Fn::GetAtt": ["IndexFailures", "Arn"]
    }


def test_retention_hears_of_what_ttl_takes_and_of_erasures_and_batches_stay_whole() -> None:
    source = FUNCTIONS["RetentionFunction"]["Properties"]["Events"]["TakenByTtl"]["Properties"]
    taken, under_way = (json.loads(pattern["Pattern"]) for pattern in source["FilterCriteria"]["Filters"])
    # As AWS documents it.
    assert taken == {
        "eventName": ["REMOVE"],
        "userIdentity": {"type": ["Service"], "principalId": ["dynamodb.amazonaws.com"]},
    }
    assert under_way == {
        "eventName": ["INSERT", "MODIFY"],
        "dynamodb": {"Keys": {"pk": {"S": [job_keys.ERASURES]}}},
    }
    assert source["StartingPosition"] == "TRIM_HORIZON"
    # A part of a batch would be another object of the archive.
    assert source["BisectBatchOnFunctionError"] is False
    assert "FunctionResponseTypes" not in source
    # The stream keeps a day.
    assert (source["MaximumRetryAttempts"], source["MaximumRecordAgeInSeconds"]) == (-1, 23 * 3600)
    failures = {"Fn::GetAtt": ["RetentionFailures", "Arn"]}
    assert source["DestinationConfig"]["OnFailure"]["Destination"] == failures
    assert FUNCTIONS["RetentionFunction"]["Properties"]["DeadLetterQueue"]["TargetArn"] == failures


def test_the_check_of_retention_goes_on_every_hour() -> None:
    schedule = FUNCTIONS["RetentionFunction"]["Properties"]["Events"]["Check"]
    assert (schedule["Type"], schedule["Properties"]["Schedule"]) == ("Schedule", "rate(1 hour)")
    assert json.loads(schedule["Properties"]["Input"]) == {"check": True}


def test_backfills_of_holds_that_failed_are_resumed_every_minute() -> None:
    schedule = FUNCTIONS["IndexFunction"]["Properties"]["Events"]["Backfills"]
    assert (schedule["Type"], schedule["Properties"]["Schedule"]) == ("Schedule", "rate(1 minute)")
    assert json.loads(schedule["Properties"]["Input"]) == {"resume": True}
    given_up = resources_of_type(TEMPLATE, "AWS::CloudWatch::Alarm")["BackfillsGivenUpAlarm"]["Properties"]
    assert given_up["MetricName"] == cloudwatch.METRICS["backfills_given_up"]
    assert given_up["Dimensions"] == [{"Name": "service", "Value": "index"}]


def test_erasures_go_on_every_minute_which_is_their_first_pause() -> None:
    schedule = FUNCTIONS["RetentionFunction"]["Properties"]["Events"]["Erasures"]
    assert (schedule["Type"], schedule["Properties"]["Schedule"]) == ("Schedule", "rate(1 minute)")
    assert json.loads(schedule["Properties"]["Input"]) == {"erasures": True}
    assert timedelta(minutes=1) == job_retry.FIRST_PAUSE
    # Whoever has not ended by then was killed.
    assert FUNCTIONS["RetentionFunction"]["Properties"]["Timeout"] < job_retry.LEASE.total_seconds()
    assert FUNCTIONS["RetentionFunction"]["Properties"]["Timeout"] > erasures.LAST_BEGIN + erasures.SECONDS


def test_no_more_than_two_functions_read_the_stream() -> None:
    readers = [
        name
        for name, function in FUNCTIONS.items()
        for event in function["Properties"]["Events"].values()
        if event["Type"] == "DynamoDB"
    ]
    # AWS throttles what more than two processes read from one shard of a table's stream.
    assert sorted(readers) == ["IndexFunction", "RetentionFunction"]


def test_the_environment_has_every_name_that_the_functions_read() -> None:
    assert function_environment(service="ingest", resolved=RESOLVED) == {
        "TABLE_NAME": "t",
        "BUCKET_NAME": "b",
        "CLAIM_ORG": "org",
        "CLAIM_USERNAME": "username",
        "CLAIM_NAME": "name",
        "CLAIM_GROUPS": "groups",
        "CLAIM_SCOPE": "scope",
        "ADMIN_GROUP": "admin",
        "SERVICE_CLIENTS": "",
        "RETAIN_EMAIL": "",
        "RETAIN_SMS": "",
        "RETAIN_PUSH": "",
        "RETAIN_ACTIVITY": "P2Y",
        "RETAIN_AUDIT": "P2Y",
        "RETAIN_CONTENT": "P24M",
        "RETENTION_GRACE": "P7D",
        "SOFT_BOUNCE_LIMIT": "0",
        "ADDRESS_KEY": ADDRESS_KEY,
        "POWERTOOLS_SERVICE_NAME": "ingest",
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }


@pytest.mark.parametrize("name", sorted(FUNCTIONS.keys() - {"ConsoleFunction"}))
def test_a_function_is_told_its_own_name_and_the_queues_that_it_may_send_to(name: str) -> None:
    folder = FUNCTIONS[name]["Properties"]["CodeUri"].rpartition("/")[2]
    own = {"POWERTOOLS_SERVICE_NAME": folder}
    if folder in ("feedback", "manage"):
        own["FEEDBACK_QUEUE_URL"] = "queue"
    if folder == "feedback":
        own["DEAD_LETTERS_URL"] = "dead"
    if folder == "retention":
        own["ARCHIVE_BUCKET"] = ""
    if folder in ("query", "manage", "retention", "export"):
        own["EXPORTS_BUCKET"] = "exports"
    if folder in ("query", "export"):
        own |= {"EXPORT_QUEUE_URL": "export queue", "EXPORT_DAYS": "7"}
    resolved = RESOLVED | {"FeedbackQueue": "queue", "DeadLetters": "dead", "ExportQueue": "export queue"}
    everybodys = function_environment(service="none of the functions", resolved=resolved)
    assert function_environment(service=folder, resolved=resolved) == everybodys | own


def test_the_functions_publish_their_metrics_themselves() -> None:
    assert resources_of_type(TEMPLATE, "AWS::Logs::MetricFilter") == {}
    operations = (REPOSITORY / "docs" / "operations.md").read_text()
    table = operations.partition("## Metrics")[2].partition("##")[0]
    assert set(re.findall(r"`([A-Z]\w+)`", table)) - {"Daybook"} == set(cloudwatch.METRICS.values())


def test_invocations_are_traced_where_a_parameter_says_so() -> None:
    parameter = TEMPLATE["Parameters"]["Tracing"]
    assert (parameter["Default"], parameter["AllowedValues"]) == ("off", ["off", "on"])
    assert TEMPLATE["Conditions"]["IsTraced"] == {"Fn::Equals": [{"Ref": "Tracing"}, "on"]}
    assert TEMPLATE["Globals"]["Function"]["Tracing"] == {"Fn::If": ["IsTraced", "Active", "PassThrough"]}
    # Lambda refuses to trace a function whose role may not send traces.
    for function in FUNCTIONS.values():
        role = RESOURCES[function["Properties"]["Role"]["Fn::GetAtt"][0]]
        (conditional,) = (policy["Fn::If"] for policy in role["Properties"]["Policies"] if "Fn::If" in policy)
        condition, then, otherwise = conditional
        (statement,) = then["PolicyDocument"]["Statement"]
        assert (condition, otherwise) == ("IsTraced", {"Ref": "AWS::NoValue"})
        assert statement["Action"] == ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]


def test_an_export_goes_on_by_a_queue_that_waits_for_whoever_may_still_work() -> None:
    function, queue = FUNCTIONS[LONG]["Properties"], RESOURCES["ExportQueue"]["Properties"]
    # Lambda would stop a function that is invoked by its own messages.
    assert function["RecursiveLoop"] == "Allow"
    (source,) = function["Events"].values()
    assert (source["Type"], source["Properties"]["Queue"]) == ("SQS", {"Fn::GetAtt": ["ExportQueue", "Arn"]})
    # A message is one export: it fails, or waits, alone.
    assert source["Properties"]["BatchSize"] == 1
    # Ten exports of one org run at once.
    assert source["Properties"]["ScalingConfig"]["MaximumConcurrency"] >= 10
    lease = function["Timeout"] + attempts.MARGIN.total_seconds()
    assert function["Timeout"] <= lease < queue["VisibilityTimeout"] <= lease + 60
    # The last delivery notes that the ones before were killed.
    redrive = queue["RedrivePolicy"]
    assert redrive["maxReceiveCount"] == attempts.MOST_FAILURES + 1
    assert redrive["deadLetterTargetArn"] == {"Fn::GetAtt": ["ExportFailures", "Arn"]}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_nobody_waits_for_has_a_queue_of_failures(name: str) -> None:
    events = settings(name)["Events"].values()
    if name in ANSWERS_REQUESTS:
        assert {event["Type"] for event in events} == {"HttpApi"}
        assert "DeadLetterQueue" not in settings(name)
        return
    failures = {"Fn::GetAtt": [FAILURES[name], "Arn"]}
    for event in events:
        match event["Type"]:
            case "DynamoDB":
                assert event["Properties"]["DestinationConfig"]["OnFailure"]["Destination"] == failures
            case "SQS":
                queue = RESOURCES[event["Properties"]["Queue"]["Fn::GetAtt"][0]]["Properties"]
                assert queue["RedrivePolicy"]["deadLetterTargetArn"] == failures
            case kind:
                # An asynchronous invocation, which Lambda gives up after three attempts.
                assert kind == "Schedule"
                assert settings(name)["DeadLetterQueue"] == {"Type": "SQS", "TargetArn": failures}


def test_logs_invoke_the_feedback_function_which_keeps_what_it_cannot_take_in() -> None:
    assert RESOURCES["FeedbackFromLogs"]["Properties"]["FunctionName"] == {"Ref": "FeedbackFunction"}
    dead_letters = {"Type": "SQS", "TargetArn": {"Fn::GetAtt": ["DeadLetters", "Arn"]}}
    assert settings("FeedbackFunction")["DeadLetterQueue"] == dead_letters


def documented() -> dict[str, tuple[int, int, str]]:
    """Memory in MB, seconds and where failures go, of each function, by docs/deployment.md."""
    page = (REPOSITORY / "docs" / "deployment.md").read_text()
    table = page.partition("### Memory and time")[2].partition("\n###")[0]
    found = {}
    for names, memory, time, unit, where in re.findall(
        r"^\| (`[^|]+`) \| (\d+) MB \| (\d+) (seconds|minutes) \| ([^|]+) \|", table, re.MULTILINE
    ):
        for name in re.findall(r"`(\w+)`", names):
            found[name] = (int(memory), int(time) * (60 if unit == "minutes" else 1), where)
    return found


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_docs_say_how_much_memory_and_time_a_function_has_and_where_its_failures_go(name: str) -> None:
    memory, seconds, where = documented()[FUNCTIONS[name]["Properties"]["CodeUri"].rpartition("/")[2]]
    assert (settings(name)["MemorySize"], settings(name)["Timeout"]) == (memory, seconds)
    assert (f"`{FAILURES[name]}`" if name in FAILURES else "the caller") in where


def test_concurrency_is_reserved_by_parameter_and_none_by_default() -> None:
    reserving = {name: each for name in FUNCTIONS if (each := settings(name).get("ReservedConcurrentExecutions"))}
    assert reserving.keys() == {"IngestFunction", "QueryFunction", "ManageFunction"}
    for name, value in reserving.items():
        of = name.removesuffix("Function")
        assert value == {"Fn::If": [f"Limits{of}", {"Ref": f"{of}Concurrency"}, {"Ref": "AWS::NoValue"}]}
        parameter = TEMPLATE["Parameters"][f"{of}Concurrency"]
        assert parameter["Default"] == ""
        given = ["", "0", "200", "-1", "many", "1.5"]
        assert [text for text in given if re.fullmatch(parameter["AllowedPattern"], text)] == given[:3]
    # The others are bounded by what invokes them.
    for name, event in (("FeedbackFunction", "FromQueue"), ("ExportFunction", "FromQueue")):
        assert settings(name)["Events"][event]["Properties"]["ScalingConfig"]["MaximumConcurrency"] <= 20


def test_the_console_is_small_and_knows_nothing_of_the_table() -> None:
    assert FUNCTIONS["ConsoleFunction"]["IgnoreGlobals"] == ["Layers", "Environment"]
    assert (CONSOLE["MemorySize"], "Layers" in CONSOLE) == (256, False)
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


@pytest.mark.parametrize(
    ("scope", "is_taken"),
    [("openid", True), ("openid profile", True), ("api://x/read openid", True), ("profile", False), ("openid ", False)],
)
def test_a_sign_in_asks_for_openid(scope: str, is_taken: bool) -> None:
    assert bool(re.fullmatch(TEMPLATE["Parameters"]["ConsoleScope"]["AllowedPattern"], scope)) == is_taken
