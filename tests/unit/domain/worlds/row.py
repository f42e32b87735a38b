"""One thing that may be wrong in a world, and what the preflight must say of it."""

from collections.abc import Callable
from typing import NamedTuple

from godwit.domain.migration import CheckResult

from .world import World

FAIL, WARN, NOT_RUN = CheckResult.FAIL, CheckResult.WARN, CheckResult.NOT_RUN
Names = dict[str, CheckResult]


class Row(NamedTuple):
    """Rows that touch the same part of a world are never wrong together."""

    name: str
    parts: frozenset[str]
    """What of the world is changed."""
    spoil: Callable[[World], World]
    names: Names
    """The checks that must not pass; every other one must."""
    says: tuple[str, ...]
    """Words that stand in what these checks tell, the host and the thing among them."""


def row(
    name: str, parts: str, hand: Callable[..., World], names: Names, /, *says: str, **changes: object
) -> Row:
    """`hand` makes the changes."""
    return Row(name, frozenset(parts.split()), lambda world: hand(world, **changes), names, says)


def fails(*checks: str) -> Names:
    return dict.fromkeys(checks, FAIL)


def warns(*checks: str) -> Names:
    return dict.fromkeys(checks, WARN)


def not_run(*checks: str) -> Names:
    return dict.fromkeys(checks, NOT_RUN)
