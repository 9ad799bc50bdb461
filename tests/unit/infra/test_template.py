"""What infra/template.yaml promises."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from daybook.api.routes import ROUTES
from daybook.holds.hold_state import BACKFILLING
from daybook.model import retention_policy
from daybook.storage.keys import job_keys, record_keys
from daybook_local.deployment.template import function_environment, load, resources_of_type, table_definition
from hypothesis import given, strategies

from tests.support.hashes import ADDRESS_KEY
from tests.support.properties import examples

TEMPLATE = load()
RESOLVED = {"Table": "t", "Bodies": "b", "AWS::StackId": "s", "AddressKey": ADDRESS_KEY}
FUNCTIONS = resources_of_type(TEMPLATE, "AWS::Serverless::Function")
ROLES = resources_of_type(TEMPLATE, "AWS::IAM::Role")
RESOURCES = TEMPLATE["Resources"]

# IAM knows no resource for these.
ON_ANYTHING = {"ses:GetEmailAddressInsights", "ses:DeleteSuppressedDestination"}

AUDIT_ROW = {"member_name", "username", "source", "ip", "action", "names", "affected_count", "expires_at", "erased"}
ACTIVITY_ROW = {
    "status",
    "recipient",
    "subject",
    "text",
    "sender",
    "message_id",
    "bounce",
    "reason",
    "opens",
    "clicks",
    "content_until",
    "expires_at",
    "erased",
}


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


def statements(role: dict[str, Any]) -> list[dict[str, Any]]:
    policies = role["Properties"]["Policies"]
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def actions(role_name: str) -> set[str]:
    return {action for statement in statements(ROLES[role_name]) for action in as_list(statement["Action"])}


def test_the_template_routes_exactly_what_the_package_answers() -> None:
    assert {route: folder for route, (folder, _) in events().items()} == ROUTES


def test_only_the_openapi_document_is_open() -> None:
    opened = {route for route, (_, properties) in events().items() if "Auth" in properties}
    assert opened == {"GET /v1/openapi.json"}
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
    reads_and_inserts = {"dynamodb:BatchGetItem", "dynamodb:PartiQLInsert"}
    writes = {*reads_and_inserts, "dynamodb:PartiQLUpdate", "dynamodb:PartiQLDelete"}
    query, put = "dynamodb:Query", "s3:PutObject"
    reset = {"sqs:SendMessage", "ses:DeleteSuppressedDestination"}
    polls = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
    select = "dynamodb:PartiQLSelect"
    stream = {f"dynamodb:{action}" for action in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")}
    assert actions("IngestRole") == {*writes, select, put, *logs}
    assert actions("QueryRole") == {*reads_and_inserts, query, "s3:GetObject", "s3:ListBucket", *logs}
    reads_objects = {"s3:GetObject", "s3:ListBucket"}
    assert actions("IndexRole") == {*writes, select, query, *stream, *reads_objects, "sqs:SendMessage", *logs}
    scan = {"dynamodb:DescribeTable", "dynamodb:Scan"}
    erases = {*reads_objects, put, "s3:DeleteObject"}
    assert actions("RetentionRole") == {*writes, *scan, query, select, *stream, *erases, "sqs:SendMessage", *logs}
    assert actions("ManageRole") == {*writes, query, put, *reset, *logs}
    assert actions("FeedbackRole") == {
        *writes,
        select,
        query,
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
    if {event["Type"] for event in properties["Events"].values()} <= {"DynamoDB", "Schedule"}:
        assert properties["Timeout"] == 900
    else:
        assert 20 <= properties["Timeout"] < 30


def test_the_index_hears_of_audit_entries_of_holds_and_of_what_they_hold_and_what_it_cannot_take_in_is_kept() -> None:
    (source,) = FUNCTIONS["IndexFunction"]["Properties"]["Events"].values()
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
    assert sorted(beside_records) == sorted([*(f"{log}/" for log in record_keys.LOGS), "content/", "key/"])
    assert source["Properties"]["StartingPosition"] == "TRIM_HORIZON"
    assert source["Properties"]["BisectBatchOnFunctionError"] is True
    assert source["Properties"]["DestinationConfig"]["OnFailure"]["Destination"] == {
        "Fn::GetAtt": ["IndexFailures", "Arn"]
    }


def test_retention_hears_of_what_ttl_takes_and_of_erasures_and_batches_stay_whole() -> None:
    source = FUNCTIONS["RetentionFunction"]["Properties"]["Events"]["TakenByTtl"]["Properties"]
    taken, erasures = (json.loads(pattern["Pattern"]) for pattern in source["FilterCriteria"]["Filters"])
    # As AWS documents it.
    assert taken == {
        "eventName": ["REMOVE"],
        "userIdentity": {"type": ["Service"], "principalId": ["dynamodb.amazonaws.com"]},
    }
    assert erasures == {
        "eventName": ["INSERT", "MODIFY"],
        "dynamodb": {"Keys": {"pk": {"S": [job_keys.ERASURES]}}},
    }
    assert source["StartingPosition"] == "TRIM_HORIZON"
    # A half of a batch would be another object of the archive.
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


def test_no_more_than_two_functions_read_the_stream() -> None:
    readers = [
        name
        for name, function in FUNCTIONS.items()
        for event in function["Properties"]["Events"].values()
        if event["Type"] == "DynamoDB"
    ]
    # AWS throttles what more than two processes read from one shard of a table's stream.
    assert sorted(readers) == ["IndexFunction", "RetentionFunction"]


PERIODS = [name for name in TEMPLATE["Parameters"] if name.endswith("Retention")] + ["RetentionGrace"]
FOR_EVER = {"EmailRetention", "SmsRetention", "PushRetention"}


def counted(unit: str, digits: int) -> strategies.SearchStrategy[str]:
    return strategies.from_regex(rf"[0-9]{{1,{digits}}}{unit}", fullmatch=True)


# ISO 8601 durations as the parameters spell them, with a digit more than they take now and then.
PERIOD_TEXTS = strategies.one_of(
    strategies.just(""),
    counted("W", 5).map("P{}".format),
    strategies.tuples(
        *(strategies.just("") | counted(unit, digits) for unit, digits in (("Y", 4), ("M", 4), ("D", 6)))
    ).map(lambda parts: "P" + "".join(parts)),
)


def test_every_log_has_a_period_of_its_own() -> None:
    assert {name: TEMPLATE["Parameters"][name]["Default"] for name in PERIODS} == {
        "EmailRetention": "",
        "SmsRetention": "",
        "PushRetention": "",
        "ActivityRetention": "P2Y",
        "AuditRetention": "P2Y",
        "ContentRetention": "P24M",
        "RetentionGrace": "P7D",
    }


@pytest.mark.parametrize("name", PERIODS)
@examples(30)
@given(data=strategies.data())
def test_a_period_that_a_deployment_takes_is_one_that_the_functions_can_add_to_any_date(
    name: str, data: strategies.DataObject
) -> None:
    pattern = re.compile(TEMPLATE["Parameters"][name]["AllowedPattern"], re.ASCII)
    text = data.draw(PERIOD_TEXTS.filter(pattern.search))
    period = retention_policy.parse_period(text)
    assert (period is None) <= (name in FOR_EVER)
    if period is not None:
        assert datetime(2026, 2, 28, tzinfo=UTC) < datetime(2026, 2, 28, tzinfo=UTC) + period
        assert datetime(2200, 2, 28, tzinfo=UTC) + period < datetime.max.replace(tzinfo=UTC)


@pytest.mark.parametrize("name", PERIODS)
@pytest.mark.parametrize(
    ("text", "is_taken"),
    [
        ("P2Y", True), ("P24M", True), ("P7D", True), ("P10W", True), ("P1Y6M", True), ("P1Y2M10D", True),
        ("P", False), ("P0D", False), ("P0Y0M", False), ("P0W", False), ("2Y", False), ("PT24H", False),
        ("P1DT1H", False),
        ("P1W2D", False), ("P1M1Y", False), ("-P1D", False), ("P1.5Y", False), ("p2y", False), ("P2Y ", False),
        ("P9999Y", False), ("P2Y\n", False), ("for ever", False),
    ],
)  # fmt: skip
def test_a_deployment_takes_iso_8601_durations_and_nothing_else(name: str, text: str, is_taken: bool) -> None:
    parameter = TEMPLATE["Parameters"][name]
    assert bool(re.fullmatch(parameter["AllowedPattern"], text)) is is_taken
    assert bool(re.fullmatch(parameter["AllowedPattern"], "")) is (name in FOR_EVER)
    assert parameter["ConstraintDescription"]


@pytest.mark.parametrize("name", PERIODS)
def test_a_period_reaches_the_functions(name: str) -> None:
    before = function_environment(service="ingest", resolved=RESOLVED)
    after = function_environment(service="ingest", resolved={**RESOLVED, name: "P5Y"})
    variable = "RETENTION_GRACE" if name == "RetentionGrace" else f"RETAIN_{name.removesuffix('Retention').upper()}"
    assert {key for key in after if after[key] != before[key]} == {variable}
    assert after[variable] == "P5Y"


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


def test_the_archive_is_off_until_it_is_asked_for() -> None:
    assert TEMPLATE["Parameters"]["Archive"]["AllowedValues"] == ["off", "on", "locked"]
    assert TEMPLATE["Parameters"]["Archive"]["Default"] == "off"
    conditional = {name for name, made in RESOURCES.items() if made.get("Condition") == "HasArchive"}
    assert conditional == {"ArchiveBucket", "ArchiveBucketPolicy", "RetentionArchivePolicy"}
    resolved = RESOLVED | {"ArchiveBucket": "archive"}
    for switch, bucket in (("off", ""), ("on", "archive"), ("locked", "archive")):
        environment = function_environment(service="retention", resolved={**resolved, "Archive": switch})
        assert environment["ARCHIVE_BUCKET"] == bucket


def test_the_archive_is_private_encrypted_reached_by_tls_only_and_locks_when_told_to() -> None:
    bucket = RESOURCES["ArchiveBucket"]
    properties = bucket["Properties"]
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert all(properties["PublicAccessBlockConfiguration"].values())
    assert len(properties["PublicAccessBlockConfiguration"]) == 4
    assert "BucketEncryption" in properties
    (statement,) = RESOURCES["ArchiveBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert properties["ObjectLockEnabled"] is True
    condition, rule, nothing = properties["ObjectLockConfiguration"]["Rule"]["Fn::If"]
    assert TEMPLATE["Conditions"][condition] == {"Fn::Equals": [{"Ref": "Archive"}, "locked"]}
    assert rule == {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": {"Ref": "ArchiveLockDays"}}}
    assert nothing == {"Ref": "AWS::NoValue"}


def test_the_archive_takes_more_permissions_and_only_where_there_is_one() -> None:
    policy = RESOURCES["RetentionArchivePolicy"]["Properties"]
    assert policy["Roles"] == [{"Ref": "RetentionRole"}]
    assert [(each["Action"], each["Resource"]) for each in policy["PolicyDocument"]["Statement"]] == [
        ("s3:PutObject", {"Fn::Sub": "${ArchiveBucket.Arn}/*"}),
        (
            ["s3:GetObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"],
            {"Fn::Sub": "${ArchiveBucket.Arn}/*"},
        ),
        (["s3:ListBucket", "s3:ListBucketVersions"], {"Fn::GetAtt": ["ArchiveBucket", "Arn"]}),
    ]


def test_every_alarm_tells_the_topic() -> None:
    alarms = resources_of_type(TEMPLATE, "AWS::CloudWatch::Alarm")
    assert alarms.keys() == {
        "DeadLettersAlarm", "IndexFailuresAlarm", "RetentionFailuresAlarm", "RetentionStuckAlarm", "ItemsOverdueAlarm",
    }  # fmt: skip
    for made in alarms.values():
        assert made["Properties"]["AlarmActions"] == {
            "Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]
        }
    overdue = alarms["ItemsOverdueAlarm"]["Properties"]
    assert (overdue["Namespace"], overdue["MetricName"], overdue["Threshold"]) == ("Daybook", "ItemsOverdue", 0)
    # There is a figure a day: an hour without one is no good news.
    assert overdue["TreatMissingData"] == "ignore"


def test_the_environment_has_every_name_that_the_functions_read() -> None:
    assert function_environment(service="ingest", resolved=RESOLVED) == {
        "TABLE_NAME": "t",
        "BUCKET_NAME": "b",
        "CURSOR_KEY": "s",
        "URL_SUFFIX": "amazonaws.com",
        "CLAIM_ORG": "org",
        "CLAIM_USERNAME": "username",
        "CLAIM_NAME": "name",
        "CLAIM_GROUPS": "groups",
        "CLAIM_SCOPE": "scope",
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


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_told_its_own_name_and_the_queues_that_it_may_send_to(name: str) -> None:
    folder = FUNCTIONS[name]["Properties"]["CodeUri"].rpartition("/")[2]
    own = {"POWERTOOLS_SERVICE_NAME": folder}
    if folder in ("feedback", "manage"):
        own["FEEDBACK_QUEUE_URL"] = "queue"
    if folder == "feedback":
        own["DEAD_LETTERS_URL"] = "dead"
    if folder == "retention":
        own["ARCHIVE_BUCKET"] = ""
    resolved = RESOLVED | {"FeedbackQueue": "queue", "DeadLetters": "dead"}
    everybodys = function_environment(service="none of the functions", resolved=resolved)
    assert function_environment(service=folder, resolved=resolved) == everybodys | own


def test_a_metric_counts_what_became_of_entries_and_events() -> None:
    filters = resources_of_type(TEMPLATE, "AWS::Logs::MetricFilter")
    values = {name: made["Properties"]["MetricTransformations"][0]["MetricValue"] for name, made in filters.items()}
    assert values == {
        "EntriesCreated": "$.entries_created",
        "EntriesDuplicate": "$.entries_duplicate",
        "EntriesRejected": "$.entries_rejected",
        "EntriesIndexed": "$.entries_indexed",
        "EventsApplied": "$.events_applied",
        "EventsDuplicate": "$.events_duplicate",
        "EventsParked": "$.events_parked",
        "EventsPassedOver": "$.events_passed",
        "EventsDeadLettered": "$.events_dead_lettered",
        "EventsFailed": "$.events_failed",
        "BouncesUnknown": "$.bounces_unknown",
        "EntriesExpired": "$.entries_expired",
        "EntriesArchived": "$.entries_archived",
        "ObjectsDeleted": "$.objects_deleted",
        "ItemsOverdue": "$.items_overdue",
        "ContentsWithoutEntry": "$.contents_without_entry",
        "EventsUnclaimed": "$.events_unclaimed",
    }
    of_a_pass = {"ItemsOverdue", "ContentsWithoutEntry", "EventsUnclaimed"}
    of_retention = {"EntriesExpired", "EntriesArchived", "ObjectsDeleted"} | of_a_pass
    for name, made in filters.items():
        logs = "IngestLogs" if name.startswith("Entries") else "FeedbackLogs"
        if name == "EntriesIndexed":
            logs = "IndexLogs"
        if name in of_retention:
            logs = "RetentionLogs"
        # A pass that finds nothing says so.
        compared = ">=" if name in of_a_pass else ">"
        assert made["Properties"]["FilterPattern"] == f"{{ {values[name]} {compared} 0 }}"
        assert made["Properties"]["LogGroupName"] == {"Ref": logs}
        assert made["Properties"]["MetricTransformations"][0]["MetricName"] == name


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


def test_ses_publishes_every_type_of_event_to_the_topic_and_the_topic_to_the_queue_as_it_came() -> None:
    destination = RESOURCES["ConfigurationSetEvents"]["Properties"]
    assert destination["ConfigurationSetName"] == {"Ref": "ConfigurationSet"}
    assert destination["EventDestination"]["Enabled"] is True
    assert destination["EventDestination"]["SnsDestination"] == {"TopicARN": {"Ref": "FeedbackTopic"}}
    assert sorted(destination["EventDestination"]["MatchingEventTypes"]) == [
        "bounce", "click", "complaint", "delivery", "deliveryDelay", "open", "reject", "renderingFailure", "send",
        "subscription",
    ]  # fmt: skip
    subscription = RESOURCES["FeedbackSubscription"]["Properties"]
    assert (subscription["TopicArn"], subscription["Protocol"]) == ({"Ref": "FeedbackTopic"}, "sqs")
    assert subscription["Endpoint"] == {"Fn::GetAtt": ["FeedbackQueue", "Arn"]}
    assert subscription["RawMessageDelivery"] is True


def test_only_providers_of_this_account_may_publish_to_the_topic() -> None:
    (statement,) = RESOURCES["FeedbackTopicPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": ["ses.amazonaws.com", "sms-voice.amazonaws.com"]}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    # With the key of KMS that AWS manages, SES could not publish to it.
    assert "KmsMasterKeyId" not in RESOURCES["FeedbackTopic"].get("Properties", {})


def test_only_the_topic_and_the_rule_may_send_to_the_queues() -> None:
    policy = RESOURCES["FeedbackQueuePolicy"]["Properties"]
    assert policy["Queues"] == [{"Ref": "FeedbackQueue"}, {"Ref": "DeadLetters"}]
    allowed = {
        statement["Principal"]["Service"]: statement["Condition"]["ArnEquals"]["aws:SourceArn"]
        for statement in policy["PolicyDocument"]["Statement"]
    }
    assert allowed == {
        "sns.amazonaws.com": {"Ref": "FeedbackTopic"},
        "events.amazonaws.com": {"Fn::GetAtt": ["SmsEvents", "Arn"]},
    }


def test_what_fails_ends_in_the_dead_letters_from_wherever_it_came() -> None:
    dead_letters = {"Fn::GetAtt": ["DeadLetters", "Arn"]}
    queue = RESOURCES["FeedbackQueue"]["Properties"]
    assert queue["RedrivePolicy"] == {"deadLetterTargetArn": dead_letters, "maxReceiveCount": 5}
    assert RESOURCES["FeedbackSubscription"]["Properties"]["RedrivePolicy"] == {"deadLetterTargetArn": dead_letters}
    (target,) = RESOURCES["SmsEvents"]["Properties"]["Targets"]
    assert target["DeadLetterConfig"] == {"Arn": dead_letters}
    function = FUNCTIONS["FeedbackFunction"]["Properties"]
    assert function["DeadLetterQueue"] == {"Type": "SQS", "TargetArn": dead_letters}
    fourteen_days = 14 * 86400
    for name in ("FeedbackQueue", "DeadLetters"):
        properties = RESOURCES[name]["Properties"]
        assert (properties["MessageRetentionPeriod"], properties["SqsManagedSseEnabled"]) == (fourteen_days, True)
    alarm = RESOURCES["DeadLettersAlarm"]["Properties"]
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": {"Fn::GetAtt": ["DeadLetters", "QueueName"]}}]
    assert (alarm["MetricName"], alarm["Threshold"]) == ("ApproximateNumberOfMessagesVisible", 0)


def test_the_queue_is_read_in_batches_of_which_a_part_may_fail() -> None:
    (event,) = FUNCTIONS["FeedbackFunction"]["Properties"]["Events"].values()
    properties = event["Properties"]
    assert properties["Queue"] == {"Fn::GetAtt": ["FeedbackQueue", "Arn"]}
    assert properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    # Lambda asks for a window where a batch holds more than ten.
    assert properties["BatchSize"] <= 10 or properties["MaximumBatchingWindowInSeconds"] >= 1
    timeout = TEMPLATE["Globals"]["Function"]["Timeout"]
    visibility = RESOURCES["FeedbackQueue"]["Properties"]["VisibilityTimeout"]
    assert visibility == 6 * timeout + properties["MaximumBatchingWindowInSeconds"]


def test_logs_of_sms_and_push_come_to_the_function_successes_and_failures() -> None:
    filters = resources_of_type(TEMPLATE, "AWS::Logs::SubscriptionFilter")
    assert filters.keys() == {
        "SmsSuccesses", "SmsFailures", "ApnsSuccesses", "ApnsFailures", "FcmSuccesses", "FcmFailures",
    }  # fmt: skip
    for name, made in filters.items():
        assert made["DependsOn"] == "FeedbackFromLogs"
        assert made["Properties"]["DestinationArn"] == {"Fn::GetAtt": ["FeedbackFunction", "Arn"]}
        assert made["Properties"]["FilterPattern"] == ""
        group = made["Properties"]["LogGroupName"]
        if name.startswith("Sms"):
            _, of_this_stack, of_sns = group["Fn::If"]
            assert RESOURCES[of_this_stack["Ref"]]["Properties"]["LogGroupName"] == of_sns
            group = of_sns
        assert ("/Failure" in str(group)) == name.endswith("Failures")
    permission = RESOURCES["FeedbackFromLogs"]["Properties"]
    assert permission["Principal"] == "logs.amazonaws.com"
    assert permission["SourceArn"]["Fn::Sub"].endswith(":log-group:sns/*")


def test_nothing_but_the_identity_provider_must_be_named_to_deploy() -> None:
    asked_for = {name for name, parameter in TEMPLATE["Parameters"].items() if "Default" not in parameter}
    assert asked_for == {"Issuer", "Audience"}
