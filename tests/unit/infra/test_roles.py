"""What the roles of the functions allow: what their code calls, of the resources that they are told of, and no more."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.aws import roles
from tests.support.template import FUNCTIONS, RESOURCES, ROLES, TEMPLATE, as_list, statements

# Where IAM knows no resource that a policy could name.
WITHOUT_A_RESOURCE = {
    "ses:GetEmailAddressInsights",
    "ses:DeleteSuppressedDestination",
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
}

READ = {"dynamodb:BatchGetItem", "dynamodb:Query"}
SELECT = {"dynamodb:PartiQLSelect"}
INSERT = {"dynamodb:PartiQLInsert", "dynamodb:PutItem"}
UPDATE = {"dynamodb:PartiQLUpdate", "dynamodb:UpdateItem"}
DELETE = {"dynamodb:PartiQLDelete", "dynamodb:DeleteItem"}
QUERY, SCAN = {"dynamodb:Query"}, {"dynamodb:Scan"}
STREAM = {f"dynamodb:{action}" for action in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")}
GET, PUT, LIST = {"s3:GetObject"}, {"s3:PutObject"}, {"s3:ListBucket"}
END_EXPORTS = {"s3:DeleteObject", "s3:AbortMultipartUpload"}
LIST_EXPORTS = {"s3:ListBucket", "s3:ListBucketMultipartUploads"}
SEND = {"sqs:SendMessage"}
POLL = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}

# By role and resource. A change of a role is to be a change here; `tests/support/aws/roles.py` notices what one lacks.
GRANTS: dict[str, dict[str, set[str]]] = {
    "IngestRole": {
        "Table": READ | SELECT | INSERT | UPDATE | DELETE,
        "Bodies/*": PUT,
        "IngestLogs": LOGS,
    },
    "QueryRole": {
        # Insert: looks at contents, and exports, are audit entries. Delete: an export that its queue did not take.
        "Table": READ | SELECT | INSERT | DELETE,
        "Table/index/*": QUERY,
        "Bodies": LIST,
        "Bodies/*": GET,
        # The link to a file is signed with this role.
        "Exports/*": GET,
        "ExportQueue": SEND,
        "QueryLogs": LOGS,
    },
    "ManageRole": {
        "Table": READ | INSERT | UPDATE | DELETE,
        "Table/index/by_org_status": QUERY,
        "Bodies/*": PUT,
        "Exports": LIST_EXPORTS,
        "Exports/*": END_EXPORTS,
        "FeedbackQueue": SEND,
        "*": {"ses:DeleteSuppressedDestination"},
        "ManageLogs": LOGS,
    },
    "FeedbackRole": {
        "Table": READ | SELECT | INSERT | UPDATE | DELETE,
        "Table/index/by_org_status": QUERY,
        "Bodies/*": PUT,
        "FeedbackQueue": POLL | SEND,
        "DeadLetters": SEND,
        "*": {"ses:GetEmailAddressInsights", "ses:DeleteSuppressedDestination"},
        "FeedbackLogs": LOGS,
    },
    "IndexRole": {
        "Table": READ | SELECT | INSERT | UPDATE | DELETE | SCAN,
        "Table/index/by_source": QUERY,
        "Table/index/by_org_status": QUERY,
        "Table.StreamArn": STREAM,
        "Bodies": LIST,
        "Bodies/*": GET,
        "IndexFailures": SEND,
        "IndexLogs": LOGS,
    },
    "RetentionRole": {
        "Table": READ | SELECT | INSERT | UPDATE | DELETE | SCAN | {"dynamodb:DescribeTable"},
        "Table/index/by_staff": QUERY,
        "Table.StreamArn": STREAM,
        "Bodies": LIST,
        "Bodies/*": GET | PUT | {"s3:DeleteObject"},
        "Exports": LIST_EXPORTS,
        "Exports/*": END_EXPORTS,
        "RetentionFailures": SEND,
        "RetentionLogs": LOGS,
    },
    "ExportRole": {
        # Insert: an export that is complete is an audit entry.
        "Table": READ | SELECT | INSERT | UPDATE,
        "Table/index/*": QUERY,
        "Bodies": LIST,
        "Bodies/*": GET,
        "Exports": LIST_EXPORTS,
        "Exports/*": END_EXPORTS | GET | PUT | {"s3:ListMultipartUploadParts"},
        "ExportQueue": POLL | SEND,
        "ExportLogs": LOGS,
    },
    "ConsoleRole": {"ConsoleLogs": LOGS},
}


def label(resource: Any) -> str:
    """A resource of a statement in short: `Table`, `Table/index/by_staff`, `Table.StreamArn`, `*`."""
    match resource:
        case {"Fn::GetAtt": [name, "Arn"]}:
            return str(name)
        case {"Fn::GetAtt": [name, attribute]}:
            return f"{name}.{attribute}"
        case {"Fn::Sub": str(text)}:
            return re.sub(r"^\$\{(\w+)\.Arn\}", r"\1", text)
    return str(resource)


def grants(role: str) -> dict[str, set[str]]:
    """The actions that a role always allows, by resource."""
    found: dict[str, set[str]] = {}
    for statement in statements(ROLES[role]):
        for resource in as_list(statement["Resource"]):
            found.setdefault(label(resource), set()).update(as_list(statement["Action"]))
    return found


def role_of(function: str) -> str:
    role: str = FUNCTIONS[function]["Properties"]["Role"]["Fn::GetAtt"][0]
    return role


@pytest.mark.parametrize("role", GRANTS)
def test_a_role_has_only_the_actions_that_its_function_uses(role: str) -> None:
    assert grants(role) == GRANTS[role]


def test_each_function_has_a_role_of_its_own() -> None:
    assert {role_of(name) for name in FUNCTIONS} == GRANTS.keys()
    # SNS writes the delivery status of SMS with the one that is left.
    assert ROLES.keys() - GRANTS.keys() == {"SnsDeliveryStatusRole"}
    assert len(GRANTS) == len(FUNCTIONS)


@pytest.mark.parametrize("name", ROLES)
def test_a_role_allows_and_names_each_action(name: str) -> None:
    assert "ManagedPolicyArns" not in ROLES[name]["Properties"]
    for statement in statements(ROLES[name]):
        assert statement["Effect"] == "Allow"
        assert not {"NotAction", "NotResource"} & statement.keys()
        assert not [action for action in as_list(statement["Action"]) if "*" in action]


def told(function: str) -> set[str]:
    """The resources that a function knows: those that its environment names, its sources and its queue of failures."""
    properties = FUNCTIONS[function]["Properties"]
    everybodys = (
        {} if "Environment" in FUNCTIONS[function].get("IgnoreGlobals", ()) else TEMPLATE["Globals"]["Function"]
    )
    known = [
        everybodys.get("Environment"),
        properties["Environment"],
        properties.get("DeadLetterQueue"),
        [event["Properties"] for event in properties["Events"].values() if event["Type"] != "HttpApi"],
    ]
    names = re.findall(r'(?:"Ref": |"Fn::GetAtt": \[)"(\w+)"', json.dumps(known))
    return {name for name in names if name in RESOURCES}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_role_names_no_resource_that_its_function_is_not_told_of(function: str) -> None:
    own_log = function.replace("Function", "Logs")
    named = {re.split(r"[/.]", resource)[0] for resource in grants(role_of(function))} - {"*", own_log}
    # Everybody is told of the key of the hashes, by its value; the archive's policy comes with the archive.
    assert named == told(function) - {"GeneratedAddressKey", "ArchiveBucket"}


def policies() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each statement of any policy in the template, with the logical id of its resource."""
    for name, resource in RESOURCES.items():
        found: list[Any] = [resource]
        while found:
            match found.pop():
                case {"Statement": list(statements), **rest}:
                    yield from ((name, statement) for statement in statements)
                    found.extend(rest.values())
                case dict(mapping):
                    found.extend(mapping.values())
                case list(sequence):
                    found.extend(sequence)


