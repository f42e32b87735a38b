"""Values in which no field has its default, so that every one of them is on the wire."""

from datetime import UTC, datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from godwit.domain.value import Value

V = TypeVar("V", bound=Value)

NOON = datetime(2026, 1, 1, 12, 0, 0, 250_000, tzinfo=UTC)
WORD = "/a"
"""Fits paths, and names that have no form of their own."""
FORMS = {"reason": "Because", "hypervisor": "host1"}


def filled(kind: type[V]) -> V:
    """One with every field set, lists with one item."""
    hints = get_type_hints(kind)
    fields = msgspec.structs.fields(kind)
    return kind(**{field.name: _value(hints[field.name], field) for field in fields})


def _value(hint: Any, field: msgspec.structs.FieldInfo) -> object:
    if get_origin(hint) in (Union, UnionType):
        [hint] = [choice for choice in get_args(hint) if choice is not NoneType]
    if get_origin(hint) is tuple:
        return (_value(get_args(hint)[0], field),)
    if get_origin(hint) is dict:
        return {"zone": "b"}
    if issubclass(hint, Value):
        return filled(hint)
    if issubclass(hint, Enum):
        return next(member for member in hint if member is not field.default)
    if issubclass(hint, datetime):
        return NOON
    if hint is str:
        return FORMS.get(field.name, WORD)
    return not field.default if hint is bool else 7
