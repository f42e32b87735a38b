"""What the API server was last seen to hold of one kind, as values.

Fed by a watch: events in any order, and full lists after each gap in it. The newest resourceVersion wins, so
no late event brings an older state back; what a list no longer has is gone, though no event said so. It is
what to wake and to look with; a decision that can't be taken back reads the API server itself. A restarted
process begins with an empty one, and `synced` says when it has seen all that there was.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Generic, NamedTuple, Protocol, TypeVar

V = TypeVar("V")

logger = logging.getLogger(__name__)


class Key(NamedTuple):
    """An object of one kind; `namespace` is empty for what lies in none."""

    namespace: str
    name: str


Body = Mapping[str, object]
"""An object as the API server gives it."""


class Feed(Protocol):
    """Who takes what a watch sees; called on the event loop of whoever runs the watch."""

    def saw(self, key: Key, version: int, body: Body | None) -> None:
        """The object as of that resourceVersion; None: it was deleted at it."""

    def listed(self, versions: Mapping[Key, int], version: int) -> None:
        """All there was at `version`; the bodies come, and may have changed until they do."""


def ignore_change(key: Key, value: object) -> None:
    """Nobody wants to hear of changes."""


class Cache(Generic[V]):
    """Objects of one kind by key. All methods belong to one event loop.

    `on_change(key, value)` is called after each change, with None for an object that is gone. An object that
    `parse` refuses is logged, and stays as it was last understood.
    """

    def __init__(
        self, parse: Callable[[Body], V], on_change: Callable[[Key, V | None], None] = ignore_change
    ) -> None:
        self._parse = parse
        self._on_change = on_change
        self._objects: dict[Key, tuple[int, V | None]] = {}
        self._missing: dict[Key, int] = {}
        """Listed, but not seen yet."""
        self._floor = -1
        """An object that is not known and not missing was gone at this version."""
        self._synced = asyncio.Event()

    def get(self, key: Key) -> V | None:
        """The object; None when there is none, or none that could be understood."""
        return self._objects[key][1] if key in self._objects else None

    def items(self) -> Iterator[tuple[Key, V]]:
        """Every object that could be understood; a snapshot."""
        for key, (_, value) in list(self._objects.items()):
            if value is not None:
                yield key, value

    def values(self) -> tuple[V, ...]:
        """Every object that could be understood."""
        return tuple(value for _, value in self.items())

    def __len__(self) -> int:
        return len(self._objects)

    @property
    def synced(self) -> bool:
        """All that the first list held has been seen: what isn't here isn't there."""
        return self._synced.is_set()

    async def wait_synced(self) -> None:
        """Until `synced`."""
        await self._synced.wait()

    def saw(self, key: Key, version: int, body: Body | None) -> None:
        """See `Feed.saw`."""
        if not self._is_news(key, version):
            return
        if self._missing.get(key, version + 1) <= version:
            del self._missing[key]
        if body is None:
            self._drop(key)
        else:
            self._keep(key, version, body)
        self._check_synced()

    def listed(self, versions: Mapping[Key, int], version: int) -> None:
        """See `Feed.listed`."""
        self._floor = version
        self._missing = {key: least for key, least in versions.items() if self._version(key) < least}
        for key in [key for key in self._objects if key not in versions and self._version(key) <= version]:
            self._drop(key)
        self._check_synced()

    def learn(self, key: Key, version: int, value: V) -> None:
        """What our own write has answered: the watch tells it too, but later."""
        if self._is_news(key, version):
            self._missing.pop(key, None)
            self._objects[key] = (version, value)

    def replace_all(self, bodies: Mapping[Key, tuple[int, Body]], version: int) -> None:
        """A whole list at once, bodies included."""
        self.listed({key: at for key, (at, _) in bodies.items()}, version)
        for key, (at, body) in bodies.items():
            self.saw(key, at, body)

    def _is_news(self, key: Key, version: int) -> bool:
        if key in self._objects:
            return version > self._version(key)
        return key in self._missing or version > self._floor

    def _version(self, key: Key) -> int:
        return self._objects[key][0] if key in self._objects else -1

    def _keep(self, key: Key, version: int, body: Body) -> None:
        try:
            value = self._parse(body)
        except Exception as problem:
            logger.error(
                "an object can't be understood and is left as it was",
                extra={"object": "/".join(filter(None, key)), "problem": str(problem)},
            )
            self._objects[key] = (version, self.get(key))
            return
        self._objects[key] = (version, value)
        self._on_change(key, value)

    def _drop(self, key: Key) -> None:
        if self._objects.pop(key, None) is not None:
            self._on_change(key, None)

    def _check_synced(self) -> None:
        if self._floor >= 0 and not self._missing:
            self._synced.set()
