"""What ministack leaves out or gets wrong, put right before it starts. Nothing here loosens a check.

It reaches into private names, so the version is pinned and asserted (`server.py`).
"""

import asyncio
import copy
import json
import logging
import os
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

from ministack.core import lambda_runtime
from ministack.core.concurrency import esm_wake
from ministack.core.responses import request_scope
from ministack.services import apigateway, dynamodb, lambda_svc, ses_v2, sqs
from ministack.services.cloudformation import provisioners

from daybook_local.emulator import suppression

SWEEP_SECONDS = 1.0
TTL_IDENTITY = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}

function_log = logging.getLogger("daybook_local.functions")

Provision = Callable[[str, dict[str, Any], str], tuple[str, dict[str, Any]]]


def apply() -> None:
    handlers = provisioners._RESOURCE_HANDLERS
    api, table = handlers["AWS::ApiGatewayV2::Api"], handlers["AWS::DynamoDB::Table"]
    function = handlers["AWS::Lambda::Function"]
    api["create"] = with_routes(api["create"])
    table["create"] = with_time_to_live(table["create"])
    function["create"] = with_dead_letters(function["create"])
    apigateway._validate_jwt_authorizer = with_any_garbage(apigateway._validate_jwt_authorizer)
    lambda_svc._execute_function_warm = with_bounded_workers(lambda_svc._execute_function_warm)
    lambda_svc._execute_function_with_config_scope = with_retried_logs(lambda_svc._execute_function_with_config_scope)
    lambda_svc._route_async_failure = bury
    sqs._receive_messages_for_esm = with_whole_batches(sqs._receive_messages_for_esm)
    for statement in ("_partiql_insert", "_partiql_update", "_partiql_delete"):
        setattr(dynamodb, statement, with_stream(getattr(dynamodb, statement)))
    ses_v2.handle_request = with_suppression(ses_v2.handle_request)


def with_routes(create: Provision) -> Provision:
    """An HttpApi is an OpenAPI document in `Body`, which ministack drops: the API would have no route at all."""

    def create_api(logical_id: str, properties: dict[str, Any], stack_name: str) -> tuple[str, dict[str, Any]]:
        api_id, attributes = create(logical_id, properties, stack_name)
        import_body(api_id, properties.get("Body") or {})
        return api_id, attributes

    return create_api


def import_body(api_id: str, body: dict[str, Any]) -> None:
    schemes = body.get("components", {}).get("securitySchemes", {})
    authorizers = {name: import_authorizer(api_id, name, scheme) for name, scheme in schemes.items()}
    for path, methods in body.get("paths", {}).items():
        for method, operation in methods.items():
            if "x-amazon-apigateway-integration" in operation:
                import_route(api_id, route_key(path, method), operation, authorizers)


def import_authorizer(api_id: str, name: str, scheme: dict[str, Any]) -> str:
    stated = scheme["x-amazon-apigateway-authorizer"]
    properties = {
        "ApiId": api_id,
        "Name": name,
        "AuthorizerType": stated["type"].upper(),
        "IdentitySource": [stated["identitySource"]],
        "JwtConfiguration": {
            "Audience": as_list(stated["jwtConfiguration"]["audience"]),
            "Issuer": stated["jwtConfiguration"]["issuer"],
        },
    }
    authorizer_id: str = provisioners._apigw_v2_authorizer_create(name, properties, "")[0]
    return authorizer_id


def import_route(api_id: str, key: str, operation: dict[str, Any], authorizers: dict[str, str]) -> None:
    stated = operation["x-amazon-apigateway-integration"]
    integration = {
        "ApiId": api_id,
        "IntegrationType": stated["type"].upper(),
        "IntegrationUri": stated["uri"],
        "PayloadFormatVersion": stated["payloadFormatVersion"],
    }
    integration_id = provisioners._apigw_v2_integration_create(key, integration, "")[0]
    route = {"ApiId": api_id, "RouteKey": key, "Target": f"integrations/{integration_id}"}
    # SAM writes the security scheme "NONE", which is none of the document's, for a route without an authorizer.
    for scheme, scopes in ((name, scopes) for need in operation.get("security", []) for name, scopes in need.items()):
        if scheme in authorizers:
            route |= {"AuthorizationType": "JWT", "AuthorizerId": authorizers[scheme], "AuthorizationScopes": scopes}
        elif scheme != "NONE":
            raise ValueError(f"The route {key} names the unknown security scheme {scheme}.")
    provisioners._apigw_v2_route_create(key, route, "")


