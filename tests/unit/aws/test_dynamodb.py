"""The table against a server in this process that says what it is told to."""

import json
import socket
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.session import Session
from daybook.aws import lean_parser
from daybook.aws.clients import ATTEMPTS, CONNECT_SECONDS, CONNECTIONS, READ_SECONDS
from daybook.aws.dynamodb import Connection
from daybook.core.errors import StoreBusyError
from daybook.storage.models.entries import ContentItem
from daybook.storage.store import Range
from daybook.storage.table import RefusedError, Table

pytestmark = pytest.mark.usefixtures("aws_environment")

DROP = object()

# Without it a response is none of AWS.
REQUEST_ID = {"x-amzn-RequestId": "request-1"}
FOUND = (200, b'{"Items": []}')
ANY = Range("p", "a", "b")


def error(code: str, *, status: int = 400, message: str = "no") -> tuple[int, bytes]:
    return status, json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": message}).encode()


@dataclass
class Server:
    """Answers each request with the next of `answers`: a status and a body, headers if need be; `DROP` hangs up.

    When none is left, with no items.
    """

    answers: list[Any] = field(default_factory=list)
    requests: list[tuple[dict[str, str], Any]] = field(default_factory=list)
    connections: set[Any] = field(default_factory=set)

    @contextmanager
    def running(self) -> Iterator[str]:
        with ThreadingHTTPServer(("127.0.0.1", 0), handler(self)) as server:
            Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            yield f"http://127.0.0.1:{server.server_port}"
            server.shutdown()


def handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.requests.append((dict(self.headers), json.loads(body)))
            server.connections.add(self.client_address)
            answer = server.answers.pop(0) if server.answers else FOUND
            if answer is DROP:
                self.close_connection = True
                return
            status, content, *headers = answer
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **REQUEST_ID, **dict(*headers)}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
            pass

    return Handler


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    made: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=made.append))
    return made


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def table(server: Server, pauses: list[float]) -> Iterator[Table]:
    with server.running() as endpoint:
        yield table_at(endpoint)


def table_at(endpoint: str, **how: Any) -> Table:
    return Table(name="t", connection=Connection(region="eu-west-1", endpoint=endpoint, **how))


BUSY: list[Any] = [
    error("ThrottlingException"),
    error("ProvisionedThroughputExceededException"),
    error("RequestLimitExceeded"),
    error("InternalServerError", status=500),
    error("ServiceUnavailable", status=503),
    (502, b"<html>"),
    (500, b""),
    (500, b'{"message": "no type"}'),
    (429, b"<html>"),
    (200, b"<html>"),
    (200, b"[]"),
    DROP,
]
RETRIED = [*BUSY[:8], DROP, (200, b'{"Items": []}', {"x-amz-crc32": "1"})]


@pytest.mark.parametrize("bad", BUSY)
def test_what_a_retry_may_resolve_is_store_busy(table: Table, server: Server, bad: Any) -> None:
    server.answers = [bad] * ATTEMPTS
    with pytest.raises(StoreBusyError):
        table.query(ContentItem, ANY, 1)
    server.answers = []
    assert table.query(ContentItem, ANY, 1).items == []


@pytest.mark.parametrize("bad", RETRIED)
def test_it_is_tried_three_times_in_all(table: Table, server: Server, pauses: list[float], bad: Any) -> None:
    server.answers = [bad] * (ATTEMPTS - 1)
    assert table.query(ContentItem, ANY, 1).items == []
    assert len(server.requests) == ATTEMPTS
    assert [0 <= pause <= 2**number for number, pause in enumerate(pauses)] == [True] * (ATTEMPTS - 1)


@pytest.mark.parametrize("code", ["ExpiredTokenException", "UnrecognizedClientException", "InvalidSignatureException"])
def test_credentials_that_have_expired_are_store_busy(table: Table, server: Server, code: str) -> None:
    server.answers = [error(code)] * ATTEMPTS
    with pytest.raises(StoreBusyError):
        table.query(ContentItem, ANY, 1)


def test_what_is_invalid_is_refused_and_what_is_not_allowed_is_raised(table: Table, server: Server) -> None:
    server.answers = [error("ValidationException", message="too large"), error("AccessDeniedException")]
    with pytest.raises(RefusedError, match="too large"):
        table.query(ContentItem, ANY, 1)
    with pytest.raises(ClientError, match="AccessDeniedException"):
        table.query(ContentItem, ANY, 1)
    assert len(server.requests) == 2


