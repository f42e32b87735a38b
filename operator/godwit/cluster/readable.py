"""An answer that doesn't fit its type is a refusal: asking again gives the same."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from godwit.api.parse import UnreadableError
from godwit.cluster.ports import Refused
from godwit.cluster.ports_inventory import Body

T = TypeVar("T")


def readable(parse: Callable[[Mapping[str, object]], T], body: Body) -> T:
    """What `parse` makes of `body`; `Refused` in the place of `UnreadableError`."""
    try:
        return parse(body)
    except UnreadableError as problem:
        raise Refused(str(problem)) from problem
