"""The services on DynamoDB Local, built as in Lambda but for the clock and the bucket."""

from types import SimpleNamespace

import pytest
from daybook.storage.table import Table

from tests.support.dynamodb.local_server import LocalTable
from tests.support.dynamodb.service_stack import Stack, WatchedConnection


@pytest.fixture
def stack(table: LocalTable, monkeypatch: pytest.MonkeyPatch) -> Stack:
    # Retries without their pauses.
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None))
    connection = WatchedConnection(region=table.region, endpoint=table.endpoint)
    return Stack(table, connection, Table(name=table.name, connection=connection))
