"""Stopping domains and letting them go on. Each looks first, so that repeating one changes nothing."""

import libvirt

from godwit.domain.reasons import Reason
from godwit.hypervisor.calls import MODIFYING_SECONDS, Calls
from godwit.hypervisor.lookup import find
from godwit.hypervisor.ports import HypervisorError


class LibvirtPower:
    """`godwit.hypervisor.ports.Power`; `VMNotFound` when there is no such domain."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def suspend(self, uuid: str) -> None:
        """See `Power`."""
        await self._calls.short(
            "suspend", lambda connection: _suspend(connection, uuid), deadline_seconds=MODIFYING_SECONDS
        )

    async def resume(self, uuid: str) -> None:
        """See `Power`."""
        await self._calls.short(
            "resume", lambda connection: _resume(connection, uuid), deadline_seconds=MODIFYING_SECONDS
        )

    async def start(self, uuid: str) -> None:
        """See `Power`."""
        await self._calls.short(
            "create", lambda connection: _start(connection, uuid), deadline_seconds=MODIFYING_SECONDS
        )


def _suspend(connection: libvirt.virConnect, uuid: str) -> None:
    domain = _domain(connection, uuid)
    if domain.state()[0] == libvirt.VIR_DOMAIN_RUNNING:
        domain.suspend()


def _resume(connection: libvirt.virConnect, uuid: str) -> None:
    domain = _domain(connection, uuid)
    if domain.state()[0] != libvirt.VIR_DOMAIN_RUNNING:
        domain.resume()


def _start(connection: libvirt.virConnect, uuid: str) -> None:
    domain = _domain(connection, uuid)
    if not domain.isActive():
        domain.create()


def _domain(connection: libvirt.virConnect, uuid: str) -> libvirt.virDomain:
    domain = find(connection, uuid)
    if domain is None:
        raise HypervisorError(Reason.VM_NOT_FOUND, f"libvirt knows no domain {uuid}")
    return domain
