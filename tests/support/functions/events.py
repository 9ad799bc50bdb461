"""What sets off a function: messages of a queue, records of the table's stream."""

import itertools
import time
from typing import Any

# As the stream names who has deleted an item that had expired.
TTL = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}

# The answer to a batch of which nothing failed.
NONE_FAILED: dict[str, list[Any]] = {"batchItemFailures": []}
SEQUENCE_NUMBERS = itertools.count(1)


def queued(bodies: list[str]) -> dict[str, Any]:
    """The event of messages in a queue."""
    return {
        "Records": [
            {"messageId": f"message-{number}", "body": body, "eventSource": "aws:sqs", "attributes": {}}
            for number, body in enumerate(bodies)
        ]
    }


class Context:
    """Lambda's, of one invocation, with time enough."""

    def __init__(self, aws_request_id: str = "invocation-1") -> None:
        self.aws_request_id = aws_request_id

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


def change(item: dict[str, Any], name: str = "REMOVE", **more: Any) -> dict[str, Any]:
    """The stream's record of an item that was inserted, modified or removed."""
    side = "OldImage" if name == "REMOVE" else "NewImage"
    told = {
        "Keys": {key: item[key] for key in ("pk", "sk")},
        side: item,
        "SequenceNumber": str(next(SEQUENCE_NUMBERS)),
        "ApproximateCreationDateTime": int(time.time()),
    }
    return {"eventName": name, "dynamodb": told, **more}
