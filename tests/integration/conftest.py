"""The services on DynamoDB Local, built as in Lambda but for the clock and the bucket."""

import pytest
from daybook.storage.table import Table

from tests.support.dynamodb.local_server import LocalTable
from tests.support.dynamodb.service_stack import Stack, WatchedConnection


@pytest.fixture
def stack(table: LocalTable) -> Stack:
    connection = WatchedConnection(region=table.region, endpoint=table.endpoint, sleep=lambda _: None)
    return Stack(table, connection, Table(name=table.name, connection=connection))
