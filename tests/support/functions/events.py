"""What sets off a function: messages of a queue, records of the table's stream."""

import time
from typing import Any

# As the stream names who has deleted an item that had expired.
TTL = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


def queued(bodies: list[str]) -> dict[str, Any]:
    """The event of messages in a queue."""
    return {
        "Records": [
            {"messageId": f"message-{number}", "body": body, "eventSource": "aws:sqs", "attributes": {}}
            for number, body in enumerate(bodies)
        ]
    }


class Context:
    """Lambda's, with time enough."""

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


def change(item: dict[str, Any], name: str = "REMOVE", **more: Any) -> dict[str, Any]:
    """The stream's record of an item that was inserted, modified or removed."""
    side = "OldImage" if name == "REMOVE" else "NewImage"
    told = {
        "Keys": {key: item[key] for key in ("pk", "sk")},
        side: item,
        "ApproximateCreationDateTime": int(time.time()),
    }
    return {"eventName": name, "dynamodb": told, **more}
