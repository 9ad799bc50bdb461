"""What tests of several packages of the command line start with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import REGION, client
from tests.support.aws import moto_stores
from tests.support.cli.api_stand_in import write_stack
from tests.support.cli.simulated_feedback import SMS_LOG_GROUP


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the stack.json of a local stack, which is the API's stand-in."""
    write_stack(tmp_path)
    return tmp_path


@pytest.fixture
def provider_side(aws_environment: None) -> Iterator[dict[str, str]]:
    """A topic with a queue that is subscribed to it, and the two log groups, on moto."""
    with moto_stores.mocked():
        topic = client("sns").create_topic(Name="feedback")["TopicArn"]
        queue = client("sqs").create_queue(QueueName="feedback")["QueueUrl"]
        client("sns").subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=f"arn:aws:sqs:{REGION}:123456789012:feedback",
            Attributes={"RawMessageDelivery": "true"},
        )
        for group in (SMS_LOG_GROUP, f"{SMS_LOG_GROUP}/Failure"):
            client("logs").create_log_group(logGroupName=group)
        yield {"topic": topic, "queue": queue}


@pytest.fixture
def queues(aws_environment: None) -> Iterator[tuple[str, str]]:
    """The URLs of a dead-letter queue and of its source queue, on moto."""
    with moto_stores.mocked():
        dead, source = (client("sqs").create_queue(QueueName=name)["QueueUrl"] for name in ("dead", "source"))
        yield dead, source
