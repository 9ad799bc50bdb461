"""The patches of ministack, on its modules and without its server."""

import asyncio
import json
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from daybook.storage import partiql
from daybook.storage.models.messages import PointerItem
from daybook.storage.store import Change, Delete, Insert, Update
from daybook.storage.table import _statement as statement
from daybook_local.emulator import (
    api_gateway,
    cloudformation,
    cloudwatch,
    dynamodb,
    lambda_functions,
    patches,
    server,
    ses,
)
from daybook_local.stack.settings import REGION
from ministack.core.responses import request_scope
from ministack.services import apigateway, lambda_svc, sqs
from ministack.services import cloudwatch as ministack_cloudwatch
from ministack.services import dynamodb as ministack_dynamodb
from ministack.services.cloudformation import provisioners

NOW = 1_800_000_000
JWT = {
    "type": "oauth2",
    "x-amazon-apigateway-authorizer": {
        "type": "jwt",
        "identitySource": "$request.header.Authorization",
        "jwtConfiguration": {"issuer": "http://issuer", "audience": "one,two"},
    },
}
INTEGRATION = {"type": "aws_proxy", "uri": "arn:function", "payloadFormatVersion": "2.0", "httpMethod": "POST"}


@pytest.fixture(autouse=True)
def account() -> Iterator[None]:
    with request_scope("000000000000", REGION):
        yield
        for name in list(ministack_dynamodb._tables):
            ministack_dynamodb._tables.pop(name)
            ministack_dynamodb._stream_records.pop(name, None)
        for url in list(sqs._queues):
            sqs._queues.pop(url)


def created_api(body: dict[str, Any]) -> str:
    create = patches.with_follow_up(provisioners._apigw_v2_api_create, api_gateway.import_body)
    return create("Api", {"Body": body}, "daybook")[0]


def created_table() -> dict[str, Any]:
    properties = {
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
        "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
    }
    create = patches.with_follow_up(provisioners._ddb_create, dynamodb.enable_time_to_live)
    name, _ = create("Table", properties, "daybook")
    table: dict[str, Any] = ministack_dynamodb._tables[name]
    return table


def item(sk: str, **attributes: Any) -> dict[str, Any]:
    return {"pk": {"S": "a"}, "sk": {"S": sk}, **attributes}


def test_the_patches_fit_the_version_that_is_installed() -> None:
    server.check_version()


def test_the_routes_of_a_body_are_imported_with_their_authorizer() -> None:
    api = created_api(
        {
            "components": {"securitySchemes": {"Jwt": JWT}},
            "paths": {
                "/v1/things/{id}": {"get": {"x-amazon-apigateway-integration": INTEGRATION, "security": [{"Jwt": []}]}},
                "/open": {"get": {"x-amazon-apigateway-integration": INTEGRATION, "security": [{"NONE": []}]}},
                "$default": {
                    "x-amazon-apigateway-any-method": {
                        "x-amazon-apigateway-integration": INTEGRATION,
                        "isDefaultRoute": True,
                        "security": [{"Jwt": []}],
                    }
                },
            },
        }
    )
    (authorizer,) = apigateway._authorizers[api].values()
    assert authorizer["jwtConfiguration"] == {"issuer": "http://issuer", "audience": ["one", "two"]}
    routes = {route["routeKey"]: route for route in apigateway._routes[api].values()}
    assert {key: route["authorizationType"] for key, route in routes.items()} == {
        "GET /v1/things/{id}": "JWT",
        "GET /open": "NONE",
        "$default": "JWT",
    }
    assert routes["$default"]["authorizerId"] == authorizer["authorizerId"]


def test_a_route_whose_authorizer_is_unknown_is_refused_rather_than_open() -> None:
    operation = {"x-amazon-apigateway-integration": INTEGRATION, "security": [{"Jtw": []}]}
    with pytest.raises(ValueError, match="unknown security scheme Jtw"):
        created_api({"paths": {"/x": {"get": operation}}})


