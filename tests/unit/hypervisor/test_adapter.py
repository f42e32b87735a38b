import asyncio
from pathlib import Path
from urllib.parse import quote

import libvirt as client
import pytest

from godwit.domain.reasons import Reason
from godwit.hypervisor.adapter import Libvirt
from godwit.hypervisor.ports import EventKind, HypervisorError


async def test_a_libvirtd_that_is_not_there_stops_nobody_from_starting(tmp_path: Path) -> None:
    nowhere = quote(str(tmp_path / "none"), safe="")
    libvirt = Libvirt(f"qemu+unix:///system?socket={nowhere}", mountinfo=Path("/proc/self/mountinfo"))
    await libvirt.start()
    assert not libvirt.connected
    with pytest.raises(HypervisorError) as refused:
        await libvirt.guests.look("vm")
    assert refused.value.reason is Reason.LIBVIRT_UNREACHABLE
    assert str(tmp_path) in str(refused.value)
    await libvirt.close()


async def test_calls_are_seen_by_the_observer_with_their_outcome() -> None:
    seen: list[tuple[str, str]] = []
    libvirt = Libvirt(
        "test:///default",
        mountinfo=Path("/proc/self/mountinfo"),
        observe=lambda call, outcome, _seconds: seen.append((call, outcome)),
    )
    await libvirt.start()
    with pytest.raises(HypervisorError):
        await libvirt.guests.look("test")
    await libvirt.close()
    assert seen
    assert all(outcome in {"ok", *Reason} for _, outcome in seen)


async def test_networks_of_libvirt_s_that_come_and_go_are_told() -> None:
    libvirt = Libvirt("test:///default", mountinfo=Path("/proc/self/mountinfo"))
    await libvirt.start()
    events = libvirt.host.events()
    assert (await anext(events)).kind is EventKind.CONNECTED
    # All connections of a process to this one share its networks.
    by_hand = client.open("test:///default")
    network = by_hand.networkLookupByName("default")
    async with asyncio.timeout(20):
        for act in (network.destroy, network.create):
            act()
            told = await anext(events)
            assert (told.kind, told.uuid) == (EventKind.NETWORK, "")
    by_hand.close()
    await libvirt.close()
