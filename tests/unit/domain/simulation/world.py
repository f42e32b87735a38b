"""What all processes share: the clock, the API server, both libvirts, and the one job."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

from msgspec.structs import replace

from godwit.domain.host import Hypervisor, ImageDirectory
from godwit.domain.task import Role, Task

from ..builders import HOSTS, NOON
from .acts import Acts
from .api import Api
from .files import DIRECTORY, Files
from .libvirt import Libvirt

LEASE_SECONDS = 40.0
_HOSTS = tuple(
    replace(
        host, status=replace(host.status, image_directories=(ImageDirectory(DIRECTORY.rpartition("/")[0]),))
    )
    for host in HOSTS
)


class World:
    """Nothing here ever dies."""

    def __init__(
        self, api: Api, libvirt: Libvirt, *, destination_file_system: str, lock_seconds: float
    ) -> None:
        self.api, self.libvirt = api, libvirt
        self.destination_file_system = destination_file_system
        self.lock_seconds = lock_seconds
        """How long the call waits for the domain's lock before its job begins."""
        self.now = NOON
        self.tokens: set[str] = set()
        """Beside the images."""
        self.files = Files(self)
        self.copied = False
        """The guest has a local disk, too."""
        self.silent_since: dict[Role, datetime | None] = dict.fromkeys(Role)
        self.timers: list[tuple[datetime, Callable[[], None]]] = []
        self.acts = Acts(libvirt)
        self.fenced: set[Role] = set()
        """Roles whose host is said to be off for good."""
        self.job: Iterator[None] | None = None
        self._calls = 0
        self.call_is_out = False

    @property
    def committed(self) -> bool:
        migration = self.api.migration
        return migration is not None and migration.status.committed_at is not None

    def starting_is_written(self, task: Task) -> bool:
        stored = self.api.tasks[task.name].status.starting
        return stored is not None and stored == task.status.starting

    def begin(self, job: Iterator[None]) -> None:
        """The call is made; its job begins when libvirt has the domain's lock, whoever lives by then."""
        self.call_is_out = True
        self._calls += 1
        self.after(self.lock_seconds, partial(self._lock, self._calls, job))

    def _lock(self, call: int, job: Iterator[None]) -> None:
        if call == self._calls:
            self.job = job

    def drop_call(self) -> None:
        """The source's libvirtd is gone, and all that it was doing."""
        self._calls += 1
        self.job, self.call_is_out = None, False

    def work_on_job(self) -> None:
        assert self.job is not None
        if next(self.job, self) is self:
            self.job, self.call_is_out = None, False

    def hypervisors(self) -> tuple[Hypervisor, ...]:
        return tuple(self._seen(host, role) for host, role in zip(_HOSTS, Role, strict=True))

    def fenced_hosts(self) -> frozenset[str]:
        return frozenset(host.name for host, role in zip(HOSTS, Role, strict=True) if role in self.fenced)

    def _seen(self, host: Hypervisor, role: Role) -> Hypervisor:
        since = self.silent_since[role]
        lives = since is None or (self.now - since).total_seconds() < LEASE_SECONDS
        return host if lives else replace(host, ready=False)

    def after(self, seconds: float, what: Callable[[], None]) -> None:
        self.timers.append((self.now + timedelta(seconds=seconds), what))

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        over = [timer for timer in self.timers if timer[0] <= self.now]
        for timer in over:
            self.timers.remove(timer)
            timer[1]()
