"""The form of every value: frozen, camelCase on the wire, defaults left out.

A value carries no behaviour that could fail and no reference to anything that lives,
so it can be kept, compared, hashed and sent as it is.
"""

from typing import Any, TypeVar, dataclass_transform

import msgspec


@dataclass_transform(frozen_default=True, field_specifiers=(msgspec.field,))
class Value(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Base of all values; `to_wire` and `from_wire` are the only way in and out of JSON."""


V = TypeVar("V", bound=Value)


def to_wire(value: Value) -> dict[str, Any]:
    """`value` as plain JSON types, fields that equal their default left out."""
    wire: dict[str, Any] = msgspec.to_builtins(value)
    return wire


def from_wire(kind: type[V], wire: object) -> V:
    """Parse plain JSON types; unknown fields are ignored, a wrong one raises `msgspec.ValidationError`."""
    return msgspec.convert(wire, kind)
