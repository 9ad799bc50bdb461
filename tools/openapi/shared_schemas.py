"""Schemas that several others share. Generators of typed clients make one type of each.

msgspec repeats an enumeration wherever it is used, and each place would be a type of its own.
"""

from __future__ import annotations

from typing import Any, get_args

from daybook.access.callers import Permission
from daybook.blacklist.address_status import BlockStatus
from daybook.core.paging import Order
from daybook.exports.export_item import Format, RowsOf
from daybook.model.entries import EmailStatus, PushStatus, SmsReason, SmsStatus, Source

from tools.openapi.schemas import Schema, ref

ENUMERATIONS: dict[str, tuple[str, ...]] = {
    "BlockStatus": get_args(BlockStatus),
    "EmailStatus": get_args(EmailStatus),
    "ExportFormat": get_args(Format),
    "ExportRows": get_args(RowsOf),
    "Order": get_args(Order),
    "Permission": get_args(Permission),
    "PushStatus": get_args(PushStatus),
    "SmsReason": get_args(SmsReason),
    "SmsStatus": get_args(SmsStatus),
    "Source": get_args(Source),
}
_NAMES = {frozenset(values): name for name, values in ENUMERATIONS.items()}

# Said in full: without `additionalProperties` openapi-typescript takes it for an object without fields.
ANY_OBJECT: Schema = {"title": "JsonObject", "type": "object", "additionalProperties": True}


def schemas() -> dict[str, Schema]:
    """The shared schemas by name."""
    enumerations: list[Schema] = [
        {"title": name, "type": "string", "enum": list(values)} for name, values in ENUMERATIONS.items()
    ]
    return {schema["title"]: schema for schema in (*enumerations, ANY_OBJECT)}


def referring(value: Any) -> Any:
    """A part of the document with references to the shared schemas, and with a constant for what has one value."""
    if isinstance(value, list):
        return [referring(each) for each in value]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("enum"), list):
        return _enumeration(value)
    if value.get("type") == "object" and value.keys() <= {"type", "description"}:
        return {key: each for key, each in value.items() if key == "description"} | ref(ANY_OBJECT["title"])
    return {key: referring(each) for key, each in value.items()}


def _enumeration(schema: Schema) -> Schema:
    values = schema["enum"]
    others = {key: each for key, each in schema.items() if key not in {"enum", "type"}}
    if name := _NAMES.get(frozenset(values)):
        return {**others, **ref(name)}
    return {**others, "type": "string", **({"const": values[0]} if len(values) == 1 else {"enum": values})}
