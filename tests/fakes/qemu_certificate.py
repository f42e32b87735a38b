"""What QEMU of a fake host shows: a certificate for all that the host is reached by, in its dates."""

from godwit.domain.qemu_certificate import QEMUCertificate
from godwit.domain.road import Certificate, Own
from godwit.domain.task import Role
from godwit.runtime.clock import SYSTEM, Clock

from .hypervisor import FakeNetwork
from .road import DAYS


class FakeQEMUCertificates:
    """Of the host `name`; `asked` is what it was looked at for."""

    def __init__(self, network: FakeNetwork, name: str, clock: Clock = SYSTEM) -> None:
        self._network = network
        self._name = name
        self._clock = clock
        self.asked: list[Role] = []

    async def look(self, role: Role) -> QEMUCertificate:
        self.asked.append(role)
        now, hosts = self._clock.now(), self._network.hosts
        names = tuple(address for address, host in hosts.items() if host.name == self._name)
        return QEMUCertificate(now, Own(Certificate(self._name, "authority", names, now - DAYS, now + DAYS)))
