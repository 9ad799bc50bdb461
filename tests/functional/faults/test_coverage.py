"""The matrix has every route, every event source and every operation that a role permits."""

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from daybook import handlers
from daybook.api import routes
from daybook_local.deployment.template import load

from tests.support import api
from tests.support.faults.aws_calls import Call, Fault, Send
from tests.support.faults.batches import BATCHES
from tests.support.faults.catalogue import response
from tests.support.faults.reads import READS
from tests.support.faults.scenario import Lab
from tests.support.faults.writes import WRITES

pytestmark = pytest.mark.faults

SCENARIOS = [*READS, *WRITES, *BATCHES]
HANDLERS = Path(handlers.__file__ or "").parent
# The console's function calls no service of AWS.
FUNCTIONS = sorted({path.name for path in api.FUNCTIONS.iterdir()} - {"console"})

# The actions of IAM that an operation takes; of DynamoDB they are called alike.
ACTIONS = {
    ("s3", "PutObject"): {"s3:PutObject"},
    ("s3", "GetObject"): {"s3:GetObject"},
    ("s3", "ListObjectsV2"): {"s3:ListBucket"},
    ("s3", "ListObjectVersions"): {"s3:ListBucketVersions"},
    ("s3", "DeleteObjects"): {"s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"},
    ("s3", "HeadObject"): {"s3:GetObject"},
    ("s3", "CreateMultipartUpload"): {"s3:PutObject"},
    ("s3", "UploadPart"): {"s3:PutObject"},
    ("s3", "CompleteMultipartUpload"): {"s3:PutObject"},
    ("s3", "ListParts"): {"s3:ListMultipartUploadParts"},
    ("s3", "ListMultipartUploads"): {"s3:ListBucketMultipartUploads"},
    ("s3", "AbortMultipartUpload"): {"s3:AbortMultipartUpload"},
    ("sqs", "SendMessage"): {"sqs:SendMessage"},
    ("sesv2", "DeleteSuppressedDestination"): {"ses:DeleteSuppressedDestination"},
    ("sesv2", "GetEmailAddressInsights"): {"ses:GetEmailAddressInsights"},
}

# What Lambda does with the role: polling the stream and the queue, keeping what failed, writing logs.
LAMBDAS_OWN = re.compile(
    r"dynamodb:(DescribeStream|GetRecords|GetShardIterator|ListStreams)"
    r"|sqs:(ReceiveMessage|DeleteMessage|GetQueueAttributes)|logs:.*"
)

# moto's PartiQL knows no conditions: `tests/integration/faults` has the batches.
PARTIQL = re.compile("dynamodb:PartiQL.*")

NOT_MET = {
    # Keeps what failed.
    ("index", "sqs:SendMessage"), ("retention", "sqs:SendMessage"),
    # Without it a missing object would be forbidden instead of missing.
    ("query", "s3:ListBucket"), ("index", "s3:ListBucket"),
    # When the time of an invocation is over, or after a failure; and of what could not be put into the queue.
    ("export", "sqs:SendMessage"), ("query", "dynamodb:DeleteItem"),
    # With the service that writes entries; an entry of a Send event has no content, one about a call a small one.
    ("feedback", "s3:PutObject"), ("manage", "s3:PutObject"),
}  # fmt: skip


def test_every_route_is_in_it() -> None:
    assert {scenario.trigger for scenario in SCENARIOS} & {*routes.ROUTES} == {*routes.ROUTES} - {routes.DEFAULT}


def test_a_path_without_a_route_calls_nothing(lab: Lab) -> None:
    with lab.calls.watch():
        assert api.call("GET", "/v1/nothing").status == 404
    assert lab.calls.noted == []


def test_every_event_source_and_every_call_of_the_command_line_is_in_it() -> None:
    found = {(scenario.function, scenario.trigger) for scenario in SCENARIOS}
    for function in FUNCTIONS:
        events = load()["Resources"][f"{function.title()}Function"]["Properties"]["Events"].values()
        for source in {event["Type"] for event in events} - {"HttpApi"}:
            assert (function, source) in found
        # Of the schedules are `check`, `erasures` and `resume`.
        code = (HANDLERS / f"{function}.py").read_text()
        calls = {(function, call) for call in re.findall(r'if "(\w+)" in event', code)}
        assert calls - {("retention", "check"), ("retention", "erasures"), ("index", "resume")} <= found


@pytest.mark.slow
def test_every_operation_that_a_role_permits_is_met(lab: Lab) -> None:
    met: dict[str, set[str]] = defaultdict(set)
    for scenario in SCENARIOS:
        for call in lab.undisturbed(scenario).calls:
            met[scenario.function] |= ACTIONS.get((call.service, call.operation), {f"dynamodb:{call.operation}"})
    permitted = {(function, action) for function in FUNCTIONS for action in _permitted(function)}
    missing = {(function, action) for function, action in permitted if action not in met[function]}
    assert {
        (function, action)
        for function, action in missing
        if not LAMBDAS_OWN.fullmatch(action) and not PARTIQL.fullmatch(action)
    } == NOT_MET


def _permitted(function: str) -> set[str]:
    resources = load()["Resources"]
    policies = resources[f"{function.title()}Role"]["Properties"]["Policies"]
    # Tracing, where a parameter switches it on, is Lambda's own.
    documents = [policy["PolicyDocument"] for policy in policies if "Fn::If" not in policy]
    if function == "retention":
        documents.append(resources["RetentionArchivePolicy"]["Properties"]["PolicyDocument"])
    return {action for document in documents for one in document["Statement"] for action in _listed(one["Action"])}


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def _lost(request: AWSPreparedRequest, _: Send) -> AWSResponse:
    """A success of which nothing is stored."""
    return response(request, 200, {"x-amzn-requestid": "r"}, b"{}")


def _doubled(request: AWSPreparedRequest, send: Send) -> AWSResponse:
    send(request)
    return send(request)


def _refused(request: AWSPreparedRequest, _: Send) -> AWSResponse:
    """An error that no retry resolves."""
    return response(request, 400, {"x-amzn-requestid": "r"}, b'{"__type": "x#AccessDeniedException"}')


@pytest.mark.parametrize(
    ("name", "call", "answer", "noticed"),
    [
        ("post entries of each log", Call("dynamodb", "PutItem", 20), _lost, "lost: item"),
        ("read the blacklist", Call("dynamodb", "Query", 2), _refused, "refused with (500"),
        ("feedback from the queue", Call("sqs", "SendMessage", 1), _doubled, "gained: message dead-letters"),
    ],
)
def test_what_is_lost_or_doubled_or_refused_wrongly_is_noticed(
    lab: Lab, name: str, call: Call, answer: Any, noticed: str
) -> None:
    (scenario,) = [scenario for scenario in SCENARIOS if scenario.name == name]
    found = lab.disturbed(scenario, lab.undisturbed(scenario), call, Fault("wrong", name, answer), float("inf"))
    assert any(text.startswith(noticed) for text in found), found
