"""DynamoDB's protocol, spoken with a server in this process that says what it is told to."""

import json
import socket
import ssl
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials, RefreshableCredentials
from botocore.exceptions import NoCredentialsError
from botocore.session import Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from daybook.aws import dynamodb
from daybook.aws.dynamodb import CallError, Connection
from daybook.core.errors import StoreBusyError
from daybook.handlers import settings
from daybook.handlers.settings import IngestSettings
from daybook.storage.store import Range
from daybook.storage.table import RefusedError, Table

from tests.unit.handlers.test_start import ENVIRONMENT

pytestmark = pytest.mark.usefixtures("aws_environment")

DROP = object()
GARBAGE = (200, b"<html>")


def error(code: str, told: dict[str, str] | None = None, *, status: int = 400) -> tuple[int, bytes]:
    return status, json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}"} | (told or {})).encode()


@dataclass
class Server:
    """Answers each request with the next of `answers`: a status and a body, headers if need be; `DROP` hangs up.

    When none is left, with the empty object.
    """

    answers: list[Any] = field(default_factory=list)
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    connections: set[Any] = field(default_factory=set)
    endpoint: str = ""

    @contextmanager
    def running(self, context: ssl.SSLContext | None = None) -> Iterator[Connection]:
        """Gives a wire to this server that does not sleep between attempts."""
        with ThreadingHTTPServer(("127.0.0.1", 0), handler(self)) as server:
            if context:
                server.socket = context.wrap_socket(server.socket, server_side=True)
            Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            self.endpoint = f"{'https' if context else 'http'}://localhost:{server.server_port}"
            yield wire_to(self.endpoint)
            server.shutdown()


def handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            server.requests.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            server.connections.add(self.client_address)
            answer = server.answers.pop(0) if server.answers else (200, b"{}")
            if answer is DROP:
                self.close_connection = True
                return
            status, body, *headers = answer
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **dict(*headers)}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
            pass

    return Handler


def wire_to(endpoint: str, sleep: Callable[[float], None] = lambda _: None) -> Connection:
    return Connection(region="eu-west-1", endpoint=endpoint, sleep=sleep)


@pytest.fixture
def server(aws_environment: None) -> Iterator[Server]:
    made = Server()
    with made.running():
        yield made


def test_a_call_is_the_protocols_own_and_its_answer_comes_as_it_is(server: Server) -> None:
    server.answers = [(200, b'{"Item": {"a": {"B": "AP8="}, "n": {"N": "1"}}}')]
    answer = wire_to(server.endpoint).call("GetItem", {"TableName": "t", "Key": {"b": {"B": b"\x00\xff\xfe"}, "ü": 1}})
    assert answer == {"Item": {"a": {"B": "AP8="}, "n": {"N": "1"}}}
    ((headers, body),) = server.requests
    assert headers["X-Amz-Target"] == "DynamoDB_20120810.GetItem"
    assert headers["Content-Type"] == "application/x-amz-json-1.0"
    assert json.loads(body) == {"TableName": "t", "Key": {"b": {"B": "AP/+"}, "ü": 1}}


@pytest.mark.parametrize("token", [None, "session"])
def test_the_signature_is_the_one_of_botocore(
    server: Server, monkeypatch: pytest.MonkeyPatch, token: str | None
) -> None:
    if token:
        monkeypatch.setenv("AWS_SESSION_TOKEN", token)
    wire_to(server.endpoint).call("Query", {"TableName": "t"})
    ((headers, body),) = server.requests
    assert headers.get("X-Amz-Security-Token") == token
    signed = {name: headers[name] for name in ("Content-Type", "User-Agent", "X-Amz-Target")}
    request = AWSRequest("POST", f"{server.endpoint}/", signed, body)
    sent = datetime.strptime(headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: sent)
    SigV4Auth(Credentials("local", "local", token), "dynamodb", "eu-west-1").add_auth(request)
    assert headers["Authorization"] == request.headers["Authorization"]
    assert headers["Host"] == server.endpoint.removeprefix("http://")
    assert abs(datetime.now(UTC) - sent) < timedelta(minutes=1)


