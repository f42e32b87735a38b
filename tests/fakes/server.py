"""The heart of the fake API server: versions, faults to come, a journal of writes, and who watches."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import TypeVar

from godwit.api.constants import Resource
from godwit.cluster.ports import ClusterError, Unavailable
from godwit.domain.value import Value, from_wire, to_wire

T = TypeVar("T")
V = TypeVar("V", bound=Value)

OnChange = Callable[[Resource, str, str], None]
"""Told of each change, as a watch would: resource, namespace (empty where there is none), name."""


@dataclass(slots=True)
class Fault:
    """What happens to one write: refused before it, or done and then not answered."""

    error: ClusterError
    kind: str
    done: bool
    after: int
    """So many writes pass before it."""


@dataclass(slots=True)
class Server:
    """One counter of versions and one journal for all objects of a fake cluster."""

    reachable: bool = True
    writes: list[tuple[str, str, str]] = field(default_factory=list)
    """Kind, verb and `done` or the error's name, of every write in its order."""
    on_change: list[OnChange] = field(default_factory=list)
    _faults: list[Fault] = field(default_factory=list)
    _versions: Iterator[int] = field(default_factory=lambda: count(1))

    def fail_next_write(
        self, error: ClusterError, kind: str = "", done: bool = False, after: int = 0
    ) -> None:
        """A write (to that kind) raises `error`, `after` others; with `done`, once it was carried out."""
        self._faults.append(Fault(error, kind, done, after))

    def version(self) -> str:
        """A resourceVersion or UID that was never given before."""
        return str(next(self._versions))

    async def read(self, do: Callable[[], T]) -> T:
        """What `do` finds; others may run before it."""
        await self._reach()
        return do()

    async def write(self, kind: str, verb: str, do: Callable[[], T]) -> T:
        """What `do` gives, unless a fault was ordered; others may run before it."""
        try:
            result = await self._write(kind, do)
        except ClusterError as error:
            self.writes.append((kind, verb, type(error).__name__))
            raise
        self.writes.append((kind, verb, "done"))
        return result

    def changed(self, resource: Resource, namespace: str, name: str) -> None:
        """Tell whoever watches."""
        for told in self.on_change:
            told(resource, namespace, name)

    async def _write(self, kind: str, do: Callable[[], T]) -> T:
        await self._reach()
        fault = next((fault for fault in self._faults if fault.kind in ("", kind)), None)
        if fault is None:
            return do()
        if fault.after > 0:
            fault.after -= 1
            return do()
        self._faults.remove(fault)
        if fault.done:
            do()
        raise fault.error

    async def _reach(self) -> None:
        await asyncio.sleep(0)
        if not self.reachable:
            raise Unavailable("the fake API server is away")


def stored(value: V) -> V:
    """`value` as it is when it has been on the wire."""
    return from_wire(type(value), to_wire(value))
