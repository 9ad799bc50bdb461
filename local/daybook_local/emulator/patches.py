"""Puts right what ministack leaves out or gets wrong, before it starts. No patch loosens a check.

The patches reach into private names, so the version is pinned and checked (`server.py`).
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ministack.services import apigateway, lambda_svc, ses_v2, sqs
from ministack.services.cloudformation import handlers, provisioners

from daybook_local.emulator import api_gateway, cloudformation, cloudwatch, dynamodb, lambda_functions, ses
from daybook_local.emulator.cloudwatch import Create

# What is done to a new resource, from its physical id and its properties.
FollowUp = Callable[[str, dict[str, Any]], None]

FOLLOW_UPS: dict[str, FollowUp] = {
    "AWS::ApiGatewayV2::Api": api_gateway.import_body,
    "AWS::DynamoDB::Table": dynamodb.enable_time_to_live,
    "AWS::Lambda::Function": lambda_functions.set_ignored_properties,
}


def apply(transformed_template: Path) -> None:
    """To be called once, before the server starts. Each patch has its reason in its docstring.

    `transformed_template` is the file that keeps what SAM makes of the template.
    """
    handlers._apply_transforms = cloudformation.with_saved_transform(handlers._apply_transforms, transformed_template)
    for resource_type, follow_up in FOLLOW_UPS.items():
        handler = provisioners._RESOURCE_HANDLERS[resource_type]
        handler["create"] = with_follow_up(handler["create"], follow_up)
    alarms = provisioners._RESOURCE_HANDLERS["AWS::CloudWatch::Alarm"]
    alarms["create"] = cloudwatch.creating_expressions(alarms["create"])
    alarms["update"] = cloudwatch.updating_expressions(alarms["update"])
    apigateway._validate_jwt_authorizer = api_gateway.with_malformed_tokens(apigateway._validate_jwt_authorizer)
    apigateway._extract_path_params = api_gateway.with_empty_greedy_parameters(apigateway._extract_path_params)
    dynamodb.stream_partiql_writes()
    dynamodb.speed_up_conditions()
    dynamodb.speed_up_partiql()
    lambda_svc._execute_function_warm = lambda_functions.with_bounded_workers(lambda_svc._execute_function_warm)
    lambda_svc._execute_function = lambda_functions.with_partial_stream_batches(lambda_svc._execute_function)
    lambda_svc._execute_function_with_config_scope = lambda_functions.with_retried_logs(
        lambda_svc._execute_function_with_config_scope
    )
    lambda_svc._route_async_failure = lambda_functions.send_dead_letter
    sqs._receive_messages_for_esm = lambda_functions.with_large_batches(sqs._receive_messages_for_esm)
    ses_v2.handle_request = ses.with_address_calls(ses_v2.handle_request)


def with_follow_up(create: Create, follow_up: FollowUp) -> Create:
    """Create the resource, then do to it what ministack has left out."""

    def create_and_follow_up(
        logical_id: str, properties: dict[str, Any], stack_name: str
    ) -> tuple[str, dict[str, Any]]:
        physical_id, attributes = create(logical_id, properties, stack_name)
        follow_up(physical_id, properties)
        return physical_id, attributes

    return create_and_follow_up