def test_credentials_that_change_are_taken_as_they_are_at_each_call(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = iter(["first", "second"])

    def metadata() -> dict[str, str]:
        # Nearly over, so that each call asks for new ones.
        ends = (datetime.now(UTC) + timedelta(seconds=5)).isoformat()
        return {"access_key": next(names), "secret_key": "s", "token": "t", "expiry_time": ends}

    made = RefreshableCredentials("", "", "", datetime.now(UTC), refresh_using=metadata, method="test")
    monkeypatch.setattr(Session, "get_credentials", lambda _: made)
    changing = wire_to(server.endpoint)
    for _ in range(2):
        changing.call("Query", {})
    keys = [headers["Authorization"].split("Credential=")[1].split("/")[0] for headers, _ in server.requests]
    assert keys == ["first", "second"]


def test_without_credentials_there_is_no_wire(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(NoCredentialsError):
        wire_to("http://localhost")


@pytest.mark.parametrize(
    "bad",
    [
        error("ThrottlingException"),
        error("ProvisionedThroughputExceededException"),
        error("InternalServerError", status=500),
        error("ServiceUnavailable", status=503),
        (502, b"<html>"),
        (500, b""),
        (500, b'{"message": "no type"}'),
        GARBAGE,
        (200, b"[]"),
        (200, b"{}", {"x-amz-crc32": "1"}),
        (200, b"{}", {"Content-Length": "3", "Connection": "close"}),
    ],
)
def test_what_may_pass_is_tried_three_times_in_all_and_then_the_store_is_busy(server: Server, bad: Any) -> None:
    pauses: list[float] = []
    patient = wire_to(server.endpoint, pauses.append)
    server.answers = [bad, bad]
    assert patient.call("Query", {}) == {}
    server.answers = [bad] * 3
    with pytest.raises(StoreBusyError):
        patient.call("Query", {})
    assert len(server.requests) == 6
    assert all(0 <= pause <= most for pause, most in zip(pauses, dynamodb.RETRY_PAUSES * 2, strict=False))


def test_between_attempts_it_waits_and_never_the_same_time(server: Server) -> None:
    pauses: list[float] = []
    server.answers = [error("ThrottlingException")] * 60
    for _ in range(20):
        with pytest.raises(StoreBusyError):
            wire_to(server.endpoint, pauses.append).call("Query", {})
    assert len(set(pauses)) == 40
    assert max(pauses[::2]) <= 0.5 < max(pauses[1::2]) <= 1


def test_a_kept_connection_that_was_dropped_is_replaced_at_once(server: Server) -> None:
    pauses: list[float] = []
    kept = wire_to(server.endpoint, pauses.append)
    server.answers = [(200, b"{}"), (200, b"{}"), DROP]
    for _ in range(3):
        kept.call("Query", {})
    assert (len(server.requests), len(server.connections), pauses) == (4, 2, [])


def test_a_server_that_always_hangs_up_is_busy(server: Server) -> None:
    server.answers = [DROP] * 3
    with pytest.raises(StoreBusyError):
        wire_to(server.endpoint).call("Query", {})
    assert len(server.requests) == 3


def test_a_server_that_refuses_connections_is_busy() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = probe.getsockname()[1]
    with pytest.raises(StoreBusyError, match="does not answer"):
        wire_to(f"http://127.0.0.1:{closed}").call("Query", {})


def test_a_server_that_never_answers_is_busy_after_three_times_the_read_timeout() -> None:
    pauses: list[float] = []
    with socket.create_server(("127.0.0.1", 0)) as silent:
        impatient = Connection(
            region="eu-west-1",
            endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}",
            sleep=pauses.append,
            read_seconds=0.1,
        )
        started = time.monotonic()
        with pytest.raises(StoreBusyError, match="does not answer"):
            impatient.call("Query", {})
        taken = time.monotonic() - started
    assert 3 * 0.1 <= taken < dynamodb.READ_SECONDS
    assert len(pauses) == len(dynamodb.RETRY_PAUSES)


def test_a_call_ends_within_fifteen_seconds_whatever_the_server_does() -> None:
    timeout = Connection(region="eu-west-1", endpoint="http://localhost")._pool.timeout
    assert (timeout.connect_timeout, timeout.read_timeout) == (dynamodb.CONNECT_SECONDS, dynamodb.READ_SECONDS)
    attempt = dynamodb.CONNECT_SECONDS + dynamodb.READ_SECONDS
    assert dynamodb.ATTEMPTS * attempt + sum(dynamodb.RETRY_PAUSES) < 15


@pytest.mark.parametrize("spelling", ["message", "Message"])
def test_what_dynamodb_refuses_is_not_repeated(server: Server, spelling: str) -> None:
    server.answers = [error("AccessDeniedException", {spelling: "not allowed"})]
    with pytest.raises(CallError, match="AccessDeniedException: not allowed") as raised:
        wire_to(server.endpoint).call("Query", {})
    assert raised.value.code == "AccessDeniedException"
    assert len(server.requests) == 1


def test_a_refusal_that_is_not_readable_is_told_by_its_status(server: Server) -> None:
    server.answers = [(413, b"<html>")]
    with pytest.raises(CallError, match="413"):
        wire_to(server.endpoint).call("Query", {})
    assert len(server.requests) == 1


def test_an_invalid_request_is_refused_by_the_table(server: Server) -> None:
    server.answers = [error("ValidationException", {"message": "too large"}), error("ResourceNotFoundException")]
    table = Table(name="t", connection=wire_to(server.endpoint))
    with pytest.raises(RefusedError, match="too large"):
        table.query(Range("p", "a", "b"), 1)
    with pytest.raises(CallError):
        table.query(Range("p", "a", "b"), 1)


def test_a_redirection_is_not_followed(server: Server) -> None:
    server.answers = [(307, b"", {"Location": server.endpoint})]
    with pytest.raises(CallError, match="307"):
        wire_to(server.endpoint).call("Query", {})
    assert len(server.requests) == 1


def test_threads_share_the_connections(server: Server) -> None:
    shared = wire_to(server.endpoint)
    with ThreadPoolExecutor(dynamodb.CONNECTIONS) as pool:
        answers = list(pool.map(lambda number: shared.call("Query", {"Limit": number}), range(200)))
    assert answers == [{}] * 200
    assert sorted(json.loads(body)["Limit"] for _, body in server.requests) == list(range(200))
    assert len(server.connections) <= dynamodb.CONNECTIONS


def test_a_checksum_that_is_right_is_taken(server: Server) -> None:
    body = b'{"a": 1}'
    server.answers = [(200, body, {"x-amz-crc32": str(zlib.crc32(body))})]
    assert wire_to(server.endpoint).call("Query", {}) == {"a": 1}
    assert len(server.requests) == 1


def certificate(folder: Path, name: str) -> Path:
    """A file with a key and a certificate of its own authority, for a server of that name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / f"{name}.pem"
    path.write_bytes(private + made.public_bytes(pem))
    return path


@pytest.mark.parametrize(("name", "is_trusted", "answers"), [
    ("localhost", True, True), ("localhost", False, False), ("elsewhere.example", True, False),
])  # fmt: skip
def test_a_server_has_to_prove_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, is_trusted: bool, answers: bool
) -> None:
    file = certificate(tmp_path, name)
    if is_trusted:
        monkeypatch.setenv("AWS_CA_BUNDLE", str(file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = Server()
    with server.running(context) as secure:
        if answers:
            assert secure.call("Query", {}) == {}
        else:
            with pytest.raises(StoreBusyError):
                secure.call("Query", {})
    assert bool(server.requests) == answers


@pytest.mark.parametrize(
    ("region", "suffix"),
    [("us-east-1", "amazonaws.com"), ("cn-north-1", "amazonaws.com.cn"), ("us-gov-west-1", "amazonaws.com")],
)
def test_the_endpoint_is_the_one_that_botocore_knows(region: str, suffix: str) -> None:
    found = read(AWS_REGION=region, URL_SUFFIX=suffix)
    assert found.dynamodb_endpoint == Session().create_client("dynamodb", region).meta.endpoint_url


def test_an_endpoint_that_is_set_comes_first_and_dynamodbs_own_before_that_of_all() -> None:
    everybodys, own = {"AWS_ENDPOINT_URL": "http://all"}, {"AWS_ENDPOINT_URL_DYNAMODB": "http://own"}
    assert read(**everybodys).dynamodb_endpoint == "http://all"
    assert read(**own, **everybodys).dynamodb_endpoint == "http://own"


def read(**variables: str) -> IngestSettings:
    return settings.read(ENVIRONMENT | variables, IngestSettings)
