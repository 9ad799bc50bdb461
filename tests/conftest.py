"""Stores for tests: moto in this process, and DynamoDB Local where it must be strict or its units are counted."""

import gc
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import create_loader
from botocore.session import Session
from daybook.aws.dynamodb import Connection
from daybook_local.deployment.template import function_environment, table_definition
from hypothesis import settings

from tests.support import properties
from tests.support.aws import moto_stores
from tests.support.dynamodb import local_server
from tests.support.dynamodb.local_server import SharedServer
from tests.support.hashes import ADDRESS_KEY
from tests.support.scheduling import StackScheduling

# Collecting tests makes no garbage: looking for it is a fifth of it, and then a tenth of the tests for what stays.
gc.disable()

properties.register_profiles()
settings.load_profile("quick")

REGION = moto_stores.REGION
TABLE = "daybook"
BUCKET = "daybook-bodies"


# Of all processes of this test run.
SERVER = pytest.StashKey[SharedServer]()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_configure(config: pytest.Config) -> None:
    folder = getattr(config, "workerinput", {}).get("dynamodb_local") or tempfile.mkdtemp(prefix="dynamodb-local-")
    config.stash[SERVER] = SharedServer(Path(folder))


def pytest_configure_node(node: Any) -> None:
    """Of pytest-xdist: what a worker is told when it begins."""
    node.workerinput["dynamodb_local"] = str(node.config.stash[SERVER].folder)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> StackScheduling | None:
    """Of pytest-xdist: `--dist loadscope` is for the slow tests."""
    return StackScheduling(config, log) if config.getvalue("dist") == "loadscope" else None


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.stash[SERVER].stop()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """CI installs what the tests need: there a skipped test is one that should have run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("SKIPPED_IS_FAILED") and reporter and reporter.stats.get("skipped"):
        reporter.write_line("Tests were skipped, and SKIPPED_IS_FAILED is set.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session", autouse=True)
def _botocore_loads_once() -> Iterator[None]:
    """Each session of botocore reads its files for itself, and takes 100 ms until it has a client."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.session.create_loader", cache(create_loader))
        yield


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
    environment = dict(_environment())
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(Connection, "exchange", moto_stores.exchange)
    with moto_stores.mocked():
        moto_stores.create_table(TABLE)
        moto_stores.create_bucket(BUCKET)
        yield environment


@cache
def _environment() -> dict[str, str]:
    stack = "arn:aws:cloudformation:us-east-1:1:stack/daybook/1"
    resolved = {"Table": TABLE, "Bodies": BUCKET, "AWS::StackId": stack, "AddressKey": ADDRESS_KEY}
    # Without TLS no certificates are read for each connection to a table, of which there is none.
    endpoint = {"AWS_ENDPOINT_URL_DYNAMODB": f"http://dynamodb.{REGION}.amazonaws.com"}
    return function_environment(service="test", resolved=resolved) | endpoint


@pytest.fixture(scope="session")
def dynamodb_local(pytestconfig: pytest.Config) -> str:
    """The endpoint of the DynamoDB Local of this test run."""
    skip_without_tools()
    return pytestconfig.stash[SERVER].endpoint()


def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The endpoint of another one."""
    skip_without_tools()
    with local_server.running(tmp_path_factory.mktemp("dynamodb-local")) as endpoint:
        yield endpoint


def skip_without_tools() -> None:
    if sentence := local_server.missing_tools():
        pytest.skip(sentence)


@pytest.fixture
def table(dynamodb_local: str, aws_environment: None, worker_id: str) -> Iterator[LocalTable]:
    """A table of its own for each test, as in the template but for the stream.

    DynamoDB Local looks for a table's stream with every write, and takes the longer the more tables there have been;
    tables of one name count once.
    """
    name = f"daybook-{worker_id}"
    aws = client("dynamodb", dynamodb_local)
    aws.create_table(**{key: value for key, value in table_definition(name).items() if key != "StreamSpecification"})
    yield LocalTable(name=name, endpoint=dynamodb_local, region=REGION, client=aws)
    aws.delete_table(TableName=name)


@cache
def client(service: str, endpoint: str | None = None) -> Any:
    """Making a client costs more than most tests."""
    return Session().create_client(service, region_name=REGION, endpoint_url=endpoint)
