"""A client of DynamoDB's JSON protocol (AWS JSON 1.0): signed requests, responses as plain JSON.

botocore's own client takes twice the CPU (`docs/decisions.md`). Credentials, signature and certificates still come
from botocore.
"""

from __future__ import annotations

import random
import ssl
import time
import zlib
from collections.abc import Callable
from typing import Any

import msgspec
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import NoCredentialsError
from botocore.httpsession import get_cert_path
from botocore.session import Session
from msgspec import Struct, field
from urllib3 import exceptions

from daybook.core.errors import StoreBusyError

# A constant, as botocore builds its own anew for every request.
USER_AGENT = "daybook"

# DynamoDB's only API version, as the header X-Amz-Target names it.
TARGET = "DynamoDB_20120810"
CONTENT_TYPE = "application/x-amz-json-1.0"

# With these a call without a response fails within 15 s, so that a function with a timeout of 28 s can answer 503.
CONNECT_SECONDS, READ_SECONDS = 1, 3

# Seconds before the second and third attempt. A random share of it is waited, as in botocore's standard retry mode.
RETRY_PAUSES = (0.5, 1.0)
ATTEMPTS = len(RETRY_PAUSES) + 1

# Kept open at most, as in botocore.
CONNECTIONS = 10
OK, SERVER_ERROR = 200, 500

# Error codes of DynamoDB, of a call or of one statement in it, for throttling and for failures of the service.
BUSY_CODES = frozenset({
    "ProvisionedThroughputExceededException", "ProvisionedThroughputExceeded", "ThrottlingException", "ThrottlingError",
    "RequestLimitExceeded", "LimitExceededException", "TransactionConflict", "InternalServerError",
    "InternalServerErrorException", "ServiceUnavailable",
})  # fmt: skip

# urllib3's errors of the network; its other errors are of a wrong endpoint.
UNREACHABLE_ERRORS = (exceptions.NewConnectionError, exceptions.SSLError, exceptions.TimeoutError)


class CallError(Exception):
    """DynamoDB answered with an error that a retry does not change; `code` is DynamoDB's name for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class _RetryableError(Exception):
    """One attempt failed in a way that a retry may not; `immediately` is for a retry without a pause."""

    def __init__(self, message: str, *, immediately: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.immediately = immediately


class _ErrorBody(Struct):
    """The body of an error response. Services name the message `message` or `Message`; either may be missing."""

    type: str = field(name="__type")
    message: str | None = None
    capital: str | None = field(name="Message", default=None)


_RESPONSE_DECODER = msgspec.json.Decoder(dict[str, Any])
_ERROR_DECODER = msgspec.json.Decoder(_ErrorBody)


class Connection:
    """Calls to DynamoDB in one region; safe for any number of threads.

    A call is repeated when its response is lost, so operations must be idempotent. `sleep` takes seconds. The
    constructor raises NoCredentialsError where botocore finds no credentials.
    """

    def __init__(
        self,
        *,
        region: str,
        endpoint: str,
        sleep: Callable[[float], None] = time.sleep,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        self.url = f"{endpoint.rstrip('/')}/"
        self._region = region
        self._sleep = sleep
        session = Session()
        credentials = session.get_credentials()
        if credentials is None:
            raise NoCredentialsError
        self._credentials = credentials
        self._path = urllib3.util.parse_url(self.url).request_uri
        self._pool = urllib3.connection_from_url(
            self.url,
            maxsize=CONNECTIONS,
            timeout=urllib3.Timeout(connect=connect_seconds, read=read_seconds),
            **_verification(self.url, session),
        )

    def call(self, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """The response of an operation, such as `Query`; bytes are sent as base64, and come back as base64 text.

        Raises StoreBusyError where DynamoDB throttles or does not answer, after three attempts within 15 s; CallError
        where it answers with another error.
        """
        body = msgspec.json.encode(arguments)
        for pause in RETRY_PAUSES:
            try:
                return self._attempt(operation, body)
            except _RetryableError as failure:
                if not failure.immediately:
                    self._sleep(random.random() * pause)  # noqa: S311 - jitter
        try:
            return self._attempt(operation, body)
        except _RetryableError as failure:
            raise StoreBusyError(failure.message) from failure

    def exchange(self, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """The status and body of the response to one POST request. urllib3's errors where none arrives complete."""
        response = self._pool.urlopen("POST", self._path, body, headers, retries=False, decode_content=False)
        checksum = response.headers.get("x-amz-crc32")
        if checksum is not None and checksum != str(zlib.crc32(response.data)):
            raise exceptions.ProtocolError("the response does not match its checksum")
        return response.status, response.data

    def _attempt(self, operation: str, body: bytes) -> dict[str, Any]:
        try:
            status, response = self.exchange(self._headers(operation, body), body)
        except exceptions.ProtocolError as error:
            # Mostly an idle connection that DynamoDB has closed meanwhile: a new one will do.
            raise _RetryableError("the store does not answer", immediately=True) from error
        except UNREACHABLE_ERRORS as error:
            raise _RetryableError("the store does not answer") from error
        if status != OK:
            raise _error_of_response(status, response)
        try:
            return _RESPONSE_DECODER.decode(response)
        except msgspec.DecodeError as error:
            raise _RetryableError("the store's answer is not readable") from error

    def _headers(self, operation: str, body: bytes) -> dict[str, str]:
        """The headers of one attempt, with a signature (Signature Version 4): it is valid for some minutes only."""
        unsigned = {
            "Content-Type": CONTENT_TYPE,
            "User-Agent": USER_AGENT,
            "X-Amz-Target": f"{TARGET}.{operation}",
        }
        request = AWSRequest("POST", self.url, unsigned, body)
        SigV4Auth(self._credentials.get_frozen_credentials(), "dynamodb", self._region).add_auth(request)
        return dict(request.headers.items())


def _verification(url: str, session: Session) -> dict[str, Any]:
    """The arguments for TLS: botocore's CA bundle, read once and not anew for each connection."""
    if not url.startswith("https:"):
        return {}
    certificates = session.get_config_variable("ca_bundle") or get_cert_path(True)
    # This context checks host names too. The default context is stricter than botocore's since Python 3.13.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(certificates)
    return {"ssl_context": context}


def _error_of_response(status: int, response: bytes) -> Exception:
    """The exception for a response other than 200. One of a proxy or load balancer may not be JSON."""
    try:
        body = _ERROR_DECODER.decode(response)
    except msgspec.DecodeError:
        body = _ErrorBody(str(status), "the answer is not readable")
    code = body.type.rpartition("#")[2]
    if code in BUSY_CODES:
        return _RetryableError("the store is throttling")
    if status >= SERVER_ERROR:
        return _RetryableError("the store does not answer")
    return CallError(code, body.message or body.capital or "no message")
