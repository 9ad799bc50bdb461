"""Every fault of a value that a caller sent. msgspec stops at the first; who mends a request needs them all.

It is slow, and meant for values of which the first fault is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
from msgspec import Raw, Struct, UnsetType, ValidationError, structs

from daybook.core import timestamps
from daybook.core.errors import FieldError
from daybook.model.posted import faults

# Of one value: whoever has more makes the same mistake again and again.
MAX_FAULTS = 10


def of_json(payload: bytes | Raw, kind: Any, first: ValidationError, *, tag: str | None = None) -> list[FieldError]:
    """The faults of JSON of which `first` is one: MAX_FAULTS at most. `kind` and `tag` are as in `faults.fault`."""
    try:
        value = msgspec.json.decode(payload)
    except (msgspec.DecodeError, RecursionError):
        # What follows the first fault is no JSON, or has a number that cannot be read.
        return [faults.fault(str(first), kind, tag=tag)]
    return of_value(value, kind, first, tag=tag)


def of_value(
    value: object, kind: Any, first: ValidationError, *, tag: str | None = None, noun: str = "field"
) -> list[FieldError]:
    """As `of_json`, of a value as JSON is decoded; `noun` is what its fields are to the caller."""
    found = list(islice(_faults(value, kind, "", noun), MAX_FAULTS))
    # None of a union without a type for it; and of a field that stands twice, the last may be right.
    return found or [faults.fault(str(first), kind, tag=tag, noun=noun)]


def _faults(value: object, kind: Any, path: str, noun: str) -> Iterator[FieldError]:
    """The faults of the value, which stands at the path; those within one that is no object or list are one."""
    for each in _alternatives(kind):
        plain = each.__origin__ if get_origin(each) is Annotated else each
        if isinstance(value, dict) and _is_struct_of(plain, value):
            return _struct_faults(value, plain, path, noun)
        if isinstance(value, dict) and get_origin(plain) is dict:
            names, kind_of_items = get_args(plain)
            items = ((_joined(path, name), item) for name, item in value.items())
            return _container_faults(value, _bounded(dict[names, Any], each), items, kind_of_items, path, noun)  # type: ignore[valid-type]
        if isinstance(value, list) and get_origin(plain) is list:
            (kind_of_items,) = get_args(plain)
            items = ((f"{path}[{index}]", item) for index, item in enumerate(value))
            return _container_faults(value, _bounded(list[Any], each), items, kind_of_items, path, noun)
    return _leaf_faults(value, kind, path, noun)


def _container_faults(
    value: object, kind: Any, items: Iterator[tuple[str, Any]], kind_of_items: Any, path: str, noun: str
) -> Iterator[FieldError]:
    """The faults of the list or object itself; only without any, those of its items: it may be of any length."""
    of_itself = list(_leaf_faults(value, kind, path, noun))
    yield from of_itself
    if not of_itself:
        for place, item in items:
            yield from _faults(item, kind_of_items, place, noun)


def _struct_faults(value: Mapping[str, Any], kind: type[Struct], path: str, noun: str) -> Iterator[FieldError]:
    fields = {field.encode_name: field for field in structs.fields(kind)}
    config = kind.__struct_config__
    tag_field = [config.tag_field] if config.tag_field else []
    known = [*tag_field, *fields]
    slips = set()
    if config.forbid_unknown_fields:
        for name in islice((name for name in value if name not in known), MAX_FAULTS):
            slips.add(faults.nearest(name, known))
            yield FieldError(_joined(path, name), faults.unknown(name, known, noun))
    for name, field in fields.items():
        if name in value:
            yield from _faults(value[name], field.type, _joined(path, name), noun)
        elif field.required and name not in slips:
            yield FieldError(_joined(path, name), "required")


def _leaf_faults(value: object, kind: Any, path: str, noun: str) -> Iterator[FieldError]:
    """What msgspec finds first."""
    kinds = [each for each in _alternatives(kind) if each is not UnsetType]
    if Raw in kinds:
        return
    try:
        msgspec.convert(value, Union[tuple(kinds)])  # noqa: UP007 - made of a list
    except ValidationError as error:
        told = faults.fault(str(error), kind, noun=noun)
        lacking = timestamps.lacking(value) if isinstance(value, str) and told.message == faults.NO_TIME else None
        yield FieldError(_joined(path, told.field), f"{told.message}; {lacking}" if lacking else told.message)


def _bounded(kind: Any, of: Any) -> Any:
    """The type with what `Meta` says of the other one."""
    return Annotated[(kind, *of.__metadata__)] if get_origin(of) is Annotated else kind


def _alternatives(kind: Any) -> Iterator[Any]:
    """The types of which it may be, each with what `Meta` says of it."""
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        for inner in get_args(kind):
            yield from _alternatives(inner)
    elif origin is Annotated and get_origin(kind.__origin__) in (Union, UnionType):
        # Of all alternatives it only describes them.
        yield from _alternatives(kind.__origin__)
    else:
        yield kind


def _is_struct_of(kind: Any, value: Mapping[str, Any]) -> bool:
    """Whether an object is read as this type."""
    if not (isinstance(kind, type) and issubclass(kind, Struct)):
        return False
    config = kind.__struct_config__
    return config.tag_field is None or value.get(config.tag_field) == config.tag


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path and name and not name.startswith("[") else f"{path}{name}"
