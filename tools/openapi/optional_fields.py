"""Which fields of a body may be missing, in the way that generators of typed clients take it.

openapi-typescript requires a field that has a `default`, and openapi-python-client sends the default. So the document
has none: the description tells it. A field that each response holds is required, though in Python it has a default.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, get_args

import msgspec
from daybook.model.entries import Entry
from daybook.model.posted.spellings import DEFAULTS, OPTIONAL, OPTIONAL_OF_AFFECTED
from msgspec import Struct, inspect

if TYPE_CHECKING:
    # For annotations alone: that module imports this one.
    from tools.openapi.schemas import Schema

NULL = {"type": "null"}


def without_default(schema: Schema) -> Schema:
    """The schema of an optional field or parameter, whose description tells the default, if it is more than nothing."""
    schema = dict(schema)
    default = schema.pop("default", None)
    if default in (None, "", []):
        return schema
    text = default if isinstance(default, str) else msgspec.json.encode(default).decode()
    description = f"{schema['description']}; " if "description" in schema else ""
    return {**schema, "description": f"{description}default: {text}"}


def change(by_name: dict[str, Schema], types: Iterable[Any], *, requests: Iterable[Schema]) -> None:
    """Change the schemas of these types, and of all that they hold. `requests` are those of requests' bodies."""
    requested = _reachable(by_name, requests)
    for struct in _structs(types):
        schema = by_name[struct.__name__]
        if struct.__name__ in requested:
            _change_request(
                schema, DEFAULTS.get(str(struct.__struct_config__.tag), ()) if struct in get_args(Entry) else ()
            )
        elif struct.__struct_config__.omit_defaults:
            _change_sparse_response(schema)
        else:
            _change_full_response(schema)


def _change_request(schema: Schema, defaults: Collection[str]) -> None:
    """`defaults` are the fields that have their default where they are null."""
    fields = {name: _possibly_empty(name, without_default(field)) for name, field in schema["properties"].items()}
    schema["properties"] = {name: _or_null(field) if name in defaults else field for name, field in fields.items()}


def _or_null(schema: Schema) -> Schema:
    described = {name: value for name, value in schema.items() if name == "description"}
    plain = {name: value for name, value in schema.items() if name not in described}
    return {**described, "anyOf": [plain, NULL]}


def _possibly_empty(name: str, schema: Schema) -> Schema:
    """The schema of a field of a request; an optional text that may be empty, as for one not given, is that."""
    if name not in OPTIONAL | OPTIONAL_OF_AFFECTED or "anyOf" not in schema:
        return schema
    without_limit = [{key: value for key, value in each.items() if key != "minLength"} for each in schema["anyOf"]]
    return {**schema, "anyOf": without_limit}


def _change_sparse_response(schema: Schema) -> None:
    """Of a response that leaves out what has its default: where this is null, the field is never null."""
    for name, field in schema["properties"].items():
        changed = without_default(field)
        # What may be anything has no alternatives.
        if "anyOf" in changed and "default" in field and field["default"] is None:
            alternatives = [each for each in changed.pop("anyOf") if each != NULL]
            changed = {**alternatives[0], **changed} if len(alternatives) == 1 else {**changed, "anyOf": alternatives}
        schema["properties"][name] = changed


def _change_full_response(schema: Schema) -> None:
    """Of a response that holds each field with a default. Those without one that are not required are left out."""
    required = set(schema.get("required", ()))
    for name, field in schema["properties"].items():
        if "default" in field:
            del field["default"]
            required.add(name)
    schema["required"] = [name for name in schema["properties"] if name in required]


def _structs(types: Iterable[Any]) -> set[type[Struct]]:
    """The structs among these types, and those that they hold at any depth."""
    found: set[type[Struct]] = set()
    pending: list[inspect.Type] = list(inspect.multi_type_info(types))
    while pending:
        match pending.pop():
            case inspect.StructType(cls=struct, fields=fields) if struct not in found:
                found.add(struct)
                pending += [field.type for field in fields]
            case inspect.UnionType(types=members):
                pending += members
            case inspect.ListType(item_type=inner) | inspect.DictType(value_type=inner) | inspect.Metadata(type=inner):
                pending.append(inner)
    return found


def _reachable(by_name: Mapping[str, Schema], schemas: Iterable[Schema]) -> set[str]:
    """The names of the schemas to which these refer, at any depth."""
    found: set[str] = set()
    pending = list(schemas)
    while pending:
        new = set(_referred(pending.pop())) - found
        found |= new
        pending += [by_name[name] for name in new]
    return found


def _referred(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(reference := value.get("$ref"), str):
            yield reference.rpartition("/")[2]
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _referred(each)