def test_a_wildcard_stands_only_where_aws_offers_nothing_else() -> None:
    wildcards = {
        (name, action)
        for name, statement in policies()
        if statement["Effect"] == "Allow" and "*" in as_list(statement.get("Resource", []))
        for action in as_list(statement["Action"])
    }
    of_functions = {(name, action) for name, action in wildcards if name in GRANTS}
    assert {action for _, action in of_functions} == WITHOUT_A_RESOURCE
    assert {name for name, action in of_functions if action.startswith("ses:")} == {"ManageRole", "FeedbackRole"}
    # In the policy of a resource, all resources are that one: two queues share one, and a key has one.
    assert wildcards - of_functions == {
        ("FeedbackQueuePolicy", "sqs:SendMessage"),
        ("AlarmKey", "kms:*"),
        ("AlarmKey", "kms:Decrypt"),
        ("AlarmKey", "kms:GenerateDataKey"),
    }
    in_part = {
        (name, label(resource))
        for name, statement in policies()
        if statement["Effect"] == "Allow"
        for resource in as_list(statement.get("Resource", []))
        if "*" in label(resource) and label(resource) != "*" and not re.fullmatch(r"\w+/(index/)?\*", label(resource))
    }
    # SNS makes these groups itself, and names them after its applications.
    groups = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:sns/*"
    assert in_part == {("SnsDeliveryStatusRole", groups)}


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (*roles.BUCKETS, *roles.QUEUES):
        monkeypatch.setenv(variable, variable.lower())


ERASED_VERSION = {"Delete": {"Objects": [{"Key": "x", "VersionId": "1"}]}, "BypassGovernanceRetention": True}


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize(
    ("function", "operation", "arguments", "is_allowed"),
    [
        ("ingest", "PutObject", {"Bucket": "bucket_name"}, True),
        ("ingest", "GetObject", {"Bucket": "bucket_name"}, False),
        ("query", "GetObject", {"Bucket": "exports_bucket"}, True),
        ("query", "ListObjectsV2", {"Bucket": "exports_bucket"}, False),
        ("manage", "DeleteObjects", {"Bucket": "exports_bucket", "Delete": {"Objects": [{"Key": "x"}]}}, True),
        ("manage", "DeleteObjects", {"Bucket": "bucket_name", "Delete": {"Objects": [{"Key": "x"}]}}, False),
        ("retention", "DeleteObjects", {"Bucket": "archive_bucket", **ERASED_VERSION}, True),
        ("retention", "DeleteObjects", {"Bucket": "bucket_name", **ERASED_VERSION}, False),
        ("export", "UploadPart", {"Bucket": "exports_bucket"}, True),
    ],
)
def test_a_call_of_s3_that_a_role_lacks_is_noticed(
    function: str, operation: str, arguments: dict[str, Any], is_allowed: bool
) -> None:
    if is_allowed:
        roles.check_s3(operation, arguments, function)
    else:
        with pytest.raises(AssertionError, match=f"the role of {function} lacks"):
            roles.check_s3(operation, arguments, function)


@pytest.mark.usefixtures("named")
def test_a_call_of_a_queue_or_of_ses_that_a_role_lacks_is_noticed() -> None:
    roles.check_sqs("SendMessage", "feedback_queue_url", "manage")
    with pytest.raises(AssertionError, match="the role of ingest lacks sqs:SendMessage"):
        roles.check_sqs("SendMessage", "feedback_queue_url", "ingest")
    roles.check_ses("GetEmailAddressInsights", "feedback")
    with pytest.raises(AssertionError, match="the role of manage lacks ses:GetEmailAddressInsights"):
        roles.check_ses("GetEmailAddressInsights", "manage")
