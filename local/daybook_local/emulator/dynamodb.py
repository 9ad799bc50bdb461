"""DynamoDB of ministack: time to live, PartiQL in the stream and without whole scans, and access to whole tables.

These functions run on the emulator's event loop, where each call of DynamoDB runs from beginning to end.
"""

import asyncio
import copy
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from ministack.core.concurrency import esm_wake
from ministack.core.responses import request_scope
from ministack.services import _dynamodb_keywords, dynamodb, lambda_svc

EXPIRY_POLL_SECONDS = 1.0
# DynamoDB takes an expiry that is longer past than five years for a mistake, and leaves the item alone.
MAX_EXPIRY_AGE_SECONDS = 5 * 365 * 86400
TTL_IDENTITY = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}

Item = dict[str, Any]
# From status, headers and body.
Response = tuple[int, dict[str, str], bytes]
Write = Callable[..., Response]
# From the table and the parsed statement.
Select = Callable[[dict[str, Any], dict[str, Any]], Response]
# From the statement and its parameters.
Parse = Callable[[str, list[Any] | None], dict[str, Any]]


def enable_time_to_live(table_name: str, properties: dict[str, Any]) -> None:
    """ministack ignores the template's TimeToLiveSpecification."""
    if specification := properties.get("TimeToLiveSpecification"):
        dynamodb._update_ttl({"TableName": table_name, "TimeToLiveSpecification": specification})


async def delete_expired_forever() -> None:
    """Time to live about every second. ministack's own comes once a minute and leaves no record in the stream."""
    while True:
        await asyncio.sleep(EXPIRY_POLL_SECONDS)
        for (account, region, table_name), setting in list(dynamodb._ttl_settings.all_items()):
            table = dynamodb._tables.get_scoped(account, region, table_name)
            if table and setting["TimeToLiveStatus"] == "ENABLED":
                with request_scope(account, region):
                    delete_expired(table, setting["AttributeName"], time.time())


def delete_expired(table: dict[str, Any], attribute: str, now: float) -> None:
    """Delete the items that have expired, each with a record in the stream.

    `attribute` is a number of seconds since 1970, as is `now`.
    """
    for pk, items in list(table["items"].items()):
        for sk, item in list(items.items()):
            expiry = item.get(attribute, {}).get("N")
            if expiry is not None and now - MAX_EXPIRY_AGE_SECONDS < float(expiry) <= now:
                dynamodb._remove_item(table, pk, sk)
                _stream_expiry(table, item)


def _stream_expiry(table: dict[str, Any], item: Item) -> None:
    stream = table.get("StreamSpecification")
    if not stream:
        return
    record = dynamodb._build_change_record(table, "REMOVE", item, None, stream["StreamViewType"])
    record["userIdentity"] = TTL_IDENTITY
    dynamodb._stream_records.setdefault(table["TableName"], []).append(record)
    esm_wake.set()


def stream_partiql_writes() -> None:
    """Patch the three statements of PartiQL that write."""
    for name in ("_partiql_insert", "_partiql_update", "_partiql_delete"):
        setattr(dynamodb, name, with_stream(getattr(dynamodb, name)))


def with_stream(write: Write) -> Write:
    """ministack's PartiQL writes leave no record in the table's stream."""

    def write_to_stream(table: dict[str, Any], parsed: dict[str, Any], *data: Any) -> Response:
        before = copy.deepcopy(_target_item(table, parsed))
        response = write(table, parsed, *data)
        after = _target_item(table, parsed)
        if before != after:
            event_name = "REMOVE" if after is None else "INSERT" if before is None else "MODIFY"
            dynamodb._emit_stream_event(parsed["table"], event_name, before, copy.deepcopy(after))
        return response

    return write_to_stream


def _target_item(table: dict[str, Any], parsed: dict[str, Any]) -> Item | None:
    """The item that a statement inserts, updates or deletes, as it is now."""
    if parsed["op"] == "INSERT":
        pk, sk, _ = dynamodb._resolve_table_key_values(table, parsed["item"], allow_extra=True)
    else:
        pk, sk, _, _ = dynamodb._partiql_key_target(table, parsed)
    item: Item | None = table["items"].get(pk, {}).get(sk)
    return item


def speed_up_partiql() -> None:
    """Patch what takes most of the time of a statement."""
    dynamodb._partiql_select = with_partitions(dynamodb._partiql_select)
    dynamodb._parse_partiql = with_last_parsed(dynamodb._parse_partiql)
    # The functions send the same few statements again and again; nobody changes the tokens.
    _dynamodb_keywords._tokenize = lru_cache(maxsize=1024)(_dynamodb_keywords._tokenize)


def speed_up_conditions() -> None:
    """ministack reads the condition of a query anew for each item of the partition: now once for all."""
    # Nobody changes the tokens.
    dynamodb._tokenize = lru_cache(maxsize=1024)(dynamodb._tokenize)
    dynamodb._condition_syntax_error = lru_cache(maxsize=1024)(dynamodb._condition_syntax_error)


def with_last_parsed(parse: Parse) -> Parse:
    """ministack parses each statement of a batch twice: to check it, and then to execute it."""
    statement: str | None = None
    parameters: list[Any] | None = None
    parsed: dict[str, Any] = {}

    def parse_once(new_statement: str, new_parameters: list[Any] | None) -> dict[str, Any]:
        nonlocal statement, parameters, parsed
        if statement is not new_statement or parameters is not new_parameters:
            parsed = parse(new_statement, new_parameters)
            statement, parameters = new_statement, new_parameters
        return parsed

    return parse_once


def with_partitions(select: Select) -> Select:
    """ministack tries each item of the table, also where a statement names the partitions."""

    def select_partitions(table: dict[str, Any], parsed: dict[str, Any]) -> Response:
        pks = _named_partitions(table, parsed)
        if pks is None:
            return select(table, parsed)
        items = {pk: table["items"][pk] for pk in pks if pk in table["items"]}
        return select({**table, "items": items}, parsed)

    return select_partitions


def _named_partitions(table: dict[str, Any], parsed: dict[str, Any]) -> set[str] | None:
    """The partitions of `WHERE pk IN [...]`; None where a statement has no such condition on all of its items."""
    # These hold together: there are none where the condition has an OR.
    for attribute, operator, values in parsed["conditions"]:
        if (attribute, operator) == (table["pk_name"], "IN"):
            return {dynamodb._extract_key_val(value) for value in values}
    return None


def table_items(table_name: str) -> list[Item]:
    """All items of a table."""
    table = dynamodb._tables[table_name]
    return [item for items in table["items"].values() for item in items.values()]


def restore_items(table_name: str, items: list[Item]) -> None:
    """Put items without a record in the stream: to its readers they are not new."""
    table = dynamodb._tables[table_name]
    for item in items:
        pk, sk, _ = dynamodb._resolve_table_key_values(table, item, allow_extra=True)
        dynamodb._set_item(table, pk, sk, item)


def stream_is_read(table_name: str) -> bool:
    """Whether every function on the table's stream has succeeded with all of its records so far."""
    end = dynamodb.stream_end_position(table_name)
    readers = {
        mapping["UUID"]
        for _, _, mapping in lambda_svc._iter_all_esms()
        if f":table/{table_name}/stream/" in mapping.get("EventSourceArn", "")
    }
    positions = {uuid: position for (_, _, uuid), position in lambda_svc._dynamodb_stream_positions.all_items()}
    return all(positions.get(uuid, 0) >= end for uuid in readers)
