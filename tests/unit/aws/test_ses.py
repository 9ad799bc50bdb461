"""What is asked of SES and SQS, and what their answers mean."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from botocore.config import Config
from botocore.session import Session
from botocore.stub import Stubber
from daybook.aws.ses import EmailProvider, NoVerdictError, Verdict
from daybook.aws.sqs import Queue
from daybook.core.errors import StoreBusyError

ADDRESS = "Jane@x.example"
URL = "https://sqs.us-east-1.amazonaws.com/123456789012/feedback"


@pytest.fixture
def ses(aws_environment: None) -> Iterator[Stubber]:
    with Stubber(Session().create_client("sesv2", "us-east-1")) as stub:
        yield stub
        stub.assert_no_pending_responses()


@pytest.fixture
def provider(ses: Stubber) -> EmailProvider:
    made = EmailProvider(region="us-east-1")
    made._client = partial(getattr, ses, "client")
    return made


def insights(verdict: str | None, **checks: str) -> dict[str, Any]:
    validation: dict[str, Any] = {
        "Evaluations": {name: {"ConfidenceVerdict": confidence} for name, confidence in checks.items()}
    }
    if verdict:
        validation["IsValid"] = {"ConfidenceVerdict": verdict}
    return {"MailboxValidation": validation}


def test_it_takes_an_address_off_the_list_of_the_account(ses: Stubber, provider: EmailProvider) -> None:
    ses.add_response("delete_suppressed_destination", {}, {"EmailAddress": ADDRESS})
    provider.release(ADDRESS)


@pytest.mark.parametrize("code", ["NotFoundException", "BadRequestException"])
def test_what_is_not_on_it_is_off_it(ses: Stubber, provider: EmailProvider, code: str) -> None:
    ses.add_client_error("delete_suppressed_destination", code)
    provider.release(ADDRESS)


@pytest.mark.parametrize("code", ["TooManyRequestsException", "ThrottlingException", "InternalServerError"])
def test_while_it_is_busy_the_caller_hears_so(ses: Stubber, provider: EmailProvider, code: str) -> None:
    ses.add_client_error("delete_suppressed_destination", code)
    with pytest.raises(StoreBusyError):
        provider.release(ADDRESS)


def test_a_missing_permission_is_no_busy_store(ses: Stubber, provider: EmailProvider) -> None:
    ses.add_client_error("delete_suppressed_destination", "AccessDeniedException")
    with pytest.raises(ses.client.exceptions.ClientError):
        provider.release(ADDRESS)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (insights("HIGH"), Verdict(is_valid=True)),
        (insights("MEDIUM", MailboxExists="LOW"), Verdict(is_valid=True, doubts=("MailboxExists",))),
        (insights("LOW"), Verdict(is_valid=False)),
        # HIGH is bad for these two.
        (insights("LOW", IsDisposable="HIGH", IsRandomInput="LOW"), Verdict(is_valid=False)),
        (
            insights("LOW", HasValidSyntax="HIGH", HasValidDnsRecords="LOW", MailboxExists="LOW"),
            Verdict(is_valid=False, doubts=("HasValidDnsRecords", "MailboxExists")),
        ),
    ],
)
def test_a_verdict_is_that_of_the_whole_address(
    ses: Stubber, provider: EmailProvider, answer: dict[str, Any], expected: Verdict
) -> None:
    ses.add_response("get_email_address_insights", answer, {"EmailAddress": ADDRESS})
    assert provider.verify(ADDRESS) == expected


@pytest.mark.parametrize("answer", [{}, {"MailboxValidation": {}}, insights(None, MailboxExists="LOW")])
def test_an_answer_without_a_verdict_is_none(ses: Stubber, provider: EmailProvider, answer: dict[str, Any]) -> None:
    ses.add_response("get_email_address_insights", answer)
    with pytest.raises(NoVerdictError) as caught:
        provider.verify(ADDRESS)
    assert not caught.value.final


@pytest.mark.parametrize(
    ("code", "final"),
    [("TooManyRequestsException", False), ("AccessDeniedException", False), ("BadRequestException", True)],
)
def test_an_error_is_no_verdict(ses: Stubber, provider: EmailProvider, code: str, final: bool) -> None:
    ses.add_client_error("get_email_address_insights", code)
    with pytest.raises(NoVerdictError) as caught:
        provider.verify(ADDRESS)
    assert (caught.value.reason, caught.value.final) == (code, final)


def test_a_provider_that_cannot_be_reached_is_no_verdict_and_busy(aws_environment: None) -> None:
    once = Config(retries={"total_max_attempts": 1})
    closed = Session().create_client("sesv2", "us-east-1", endpoint_url="http://127.0.0.1:9", config=once)
    made = EmailProvider(region="us-east-1")
    made._client = partial(lambda: closed)
    with pytest.raises(NoVerdictError) as caught:
        made.verify(ADDRESS)
    assert caught.value.reason == "EndpointConnectionError"
    with pytest.raises(StoreBusyError):
        made.release(ADDRESS)


def test_a_message_is_sent_with_its_delay_and_attributes(aws_environment: None) -> None:
    queue = Queue(url=URL, region="us-east-1")
    with Stubber(Session().create_client("sqs", "us-east-1")) as sqs:
        queue._client = partial(getattr, sqs, "client")
        attributes = {"reason": {"DataType": "String", "StringValue": "not JSON"}}
        sent = {"QueueUrl": URL, "MessageBody": "{}", "DelaySeconds": 30, "MessageAttributes": attributes}
        sqs.add_response("send_message", {}, sent)
        queue.send("{}", delay=30, attributes={"reason": "not JSON"})
        sqs.add_client_error("send_message", "ThrottlingException")
        with pytest.raises(StoreBusyError):
            queue.send("{}")
