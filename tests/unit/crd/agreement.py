"""Compares a type with a schema: each difference is one line that names the place."""

from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from godwit.domain.value import Value

from .definitions import Schema

PLAIN = {str: "string", int: "integer", bool: "boolean"}


def differences(kind: type[Value], schema: Schema, path: str) -> Iterator[str]:
    """Both ways: fields, required ones, types, and the values of enumerations."""
    if schema.get("type") != "object":
        yield f"{path}: an object in the type, {schema.get('type')} in the schema"
        return
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    hints = get_type_hints(kind)
    properties = schema.get("properties", {})
    yield from (f"{path}.{name}: in the type alone" for name in fields.keys() - properties.keys())
    yield from (f"{path}.{name}: in the schema alone" for name in properties.keys() - fields.keys())
    required = {name for name, field in fields.items() if field.required}
    if required != set(schema.get("required", ())):
        yield f"{path}: requires {sorted(required)} in the type, {schema.get('required', [])} in the schema"
    for name in fields.keys() & properties.keys():
        yield from _of_value(hints[fields[name].name], properties[name], f"{path}.{name}")
        yield from _of_default(fields[name].default, properties[name], f"{path}.{name}")


def _of_value(hint: Any, schema: Schema, path: str) -> Iterator[str]:
    hint = _present(hint)
    if get_origin(hint) is tuple:
        yield from _of_list(hint, schema, path)
    elif get_origin(hint) is dict:
        inner = schema.get("additionalProperties", {})
        yield from _of_value(get_args(hint)[1], inner, f"{path}.*")
    elif issubclass(hint, Value):
        yield from differences(hint, schema, path)
    elif issubclass(hint, Enum):
        yield from _of_enumeration(hint, schema, path)
    elif issubclass(hint, datetime):
        if (schema.get("type"), schema.get("format")) != ("string", "date-time"):
            yield f"{path}: a time in the type, not in the schema"
    elif PLAIN[hint] != schema.get("type") or "enum" in schema:
        yield f"{path}: {hint.__name__} in the type, {schema.get('type')} in the schema"


def _of_list(hint: Any, schema: Schema, path: str) -> Iterator[str]:
    if schema.get("type") != "array":
        yield f"{path}: a list in the type, {schema.get('type')} in the schema"
        return
    yield from _of_value(get_args(hint)[0], schema["items"], f"{path}[]")


def _of_enumeration(hint: type[Enum], schema: Schema, path: str) -> Iterator[str]:
    ours, theirs = [member.value for member in hint], schema.get("enum", [])
    if schema.get("type") != "string" or set(ours) != set(theirs) or len(theirs) != len(set(theirs)):
        yield f"{path}: {ours} in the type, {theirs} in the schema"


def _of_default(default: object, schema: Schema, path: str) -> Iterator[str]:
    """The type leaves out what equals its default, so the API server may fill in nothing else."""
    if "default" in schema and schema["default"] != default:
        yield f"{path}: default {default!r} in the type, {schema['default']!r} in the schema"


def _present(hint: Any) -> Any:
    """The type of a value that is there: an absent one is None in the type and no key on the wire."""
    if get_origin(hint) not in (Union, UnionType):
        return hint
    [one] = [choice for choice in get_args(hint) if choice is not NoneType]
    return one
