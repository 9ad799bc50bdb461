"""The OpenAPI document that the tool makes: valid, of every route, and what docs/openapi.json holds."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from daybook.api.routes import DEFAULT, ROUTES
from openapi_spec_validator import validate

from tools.openapi import __main__ as command
from tools.openapi import document


def test_the_committed_document_is_what_the_tool_makes() -> None:
    assert command.PATH.read_bytes() == document.file_content(), "docs/openapi.json lags behind the types: make openapi"


def test_the_document_is_valid() -> None:
    validate(document.document())


def test_every_route_is_in_it_and_nothing_else() -> None:
    documented = {
        f"{method.upper()} {path}" for path, operations in document.document()["paths"].items() for method in operations
    }
    assert documented == set(ROUTES) - {DEFAULT}


def test_the_limits_are_stated() -> None:
    schemas = document.document()["components"]["schemas"]
    assert schemas["Email"]["properties"]["subject"]["maxLength"] == 998
    assert schemas["Sms"]["properties"]["text"]["maxLength"] == 1600
    assert schemas["Batch"]["properties"]["entries"]["maxItems"] == 100


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a part of the document."""
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(each)


def test_no_field_has_a_default_and_descriptions_tell_it() -> None:
    made = document.document()
    assert [part for part in parts(made) if "default" in part] == []
    email = made["components"]["schemas"]["Email"]
    assert email["required"] == ["log", "record", "recipient", "subject"]
    assert email["properties"]["status"]["description"] == "default: queued"
    (limit, *_) = [each for each in parts(made["paths"]) if each.get("name") == "limit"]
    assert limit["description"] == "default: 50"


def test_what_each_response_holds_is_required_and_what_it_leaves_out_is_never_null() -> None:
    schemas = document.document()["components"]["schemas"]
    email, event = schemas["EmailRow"], schemas["EventRow"]
    assert {"message_id", "sender", "content_expires_at"} <= set(email["required"])
    assert {"bounce", "verdict", "expires_at"}.isdisjoint(email["required"])
    assert event["required"] == ["type", "occurred_at"]
    assert event["properties"]["code"] == {"type": "string"}
    # Requests hold it as well, and may say null.
    assert {"type": "null"} in schemas["Affected"]["properties"]["name"]["anyOf"]


def test_a_list_parameter_is_repeated() -> None:
    lists = [
        each
        for each in parts(document.document()["paths"])
        if each.get("in") == "query" and each["schema"].get("type") == "array"
    ]
    assert {each["name"] for each in lists} >= {"status", "staff", "source"}
    assert {(each["style"], each["explode"]) for each in lists} == {("form", True)}


def test_each_enumeration_of_several_schemas_has_a_name() -> None:
    made = document.document()
    schemas = made["components"]["schemas"]
    named = {name for name, schema in schemas.items() if "enum" in schema}
    referred = {part["$ref"].rpartition("/")[2] for part in parts(made) if "$ref" in part}
    assert {"EmailStatus", "Source"} <= named <= referred
    counts = Counter(tuple(part["enum"]) for part in parts(schemas) if "enum" in part and part.get("type") == "string")
    assert [values for values, count in counts.items() if count > 1] == []


def test_an_object_of_anything_says_so() -> None:
    objects = [part for part in parts(document.document()) if part.get("type") == "object"]
    assert [part for part in objects if not {"properties", "additionalProperties"} & part.keys()] == []


def test_no_two_names_are_one_in_a_client() -> None:
    made = document.document()
    operations = [part for part in parts(made["paths"]) if "operationId" in part]
    ids = [operation["operationId"] for operation in operations]
    assert len({each.lower() for each in ids}) == len(ids)
    assert all(len(operation["tags"]) == 1 for operation in operations)
    schemas = made["components"]["schemas"]
    assert len({name.lower() for name in schemas}) == len(schemas)
    # openapi-python-client gives the object and such a field to one variable, of two types.
    variables = {name: re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() for name in schemas}
    fields = {name: schema.get("properties", {}).get(variables[name], {}) for name, schema in schemas.items()}
    assert [name for name, field in fields.items() if "$ref" in field or field.get("type") == "array"] == []


def test_what_api_gateway_answers_is_described_as_it_is() -> None:
    responses = document.document()["paths"]["/v1/orgs/{org}/entries"]["post"]["responses"]
    message = {"application/json": {"schema": {"$ref": "#/components/schemas/GatewayMessage"}}}
    assert [responses[status]["content"] for status in ("401", "429")] == [message, message]
    for status in ("413", "500", "503"):
        # openapi-python-client reads the first of these, whatever came.
        first, second = responses[status]["content"].items()
        assert first == ("application/problem+json", {"schema": {"$ref": "#/components/schemas/ProblemOrMessage"}})
        assert dict([second]) == message


def test_a_file_that_the_command_wrote_passes_its_check(tmp_path: Path) -> None:
    path = tmp_path / "openapi.json"
    assert command.main(["--path", str(path)]) is None
    assert command.main(["--check", "--path", str(path)]) is None


@pytest.mark.parametrize("content", [None, b"", b"{}\n", document.file_content() + b"\n"])
def test_the_check_fails_for_any_other_file_and_leaves_it_as_it_is(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "openapi.json"
    if content is not None:
        path.write_bytes(content)
    message = command.main(["--check", "--path", str(path)])
    assert message
    assert str(path) in message
    assert "make openapi" in message
    assert (path.read_bytes() if path.exists() else None) == content
