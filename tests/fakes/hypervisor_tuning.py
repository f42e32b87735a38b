"""The fake's limits of migration jobs: kept with the domain, as libvirt does."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .hypervisor import FakeLibvirt

UNLIMITED_MEBIBYTES = 8796093022207


class FakeTuning:
    def __init__(self, libvirt: "FakeLibvirt") -> None:
        self._libvirt = libvirt

    async def set_max_downtime(self, uuid: str, milliseconds: int) -> None:
        self._libvirt.called("migrateSetMaxDowntime")
        self._libvirt.must_find(uuid).max_downtime_milliseconds = milliseconds
        self._libvirt.acts.append(f"downtime {milliseconds}")

    async def set_bandwidth(self, uuid: str, mebibytes_per_second: int | None) -> None:
        self._libvirt.called("migrateSetMaxSpeed")
        limit = UNLIMITED_MEBIBYTES if mebibytes_per_second is None else mebibytes_per_second
        self._libvirt.must_find(uuid).bandwidth_mebibytes_per_second = limit
        self._libvirt.acts.append(f"bandwidth {limit}")
