from __future__ import annotations

import pytest
from daybook_cli.connection import aws, lambda_functions
from daybook_cli.connection.aws import AwsTarget

from tests.support.aws.clients import REGION


@pytest.mark.parametrize(
    ("url", "region"),
    [
        ("https://sqs.eu-central-1.amazonaws.com/111122223333/dead", "eu-central-1"),
        ("https://queue.amazonaws.com/111122223333/dead", None),
        ("http://127.0.0.1:4581/000000000000/dead", None),
    ],
)
def test_a_queues_address_tells_its_region(url: str, region: str | None) -> None:
    assert AwsTarget.of_queue(url) == AwsTarget(region)


def test_an_answer_is_waited_for_as_long_as_a_function_may_run() -> None:
    site = aws.AwsTarget(REGION, "http://127.0.0.1:1")
    config = aws.client(site, "lambda", read_timeout=lambda_functions.READ_TIMEOUT).meta.config
    assert config.read_timeout > 900
    assert config.retries["total_max_attempts"] == 1
    assert aws.client(site, "sqs").meta.config.read_timeout == 60
