"""How a write to the API server may be lost, and which one was."""

from collections.abc import Callable

from godwit.cluster.ports import ClusterError, Conflict, Unavailable

from .house import House
from .process import KilledError

Fault = Callable[[], ClusterError]


def conflict() -> ClusterError:
    return Conflict("somebody was quicker")


def no_answer() -> ClusterError:
    return Unavailable("no answer")


def killed() -> ClusterError:
    return KilledError("killed while it waited for the answer")


WAYS = [(conflict, False), (no_answer, False), (no_answer, True), (killed, False), (killed, True)]
"""And whether it was done all the same."""


def lost(house: House) -> tuple[str, str, str] | None:
    """The first one."""
    return next((write for write in house.cluster.server.writes if write[2] != "done"), None)
