"""What callers, staff and operators can use stands in the docs: a route, a permission or a parameter that does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

import msgspec
import pytest
from daybook.access import callers
from daybook.aws.cloudwatch import METRICS
from daybook.handlers import settings
from daybook_local.deployment.template import load, resources_of_type
from samtranslator.yaml_helper import yaml_parse

from tests.support.docs import routes
from tests.support.docs.pages import DOCS, REPOSITORY, all_blocks, documents, name_of

PAGES = {name_of(path): path.read_text() for path in documents()}
API_PAGES = {path.name: path.read_text() for path in routes.PAGES}
EVERYTHING = "\n".join(PAGES.values())
MAKEFILE = (REPOSITORY / "Makefile").read_text()
TEMPLATE = load()
# What every list takes is described once.
PAGING = re.search(r"^## Lists and pages.*?(?=^## )", API_PAGES["README.md"], re.MULTILINE | re.DOTALL)


def is_named(name: str, text: str) -> bool:
    """Whether a name stands in inline code, by itself or at its beginning, as in `make run PORT=5580`."""
    return bool(re.search(rf"`{re.escape(name)}(?![\w-])", text))


def sections(text: str) -> list[str]:
    return re.split(r"^#{1,3} ", text, flags=re.MULTILINE)


def place_of(route: str) -> tuple[str, str]:
    """The page of a route, and the sections of it that name the route."""
    for page in API_PAGES.values():
        found = [section for section in sections(page) if f"`{route}`" in section]
        if found:
            return page, "\n".join(found)
    pytest.fail(f"no page of docs/api names `{route}`")


def fields(schema: dict[str, Any], seen: tuple[str, ...] = ()) -> Iterator[str]:
    """The names of the fields that a schema has at any depth."""
    if reference := schema.get("$ref"):
        name = reference.rpartition("/")[2]
        if name not in seen:
            yield from fields(routes.DOCUMENT["components"]["schemas"][name], (*seen, name))
    for name, inner in schema.get("properties", {}).items():
        yield name
        yield from fields(inner, seen)
    for key in ("anyOf", "oneOf", "allOf"):
        for inner in schema.get(key, []):
            yield from fields(inner, seen)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from fields(schema[key], seen)


@pytest.mark.parametrize("route", sorted(routes.ROUTES))
def test_a_route_is_described_with_its_parameters_and_the_fields_of_its_body(route: str) -> None:
    if route == "GET /v1/openapi.json":
        assert "`/v1/openapi.json`" in API_PAGES["README.md"]
        return
    page, section = place_of(route)
    operation = routes.OPERATIONS[route]
    assert PAGING
    described = section + PAGING[0]
    parameters = [each["name"] for each in operation.get("parameters", []) if each["in"] != "path"]
    assert [name for name in parameters if not is_named(name, described)] == []
    if body := operation.get("requestBody"):
        names = set(fields(body["content"]["application/json"]["schema"]))
        assert sorted(name for name in names if not is_named(name, page)) == []


@pytest.mark.parametrize("schema", sorted(routes.DOCUMENT["components"]["schemas"]))
def test_a_field_of_an_answer_is_described_or_shown(schema: str) -> None:
    text = "\n".join(API_PAGES.values())
    names = set(fields({"$ref": f"#/components/schemas/{schema}"}))
    assert sorted(name for name in names if not is_named(name, text) and f'"{name}":' not in text) == []


@pytest.mark.parametrize("schema", sorted(routes.DOCUMENT["components"]["schemas"]))
def test_a_value_of_an_enumeration_stands_in_the_docs(schema: str) -> None:
    """Verdicts have a page of their own, and so has the search line."""
    text = "\n".join((*API_PAGES.values(), PAGES["docs/verdicts.md"], PAGES["docs/search.md"]))
    values = set(_values(routes.DOCUMENT["components"]["schemas"][schema]))
    assert sorted(value for value in values if not is_named(value, text) and f'"{value}"' not in text) == []


def _values(schema: dict[str, Any]) -> Iterator[str]:
    yield from (value for value in schema.get("enum", []) if isinstance(value, str))
    if isinstance(schema.get("const"), str):
        yield schema["const"]
    for inner in schema.get("properties", {}).values():
        yield from _values(inner)
        yield from _values(inner.get("items", {}))


@pytest.mark.parametrize("name", sorted({*get_args(callers.Permission), *callers.SCOPES}))
def test_a_permission_or_scope_has_a_row_that_says_what_it_opens(name: str) -> None:
    assert re.search(rf"^\| (?:`\w+`, )*`{re.escape(name)}`", API_PAGES["README.md"], re.MULTILINE)


@pytest.mark.parametrize("name", sorted(METRICS.values()))
def test_a_metric_is_in_the_table_of_metrics(name: str) -> None:
    assert re.search(rf"^\| .*`{name}`.* \|", PAGES["docs/operations.md"], re.MULTILINE)


@pytest.mark.parametrize("name", sorted(resources_of_type(TEMPLATE, "AWS::CloudWatch::Alarm")))
def test_an_alarm_says_what_to_do(name: str) -> None:
    section = re.search(rf"^#+ .*`{name}`.*?(?=^#+ )", PAGES["docs/operations.md"], re.MULTILINE | re.DOTALL)
    assert section, f"docs/operations.md has no heading of {name}"
    assert len(section[0].split("\n\n")) > 1


@pytest.mark.parametrize("name", sorted(TEMPLATE["Parameters"]))
def test_a_parameter_of_the_template_is_in_the_docs(name: str) -> None:
    assert is_named(name, PAGES["docs/deployment.md"])


def names_of_the_other_templates() -> list[tuple[str, str]]:
    """The parameters and outputs of what else is in infra/, with the name of the file."""
    others = [path for path in sorted((REPOSITORY / "infra").glob("*.yaml")) if path.name != "template.yaml"]
    read = {path.name: yaml_parse(path.read_text()) for path in others}
    return [
        (file, name)
        for file, template in read.items()
        for part in ("Parameters", "Outputs")
        for name in template.get(part, {})
    ]


@pytest.mark.parametrize("name", sorted(TEMPLATE["Outputs"]))
def test_an_output_of_the_template_is_in_the_docs(name: str) -> None:
    assert is_named(name, EVERYTHING) or f"<{name}>" in EVERYTHING


def test_parameters_and_outputs_of_other_templates_are_in_the_docs() -> None:
    missing = [
        (file, name) for file, name in names_of_the_other_templates() if not re.search(rf"\b{name}\b", EVERYTHING)
    ]
    assert missing == []


def variables_of_the_functions() -> set[str]:
    """What the settings read, what the console reads by name, and what the template hands on, as to Powertools."""
    kinds = [kind for kind in vars(settings).values() if isinstance(kind, type) and issubclass(kind, msgspec.Struct)]
    read = {
        field.encode_name
        for kind in kinds
        if kind.__module__ == settings.__name__
        for field in msgspec.structs.fields(kind)
    }
    console = (REPOSITORY / "functions" / "console" / "app.py").read_text()
    read |= set(re.findall(r'environ\["([A-Z_]+)"\]', console))
    parts = [TEMPLATE["Globals"]["Function"], *(f["Properties"] for f in _functions())]
    return read | {name for part in parts for name in part.get("Environment", {}).get("Variables", {})}


def _functions() -> list[dict[str, Any]]:
    return list(resources_of_type(TEMPLATE, "AWS::Serverless::Function").values())


@pytest.mark.parametrize("name", sorted(variables_of_the_functions()))
def test_an_environment_variable_is_in_the_table_of_variables(name: str) -> None:
    assert re.search(rf"^\| (?:`\w+`, )*`{name}`", PAGES["docs/environment.md"], re.MULTILINE)


def targets() -> list[str]:
    phony = re.search(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)
    assert phony
    return phony[1].split()


@pytest.mark.parametrize("target", targets())
def test_a_target_of_the_makefile_is_in_the_docs(target: str) -> None:
    assert re.search(rf"\bmake\s{target}(?![\w-])", EVERYTHING)


@pytest.mark.parametrize("name", re.findall(r"^([A-Z_]+) \?=", MAKEFILE, re.MULTILINE))
def test_a_variable_of_the_makefile_is_in_the_docs(name: str) -> None:
    assert re.search(rf"\b{name}=|`{name}`", EVERYTHING)


def test_no_make_command_of_the_docs_has_a_target_that_is_not_there() -> None:
    lines = [
        (block.place, words[1:])
        for block in all_blocks()
        if block.is_make
        for line in block.text.splitlines()
        if (words := line.partition("#")[0].split())[:1] == ["make"]
    ]
    assert lines
    known = {*targets(), *re.findall(r"^([A-Z_]+) \?=", MAKEFILE, re.MULTILINE)}
    unknown = [(place, word) for place, words in lines for word in words if word.partition("=")[0] not in known]
    assert unknown == []


def test_every_page_is_linked_from_the_index() -> None:
    index = PAGES["docs/README.md"]
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")} - {"README.md"}
    linked = set(re.findall(r"\]\(([\w/.-]+\.md)", index))
    assert sorted(pages - linked) == []