def preflight(api: str, origin: str) -> tuple[int, dict[str, str]]:
    """Status and headers of the answer to a preflight request."""

    async def answer() -> Any:
        return await apigateway.handle_execute(api, "$default", "/v1/x", "OPTIONS", {"origin": origin}, b"", {})

    status, headers, _ = asyncio.run(answer())
    return status, headers


def test_what_a_body_says_of_cors_is_imported() -> None:
    cors = {"allowOrigins": ["https://a.example"], "allowMethods": ["GET"], "allowHeaders": ["If-Match"], "maxAge": 60}
    api = created_api({"x-amazon-apigateway-cors": cors})
    status, headers = preflight(api, "https://a.example")
    assert status == 204
    assert headers["Access-Control-Allow-Origin"] == "https://a.example"
    assert headers["Access-Control-Allow-Headers"] == "If-Match"
    assert "Access-Control-Allow-Origin" not in preflight(api, "https://b.example")[1]
    assert "Access-Control-Allow-Origin" not in preflight(created_api({}), "https://a.example")[1]


def test_a_greedy_path_has_nothing_or_something_behind_the_slash() -> None:
    match = api_gateway.with_empty_greedy_parameters(apigateway._extract_path_params)
    assert match("/console/{path+}", "/console/") == {"path": ""}
    assert match("/console/{path+}", "/console/a/b") == {"path": "a/b"}
    assert match("/console/{path+}", "/console") is None
    assert match("/orgs/{org}", "/orgs/") is None


def test_a_token_of_the_wrong_shape_is_unauthorized() -> None:
    validate = api_gateway.with_malformed_tokens(apigateway._validate_jwt_authorizer)
    authorizer = {"identitySource": ["$request.header.Authorization"], "jwtConfiguration": {"issuer": "http://issuer"}}

    async def refusal() -> Any:
        return (await validate({}, authorizer, {"authorization": "Bearer W10.W10.x"}, {}))[2]

    assert asyncio.run(refusal())[0] == 401


def test_time_to_live_is_switched_on_as_the_template_says() -> None:
    table = created_table()
    assert ministack_dynamodb._ttl_settings[table["TableName"]]["TimeToLiveStatus"] == "ENABLED"


