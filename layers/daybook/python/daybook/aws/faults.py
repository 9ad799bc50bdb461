"""Which errors of AWS a retry may resolve: throttling, failures of the service or the network, expired credentials.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

from typing import Any

from botocore.exceptions import (
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    IncompleteReadError,
    MetadataRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
)
from botocore.exceptions import ConnectionError as BotocoreConnectionError
from botocore.parsers import ResponseParserError

from daybook.core.errors import StoreBusyError


class UnreadableResponseError(HTTPClientError):
    """A successful response that is not of AWS, or not whole."""

    fmt = "the response is none of AWS: {error}"


# Error codes of a call, or of one statement in it.
THROTTLING_CODES = frozenset({
    "ProvisionedThroughputExceededException", "ProvisionedThroughputExceeded", "ThrottlingException", "ThrottlingError",
    "Throttling", "ThrottledException", "RequestThrottled", "RequestThrottledException", "RequestLimitExceeded",
    "LimitExceededException", "TooManyRequestsException", "BandwidthLimitExceeded", "PriorRequestNotComplete",
    "ReplicatedWriteConflictException", "TransactionConflict", "TransactionConflictException",
    "TransactionInProgressException", "SlowDown", "OperationAborted", "KmsThrottled",
})  # fmt: skip
SERVICE_CODES = frozenset({
    "InternalServerError", "InternalServerErrorException", "InternalError", "InternalFailure", "ServiceUnavailable",
    "ServiceUnavailableException", "RequestTimeout", "RequestTimeoutException",
})  # fmt: skip

# Lambda renews the credentials of a function; a call that was signed with the old ones succeeds with the new.
CREDENTIAL_CODES = frozenset({
    "ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidSignatureException", "SignatureDoesNotMatch",
    "UnrecognizedClientException", "InvalidClientTokenId", "RequestTimeTooSkewed",
})  # fmt: skip
BUSY_CODES = THROTTLING_CODES | SERVICE_CODES | CREDENTIAL_CODES
REDIRECT, TOO_MANY_REQUESTS, SERVER_ERROR = 300, 429, 500

# There is no response, or none that can be read.
UNREACHABLE_ERRORS = (
    HTTPClientError, BotocoreConnectionError, ResponseParserError, IncompleteReadError, NoCredentialsError,
    PartialCredentialsError, CredentialRetrievalError, MetadataRetrievalError,
)  # fmt: skip
AWS_ERRORS = (ClientError, *UNREACHABLE_ERRORS)


def reject_foreign_response(*, http_response: Any, parsed: dict[str, Any], **_: Any) -> None:
    """For botocore's event `after-call`: UnreadableResponseError for a success without the request id of AWS.

    A proxy may answer with a page of its own, in which botocore's parsers find an empty result.
    """
    if http_response.status_code < REDIRECT and "RequestId" not in parsed.get("ResponseMetadata", {}):
        raise UnreadableResponseError(error="it has no request id")


def as_store_error(error: Exception, store: str) -> Exception:
    """StoreBusyError, naming the store, for an error that a retry may resolve; otherwise the error itself.

    `error` is one of AWS_ERRORS.
    """
    if not isinstance(error, ClientError):
        return StoreBusyError(f"{store} does not answer")
    if error.response["Error"]["Code"] in THROTTLING_CODES or _status(error) == TOO_MANY_REQUESTS:
        return StoreBusyError(f"{store} is throttling")
    if error.response["Error"]["Code"] in BUSY_CODES or _status(error) >= SERVER_ERROR:
        return StoreBusyError(f"{store} does not answer")
    return error


def refusal(error: Exception) -> str | None:
    """That AWS refuses a call, in words without its arguments; None for another kind of error."""
    if not isinstance(error, ClientError):
        return None
    return f"AWS refuses a call of the function: {error.response['Error']['Code']} for {error.operation_name}"


def _status(error: ClientError) -> int:
    """The status of the HTTP response. pynamodb's VerboseClientError lacks it, and has botocore's error as its cause.

    A proxy or load balancer may have answered, without an error code of AWS.
    """
    original = error.__cause__ if isinstance(error.__cause__, ClientError) else error
    status: int = original.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status
