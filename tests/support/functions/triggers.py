"""What TTL and the table's stream set off."""

import random
from typing import Any

from tests.support import api
from tests.support.aws.clients import client
from tests.support.aws.lambda_environment import TABLE
from tests.support.functions.events import NONE_FAILED, TTL, Context, change, queued
from tests.support.functions.stored import items


def handle(event: dict[str, Any]) -> None:
    """Invoke the retention function."""
    api.function("retention").handler(event, Context())


def feedback(*bodies: str) -> None:
    """What providers say of messages, all of which is taken in."""
    assert api.function("feedback").handler(queued(list(bodies)), Context()) == NONE_FAILED


def index(records: list[dict[str, Any]]) -> None:
    """Invoke the index function with records of the stream, all of which it takes in."""
    assert api.function("index").handler({"Records": records}, Context()) == NONE_FAILED


def indexed() -> None:
    """The copies and the index of what has been posted."""
    news = [change(item, "INSERT") for item in items() if "org_source" in item]
    index(news)


def expire() -> list[dict[str, Any]]:
    """Let TTL take everything that ends, now; what the stream says of it."""
    removed = [item for item in items() if "expires_at" in item]
    for item in removed:
        client("dynamodb").delete_item(TableName=TABLE, Key={key: item[key] for key in ("pk", "sk")})
    return [change(item, userIdentity=TTL) for item in removed]


def deliver_twice(records: list[dict[str, Any]], seed: int) -> None:
    """In batches of any size; a batch comes again as it was, though its records may be in another order."""
    drawn = random.Random(seed)
    drawn.shuffle(records)
    batches = []
    while records:
        size = drawn.randint(1, 7)
        batches.append(records[:size])
        records = records[size:]
    again = batches * 2
    drawn.shuffle(again)
    for batch in again:
        handle({"Records": drawn.sample(batch, len(batch))})
