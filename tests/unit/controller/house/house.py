"""A whole Godwit in memory: the API server, two hosts with a libvirt and an agent each, and operators.

A guest `vm1` with a shared disk runs on host1. Everything is the product's own but the two fakes; time is
virtual, so a migration takes milliseconds and every run is the same.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from godwit.cluster.ports_inventory import Node
from godwit.domain.disks import Storage
from godwit.domain.guest import DiskFacts, DiskKind, DomainState
from godwit.domain.migration import (
    FINAL_PHASES,
    Destination,
    HypervisorSelector,
    Migration,
    MigrationSpec,
    MigrationStatus,
    Mode,
    Phase,
    VMSelector,
)
from godwit.domain.plan import Switchover

from ....fakes.cluster import FakeCluster
from ....fakes.hypervisor import LOCAL, SHARED, FakeDomain, FakeLibvirt, FakeNetwork
from ..virtual_time import virtual_now
from .agent import AgentProcess, settings
from .operator import OperatorProcess

if TYPE_CHECKING:
    from ipaddress import IPv4Network

UUID = "11111111-2222-3333-4444-555555555555"
BY_NAME, BY_UUID = VMSelector(name="vm1"), VMSelector(uuid=UUID)
ADDRESSES = {f"host{number}": f"10.0.0.{number}" for number in range(1, 201)}
SELECTOR = {"godwit.dev/hypervisor": "true"}
WATCH_DELAY_SECONDS = 0.002
FIRST_STEP_SECONDS, LAST_STEP_SECONDS = 0.0005, 0.1
Process = OperatorProcess | AgentProcess


def disk(directory: str = SHARED, target: str = "vda", **change: object) -> DiskFacts:
    path = f"{directory}/{target}.img"
    told: dict[str, object] = {"kind": DiskKind.FILE, "path": path, "format": "qcow2", "regular_file": True}
    return DiskFacts(target, **{**told, **change})  # type: ignore[arg-type]  # fields of DiskFacts by name


class House:
    """The methods are the test's hands: a user's, an admin's, and a fault's."""

    def __init__(self, *, hosts: int = 2, operators: int = 1) -> None:
        self.cluster = FakeCluster()
        self.network = FakeNetwork()
        self.hosts = {name: FakeLibvirt(self.network, name) for name in list(ADDRESSES)[:hosts]}
        for name, host in self.hosts.items():
            self.network.hosts[ADDRESSES[name]] = host
        self.migration_networks: dict[str, IPv4Network] = {}
        """Of hosts whose migration address is not simply the node's."""
        self.kill_after_pass: Callable[[Process], bool] = lambda process: False
        self.kills = 0
        self._delays = [WATCH_DELAY_SECONDS * (1 + 3 * number) for number in range(operators)]
        self.operators: list[OperatorProcess] = []
        self.agents: dict[str, AgentProcess] = {}
        self.phases: list[Phase] = []
        """Of all migrations, as they were written."""
        self.on_phase: Callable[[Phase], None] = lambda phase: None
        """Called while a new phase is being written: nobody is quicker."""
        self.cluster.on_change(lambda *_: self._note_phases())

    @property
    def processes(self) -> list[Process]:
        return [*self.operators, *self.agents.values()]

    @property
    def guest(self) -> FakeDomain:
        return self.hosts["host1"].domains[UUID]

    @property
    def operator(self) -> OperatorProcess:
        return self.operators[0]

    def add_guest(self, *disks: DiskFacts, autostart: bool = True, persistent: bool = True) -> FakeDomain:
        """On host1."""
        for each in disks:
            if each.path.startswith((SHARED, LOCAL)):
                self.hosts["host1"].put_file(each.path)
        guest = FakeDomain("vm1", UUID, persistent=persistent, autostart=autostart, disks=disks)
        return self.hosts["host1"].add(guest)

    async def start(self) -> "House":
        """Until both hosts are known and Ready."""
        self.set_nodes(*(Node(name, SELECTOR) for name in self.hosts))
        self.cluster.inventory.node_selector = SELECTOR
        for libvirt in self.hosts.values():
            await libvirt.start()
        self.operators = [self._new_operator(delay) for delay in self._delays]
        self.agents = {name: self._new_agent(name) for name in self.hosts}
        await self.until(self._is_ready)
        self.cluster.server.writes.clear()
        return self

    def set_nodes(self, *nodes: Node) -> None:
        """As the cluster has them from now on."""
        self.cluster.inventory.known_nodes = nodes
        for operator in self.operators:
            operator.watch.nodes_changed()

    async def until(self, condition: Callable[[], bool], seconds: float = 60.0) -> None:
        """Virtual seconds."""
        loop, step = asyncio.get_running_loop(), FIRST_STEP_SECONDS
        deadline = loop.time() + seconds
        while not condition():
            assert loop.time() < deadline, f"not within {seconds} s: {self.told()}"
            await asyncio.sleep(step)
            step = min(step * 1.02, LAST_STEP_SECONDS)

    async def pass_time(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def close(self) -> None:
        """Nobody works here any more."""
        for process in self.processes:
            process.kill()

    # a user's hands

    def migrate(
        self,
        name: str = "move",
        *,
        to: str | Destination = "host2",
        vm: VMSelector = BY_NAME,
        source: HypervisorSelector | None = None,
        start_timeout: str = "5m",
        storage: Storage | None = None,
        mode: Mode = Mode.MIGRATE,
    ) -> Migration:
        spec = MigrationSpec(
            vm,
            Destination(to) if isinstance(to, str) else to,
            source,
            mode,
            start_timeout=start_timeout,
            storage=storage or Storage(),
        )
        return self.cluster.migrations.apply(name, spec, created_at=virtual_now())

    def delete(self, name: str = "move") -> None:
        self.cluster.migrations.mark_deleted("default", name)

    def cancel(self, name: str = "move") -> None:
        self.cluster.migrations.cancel("default", name)

    def edit(self, name: str = "move") -> None:
        """The spec can't change, but the generation can."""
        self.cluster.migrations.edit("default", name)

    def migration(self, name: str = "move") -> Migration:
        return self.cluster.migrations.objects["default", name]

    def status(self, name: str = "move") -> MigrationStatus:
        return self.migration(name).status

    def exists(self, name: str = "move") -> bool:
        return ("default", name) in self.cluster.migrations.objects

    def is_over(self, name: str = "move") -> bool:
        """Its phase is final and nothing is owed any more."""
        return self.status(name).phase in FINAL_PHASES and not self.migration(name).finalizer

    async def ends(self, name: str = "move", seconds: float = 120.0) -> MigrationStatus:
        await self.until(lambda: self.is_over(name), seconds)
        return self.status(name)

    async def reaches(self, phase: Phase, name: str = "move", seconds: float = 60.0) -> None:
        await self.until(lambda: self.status(name).phase is phase, seconds)

    def message(self, name: str = "move") -> str:
        return next((each.message for each in self.status(name).conditions), "")

    def told(self) -> str:
        """For whoever reads a test that failed."""
        migrations = [
            f"{each.name}: {each.status.phase} ({self.message(each.name)})"
            for each in self.cluster.migrations.objects.values()
        ]
        return "; ".join(
            [*migrations, *(f"{task.name}: {task}" for task in self.cluster.tasks.objects.values())]
        )

    # a fault's hands

    def stop(self, process: Process) -> None:
        """It dies and stays away."""
        process.kill()

    def replace(self, process: Process) -> None:
        """It dies, if it lives, and a new one takes its place."""
        if process.alive:
            process.kill()
        self._replace(process)

    # what must be true

    @property
    def calls(self) -> int:
        """libvirt jobs that were begun, on all hosts."""
        return sum(len(libvirt.jobs.requests) for libvirt in self.hosts.values())

    def running(self) -> list[str]:
        return [
            name
            for name, libvirt in self.hosts.items()
            if (domain := libvirt.domains.get(UUID)) and domain.state is DomainState.RUNNING
        ]

    def nothing_is_left(self) -> None:
        """No task, no claim, no token, no mark."""
        assert self.cluster.tasks.objects == {}
        assert self.cluster.claims.objects == {}
        files = [*self.network.shared_files]
        for libvirt in self.hosts.values():
            files += libvirt.local_files
            for domain in libvirt.domains.values():
                assert (domain.live.run, domain.live.attempt) == (None, None), f"marks on {libvirt.name}"
                assert domain.defined.attempt is None, f"a mark in the definition on {libvirt.name}"
        assert not [path for path in files if ".godwit-" in path]

    def has_moved(self) -> None:
        """It runs on host2 as it did on host1, and host1 knows nothing of it."""
        self.nothing_is_left()
        assert self.running() == ["host2"]
        assert UUID not in self.hosts["host1"].domains
        there = self.hosts["host2"].domains[UUID]
        assert (there.persistent, there.autostart) == (True, True)
        assert self.calls == 1

    def is_as_before(self) -> None:
        """It runs on host1 as it did, and host2 knows nothing of it."""
        self.nothing_is_left()
        assert self.running() == ["host1"]
        assert (self.guest.persistent, self.guest.autostart) == (True, True)
        assert UUID not in self.hosts["host2"].domains

    def _is_ready(self) -> bool:
        hosts = self.operators[0].fleet.all()
        told = all(host.status.observed_generation >= 0 and host.status.conditions for host in hosts)
        return len(hosts) == len(self.hosts) and told and all(host.ready for host in hosts)

    def _passed(self, process: Process) -> None:
        if process.alive and self.kill_after_pass(process):
            process.kill()
        if not process.alive:
            self._replace(process)

    def _replace(self, process: Process) -> None:
        self.kills += 1
        if isinstance(process, AgentProcess):
            self.agents[process.node_name] = self._new_agent(process.node_name)
            return
        place = self.operators.index(process)
        self.operators[place] = self._new_operator(self._delays[place])

    def _new_operator(self, delay_seconds: float) -> OperatorProcess:
        operator = OperatorProcess(self.cluster, lambda: self._passed(operator), delay_seconds)
        operator.run()
        return operator

    def _new_agent(self, name: str) -> AgentProcess:
        told = settings(name, ADDRESSES[name], self.migration_networks.get(name))
        agent = AgentProcess(
            self.cluster, self.hosts[name], told, lambda: self._passed(agent), WATCH_DELAY_SECONDS
        )
        agent.run()
        return agent

    def _note_phases(self) -> None:
        for migration in self.cluster.migrations.objects.values():
            phase = migration.status.phase
            if phase and (not self.phases or self.phases[-1] is not phase):
                self.phases.append(phase)
                self.on_phase(phase)


async def house(*disks: DiskFacts, operators: int = 1) -> House:
    """With the guest, and Ready."""
    built = House(operators=operators)
    built.add_guest(*disks)
    return await built.start()


async def house_for(switchover: Switchover, *, operators: int = 1) -> House:
    """Fast: QEMU's image lock protects the guest's disk. Strict: it has no disk, so no lock does."""
    disks = (disk(),) if switchover is Switchover.FAST else ()
    return await house(*disks, operators=operators)


async def sending(switchover: Switchover) -> House:
    """Its migration is `Migrating`, and stays so until the source lets go."""
    built = await house_for(switchover)
    built.hosts["host1"].hold_migrations()
    built.migrate()
    await built.reaches(Phase.MIGRATING)
    return built
