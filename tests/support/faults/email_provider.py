"""Responses of SES for what moto's does not know: the suppression list, and the verification of addresses."""

import json
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import unquote

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders

HEADERS = {"content-type": "application/json", "x-amzn-requestid": "ses-request"}


class Body(BytesIO):
    """What botocore reads a response from."""

    def stream(self, **_: Any) -> Any:
        yield self.read()


@dataclass
class SesResponses:
    """The account's suppression list; every address is found valid."""

    suppressed: set[str] = field(default_factory=set)

    def answer(self, operation: str, request: AWSPreparedRequest) -> AWSResponse | None:
        """None where it is for another service."""
        if operation == "GetEmailAddressInsights":
            return _response(200, {"MailboxValidation": {"IsValid": {"ConfidenceVerdict": "HIGH"}}})
        if operation == "PutSuppressedDestination":
            self.suppressed.add(json.loads(body_of(request))["EmailAddress"])
            return _response(200, {})
        if operation == "DeleteSuppressedDestination":
            address = unquote(request.url.rpartition("/")[2])
            if address not in self.suppressed:
                return _response(404, {"message": "not on the list"}, {"x-amzn-errortype": "NotFoundException"})
            self.suppressed.remove(address)
            return _response(200, {})
        return None


def _response(status: int, document: dict[str, Any], headers: dict[str, str] | None = None) -> AWSResponse:
    return response(
        "https://email.us-east-1.amazonaws.com", status, HEADERS | (headers or {}), json.dumps(document).encode()
    )


def response(url: str, status: int, headers: dict[str, str], body: bytes) -> AWSResponse:
    raw: Any = Body(body)
    return AWSResponse(url, status, HTTPHeaders.from_dict(headers), raw)


def body_of(request: AWSPreparedRequest) -> bytes:
    body: Any = request.body
    found: bytes = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else body.read()
    return found
