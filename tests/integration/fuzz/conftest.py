"""The functions as Lambda runs them, on DynamoDB Local, which is as strict as DynamoDB."""

from collections.abc import Iterator

import pytest

from tests.support import api
from tests.support.aws import moto_stores
from tests.support.aws.lambda_environment import BUCKET, ENVIRONMENT, EXPORTS
from tests.support.dynamodb.local_server import LocalTable
from tests.support.functions.stored import ARCHIVE

QUEUES = {"FEEDBACK_QUEUE_URL": "feedback", "DEAD_LETTERS_URL": "dead-letters", "EXPORT_QUEUE_URL": "exports"}
ORGS = ("riverside", "hilltop")


@pytest.fixture
def functions(table: LocalTable, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalTable]:
    """Made anew for a test, with two orgs; S3 and SQS are moto's."""
    with moto_stores.mocked():
        variables = {**ENVIRONMENT, "TABLE_NAME": table.name, "ARCHIVE_BUCKET": ARCHIVE}
        variables |= {name: moto_stores.create_queue(queue) for name, queue in QUEUES.items()}
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", table.endpoint)
        for bucket in (BUCKET, ARCHIVE, EXPORTS):
            moto_stores.create_bucket(bucket)
        _forget_functions()
        for org in ORGS:
            made = api.call("PUT", f"/v1/orgs/{org}", claims=api.PLATFORM, body={"name": org, "time_zone": "UTC"})
            assert made.status == 200, made.text
        yield table
        _forget_functions()


def _forget_functions() -> None:
    for name in api.FACTORIES:
        api.factory(name).cache_clear()
