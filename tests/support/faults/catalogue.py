"""The faults that a call of AWS may meet, at the level of HTTP.

Error codes are those that botocore takes for throttling and for transient, and those that the service's own model
names: our list of them in `aws/faults.py` is what is tested.
"""

import json
import re
from collections.abc import Iterator
from functools import cache, partial
from typing import Any

from botocore import exceptions
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.loaders import create_loader
from botocore.model import ServiceModel
from botocore.retries.standard import ThrottledRetryableChecker, TransientRetryableChecker

from tests.support.faults.aws_calls import Call, Fault, Send
from tests.support.faults.email_provider import body_of
from tests.support.faults.email_provider import response as response_to

HTML = b"<!DOCTYPE html><html><body><h1>Something went wrong</h1></body></html>"
HTML_HEADERS = {"content-type": "text/html"}

# Of EC2 alone.
FOREIGN_CODES = {"EC2ThrottledException"}

# Names of modelled errors that a retry may resolve, and one that is named alike and that it cannot.
_TRANSIENT = re.compile("Throttl|Limit|TooMany|SlowDown|(Write|Transaction)Conflict|InProgress|Internal|Unavailable")
PERMANENT = {"ItemCollectionSizeLimitExceededException", "OverLimit"}

# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
S3_CODES = {
    "SlowDown": 503, "InternalError": 500, "ServiceUnavailable": 503, "RequestTimeout": 400, "OperationAborted": 409,
    "RequestTimeTooSkewed": 403, "ExpiredToken": 400, "SignatureDoesNotMatch": 403,
}  # fmt: skip

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html and "Common Errors" of each.
JSON_CODES = {
    "InternalServerError": 500, "InternalFailure": 500, "ServiceUnavailable": 503, "ThrottlingException": 400,
    "ExpiredTokenException": 400, "RequestExpired": 400, "InvalidSignatureException": 400,
    "UnrecognizedClientException": 400, "InvalidClientTokenId": 403,
}  # fmt: skip
# Of a single statement, of those that a retry may resolve (API_BatchStatementError).
STATEMENT_CODES = (
    "ProvisionedThroughputExceeded", "ThrottlingError", "RequestLimitExceeded", "InternalServerError",
    "TransactionConflict",
)  # fmt: skip
CREDENTIALS = re.compile("Expired|Signature|Unrecognized|InvalidClient|Skewed")
SES = "sesv2"


def faults_of(call: Call) -> tuple[Fault, ...]:
    """Every fault for this call."""
    return _faults_of(call.service, call.operation)


@cache
def _faults_of(service: str, operation: str) -> tuple[Fault, ...]:
    return (
        *(_error(service, code, status) for code, status in sorted(_codes(service, operation).items())),
        *(_status(status) for status in (429, 500, 502, 503, 504)),
        *_network_faults(),
        *_garbled(operation),
        *(_missing_credentials()),
        *_partial(operation),
    )


def _codes(service: str, operation: str) -> dict[str, int]:
    """The statuses by error code."""
    if service == "s3":
        # No throttling code but its own: the others are not S3's.
        return S3_CODES
    throttled: Any = ThrottledRetryableChecker
    transient: Any = TransientRetryableChecker
    known = {
        *throttled._THROTTLED_ERROR_CODES,
        *transient._TRANSIENT_ERROR_CODES,
    } - FOREIGN_CODES
    return dict.fromkeys(known, 400) | JSON_CODES | _modelled(service, operation)


def _modelled(service: str, operation: str) -> dict[str, int]:
    name = {"dynamodb": "dynamodb", "sqs": "sqs", SES: "sesv2"}[service]
    model = ServiceModel(create_loader().load_service_model(name, "service-2"), name)
    found = {}
    for shape in model.operation_model(operation).error_shapes:
        code = shape.metadata.get("error", {}).get("code", shape.name)
        if (_TRANSIENT.search(shape.name) or shape.metadata.get("fault")) and shape.name not in PERMANENT:
            found[code.rpartition(".")[2]] = shape.metadata.get("error", {}).get("httpStatusCode", 400)
    return found


def _error(service: str, code: str, status: int) -> Fault:
    kind = "credentials" if CREDENTIALS.search(code) else "service" if status >= 500 else "throttling"
    return Fault(kind, code, lambda request, _: error_response(service, request, status, code))


def error_response(service: str, request: AWSPreparedRequest, status: int, code: str) -> AWSResponse:
    """An error in the service's own format."""
    headers = {"x-amzn-requestid": "r", "x-amz-request-id": "r", "content-type": "application/x-amz-json-1.0"}
    match service:
        case "s3":
            body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>".encode()
            headers["content-type"] = "application/xml"
        case "sesv2":
            body, headers["x-amzn-errortype"] = b'{"message": "no"}', code
        case _:
            body = json.dumps({"__type": f"com.amazonaws#{code}", "message": "no"}).encode()
            if service == "sqs":
                headers["x-amzn-query-error"] = f"{code};Receiver"
    return response(request, status, headers, body)


def response(request: AWSPreparedRequest, status: int, headers: dict[str, str], body: bytes) -> AWSResponse:
    return response_to(request.url, status, {**headers, "content-length": str(len(body))}, body)


def _status(status: int) -> Fault:
    """As a proxy or a load balancer answers."""
    return Fault("status", f"{status} HTML", lambda request, _: response(request, status, HTML_HEADERS, HTML))


