"""The DynamoDB table: the few calls that Daybook makes, on pynamodb's connection, with items in DynamoDB's own JSON.

Two of botocore's ways are replaced because they are most of what a call costs (`docs/decisions.md`): its parser walks a
page attribute by attribute, and it has no conditional batch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

import msgspec
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as BotocoreConnectionError
from botocore.parsers import JSONParser, ResponseParserFactory
from msgspec import Struct
from pynamodb.connection.base import Connection

from daybook.errors import StoreBusyError

Item = dict[str, dict[str, Any]]
Key = tuple[str, str]
T = TypeVar("T")

BY_ACTIVITY = "by_activity"
BY_RECIPIENT = "by_recipient"
BY_STATUS = "by_status"
RANGE_KEYS = {None: "sk", BY_ACTIVITY: "activity_key", BY_RECIPIENT: "recipient_key", BY_STATUS: "status_key"}

# A fixed one: botocore's own is put together anew for every request.
USER_AGENT = "daybook"
INSERT_BATCH = 25
GET_BATCH = 100
AWS_ERRORS = (ClientError, HTTPClientError, BotocoreConnectionError)
# What DynamoDB and, in the last line, S3 say when they are asked too much, or are not well.
BUSY_CODES = frozenset({
    "ProvisionedThroughputExceededException", "ProvisionedThroughputExceeded", "ThrottlingException", "ThrottlingError",
    "RequestLimitExceeded", "LimitExceededException", "TransactionConflict", "InternalServerError",
    "InternalServerErrorException", "ServiceUnavailable",
    "SlowDown", "InternalError", "RequestTimeout",
})  # fmt: skip
# With these a call that nobody answers ends within 15 s, so that a function of 28 s can still say 503.
CONNECT_SECONDS, READ_SECONDS = 1, 3
RETRIES: Any = {"mode": "standard", "total_max_attempts": 3}
PAUSES = (0.05, 0.2, 0.8)


class _LeanParser(JSONParser):
    """Leaves a page as the JSON it is; binary values stay base64 text. Errors are parsed as ever."""

    def _do_parse(self, response: dict[str, Any], shape: Any) -> dict[str, Any]:  # noqa: ARG002
        parsed: dict[str, Any] = msgspec.json.decode(response["body"])
        parsed["ResponseMetadata"] = {"HTTPHeaders": response["headers"]}
        return parsed


class _LeanParserFactory(ResponseParserFactory):
    def create_parser(self, protocol_name: str) -> Any:
        return _LeanParser() if protocol_name == "json" else super().create_parser(protocol_name)


class Range(Struct, frozen=True):
    """A span of one partition, in the order of the table or of a local index. `low` and `high` are included."""

    pk: str
    low: str
    high: str
    index: str | None = None
    forward: bool = False


class Found(Struct, frozen=True):
    """Items of a range in order; `more` when the range goes on after the last of them."""

    items: list[Item]
    more: bool


class Table:
    """One DynamoDB table. Every method raises StoreBusyError when the store throttles or does not answer."""

    def __init__(self, *, name: str, region: str, endpoint: str | None = None) -> None:
        self._name = name
        self._connection = Connection(
            region=region,
            host=endpoint,
            connect_timeout_seconds=CONNECT_SECONDS,
            read_timeout_seconds=READ_SECONDS,
            retry_configuration=RETRIES,
        )
        # Clients take both from the session as they are made, so this comes before the first call.
        session = self._connection.session
        session.register_component("response_parser_factory", _LeanParserFactory())
        session.set_default_client_config(Config(user_agent=USER_AGENT))

    def insert(self, items: Sequence[Item]) -> list[bool]:
        """Put each item unless its key is taken: True where it was put. Durable when this returns.

        A batch of PartiQL inserts is DynamoDB's only batch with a condition on each item; it fails item by item.
        """
        inserted = [False] * len(items)
        for batch in _batches(range(len(items)), INSERT_BATCH):
            self._insert_batch(items, batch, inserted)
        return inserted

    def _insert_batch(self, items: Sequence[Item], batch: list[int], inserted: list[bool]) -> None:
        def attempt(pending: list[int]) -> list[int]:
            statements = [_insert_statement(self._name, items[place]) for place in pending]
            responses = self._call("BatchExecuteStatement", {"Statements": statements})["Responses"]
            busy = []
            for place, response in zip(pending, responses, strict=True):
                code = response.get("Error", {}).get("Code")
                if code in BUSY_CODES:
                    busy.append(place)
                elif code not in (None, "DuplicateItem"):
                    raise RuntimeError(f"DynamoDB refused an insert: {code}: {response['Error'].get('Message')}")
                else:
                    inserted[place] = code is None
            return busy

        _work_off(batch, attempt, "the store is throttling writes; nothing of this request was acknowledged")

    def get(self, keys: Sequence[Key], *, consistent: bool = True) -> dict[Key, Item]:
        """The items at those keys that exist; a key may be named once only."""
        found: dict[Key, Item] = {}
        for batch in _batches(keys, GET_BATCH):
            self._get_batch(batch, consistent, found)
        return found

    def _get_batch(self, keys: list[Key], consistent: bool, found: dict[Key, Item]) -> None:
        def attempt(pending: list[Item]) -> list[Item]:
            request = {self._name: {"Keys": pending, "ConsistentRead": consistent}}
            answer = self._call("BatchGetItem", {"RequestItems": request})
            for item in answer["Responses"].get(self._name, ()):
                found[item["pk"]["S"], item["sk"]["S"]] = item
            left: list[Item] = answer.get("UnprocessedKeys", {}).get(self._name, {}).get("Keys", [])
            return left

        _work_off([{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in keys], attempt, "the store is throttling reads")

    def query(self, span: Range, limit: int, after: Item | None = None) -> Found:
        """Up to `limit` items of a range, strongly consistent, from behind the position `after`."""
        arguments: dict[str, Any] = {
            "TableName": self._name,
            "KeyConditionExpression": f"pk = :pk AND {RANGE_KEYS[span.index]} BETWEEN :low AND :high",
            "ExpressionAttributeValues": {":pk": {"S": span.pk}, ":low": {"S": span.low}, ":high": {"S": span.high}},
            "ScanIndexForward": span.forward,
            "ConsistentRead": True,
            "Limit": limit,
        }
        if span.index is not None:
            arguments["IndexName"] = span.index
        if after is not None:
            arguments["ExclusiveStartKey"] = after
        answer = self._call("Query", arguments)
        return Found(answer["Items"], "LastEvaluatedKey" in answer)

    def _call(self, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = self._connection.dispatch(operation, arguments)
        except AWS_ERRORS as error:
            raise translated(error, "the store") from error
        return answer


def position(span: Range, sk: str, range_key: str) -> Item:
    """Where in a range to go on: behind the item with this sort key and, in an index, this key of it."""
    return {"pk": {"S": span.pk}, "sk": {"S": sk}, RANGE_KEYS[span.index]: {"S": range_key}}


def expiring(item: Item, expires_at: int | None) -> Item:
    """The item, to be taken by TTL then; None for never."""
    return item if expires_at is None else item | {"expires_at": {"N": str(expires_at)}}


def _insert_statement(table: str, item: Item) -> dict[str, Any]:
    fields = ",".join(f"'{name}':?" for name in item)
    return {"Statement": f'INSERT INTO "{table}" VALUE {{{fields}}}', "Parameters": list(item.values())}


def translated(error: Exception, store: str) -> Exception:
    """What a caller hears of an error of AWS: that this store is busy, or else the error itself."""
    if not isinstance(error, ClientError):
        return StoreBusyError(f"{store} does not answer")
    return StoreBusyError(f"{store} is throttling") if error.response["Error"]["Code"] in BUSY_CODES else error


def _work_off(pending: list[T], attempt: Callable[[list[T]], list[T]], said: str) -> None:
    """Try until nothing is left over, with a pause in between; StoreBusyError after the last try."""
    for pause in (*PAUSES, None):
        pending = attempt(pending)
        if not pending:
            return
        if pause is not None:
            time.sleep(pause)
    raise StoreBusyError(said)


def _batches(values: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(values)
    while batch := list(islice(iterator, size)):
        yield batch
