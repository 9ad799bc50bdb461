"""Lambda of ministack: bounded concurrency, batches of queues, retries and dead letters."""

import json
import logging
import os
import threading
import uuid
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc, sqs

function_log = logging.getLogger("daybook_local.functions")

Execute = Callable[[dict[str, Any], dict[str, Any], str], dict[str, Any]]
ExecuteEvent = Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]
Receive = Callable[[str, int], list[dict[str, Any]]]
Invoke = Callable[[dict[str, Any], dict[str, Any]], dict[str, Any] | None]


def with_bounded_workers(execute: Execute) -> Execute:
    """ministack starts a process for each concurrent invocation: 200 posts at once would start 200 interpreters.

    Here an invocation waits for one of a few. None of the functions invokes another, so the waiting cannot deadlock.
    """
    workers = max(4, 2 * (os.cpu_count() or 1))
    slots: defaultdict[str, threading.BoundedSemaphore] = defaultdict(lambda: threading.BoundedSemaphore(workers))

    def execute_in_slot(function: dict[str, Any], event: dict[str, Any], request_id: str) -> dict[str, Any]:
        name = function["config"]["FunctionName"]
        with slots[name]:
            result = execute(function, event, request_id)
        if result.get("log"):
            function_log.info("%s", result["log"])
        return result

    return execute_in_slot


def stop_workers() -> None:
    """End the processes of all functions."""
    lambda_runtime.reset()


def with_large_batches(receive: Receive) -> Receive:
    """ministack gives a function ten messages of a queue at most, whatever the template says."""

    def receive_batch(queue_url: str, max_messages: int) -> list[dict[str, Any]]:
        batch: list[dict[str, Any]] = []
        while len(batch) < max_messages and (more := receive(queue_url, max_messages - len(batch))):
            batch += more
        return batch

    return receive_batch


def with_partial_stream_batches(execute: ExecuteEvent) -> ExecuteEvent:
    """ministack takes the partial batch response of a stream's reader for success, and goes on after the batch.

    Here the batch comes again, whole. Lambda repeats it from the first failed record on; both are at least once.
    """

    def execute_batch(function: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
        result = execute(function, event)
        body = result.get("body")
        answer = json.loads(body) if isinstance(body, str) and body else body
        if not _is_stream_batch(event) or not isinstance(answer, dict) or not answer.get("batchItemFailures"):
            return result
        failed = answer["batchItemFailures"][0]["itemIdentifier"]
        error = {"errorType": "BatchItemFailures", "errorMessage": f"sequence number {failed}"}
        return {**result, "error": True, "body": error}

    return execute_batch


def _is_stream_batch(event: dict[str, Any]) -> bool:
    records = event.get("Records") or [{}]
    return bool(records[0].get("eventSource") == "aws:dynamodb")


def with_retried_logs(invoke: Invoke) -> Invoke:
    """CloudWatch Logs invokes asynchronously: a failure is retried, and becomes a dead letter in the end.

    ministack tries once.
    """

    def invoke_in_scope(function: dict[str, Any], event: dict[str, Any]) -> dict[str, Any] | None:
        if event.keys() != {"awslogs"}:
            return invoke(function, event)
        lambda_svc.invoke_async_with_retry(function, event)
        return None

    return invoke_in_scope


def set_ignored_properties(function_name: str, properties: dict[str, Any]) -> None:
    """ministack ignores the template's DeadLetterConfig and RecursiveLoop."""
    function = lambda_svc._functions[function_name]
    if dead_letter_config := properties.get("DeadLetterConfig"):
        function["config"]["DeadLetterConfig"] = dead_letter_config
    if recursive_loop := properties.get("RecursiveLoop"):
        function["recursive_loop"] = recursive_loop


def send_dead_letter(queue_arn: str, function_name: str, event: dict[str, Any], result: dict[str, Any]) -> None:
    """Lambda sends the event with the error in message attributes; ministack sends a report with both in it.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    error = result.get("body")
    message = error.get("errorMessage", "") if isinstance(error, dict) else ""
    attributes = {
        "RequestID": {"DataType": "String", "StringValue": str(uuid.uuid4())},
        "ErrorCode": {"DataType": "Number", "StringValue": "200"},
        "ErrorMessage": {"DataType": "String", "StringValue": message or f"{function_name} failed"},
    }
    url = sqs._queue_url(queue_arn.rpartition(":")[2])
    sqs._act_send_message({"MessageBody": json.dumps(event), "MessageAttributes": attributes}, url)
