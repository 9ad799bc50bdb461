"""Stores for tests: moto in this process, and DynamoDB Local where it must be strict or its units are counted."""

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from botocore.session import Session
from daybook.aws.dynamodb import Connection
from daybook_local.deployment.template import function_environment, table_definition
from hypothesis import HealthCheck, settings
from moto import mock_aws
from moto.core.models import botocore_stubber

from tests.support import dynamodb_local as server
from tests.support import roles
from tests.support.hashes import ADDRESS_KEY

# Examples are judged by what comes out of them, not by the time it takes a busy machine.
settings.register_profile("daybook", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("daybook")

REGION = "us-east-1"
TABLE = "daybook"
BUCKET = "daybook-bodies"


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """CI installs what the tests need: there a skipped test is one that should have run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("SKIPPED_IS_FAILED") and reporter and reporter.stats.get("skipped"):
        reporter.write_line("Tests were skipped, and SKIPPED_IS_FAILED is set.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@dataclass(frozen=True, kw_only=True)
class LocalTable:
    name: str
    endpoint: str
    region: str
    client: Any


@pytest.fixture
def aws_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dummy credentials, and nothing of the developer's own."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def aws(aws_environment: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """moto with the template's table and bucket; yields the environment of a function, which is set as well."""
    stack = "arn:aws:cloudformation:us-east-1:1:stack/daybook/1"
    resolved = {"Table": TABLE, "Bodies": BUCKET, "AWS::StackId": stack, "AddressKey": ADDRESS_KEY}
    environment = function_environment(service="test", resolved=resolved)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(Connection, "exchange", exchange_with_moto)
    with mock_aws():
        client("dynamodb").create_table(**table_definition(TABLE))
        client("s3").create_bucket(Bucket=BUCKET)
        yield environment


def exchange_with_moto(connection: Connection, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
    """What moto answers, if the role of the running function permits the call; moto itself hears of botocore's only."""
    function = roles.running_function()
    if function is not None:
        operation = headers["X-Amz-Target"].partition(".")[2]
        for action, index in roles.asked(operation, body):
            assert roles.permits(function, action, index), (
                f"the role of {function} lacks {action} on {index or 'the table'}"
            )
    request = AWSPreparedRequest("POST", connection.url, HTTPHeaders.from_dict(headers), body, stream_output=False)
    answer = botocore_stubber(event_name="before-send", request=request)
    assert answer, "not within mock_aws"
    return answer.status_code, answer.content


@pytest.fixture(scope="session")
def dynamodb_local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The endpoint of a DynamoDB Local, one for each test process."""
    yield from started(tmp_path_factory)


def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if sentence := server.missing_tools():
        pytest.skip(sentence)
    with server.running(tmp_path_factory.mktemp("dynamodb-local")) as endpoint:
        yield endpoint


@pytest.fixture
def table(dynamodb_local: str, aws_environment: None) -> Iterator[LocalTable]:
    """A table of its own for each test, as in the template but for the stream.

    DynamoDB Local looks for a table's stream with every write, and takes the longer the more tables there have been.
    """
    name = f"daybook-{uuid.uuid4().hex}"
    dynamodb = client("dynamodb", dynamodb_local)
    definition = {key: value for key, value in table_definition(name).items() if key != "StreamSpecification"}
    dynamodb.create_table(**definition)
    yield LocalTable(name=name, endpoint=dynamodb_local, region=REGION, client=dynamodb)
    dynamodb.delete_table(TableName=name)


@cache
def client(service: str, endpoint: str | None = None) -> Any:
    """Making a client costs more than most tests."""
    return Session().create_client(service, region_name=REGION, endpoint_url=endpoint)
