"""Stores for tests: moto in this process, and DynamoDB Local where it must be strict or its units are counted."""

import gc
import os
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import create_loader
from daybook.storage import table as storage_table
from daybook_local.deployment.template import table_definition
from hypothesis import settings

from tests.support import properties
from tests.support.aws import moto_stores
from tests.support.aws.clients import REGION, client
from tests.support.aws.lambda_environment import BUCKET, ENVIRONMENT, EXPORTS, TABLE
from tests.support.dynamodb.local_server import LocalTable, SharedServer, skip_without_tools
from tests.support.faults import sampling
from tests.support.scheduling import StackScheduling

# Collecting tests makes no garbage: looking for it is a fifth of it, and then a tenth of the tests for what stays.
gc.disable()

properties.register_profiles()
settings.load_profile("quick")

# Of all processes of this test run.
SERVER = pytest.StashKey[SharedServer]()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_configure(config: pytest.Config) -> None:
    sampling.choose_seed()
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


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """How many cells of the matrix of faults were tried."""
    reports = [report for outcome in ("passed", "failed") for report in terminalreporter.stats.get(outcome, ())]
    if summary := sampling.summary(reports):
        terminalreporter.write_line(summary)


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
    """moto with the template's table and buckets; yields the environment of a function, which is set as well."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    # moto's PartiQL knows no conditions: each change is a call by itself.
    monkeypatch.setattr(storage_table, "WRITE_BATCH", 1)
    monkeypatch.setattr(storage_table, "PARTITIONS_BATCH", 1)
    with moto_stores.mocked():
        moto_stores.create_table(TABLE)
        moto_stores.create_bucket(BUCKET)
        moto_stores.create_bucket(EXPORTS)
        yield dict(ENVIRONMENT)


@pytest.fixture(scope="session")
def dynamodb_local(pytestconfig: pytest.Config) -> str:
    """The endpoint of the DynamoDB Local of this test run."""
    skip_without_tools()
    return pytestconfig.stash[SERVER].endpoint()


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