def route_key(path: str, method: str) -> str:
    if path == "$default":
        return path
    return f"{'ANY' if method == 'x-amazon-apigateway-any-method' else method.upper()} {path}"


def as_list(value: Any) -> list[str]:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else list(value)


Validate = Callable[..., Awaitable[tuple[Any, Any, Any]]]


def with_any_garbage(validate: Validate) -> Validate:
    """A token whose parts are JSON, but not of the shape of a token, makes ministack answer 500 instead of 401."""

    async def validate_token(*arguments: Any) -> tuple[Any, Any, Any]:
        try:
            return await validate(*arguments)
        except (AttributeError, TypeError, ValueError):
            return None, None, apigateway._jwt_unauthorized()

    return validate_token


def with_time_to_live(create: Provision) -> Provision:
    """ministack ignores the template's TimeToLiveSpecification."""

    def create_table(logical_id: str, properties: dict[str, Any], stack_name: str) -> tuple[str, dict[str, Any]]:
        name, attributes = create(logical_id, properties, stack_name)
        if specification := properties.get("TimeToLiveSpecification"):
            dynamodb._update_ttl({"TableName": name, "TimeToLiveSpecification": specification})
        return name, attributes

    return create_table


async def sweep_for_ever() -> None:
    """TTL about every second. ministack's own sweep comes once a minute and leaves no record in the stream.

    It runs on the emulator's event loop, where every DynamoDB call runs from beginning to end, so none sees it halfway.
    """
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        for (account, region, table_name), setting in list(dynamodb._ttl_settings.all_items()):
            table = dynamodb._tables.get_scoped(account, region, table_name)
            if table and setting["TimeToLiveStatus"] == "ENABLED":
                with request_scope(account, region):
                    sweep(table, setting["AttributeName"], time.time())


def sweep(table: dict[str, Any], attribute: str, now: float) -> None:
    # As in DynamoDB: only a number counts, and what is over five years past is taken for a mistake and left alone.
    for pk, item_of_sk in list(table["items"].items()):
        for sk, item in list(item_of_sk.items()):
            expiry = item.get(attribute, {}).get("N")
            if expiry is not None and now - 5 * 365 * 86400 < float(expiry) <= now:
                dynamodb._remove_item(table, pk, sk)
                record_expiry(table, item)


def record_expiry(table: dict[str, Any], item: dict[str, Any]) -> None:
    stream = table.get("StreamSpecification")
    if not stream:
        return
    record = dynamodb._build_change_record(table, "REMOVE", item, None, stream["StreamViewType"])
    record["userIdentity"] = TTL_IDENTITY
    dynamodb._stream_records.setdefault(table["TableName"], []).append(record)
    esm_wake.set()


Execute = Callable[[dict[str, Any], dict[str, Any], str], dict[str, Any]]


def with_bounded_workers(execute: Execute) -> Execute:
    """One process per concurrent invocation, without a bound: 200 posts at once would start 200 interpreters.

    Here a call waits for one of a few. None of the functions invokes another, so that waiting cannot lock up.
    """
    workers = max(4, 2 * (os.cpu_count() or 1))
    turns: defaultdict[str, threading.BoundedSemaphore] = defaultdict(lambda: threading.BoundedSemaphore(workers))

    def execute_in_turn(function: dict[str, Any], event: dict[str, Any], request_id: str) -> dict[str, Any]:
        name = function["config"]["FunctionName"]
        with turns[name]:
            result = execute(function, event, request_id)
        if result.get("log"):
            function_log.info("%s", result["log"])
        return result

    return execute_in_turn


Receive = Callable[[str, int], list[dict[str, Any]]]


def with_whole_batches(receive: Receive) -> Receive:
    """ministack gives a function ten messages of a queue at most, whatever the template says."""

    def receive_batch(queue_url: str, most: int) -> list[dict[str, Any]]:
        batch: list[dict[str, Any]] = []
        while len(batch) < most and (more := receive(queue_url, most - len(batch))):
            batch += more
        return batch

    return receive_batch


