"""Watches the objects of one migration, and does what was asked for within milliseconds of a sight."""

import http.client
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Lock, Thread

from faultkit.client import MIGRATIONS, Body, Client
from faultkit.sights import Part, Sight
from faultkit.stage import Stage
from godwit.api.constants import claim_lease
from labkit.containers import NAMESPACE
from labkit.shell import LabError

_AGAIN_SECONDS = 0.05
_BREAKS = (OSError, http.client.HTTPException, ValueError)
_ROLES = {"Source": Part.SOURCE, "Destination": Part.DESTINATION}


@dataclass(frozen=True, slots=True)
class _Wait:
    sights: Sequence[Sight]
    act: Callable[[], None]
    came: Event = field(default_factory=Event)


class Eyes:
    """What each object shows now; what is done at a sight is done once, by the thread that sees it."""

    def __init__(self, client: Client, stage: Stage) -> None:
        self._client = client
        self._stage = stage
        self._picture: dict[Part, Body] = {}
        self._waits: list[_Wait] = []
        self._lock = Lock()
        self._closed = Event()

    def when(self, sights: Sequence[Sight], act: Callable[[], None]) -> Event:
        """Is set when all of them were shown at once, and `act` is done. To be called before `opened`."""
        wait = _Wait(sights, act)
        self._waits.append(wait)
        return wait.came

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Looks from now on until the end of the block."""
        core, leases = f"namespaces/{NAMESPACE}", "/apis/coordination.k8s.io/v1"
        claim = claim_lease(self._stage.guest.uuid)
        for path in (
            f"{MIGRATIONS.format(self._stage.namespace)}?watch=true",
            f"/apis/godwit.dev/v1alpha1/{core}/migrationtasks?watch=true",
            f"{leases}/{core}/leases?watch=true&fieldSelector=metadata.name={claim}",
        ):
            Thread(target=self._follow, args=(path, self._client.open(path)), daemon=True).start()
        try:
            yield
        finally:
            self._closed.set()

    def _follow(self, path: str, first: http.client.HTTPResponse) -> None:
        """A watch that is silent for some seconds breaks; the next one begins with what there is."""
        watch: http.client.HTTPResponse | None = first
        while watch is not None:
            with suppress(*_BREAKS), watch:
                for line in watch:
                    if self._closed.is_set():
                        return
                    self._take(json.loads(line))
            watch = self._again(path)

    def _again(self, path: str) -> http.client.HTTPResponse | None:
        """None when nobody looks any more."""
        while not self._closed.is_set():
            try:
                return self._client.open(path)
            except _BREAKS:
                time.sleep(_AGAIN_SECONDS)
        return None

    def _take(self, event: Body) -> None:
        part = self._part(event["object"])
        if part is None:
            return
        with self._lock:
            if event["type"] == "DELETED":
                self._picture.pop(part, None)
            else:
                self._picture[part] = event["object"]
            for wait in self._waits:
                if not wait.came.is_set() and all(sight.shown(self._picture) for sight in wait.sights):
                    self._do(wait)

    def _do(self, wait: _Wait) -> None:
        try:
            wait.act()
        except LabError as error:
            self._stage.note(str(error))
            return
        wait.came.set()

    def _part(self, found: Body) -> Part | None:
        """Which of this migration's objects it is; None for another one's."""
        kind, name = found.get("kind"), self._stage.name
        if kind == "VMMigration":
            return Part.MIGRATION if found["metadata"]["name"] == name else None
        if kind == "Lease":
            return Part.CLAIM
        if kind != "MigrationTask":
            return None
        spec = found["spec"]
        ours = {"namespace": self._stage.namespace, "name": name}
        return _ROLES[spec["role"]] if ours.items() <= spec["migrationRef"].items() else None
