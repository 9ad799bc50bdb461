"""API Gateway of ministack: what it drops of an HTTP API's OpenAPI body, greedy paths, and malformed tokens."""

from collections.abc import Awaitable, Callable
from typing import Any

from ministack.services import apigateway
from ministack.services.cloudformation import provisioners

Validate = Callable[..., Awaitable[tuple[Any, Any, Any]]]
# The path parameters of a request path by a route's path; None where it is of another route.
Match = Callable[[str, str], dict[str, str] | None]


def import_body(api_id: str, properties: dict[str, Any]) -> None:
    """An HttpApi is an OpenAPI document in `Body`, which ministack drops: the API would have no route at all."""
    body = properties.get("Body") or {}
    if cors := body.get("x-amazon-apigateway-cors"):
        apigateway._apis[api_id]["corsConfiguration"] = cors
    schemes = body.get("components", {}).get("securitySchemes", {})
    authorizers = {name: _import_authorizer(api_id, name, scheme) for name, scheme in schemes.items()}
    for path, methods in body.get("paths", {}).items():
        for method, operation in methods.items():
            if "x-amazon-apigateway-integration" in operation:
                _import_route(api_id, _route_key(path, method), operation, authorizers)


def _import_authorizer(api_id: str, name: str, scheme: dict[str, Any]) -> str:
    authorizer = scheme["x-amazon-apigateway-authorizer"]
    jwt = authorizer["jwtConfiguration"]
    properties = {
        "ApiId": api_id,
        "Name": name,
        "AuthorizerType": authorizer["type"].upper(),
        "IdentitySource": [authorizer["identitySource"]],
        "JwtConfiguration": {"Audience": _as_list(jwt["audience"]), "Issuer": jwt["issuer"]},
    }
    authorizer_id: str = provisioners._apigw_v2_authorizer_create(name, properties, "")[0]
    return authorizer_id


def _import_route(api_id: str, key: str, operation: dict[str, Any], authorizers: dict[str, str]) -> None:
    integration = operation["x-amazon-apigateway-integration"]
    properties = {
        "ApiId": api_id,
        "IntegrationType": integration["type"].upper(),
        "IntegrationUri": integration["uri"],
        "PayloadFormatVersion": integration["payloadFormatVersion"],
    }
    integration_id = provisioners._apigw_v2_integration_create(key, properties, "")[0]
    route = {"ApiId": api_id, "RouteKey": key, "Target": f"integrations/{integration_id}"}
    route |= _authorization(key, operation, authorizers)
    provisioners._apigw_v2_route_create(key, route, "")


def _authorization(key: str, operation: dict[str, Any], authorizers: dict[str, str]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    requirements = [item for requirement in operation.get("security", []) for item in requirement.items()]
    for scheme, scopes in requirements:
        if scheme in authorizers:
            properties = {
                "AuthorizationType": "JWT",
                "AuthorizerId": authorizers[scheme],
                "AuthorizationScopes": scopes,
            }
        # SAM writes the security scheme "NONE", which the document does not define, for a route without an authorizer.
        elif scheme != "NONE":
            raise ValueError(f"The route {key} names the unknown security scheme {scheme}.")
    return properties


def _route_key(path: str, method: str) -> str:
    if path == "$default":
        return path
    return f"{'ANY' if method == 'x-amazon-apigateway-any-method' else method.upper()} {path}"


def _as_list(value: Any) -> list[str]:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else list(value)


def with_empty_greedy_parameters(match: Match) -> Match:
    """In AWS `/console/{path+}` is the route of `/console/` as well; ministack wants something behind the slash."""

    def match_path(route_path: str, request_path: str) -> dict[str, str] | None:
        parent, _, parameter = route_path.rpartition("/")
        if parameter.endswith("+}") and request_path == f"{parent}/":
            return {parameter[1:-2]: ""}
        return match(route_path, request_path)

    return match_path


def with_malformed_tokens(validate: Validate) -> Validate:
    """A token whose parts are JSON, but not of the shape of a token, makes ministack answer 500 instead of 401."""

    async def validate_token(*arguments: Any) -> tuple[Any, Any, Any]:
        try:
            return await validate(*arguments)
        except (AttributeError, TypeError, ValueError):
            return None, None, apigateway._jwt_unauthorized()

    return validate_token
