"""The fake's power: what stops a domain, and what lets it go on."""

from typing import TYPE_CHECKING

from godwit.domain.guest import DomainState, StateReason
from godwit.domain.reasons import Reason
from godwit.hypervisor.ports import EventKind, HypervisorError

if TYPE_CHECKING:
    from .hypervisor import FakeLibvirt


class FakePower:
    def __init__(self, libvirt: "FakeLibvirt") -> None:
        self._libvirt = libvirt

    async def suspend(self, uuid: str) -> None:
        self._libvirt.called("suspend")
        domain = self._libvirt.must_find(uuid)
        if domain.state is not DomainState.RUNNING:
            return
        self._libvirt.acts.append("suspend")
        domain.become(DomainState.PAUSED, StateReason.USER)
        self._libvirt.emit(EventKind.SUSPENDED, uuid)

    async def resume(self, uuid: str) -> None:
        self._libvirt.called("resume")
        domain = self._libvirt.must_find(uuid)
        if domain.state is DomainState.RUNNING:
            return
        if domain.state is not DomainState.PAUSED:
            raise HypervisorError(Reason.LIBVIRT_ERROR, "domain is not running")
        self._libvirt.acts.append("resume")
        domain.become(DomainState.RUNNING, StateReason.UNPAUSED)
        self._libvirt.emit(EventKind.RESUMED, uuid)

    async def start(self, uuid: str) -> None:
        self._libvirt.called("start")
        domain = self._libvirt.must_find(uuid)
        if domain.active:
            return
        self._libvirt.acts.append("start")
        domain.live = domain.defined
        domain.domain_id = self._libvirt.next_id()
        domain.become(DomainState.RUNNING, StateReason.BOOTED)
        self._libvirt.emit(EventKind.STARTED, uuid)
