"""An agent's parts, over the fake API server and a fake libvirt."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network
from itertools import count
from pathlib import Path, PurePosixPath

from godwit.agent.parts import Parts
from godwit.api.constants import Resource
from godwit.runtime.settings import AgentSettings
from godwit.telemetry.metrics import AgentMetrics

from ....fakes.cluster import NAMESPACE, FakeCluster
from ....fakes.contact import FakeContacts
from ....fakes.hypervisor import LOCAL, SHARED, FakeLibvirt
from ....fakes.qemu_certificate import FakeQEMUCertificates
from ....fakes.road import FakeRoads
from ..virtual_time import virtual_clock
from .process import Life
from .watch import Watch

_numbers = count(1)


def settings(node_name: str, address: str, network: IPv4Network | None = None) -> AgentSettings:
    return AgentSettings(
        namespace=NAMESPACE,
        version="test",
        metrics_host="127.0.0.1",
        metrics_port=1,
        log_level="INFO",
        node_name=node_name,
        node_address=IPv4Address(address),
        migration_network=network,
        image_directories=(PurePosixPath(SHARED), PurePosixPath(LOCAL)),
        libvirt_uri="test:///default",
        mountinfo=Path("/nowhere"),
    )


class AgentProcess(Life):
    """All but the health server; each has an id that no other had."""

    def __init__(
        self,
        cluster: FakeCluster,
        libvirt: FakeLibvirt,
        told: AgentSettings,
        passed: Callable[[], None],
        watch_delay_seconds: float,
    ) -> None:
        super().__init__(passed)
        self.node_name = libvirt.name
        self.metrics = AgentMetrics("test")
        agent_id = f"{libvirt.name}-{next(_numbers)}"
        clock = virtual_clock()
        certificates = FakeQEMUCertificates(libvirt.network, libvirt.name, clock)
        roads = FakeRoads(libvirt.network, libvirt.name, clock)
        self.contacts = FakeContacts(libvirt.network, libvirt.name)
        self._parts = parts = Parts(
            cluster,
            libvirt,
            certificates,
            roads,
            self.contacts,
            told,
            agent_id,
            self.metrics,
            clock,
            self.watched,
        )
        self._watched = Watch(
            cluster,
            {Resource.TASK: parts.tasks, Resource.HYPERVISOR: parts.hypervisors},
            watch_delay_seconds,
            own=libvirt.name,
        )

    def run(self) -> None:
        self.start(self._watched, self._parts.jobs.values())
