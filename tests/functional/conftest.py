"""The handlers on moto, as Lambda runs them."""

import pytest
from moto.dynamodb.models import DynamoDBBackend

from tests import moto_inserts


@pytest.fixture(autouse=True)
def functions(aws: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An empty table and bucket for each test; the functions stay warm, as in Lambda. Gives their environment."""
    monkeypatch.setattr(DynamoDBBackend, "batch_execute_statement", moto_inserts.batch_execute_statement)
    return aws
