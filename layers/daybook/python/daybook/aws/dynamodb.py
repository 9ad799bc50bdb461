"""DynamoDB's JSON protocol: a call goes out signed, its answer comes back as the JSON that it is.

botocore's own client takes twice the CPU for the same (`docs/decisions.md`). Credentials, signature and
certificates are still botocore's.
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

# A fixed one: botocore's own is put together anew for every request.
USER_AGENT = "daybook"


# The protocol's name of DynamoDB's one API version.
TARGET = "DynamoDB_20120810"


CONTENT_TYPE = "application/x-amz-json-1.0"


# With these a call that nobody answers ends within 15 s, so that a function of 28 s can still say 503.
CONNECT_SECONDS, READ_SECONDS = 1, 3


# Before the second and the third attempt; a random share of it is waited, as in botocore's standard mode.
PAUSES = (0.5, 1.0)


ATTEMPTS = len(PAUSES) + 1


# As many as botocore keeps.
CONNECTIONS = 10


OK, SERVER_ERROR = 200, 500


# What DynamoDB says, of a call or of a statement in it, when it is asked too much or is not well.
BUSY_CODES = frozenset({
    "ProvisionedThroughputExceededException", "ProvisionedThroughputExceeded", "ThrottlingException", "ThrottlingError",
    "RequestLimitExceeded", "LimitExceededException", "TransactionConflict", "InternalServerError",
    "InternalServerErrorException", "ServiceUnavailable",
})  # fmt: skip


# Of urllib3's errors those of the network; the others are of a wrong endpoint.
NOT_REACHED = (exceptions.NewConnectionError, exceptions.SSLError, exceptions.TimeoutError)


class CallError(Exception):
    """DynamoDB's answer to a call is an error that no repetition changes; `code` is its name of it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class _AgainError(Exception):
    """An attempt that came to nothing, of which another may come to something."""

    def __init__(self, said: str, *, at_once: bool = False) -> None:
        super().__init__(said)
        self.said = said
        self.at_once = at_once


class _Told(Struct):
    """The body of an error. Services spell `message` both ways; either may be missing."""

    type: str = field(name="__type")
    message: str | None = None
    capital: str | None = field(name="Message", default=None)


_ANSWER = msgspec.json.Decoder(dict[str, Any])


_TOLD = msgspec.json.Decoder(_Told)


class Connection:
    """Calls to DynamoDB in one region, from any number of threads.

    A call is repeated when its answer is lost, so what it does has to bear being done twice. `sleep` takes seconds.
    Raises NoCredentialsError when it is made where botocore finds none.
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
        """The answer of an operation; bytes go out as base64, and come back as base64 text.

        Raises StoreBusyError when DynamoDB throttles or does not answer, after three attempts within 15 s; CallError
        when it says that the call itself is wrong.
        """
        body = msgspec.json.encode(arguments)
        for pause in PAUSES:
            try:
                return self._attempt(operation, body)
            except _AgainError as failure:
                if not failure.at_once:
                    self._sleep(random.random() * pause)  # noqa: S311 - jitter
        try:
            return self._attempt(operation, body)
        except _AgainError as failure:
            raise StoreBusyError(failure.said) from failure

    def exchange(self, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """The status and the body that one request is answered with; urllib3's errors when there is no whole answer."""
        response = self._pool.urlopen("POST", self._path, body, headers, retries=False, decode_content=False)
        checksum = response.headers.get("x-amz-crc32")
        if checksum is not None and checksum != str(zlib.crc32(response.data)):
            raise exceptions.ProtocolError("the answer does not have the checksum that it names")
        return response.status, response.data

    def _attempt(self, operation: str, body: bytes) -> dict[str, Any]:
        try:
            status, answer = self.exchange(self._headers(operation, body), body)
        except exceptions.ProtocolError as error:
            # Mostly a kept connection that the other side has closed meanwhile: a new one will do.
            raise _AgainError("the store does not answer", at_once=True) from error
        except NOT_REACHED as error:
            raise _AgainError("the store does not answer") from error
        if status != OK:
            raise _error(status, answer)
        try:
            return _ANSWER.decode(answer)
        except msgspec.DecodeError as error:
            raise _AgainError("the store's answer is not readable") from error

    def _headers(self, operation: str, body: bytes) -> dict[str, str]:
        """With the signature, which is good for some minutes only, by the credentials of this moment."""
        unsigned = {
            "Content-Type": CONTENT_TYPE,
            "User-Agent": USER_AGENT,
            "X-Amz-Target": f"{TARGET}.{operation}",
        }
        request = AWSRequest("POST", self.url, unsigned, body)
        SigV4Auth(self._credentials.get_frozen_credentials(), "dynamodb", self._region).add_auth(request)
        return dict(request.headers.items())


def _verification(url: str, session: Session) -> dict[str, Any]:
    """The bundle of certificates that botocore takes, read once and not anew for each connection."""
    if not url.startswith("https:"):
        return {}
    bundle = session.get_config_variable("ca_bundle") or get_cert_path(True)
    # It asks for a certificate of the right name. The default context is stricter than botocore since Python 3.13.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(bundle)
    return {"ssl_context": context}


def _error(status: int, answer: bytes) -> Exception:
    """What an answer other than OK means. A server's error may come from something before DynamoDB, and be no JSON."""
    try:
        told = _TOLD.decode(answer)
    except msgspec.DecodeError:
        told = _Told(str(status), "the answer is not readable")
    code = told.type.rpartition("#")[2]
    if code in BUSY_CODES:
        return _AgainError("the store is throttling")
    if status >= SERVER_ERROR:
        return _AgainError("the store does not answer")
    return CallError(code, told.message or told.capital or "no message")
