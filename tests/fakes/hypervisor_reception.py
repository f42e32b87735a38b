"""The fake's word on taking a guest: it takes every definition, unless a test says otherwise."""

from typing import TYPE_CHECKING

from godwit.domain.guest_cpu import CPUFit, CPUVerdict
from godwit.domain.reasons import Reason
from godwit.domain.reception import Reception
from godwit.hypervisor.ports import HypervisorError

if TYPE_CHECKING:
    from .hypervisor import FakeLibvirt


class FakeReceptions:
    def __init__(self, libvirt: "FakeLibvirt") -> None:
        self._libvirt = libvirt
        self.answer = Reception(refusal="", paths=(), listeners=(), cpu=CPUVerdict(CPUFit.SUPERSET))

    async def definition(self, uuid: str) -> str:
        self._libvirt.called("definition")
        domain = self._libvirt.domains.get(uuid)
        if domain is None:
            raise HypervisorError(Reason.VM_NOT_FOUND, f"libvirt knows no domain {uuid}")
        return f"<domain type='qemu'><name>{domain.name}</name><uuid>{uuid}</uuid></domain>"

    async def receive(self, definition: str) -> Reception:
        self._libvirt.called("receive")
        assert definition.startswith("<domain")
        return self.answer