@pytest.mark.parametrize("half", ["\ud83d", "Sam \ude00", "\U0001f600\ud83d", "\\\ud83d"])
def test_half_of_a_character_is_not_sent(table: Table, server: Server, half: str) -> None:
    item = ContentItem("p", half, body=b"x")
    for items in ([item], [item, ContentItem("p", "a", body=b"x")]):
        with pytest.raises(RefusedError, match="half of a character"):
            table.insert(items)
    with pytest.raises(RefusedError):
        table.query(ContentItem, Range(half, "a", "b"), 1)
    assert server.requests == []


@pytest.mark.parametrize("whole", ["\U0001f600", "\\ud83d", "\ufffd"])
def test_whole_characters_are_sent(table: Table, server: Server, whole: str) -> None:
    table.query(ContentItem, Range(whole, "a", "b"), 1)
    (request,) = server.requests
    assert whole in json.dumps(request[1], ensure_ascii=False).replace("\\\\", "\\")


def test_a_server_that_refuses_connections_is_busy(pauses: list[float]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{probe.getsockname()[1]}"
    with pytest.raises(StoreBusyError, match="does not answer"):
        table_at(endpoint).query(ContentItem, ANY, 1)


def test_a_server_that_never_answers_is_busy_after_three_times_the_read_timeout(pauses: list[float]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        table = table_at(f"http://127.0.0.1:{silent.getsockname()[1]}", read_seconds=0.1)
        started = time.monotonic()
        with pytest.raises(StoreBusyError, match="does not answer"):
            table.query(ContentItem, ANY, 1)
        taken = time.monotonic() - started
    assert ATTEMPTS * 0.1 <= taken < READ_SECONDS


def test_a_call_ends_within_fifteen_seconds_whatever_the_server_does() -> None:
    config: Any = Connection(region="eu-west-1", endpoint="http://localhost").client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (CONNECT_SECONDS, READ_SECONDS)
    longest_pauses = sum(2**number for number in range(ATTEMPTS - 1))
    assert config.retries["total_max_attempts"] == ATTEMPTS
    assert ATTEMPTS * (CONNECT_SECONDS + READ_SECONDS) + longest_pauses <= 15


def test_a_request_is_signed_and_says_who_sends_it(table: Table, server: Server) -> None:
    table.query(ContentItem, ANY, 1)
    ((headers, body),) = server.requests
    assert headers["X-Amz-Target"] == "DynamoDB_20120810.Query"
    assert headers["User-Agent"].split()[0] == "daybook"
    assert "Credential=local/" in headers["Authorization"]
    assert body["ConsistentRead"] is True


def test_threads_share_the_connections(table: Table, server: Server) -> None:
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(lambda number: table.query(ContentItem, ANY, number), range(1, 201)))
    assert sorted(body["Limit"] for _, body in server.requests) == list(range(1, 201))
    assert len(server.connections) <= CONNECTIONS


CONTENT = {"pk": {"S": "o/family/1"}, "sk": {"S": "content/x"}, "body": {"B": "AP8="}, "expires_at": {"N": "7"}}


@pytest.mark.parametrize("is_lean", [True, False])
def test_binary_values_and_numbers_are_the_same_with_the_lean_parser_and_without(
    server: Server, monkeypatch: pytest.MonkeyPatch, is_lean: bool
) -> None:
    if not is_lean:
        monkeypatch.setattr(lean_parser, "register", lambda _: None)
    content = json.dumps({"Items": [CONTENT]}).encode()
    server.answers = [(200, content, {"x-amz-crc32": str(zlib.crc32(content))})]
    with server.running() as endpoint:
        (item,) = table_at(endpoint).query(ContentItem, ANY, 1).items
    assert (item.key, item.body, item.expires_at, item.object) == (("o/family/1", "content/x"), b"\x00\xff", 7, None)


@pytest.mark.parametrize(
    ("region", "suffix"),
    [("us-east-1", "amazonaws.com"), ("cn-north-1", "amazonaws.com.cn"), ("us-gov-west-1", "amazonaws.com")],
)
def test_the_endpoint_is_that_of_the_region_in_its_partition(region: str, suffix: str) -> None:
    assert Connection(region=region).client.meta.endpoint_url == f"https://dynamodb.{region}.{suffix}"


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB"])
def test_an_endpoint_that_is_set_comes_first(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "http://localhost:4566")
    assert Connection(region="us-east-1").client.meta.endpoint_url == "http://localhost:4566"


def test_without_credentials_the_store_is_busy_and_is_asked_again_with_them(
    server: Server, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    with server.running() as endpoint:
        with monkeypatch.context() as none:
            none.setattr(Session, "get_credentials", lambda _: None)
            table = table_at(endpoint)
            with pytest.raises(StoreBusyError):
                table.query(ContentItem, ANY, 1)
        assert table.query(ContentItem, ANY, 1).items == []
