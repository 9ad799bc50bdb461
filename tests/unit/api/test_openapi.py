"""The OpenAPI document: valid, of every route, and the kept copy is the served one."""

from pathlib import Path

from daybook.api import openapi
from daybook.api.routes import DEFAULT, ROUTES
from openapi_spec_validator import validate

KEPT = Path(__file__).resolve().parents[3] / "docs" / "openapi.json"


def test_the_kept_document_is_the_served_one() -> None:
    made = openapi.document_bytes() + b"\n"
    assert KEPT.read_bytes() == made, "docs/openapi.json lags behind the types: make openapi"


def test_the_document_is_valid() -> None:
    validate(openapi.document())


def test_every_route_is_in_it_and_nothing_else() -> None:
    documented = {
        f"{method.upper()} {path}" for path, operations in openapi.document()["paths"].items() for method in operations
    }
    assert documented == set(ROUTES) - {DEFAULT}


def test_the_limits_are_stated() -> None:
    schemas = openapi.document()["components"]["schemas"]
    assert schemas["Email"]["properties"]["subject"]["maxLength"] == 998
    assert schemas["Sms"]["properties"]["text"]["maxLength"] == 1600
    assert schemas["Batch"]["properties"]["entries"]["maxItems"] == 100
