"""What infra/template.yaml promises."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from daybook.api.routes import ROUTES
from daybook.aws import cloudwatch
from daybook.exports import export_item
from daybook.exports.running import attempts
from daybook.handlers.triggers import erasures
from daybook.holds.hold_state import BACKFILLING
from daybook.model import job_retry
from daybook.storage.keys import job_keys, record_keys
from daybook_local.deployment.template import (
    REPOSITORY,
    function_environment,
    resources_of_type,
    table_definition,
)

from tests.support.hashes import ADDRESS_KEY
from tests.support.template import FUNCTIONS, RESOLVED, RESOURCES, ROLES, TEMPLATE, actions, as_list, statements

# IAM knows no resource for these.
ON_ANYTHING = {"ses:GetEmailAddressInsights", "ses:DeleteSuppressedDestination"}

AUDIT_ROW = {
    "member_name", "username", "source", "ip", "action", "names", "unnamed", "affected_count", "expires_at", "erased",
}  # fmt: skip
ACTIVITY_ROW = {
    "status",
    "recipient",
    "subject",
    "text",
    "sender",
    "message_id",
    "outcome",
    "reason",
    "opens",
    "clicks",
    "content_until",
    "expires_at",
    "erased",
}


# Of those that a queue invokes.
LONG = "ExportFunction"

CONSOLE_ROUTES = ("GET /", "GET /console", "GET /console/{path+}", "OPTIONS /{proxy+}")


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


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_its_own_role_and_its_own_log_group_with_retention(name: str) -> None:
    properties = FUNCTIONS[name]["Properties"]
    role, logs = name.replace("Function", "Role"), name.replace("Function", "Logs")
    assert properties["Role"] == {"Fn::GetAtt": [role, "Arn"]}
    assert properties["LoggingConfig"]["LogGroup"] == {"Ref": logs}
    assert TEMPLATE["Resources"][logs]["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    writes_logs = [each for each in statements(ROLES[role]) if str(as_list(each["Action"])[0]).startswith("logs:")]
    assert [each["Resource"] for each in writes_logs] == [{"Fn::GetAtt": [logs, "Arn"]}]


@pytest.mark.parametrize("name", ROLES)
def test_a_role_allows_named_actions_on_named_resources_only(name: str) -> None:
    assert "ManagedPolicyArns" not in ROLES[name]["Properties"]
    for statement in statements(ROLES[name]):
        assert statement["Effect"] == "Allow"
        assert not [action for action in as_list(statement["Action"]) if "*" in action]
        on_anything = set(as_list(statement["Action"])) <= ON_ANYTHING
        assert on_anything or all(isinstance(resource, dict) for resource in as_list(statement["Resource"]))


def test_a_role_has_only_the_actions_that_its_function_uses() -> None:
    logs = {"logs:CreateLogStream", "logs:PutLogEvents"}
    query, put = "dynamodb:Query", "s3:PutObject"
    reads_and_inserts = {"dynamodb:BatchGetItem", query, "dynamodb:PartiQLInsert", "dynamodb:PutItem"}
    changes = {"dynamodb:PartiQLUpdate", "dynamodb:UpdateItem", "dynamodb:PartiQLDelete", "dynamodb:DeleteItem"}
    writes = {*reads_and_inserts, *changes}
    reset = {"sqs:SendMessage", "ses:DeleteSuppressedDestination"}
    polls = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
    select = "dynamodb:PartiQLSelect"
    stream = {f"dynamodb:{action}" for action in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")}
    assert actions("IngestRole") == {*writes, select, put, *logs}
    takes_back = {"dynamodb:PartiQLDelete", "dynamodb:DeleteItem", "sqs:SendMessage"}
    assert actions("QueryRole") == {*reads_and_inserts, *takes_back, select, "s3:GetObject", "s3:ListBucket", *logs}
    reads_objects = {"s3:GetObject", "s3:ListBucket"}
    assert actions("IndexRole") == {*writes, select, *stream, *reads_objects, "sqs:SendMessage", *logs, "dynamodb:Scan"}
    scan = {"dynamodb:DescribeTable", "dynamodb:Scan"}
    ends_exports = {"s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListBucket", "s3:ListBucketMultipartUploads"}
    erases = {*reads_objects, put, *ends_exports}
    assert actions("RetentionRole") == {*writes, *scan, select, *stream, *erases, "sqs:SendMessage", *logs}
    assert actions("ConsoleRole") == logs
    assert actions("ManageRole") == {*writes, put, *reset, *ends_exports, *logs}
    updates = {"dynamodb:PartiQLUpdate", "dynamodb:UpdateItem"}
    uploads = {*reads_objects, put, *ends_exports, "s3:ListMultipartUploadParts"}
    assert actions("ExportRole") == {*reads_and_inserts, *updates, select, *uploads, *polls, "sqs:SendMessage", *logs}
    assert actions("FeedbackRole") == {
        *writes,
        select,
        put,
        *reset,
        *polls,
        "ses:GetEmailAddressInsights",
        *logs,
    }


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


def test_the_key_of_the_hashes_is_made_kept_for_ever_and_shown_nowhere_unless_one_is_given() -> None:
    parameter, made = TEMPLATE["Parameters"]["AddressKey"], RESOURCES["GeneratedAddressKey"]
    assert (parameter["NoEcho"], parameter["Default"]) == (True, "")
    pattern, taken = parameter["AllowedPattern"], ["", "x" * 16, "with spaces and ümläuts"]
    assert [text for text in [*taken, "x" * 15] if re.fullmatch(pattern, text)] == taken
    assert TEMPLATE["Conditions"][made["Condition"]] == {"Fn::Equals": [{"Ref": "AddressKey"}, ""]}
    assert (made["DeletionPolicy"], made["UpdateReplacePolicy"]) == ("Retain", "Retain")
    generated = made["Properties"]["GenerateSecretString"]
    assert (generated["PasswordLength"], "SecretStringTemplate" in generated) == (64, False)
    # CloudFormation puts a secret's value in place of this; the functions may not read the secret themselves.
    given = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]["ADDRESS_KEY"]["Fn::If"]
    secret = {"Fn::Sub": "{{resolve:secretsmanager:${GeneratedAddressKey}}}"}
    assert given == [made["Condition"], secret, {"Ref": "AddressKey"}]
    assert "AddressKey" not in str(TEMPLATE["Outputs"])


def test_every_alarm_tells_the_topic() -> None:
    alarms = resources_of_type(TEMPLATE, "AWS::CloudWatch::Alarm")
    assert alarms.keys() == {
        "DeadLettersAlarm", "IndexFailuresAlarm", "RetentionFailuresAlarm", "RetentionStuckAlarm", "ItemsOverdueAlarm",
        "BackfillsGivenUpAlarm",
        "ErasuresGivenUpAlarm", "ExportFailuresAlarm", "ExportsGivenUpAlarm",
    }  # fmt: skip
    for made in alarms.values():
        assert made["Properties"]["AlarmActions"] == {
            "Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]
        }
    given_up = alarms["ErasuresGivenUpAlarm"]["Properties"]
    assert (given_up["MetricName"], given_up["Statistic"], given_up["Threshold"]) == ("ErasuresGivenUp", "Sum", 0)
    overdue = alarms["ItemsOverdueAlarm"]["Properties"]
    assert (overdue["Namespace"], overdue["MetricName"], overdue["Threshold"]) == ("Daybook", "ItemsOverdue", 0)
    # The function's name, as with each of its metrics; that it does publish them is tested where it runs.
    assert overdue["Dimensions"] == [{"Name": "service", "Value": "retention"}]
    # There is a figure a day: an hour without one is no good news.
    assert overdue["TreatMissingData"] == "ignore"


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


def test_the_indexes_hold_what_their_pages_show() -> None:
    definition = table_definition("t")
    indexes = definition["LocalSecondaryIndexes"] + definition["GlobalSecondaryIndexes"]
    keys = {index["IndexName"]: [key["AttributeName"] for key in index["KeySchema"]] for index in indexes}
    assert keys == {
        "by_activity": ["pk", "activity_key"],
        "by_recipient": ["pk", "recipient_key"],
        "by_status": ["pk", "status_key"],
        "by_staff": ["org_staff", "at"],
        "by_source": ["org_source", "at"],
        "by_org_status": ["org_status", "at"],
    }
    projected = {index["IndexName"]: set(index["Projection"].get("NonKeyAttributes", ())) for index in indexes}
    # CloudFormation replaces a table whose local indexes change: they stay as they are.
    assert projected == {
        "by_activity": ACTIVITY_ROW,
        "by_recipient": set(),
        "by_status": set(),
        "by_staff": AUDIT_ROW,
        "by_source": AUDIT_ROW,
        "by_org_status": set(),
    }


def test_the_table_outlives_the_stack_and_can_be_restored() -> None:
    table = TEMPLATE["Resources"]["Table"]
    properties = table["Properties"]
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["SSESpecification"] == {"SSEEnabled": True}
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert properties["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


def test_the_bucket_is_private_encrypted_and_reached_by_tls_only() -> None:
    bucket = TEMPLATE["Resources"]["Bodies"]
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert all(bucket["Properties"]["PublicAccessBlockConfiguration"].values())
    assert len(bucket["Properties"]["PublicAccessBlockConfiguration"]) == 4
    assert "BucketEncryption" in bucket["Properties"]
    (statement,) = TEMPLATE["Resources"]["BodiesPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


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


def test_files_of_exports_expire_and_are_private_encrypted_and_reached_by_tls_only() -> None:
    properties, policy = RESOURCES["Exports"]["Properties"], RESOURCES["ExportsPolicy"]["Properties"]
    (rule,) = properties["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", {"Ref": "ExportDays"})
    # Later than an export without progress is given up: no upload of one under way is taken.
    assert rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] > export_item.STUCK_AFTER.days
    assert "Filter" not in rule
    assert "Prefix" not in rule
    bodies = RESOURCES["Bodies"]["Properties"]
    assert {name: value for name, value in properties.items() if name != "LifecycleConfiguration"} == bodies
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_nothing_but_the_identity_provider_must_be_named_to_deploy() -> None:
    asked_for = {name for name, parameter in TEMPLATE["Parameters"].items() if "Default" not in parameter}
    assert asked_for == {"Issuer", "Audience"}
