"""A job's limits, before it and while it runs. libvirt keeps them with the domain until its QEMU ends."""

import libvirt

from godwit.domain.reasons import Reason
from godwit.hypervisor.calls import Calls
from godwit.hypervisor.lookup import find
from godwit.hypervisor.ports import HypervisorError

UNLIMITED_MEBIBYTES = 8796093022207
"""What libvirt itself says when there is no limit."""


class LibvirtTuning:
    """`godwit.hypervisor.ports.Tuning`; `VMNotFound` when there is no such domain."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def set_max_downtime(self, uuid: str, milliseconds: int) -> None:
        """See `Tuning`."""
        await self._calls.short(
            "migrateSetMaxDowntime",
            lambda connection: _domain(connection, uuid).migrateSetMaxDowntime(milliseconds),
        )

    async def set_bandwidth(self, uuid: str, mebibytes_per_second: int | None) -> None:
        """See `Tuning`."""
        limit = UNLIMITED_MEBIBYTES if mebibytes_per_second is None else mebibytes_per_second
        await self._calls.short(
            "migrateSetMaxSpeed", lambda connection: _domain(connection, uuid).migrateSetMaxSpeed(limit)
        )


def _domain(connection: libvirt.virConnect, uuid: str) -> libvirt.virDomain:
    domain = find(connection, uuid)
    if domain is None:
        raise HypervisorError(Reason.VM_NOT_FOUND, f"libvirt knows no domain {uuid}")
    return domain