def test_expired_items_are_deleted_with_a_record_in_the_stream() -> None:
    table = created_table()
    kept = [item("later", expires_at={"N": str(NOW + 1)}), item("none"), item("text", expires_at={"S": "1"})]
    expired = item("now", expires_at={"N": str(NOW)})
    dynamodb.restore_items(table["TableName"], [*kept, expired])
    dynamodb.delete_expired(table, "expires_at", NOW)
    assert dynamodb.table_items(table["TableName"]) == kept
    (record,) = ministack_dynamodb._stream_records[table["TableName"]]
    assert record["eventName"] == "REMOVE"
    assert record["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    assert record["dynamodb"]["OldImage"] == expired


def test_items_that_are_put_back_are_no_news_to_the_stream() -> None:
    table = created_table()
    dynamodb.restore_items(table["TableName"], [item("one"), item("two")])
    assert dynamodb.table_items(table["TableName"]) == [item("one"), item("two")]
    assert table["TableName"] not in ministack_dynamodb._stream_records


def test_invocations_of_one_function_wait_for_one_of_a_few_workers() -> None:
    running, most, guard = set(), [0], threading.Lock()

    def execute(function: dict[str, Any], event: dict[str, Any], request_id: str) -> dict[str, Any]:
        with guard:
            running.add(request_id)
            most[0] = max(most[0], len(running))
        threading.Event().wait(0.01)
        with guard:
            running.remove(request_id)
        return {"body": request_id}

    bounded = lambda_functions.with_bounded_workers(execute)
    function = {"config": {"FunctionName": "f"}}
    calls = [threading.Thread(target=bounded, args=(function, {}, str(number))) for number in range(50)]
    for call in calls:
        call.start()
    for call in calls:
        call.join()
    assert 1 < most[0] <= 2 * 64
    assert most[0] < 50


def write(table: dict[str, Any], *changes: Change) -> list[bool]:
    """As the functions write: a batch of PartiQL, in which each statement succeeds or fails by itself."""
    statements = [statement(table["TableName"], change) for change in changes]
    status, _, body = ministack_dynamodb._batch_execute_statement({"Statements": statements})
    assert status == 200, body
    return ["Error" not in response for response in json.loads(body)["Responses"]]


def streamed(table: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """What happened, and the item before and after it."""
    records = ministack_dynamodb._stream_records.get(table["TableName"], [])
    return [
        (record["eventName"], record["dynamodb"].get("OldImage"), record["dynamodb"].get("NewImage"))
        for record in records
    ]


@pytest.fixture
def streaming(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A table whose writes by PartiQL come into its stream."""
    for name in ("_partiql_insert", "_partiql_update", "_partiql_delete"):
        monkeypatch.setattr(ministack_dynamodb, name, dynamodb.with_stream(getattr(ministack_dynamodb, name)))
    return created_table()


def stored(sk: str, **attributes: Any) -> PointerItem:
    return PointerItem("a", sk, **attributes)


def test_what_partiql_writes_comes_into_the_stream_with_the_item_before_and_after(streaming: dict[str, Any]) -> None:
    one, two = stored("one", entry="x"), stored("two", entry="x")
    assert write(streaming, Insert(one), Insert(two)) == [True, True]
    more = [PointerItem.entry.set("y"), PointerItem.held_until.set(1)]
    assert write(streaming, Update(("a", "one"), more)) == [True]
    less = Update(("a", "one"), [PointerItem.held_until.remove()])
    assert write(streaming, less, Delete(("a", "two"))) == [True, True]
    changed = item("one", entry={"S": "y"}, held_until={"N": "1"})
    assert streamed(streaming) == [
        ("INSERT", None, one.serialize()),
        ("INSERT", None, two.serialize()),
        ("MODIFY", one.serialize(), changed),
        ("MODIFY", changed, item("one", entry={"S": "y"})),
        ("REMOVE", two.serialize(), None),
    ]


def test_what_partiql_does_not_write_does_not_come_into_the_stream(streaming: dict[str, Any]) -> None:
    one = item("one", entry={"S": "x"})
    dynamodb.restore_items(streaming["TableName"], [one])
    change, is_other = [PointerItem.entry.set("y")], PointerItem.entry == "z"
    refused: list[Change] = [
        Insert(stored("one", entry="z")),
        Update(("a", "one"), change, is_other),
        Delete(("a", "one"), is_other),
        Update(("a", "none"), change),
    ]
    for each in refused:
        assert write(streaming, each) == [False], each
    assert write(streaming, Update(("a", "one"), [PointerItem.entry.set("x")])) == [True]
    assert write(streaming, Delete(("a", "none"))) == [True]
    assert streamed(streaming) == []
    assert dynamodb.table_items(streaming["TableName"]) == [one]


def read_partitions(table: dict[str, Any], *pks: str) -> list[Any]:
    """As the functions read all of some partitions."""
    sent = partiql.partitions(table["TableName"], pks)
    status, _, body = ministack_dynamodb._execute_statement(sent)
    assert status == 200, body
    found: list[Any] = json.loads(body)["Items"]
    return found


def test_a_read_of_partitions_tries_their_items_only(monkeypatch: pytest.MonkeyPatch) -> None:
    table, tried = created_table(), []
    items = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk in "abcd" for sk in "xy"]
    dynamodb.restore_items(table["TableName"], items)
    whole = read_partitions(table, "a", "c", "none")
    assert [(each["pk"]["S"], each["sk"]["S"]) for each in whole] == [("a", "x"), ("a", "y"), ("c", "x"), ("c", "y")]

    def select(table: dict[str, Any], parsed: dict[str, Any]) -> dynamodb.Response:
        tried.append(sorted(table["items"]))
        response: dynamodb.Response = unpatched(table, parsed)
        return response

    unpatched = ministack_dynamodb._partiql_select
    monkeypatch.setattr(ministack_dynamodb, "_partiql_select", dynamodb.with_partitions(select))
    assert read_partitions(table, "a", "c", "none") == whole
    other = {"Statement": f'SELECT * FROM "{table["TableName"]}" WHERE pk IN [?] OR sk = ?'}
    parameters = [{"S": "a"}, {"S": "x"}]
    _, _, body = ministack_dynamodb._execute_statement(other | {"Parameters": parameters})
    assert len(json.loads(body)["Items"]) == 5
    assert tried == [["a", "c"], ["a", "b", "c", "d"]]


QUERIES = [
    ("pk = :p AND sk BETWEEN :a AND :b", {":p": "a", ":a": "m", ":b": "n"}),
    ("pk = :p AND sk BETWEEN :a AND :b", {":p": "a", ":a": "o", ":b": "x"}),
    ("pk = :p AND begins_with(sk, :a)", {":p": "a", ":a": "o"}),
    ("pk = :p AND begins_with(sk, :a)", {":p": "b", ":a": "o"}),
    ("pk = :p AND sk >", {":p": "a"}),
    ("pk = :p AND sk > :a", {":p": "a"}),
]


def test_a_condition_is_read_once_and_each_query_has_its_own_values(monkeypatch: pytest.MonkeyPatch) -> None:
    table = created_table()
    dynamodb.restore_items(table["TableName"], [item(f"{letter}/{number}") for letter in "mnox" for number in range(9)])

    def answers() -> list[tuple[int, bytes]]:
        found = []
        for condition, values in QUERIES:
            sent = {"TableName": table["TableName"], "KeyConditionExpression": condition}
            sent |= {"ExpressionAttributeValues": {name: {"S": value} for name, value in values.items()}}
            status, _, body = ministack_dynamodb._query(sent)
            found.append((status, body))
        return found

    read: list[str] = []

    def counted(unpatched: Any, expression: str, *rest: Any) -> Any:
        read.append(expression)
        return unpatched(expression, *rest)

    for name in ("_tokenize", "_condition_syntax_error"):
        monkeypatch.setattr(ministack_dynamodb, name, partial(counted, getattr(ministack_dynamodb, name)))
    unpatched = answers()
    assert [status for status, _ in unpatched] == [200, 200, 200, 200, 400, 400]
    assert len(read) > 100
    dynamodb.speed_up_conditions()
    read.clear()
    assert answers() == unpatched
    assert answers() == unpatched
    assert len(read) <= 3 * len(QUERIES)


def test_a_statement_of_a_batch_is_parsed_once_and_each_with_its_own_parameters(
    monkeypatch: pytest.MonkeyPatch, streaming: dict[str, Any]
) -> None:
    parsed = []

    def parse(statement: str, parameters: list[Any] | None) -> dict[str, Any]:
        parsed.append(parameters)
        result: dict[str, Any] = unpatched(statement, parameters)
        return result

    unpatched = ministack_dynamodb._parse_partiql
    monkeypatch.setattr(ministack_dynamodb, "_parse_partiql", dynamodb.with_last_parsed(parse))
    one, two = stored("one", entry="x"), stored("two", entry="y")
    assert write(streaming, Insert(one), Insert(two)) == [True, True]
    assert write(streaming, Insert(one)) == [False]
    assert len(parsed) == 3
    assert dynamodb.table_items(streaming["TableName"]) == [one.serialize(), two.serialize()]


def created_queue(name: str) -> str:
    url: str = sqs._act_create_queue({"QueueName": name}, "")["QueueUrl"]
    return url


def test_a_batch_of_a_queue_is_as_large_as_the_template_says() -> None:
    url = created_queue("feedback")
    for number in range(30):
        sqs._act_send_message({"MessageBody": str(number)}, url)
    receive = lambda_functions.with_large_batches(sqs._receive_messages_for_esm)
    assert [len(receive(url, 25)) for _ in range(3)] == [25, 5, 0]


def test_the_dead_letters_and_the_recursive_loop_that_the_template_names_are_the_functions() -> None:
    arn = "arn:aws:sqs:us-east-1:000000000000:dead"
    told = {"DeadLetterConfig": {"TargetArn": arn}, "RecursiveLoop": "Allow"}
    create = patches.with_follow_up(provisioners._lambda_create, lambda_functions.set_ignored_properties)
    name, _ = create("Function", {"FunctionName": "f", "Code": {}, **told}, "daybook")
    answer = lambda_svc._get_function_recursion_config(name)
    assert json.loads(answer[2])["RecursiveLoop"] == "Allow"
    assert lambda_svc._functions.pop(name)["config"]["DeadLetterConfig"] == {"TargetArn": arn}


def test_an_event_that_failed_for_good_becomes_a_dead_letter_with_the_error_beside_it() -> None:
    url = created_queue("dead")
    event = {"awslogs": {"data": "x"}}
    lambda_functions.send_dead_letter(
        "arn:aws:sqs:us-east-1:000000000000:dead", "f", event, {"body": {"errorMessage": "boom"}}
    )
    (message,) = sqs._receive_messages_for_esm(url, 10)
    assert json.loads(message["body"]) == event
    assert message["message_attributes"]["ErrorMessage"]["StringValue"] == "boom"


FROM_STREAM = {"Records": [{"eventSource": "aws:dynamodb"}]}
FAILED = {"batchItemFailures": [{"itemIdentifier": "7"}]}


@pytest.mark.parametrize("body", [FAILED, json.dumps(FAILED)])
def test_a_batch_of_the_stream_of_which_a_part_failed_comes_again(body: Any) -> None:
    execute = lambda_functions.with_partial_stream_batches(lambda *_: {"body": body, "log": "lines"})
    result = execute({}, FROM_STREAM)
    assert (result["error"], result["log"]) == (True, "lines")
    assert "7" in result["body"]["errorMessage"]


@pytest.mark.parametrize(
    ("event", "body"),
    [
        (FROM_STREAM, {"batchItemFailures": []}),
        (FROM_STREAM, None),
        # ministack does as it should with those of a queue.
        ({"Records": [{"eventSource": "aws:sqs"}]}, FAILED),
        ({"reindex": "riverside"}, json.dumps({"done": True})),
    ],
)
def test_any_other_answer_of_a_function_is_left_as_it_is(event: dict[str, Any], body: Any) -> None:
    execute = lambda_functions.with_partial_stream_batches(lambda *_: {"body": body})
    assert execute({}, event) == {"body": body}


def test_the_emulator_repeats_a_batch_of_the_stream_of_which_a_part_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    table = created_table()
    answers: list[dict[str, Any]] = [{"body": FAILED}, {"body": {"batchItemFailures": []}}]
    delivered: list[list[str]] = []

    def execute(_: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
        delivered.append([record["dynamodb"]["Keys"]["sk"]["S"] for record in event["Records"]])
        return answers.pop(0)

    mapping = {
        "UUID": "mapping", "FunctionName": "f", "EventSourceArn": table["LatestStreamArn"],
        "StartingPosition": "TRIM_HORIZON", "FunctionResponseTypes": ["ReportBatchItemFailures"],
    }  # fmt: skip
    monkeypatch.setattr(lambda_svc, "_execute_function", lambda_functions.with_partial_stream_batches(execute))
    monkeypatch.setattr(lambda_svc, "_iter_all_esms", lambda: [("000000000000", REGION, mapping)])
    monkeypatch.setattr(lambda_svc, "_get_func_record_for_qualifier", lambda *_: ({"config": {}}, {}))
    monkeypatch.setattr(lambda_svc, "_ESM_BACKOFF_SECONDS", 0)
    ministack_dynamodb._emit_stream_event(table["TableName"], "INSERT", None, item("one"))
    for _ in range(3):
        lambda_svc._poll_dynamodb_streams()
    assert delivered == [["one"], ["one"]]


def test_logs_invoke_with_retries_and_others_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    invoked: list[Any] = []
    monkeypatch.setattr(lambda_svc, "invoke_async_with_retry", lambda _, event: invoked.append(event))
    invoke = lambda_functions.with_retried_logs(lambda _, event: {"body": event})
    assert invoke({}, {"awslogs": {"data": "x"}}) is None
    assert invoke({}, {"version": "2.0"}) == {"body": {"version": "2.0"}}
    assert invoked == [{"awslogs": {"data": "x"}}]


def test_what_ses_knows_of_addresses_is_answered_and_the_rest_left_to_the_emulator() -> None:
    async def others(method: str, path: str, headers: Any, body: bytes, parameters: Any) -> ses.Response:
        return 418, {}, b"other"

    handle = ses.with_address_calls(others)

    def call(method: str, path: str, body: bytes = b"") -> ses.Response:
        async def answer() -> ses.Response:
            return await handle(method, path, {}, body, {})

        return asyncio.run(answer())

    assert call("GET", "/v2/email/account") == (418, {}, b"other")
    put = b'{"EmailAddress": "Ann@b.example", "Reason": "COMPLAINT"}'
    assert call("PUT", "/v2/email/suppression/addresses", put)[0] == 200
    status, headers, body = call("GET", "/v2/email/suppression/addresses/nobody%40b.example")
    assert (status, headers["x-amzn-errortype"]) == (404, "NotFoundException")
    status, _, body = call("GET", "/v2/email/suppression/addresses/ann%40b.example")
    assert json.loads(body)["SuppressedDestination"]["Reason"] == "COMPLAINT"


def test_an_alarm_on_an_expression_is_made_and_changed_as_one_on_its_first_metric() -> None:
    first = {"Namespace": "AWS/ApiGateway", "MetricName": "5xx", "Dimensions": [{"Name": "ApiId", "Value": "a"}]}
    second = {"Namespace": "AWS/ApiGateway", "MetricName": "Count", "Dimensions": []}
    queries = [
        {"Id": f"m{i}", "MetricStat": {"Stat": "Sum", "Period": 300, "Metric": each}}
        for i, each in enumerate((first, second))
    ]
    properties = {
        "AlarmName": "errors",
        "Metrics": [{"Id": "result", "Expression": "m0 / m1"}, *queries],
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    create = cloudwatch.creating_expressions(provisioners._cw_metric_alarm_create)
    name, _ = create("ApiErrorsAlarm", properties, "daybook")
    made = ministack_cloudwatch._alarms[name]
    assert (made["MetricName"], made["Statistic"], made["Threshold"]) == ("5xx", "Sum", 1)
    update = cloudwatch.updating_expressions(provisioners._cw_metric_alarm_update)
    assert update(name, properties, {**properties, "Threshold": 2}, "daybook", "ApiErrorsAlarm")[0] == name
    assert ministack_cloudwatch._alarms[name]["Threshold"] == 2
    # Without it, the template could not be deployed; a version that takes it needs no patch.
    with pytest.raises(ValueError, match="metric math"):
        provisioners._cw_metric_alarm_create("ApiErrorsAlarm", properties, "daybook")


def test_what_sam_makes_of_a_template_is_kept_for_the_same_template_and_parameters(tmp_path: Path) -> None:
    made: list[Any] = []

    def apply(template: dict[str, Any], parameters: Any) -> dict[str, Any]:
        made.append((template, parameters))
        return {"Resources": template["Resources"] | {"Role": {}}}

    def applied(*asked: Any) -> Any:
        """As by a stack that has just been started."""
        return cloudformation.with_saved_transform(apply, tmp_path / "template.json")(*asked)

    one: dict[str, Any] = {"Resources": {"A": {}}}
    other: dict[str, Any] = {"Resources": {"B": {}}}
    assert [applied(one, []), applied(one, [])] == [{"Resources": {"A": {}, "Role": {}}}] * 2
    assert made == [(one, [])]
    assert applied(other, []) == {"Resources": {"B": {}, "Role": {}}}
    assert applied(one, [{"ParameterKey": "Issuer"}]) == applied(one, [])
    assert len(made) == 4


def test_a_template_that_sam_refuses_is_not_kept(tmp_path: Path) -> None:
    class Failed(dict[str, Any]):
        """As ministack's own, which is a dictionary that says why."""

    apply = cloudformation.with_saved_transform(lambda *_: Failed(), tmp_path / "template.json")
    assert type(apply({}, None)) is Failed
    assert not list(tmp_path.iterdir())
