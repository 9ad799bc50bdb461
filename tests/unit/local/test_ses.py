"""What SES knows of addresses, as the local stack answers it: read by botocore as SES's own answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.config import Config
from botocore.session import Session
from daybook_local.emulator.ses import Addresses

ADDRESS = "Ann+news@mail.example.com"


class Raw:
    """The stream that botocore reads an answer from."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> list[bytes]:
        return [self._content]


@pytest.fixture
def ses(aws_environment: None) -> Any:
    """SES's client, answered by the stand-in."""
    addresses = Addresses()
    client = Session().create_client("sesv2", "us-east-1", config=Config(retries={"total_max_attempts": 1}))

    def respond(request: Any, **_: Any) -> Any:
        path, _, query = request.url.removeprefix("https://email.us-east-1.amazonaws.com").partition("?")
        parameters: Mapping[str, Any] = dict(pair.split("=") for pair in query.split("&") if pair)
        answer = addresses.answer(request.method, path, request.body or b"", parameters)
        assert answer
        status, plain_headers, body = answer.as_response()
        headers: Any = HeadersDict(plain_headers)
        return AWSResponse(request.url, status, headers, Raw(body))

    client.meta.events.register("before-send.sesv2", respond)
    return client


def test_an_address_is_listed_found_in_any_case_and_taken_off(ses: Any) -> None:
    ses.put_suppressed_destination(EmailAddress=ADDRESS, Reason="BOUNCE")
    entry = ses.get_suppressed_destination(EmailAddress=ADDRESS.upper())["SuppressedDestination"]
    assert (entry["EmailAddress"], entry["Reason"]) == (ADDRESS, "BOUNCE")
    for reasons, number in ({}, 1), ({"Reasons": ["BOUNCE"]}, 1), ({"Reasons": ["COMPLAINT"]}, 0):
        assert len(ses.list_suppressed_destinations(**reasons)["SuppressedDestinationSummaries"]) == number
    ses.delete_suppressed_destination(EmailAddress=ADDRESS)
    for call in (ses.get_suppressed_destination, ses.delete_suppressed_destination):
        with pytest.raises(ses.exceptions.NotFoundException):
            call(EmailAddress=ADDRESS)


def test_an_unknown_reason_is_refused(ses: Any) -> None:
    with pytest.raises(ses.exceptions.BadRequestException):
        ses.put_suppressed_destination(EmailAddress=ADDRESS, Reason="SPITE")


@pytest.mark.parametrize(
    ("address", "verdict"),
    [
        ("ann@b.example", "HIGH"),
        ("invalid.ann@b.example", "LOW"),
        ("Nobody@b.example", "LOW"),
        ("a@nobody.org", "HIGH"),
    ],
)
def test_the_verdict_is_told_by_the_local_part(ses: Any, address: str, verdict: str) -> None:
    validation = ses.get_email_address_insights(EmailAddress=address)["MailboxValidation"]
    assert validation["IsValid"]["ConfidenceVerdict"] == verdict
    assert validation["Evaluations"]["MailboxExists"]["ConfidenceVerdict"] == verdict


def test_an_address_may_ask_for_a_refusal(ses: Any) -> None:
    with pytest.raises(ses.exceptions.TooManyRequestsException):
        ses.get_email_address_insights(EmailAddress="throttled@b.example")