Invoke = Callable[[dict[str, Any], dict[str, Any]], dict[str, Any] | None]


def with_retried_logs(invoke: Invoke) -> Invoke:
    """CloudWatch Logs invokes asynchronously: a failure is tried again, and what fails for good becomes a dead letter.

    ministack tries once.
    """

    def invoke_in_scope(function: dict[str, Any], event: dict[str, Any]) -> dict[str, Any] | None:
        if event.keys() != {"awslogs"}:
            return invoke(function, event)
        lambda_svc.invoke_async_with_retry(function, event)
        return None

    return invoke_in_scope


def with_dead_letters(create: Provision) -> Provision:
    """ministack ignores the template's DeadLetterConfig."""

    def create_function(logical_id: str, properties: dict[str, Any], stack_name: str) -> tuple[str, dict[str, Any]]:
        name, attributes = create(logical_id, properties, stack_name)
        if stated := properties.get("DeadLetterConfig"):
            lambda_svc._functions[name]["config"]["DeadLetterConfig"] = stated
        return name, attributes

    return create_function


def bury(queue_arn: str, function_name: str, event: dict[str, Any], result: dict[str, Any]) -> None:
    """A dead-letter queue gets the event itself with the error beside it; ministack sends a report with both in it."""
    error = result.get("body")
    said = error.get("errorMessage", "") if isinstance(error, dict) else ""
    attributes = {
        "RequestID": {"DataType": "String", "StringValue": str(uuid.uuid4())},
        "ErrorCode": {"DataType": "Number", "StringValue": "200"},
        "ErrorMessage": {"DataType": "String", "StringValue": said or f"{function_name} failed"},
    }
    url = sqs._queue_url(queue_arn.rpartition(":")[2])
    sqs._act_send_message({"MessageBody": json.dumps(event), "MessageAttributes": attributes}, url)


Answer = tuple[int, dict[str, str], bytes]
Write = Callable[..., Answer]


def with_stream(write: Write) -> Write:
    """ministack's PartiQL writes go by the table's stream."""

    def write_and_tell(table: dict[str, Any], parsed: dict[str, Any], *data: Any) -> Answer:
        before = copy.deepcopy(item_of(table, parsed))
        answer = write(table, parsed, *data)
        after = item_of(table, parsed)
        if before != after:
            happened = "REMOVE" if after is None else "INSERT" if before is None else "MODIFY"
            dynamodb._emit_stream_event(parsed["table"], happened, before, copy.deepcopy(after))
        return answer

    return write_and_tell


def item_of(table: dict[str, Any], parsed: dict[str, Any]) -> dict[str, Any] | None:
    """The item that a statement is about."""
    if parsed["op"] == "INSERT":
        pk, sk, _ = dynamodb._resolve_table_key_values(table, parsed["item"], allow_extra=True)
    else:
        pk, sk, _, _ = dynamodb._partiql_key_target(table, parsed)
    item: dict[str, Any] | None = table["items"].get(pk, {}).get(sk)
    return item


Handle = Callable[..., Awaitable[Answer]]


def with_suppression(handle: Handle) -> Handle:
    """ministack knows neither the account's suppression list nor the validation of addresses."""
    addresses = suppression.Suppression()

    async def handle_request(method: str, path: str, headers: Any, body: bytes, parameters: Any) -> Answer:
        answer = addresses.answer(method, path, body, parameters)
        return await handle(method, path, headers, body, parameters) if answer is None else as_response(answer)

    return handle_request


def as_response(answer: suppression.Answer) -> Answer:
    headers = {"Content-Type": "application/json"}
    if answer.error:
        headers["x-amzn-errortype"] = answer.error
    return answer.status, headers, json.dumps(answer.body).encode()


def stop_workers() -> None:
    lambda_runtime.reset()


def items_of(table_name: str) -> list[dict[str, Any]]:
    table = dynamodb._tables[table_name]
    return [item for item_of_sk in table["items"].values() for item in item_of_sk.values()]


def put_back(table_name: str, items: list[dict[str, Any]]) -> None:
    """Without records in the stream: to its readers these items are not new."""
    table = dynamodb._tables[table_name]
    for item in items:
        pk, sk, _ = dynamodb._resolve_table_key_values(table, item, allow_extra=True)
        dynamodb._set_item(table, pk, sk, item)