def _network_faults() -> Iterator[Fault]:
    for name, make in (
        ("connect time-out", lambda url: exceptions.ConnectTimeoutError(endpoint_url=url)),
        ("no connection", lambda url: exceptions.EndpointConnectionError(endpoint_url=url)),
        ("proxy", lambda url: exceptions.ProxyConnectionError(proxy_url=url)),
        ("TLS", lambda url: exceptions.SSLError(endpoint_url=url, error=OSError("handshake"))),
        ("read time-out", lambda url: exceptions.ReadTimeoutError(endpoint_url=url)),
        ("reset", lambda url: exceptions.ConnectionClosedError(endpoint_url=url)),
        ("broken off", lambda _: exceptions.ResponseStreamingError(error="IncompleteRead")),
    ):
        yield Fault("network before", f"{name} before", _raising(make))
        if name in ("read time-out", "reset", "broken off"):
            yield Fault("network after", f"{name} after success", _raising(make, is_done=True))


def _raising(make: Any, *, is_done: bool = False) -> Any:
    def answer(request: AWSPreparedRequest, send: Send) -> AWSResponse:
        if is_done:
            send(request)
        raise make(request.url)

    return answer


def _garbled(operation: str) -> Iterator[Fault]:
    def html(request: AWSPreparedRequest, _: Send) -> AWSResponse:
        return response(request, 200, HTML_HEADERS, HTML)

    def html_after(request: AWSPreparedRequest, send: Send) -> AWSResponse:
        send(request)
        return html(request, send)

    def cut(request: AWSPreparedRequest, send: Send) -> AWSResponse:
        sent = send(request)
        body = sent.content
        # The length is that of the whole, as where a connection breaks off.
        headers = {"content-length": str(len(body)), **dict(sent.headers)}
        return response_to(sent.url, sent.status_code, headers, body[: len(body) // 2])

    yield Fault("garbled", "200 HTML before", html)
    yield Fault("garbled", "200 HTML after success", html_after)
    if operation != "PutObject":
        # Its response has no body.
        yield Fault("garbled", "cut response", cut)


def _missing_credentials() -> Iterator[Fault]:
    for error in (
        exceptions.NoCredentialsError(),
        exceptions.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"),
        exceptions.CredentialRetrievalError(provider="container-role", error_msg="time-out"),
        exceptions.MetadataRetrievalError(error_msg="time-out"),
    ):
        yield Fault("credentials", type(error).__name__, _raising(partial(_same, error)))


def _same(error: Exception, _: str) -> Exception:
    return error


def _partial(operation: str) -> Iterator[Fault]:
    if operation == "BatchGetItem":
        yield Fault("partial", "no key processed", lambda request, send: _unprocessed(request, send, 0))
        yield Fault("partial", "one key processed", lambda request, send: _unprocessed(request, send, 1))
    if operation == "BatchExecuteStatement":
        for code in STATEMENT_CODES:
            for step in (1, 2):
                name = f"{code} for {'each' if step == 1 else 'every second'} statement"
                yield Fault("partial", name, partial(_statements, code=code, step=step))
    if operation == "DeleteObjects":
        for code in ("SlowDown", "InternalError", "ServiceUnavailable"):
            yield Fault("partial", f"{code} for the first", partial(_kept, code=code))


def _unprocessed(request: AWSPreparedRequest, send: Send, processed: int) -> AWSResponse:
    """The first so many keys are read, the others are left to the caller."""
    asked = json.loads(body_of(request))
    ((table, wanted),) = asked["RequestItems"].items()
    left = {table: wanted | {"Keys": wanted["Keys"][processed:]}}
    answered: dict[str, Any] = {"Responses": {table: []}}
    if processed:
        request.body = json.dumps({"RequestItems": {table: wanted | {"Keys": wanted["Keys"][:processed]}}}).encode()
        request.headers["Content-Length"] = str(len(request.body))
        answered = json.loads(send(request).content)
    answered["UnprocessedKeys"] = left if left[table]["Keys"] else {}
    return response(request, 200, {"x-amzn-requestid": "r"}, json.dumps(answered).encode())


def _statements(request: AWSPreparedRequest, send: Send, *, code: str, step: int) -> AWSResponse:
    """The first statement, and then each so many, is not executed."""
    statements = json.loads(body_of(request))["Statements"]
    executed = [statement for number, statement in enumerate(statements) if number % step]
    responses: list[Any] = []
    if executed:
        request.body = json.dumps({"Statements": executed}).encode()
        request.headers["Content-Length"] = str(len(request.body))
        responses = json.loads(send(request).content)["Responses"]
    for number in range(0, len(statements), step):
        responses.insert(number, {"Error": {"Code": code, "Message": "no"}, "TableName": "t"})
    return response(request, 200, {"x-amzn-requestid": "r"}, json.dumps({"Responses": responses}).encode())


def _kept(request: AWSPreparedRequest, send: Send, *, code: str) -> AWSResponse:
    """The first object stays, with an error of its own."""
    body = body_of(request)
    objects = re.findall(rb"<Object>.*?</Object>", body, re.DOTALL)
    if len(objects) > 1:
        request.body = body.replace(objects[0], b"", 1)
        send(request)
    key = re.search(rb"<Key>(.*?)</Key>", objects[0])
    assert key is not None
    errors = f"<Error><Key>{key[1].decode()}</Key><Code>{code}</Code><Message>no</Message></Error>"
    return response(
        request, 200, {"x-amz-request-id": "r"}, f"<?xml version='1.0'?><DeleteResult>{errors}</DeleteResult>".encode()
    )
