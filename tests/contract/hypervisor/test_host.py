import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from msgspec.structs import replace

from godwit.domain import cpuset
from godwit.domain.guest import DomainState, Job
from godwit.domain.host import version_parts, with_now
from godwit.domain.reasons import Reason
from godwit.hypervisor.adapter import PROC_MEMINFO as MEMINFO
from godwit.hypervisor.ports import EventKind, HypervisorError

from .lab_world import LabWorld
from .patience import events_until
from .worlds import NAME, UUID, World

GIB = 1 << 30
STEP = 64 << 20


@contextmanager
def shared_memory(size: int) -> Iterator[None]:
    """As a guest has it whose memory is shared."""
    file = os.memfd_create("godwit-contract")
    try:
        os.posix_fallocate(file, 0, size)
        yield
    finally:
        os.close(file)


def available() -> int:
    [line] = [each for each in MEMINFO.read_text().splitlines() if each.startswith("MemAvailable:")]
    return int(line.split()[1]) * 1024


async def test_the_hosts_tell_themselves_apart(world: World) -> None:
    here, there = await world.source.host.facts(), await world.destination.host.facts()
    assert here.host_uuid
    assert here.host_uuid != there.host_uuid
    assert here.host_name != there.host_name


async def test_the_facts_have_what_a_migration_asks_for(world: World) -> None:
    facts = await world.source.host.facts()
    assert version_parts(facts.versions.libvirt) >= (9,)
    assert version_parts(facts.versions.qemu) >= (9,)
    assert facts.cpu.arch == "x86_64"
    assert facts.cpu.model
    assert facts.cpu.count > 0
    assert 0 < facts.memory.free_bytes <= facts.memory.total_bytes
    assert facts.memory.free_bytes % (64 * 1024 * 1024) == 0
    assert any(machine.startswith("pc-i440fx-") for machine in facts.machine_types)
    assert facts.tpm_backends == ("passthrough",), "without swtpm"
    assert facts.migration_address == ""
    assert facts.image_directories == ()


async def test_the_facts_have_what_a_guest_may_be_bound_to(world: World) -> None:
    facts = await world.source.host.facts()
    assert len(cpuset.parse(facts.cpu.online)) == facts.cpu.count
    assert facts.numa
    assert facts.hugepages is not None
    assert all(0 <= pool.free <= pool.total and pool.size_bytes > 4096 for pool in facts.hugepages)
    labels = {model.virt_type: model.base_label for model in facts.security if model.model == "dac"}
    assert re.fullmatch(r"\+\d+:\+\d+", labels["qemu"])


async def test_what_may_change_is_had_without_the_rest(world: World) -> None:
    facts, now = await world.source.host.facts(), await world.source.host.now()
    assert now.memory.total_bytes == facts.memory.total_bytes
    assert 0 < now.memory.free_bytes <= now.memory.total_bytes
    assert now.memory.free_bytes % (64 * 1024 * 1024) == 0
    assert (await world.source.host.memory()).total_bytes == now.memory.total_bytes
    assert now.networks
    assert now.hugepages is not None
    told = replace(facts, memory=now.memory, hugepages=now.hugepages)
    assert with_now(facts, now) == told
    assert [(each.size_bytes, each.total) for each in now.hugepages] == [
        (each.size_bytes, each.total) for each in facts.hugepages or ()
    ]


@pytest.mark.contract
async def test_shared_memory_that_is_in_use_is_not_told_as_free(lab: LabWorld) -> None:
    with shared_memory(GIB):
        before, told, after = available(), await lab.source.host.memory(), available()
        kernels = [each - each % STEP for each in (before, after)]
        assert min(kernels) - 2 * STEP <= told.free_bytes <= max(kernels) + 2 * STEP


async def test_every_guest_is_listed(world: World) -> None:
    await world.start_guest()
    listed = {domain.uuid: domain for domain in (await world.source.host.facts()).domains}[UUID]
    assert (listed.name, listed.state, listed.vcpus) == (NAME, DomainState.RUNNING, 1)
    assert (listed.memory_bytes, listed.job) == (32 * 1024 * 1024, Job.NONE)


async def test_whoever_begins_to_read_is_told_that_there_is_a_connection(world: World) -> None:
    assert (await anext(world.source.host.events())).kind is EventKind.CONNECTED


async def test_a_lost_connection_is_told_and_mended_and_events_go_on(world: World) -> None:
    events = world.source.host.events()
    await events_until(events, EventKind.CONNECTED)
    await world.cut()
    await events_until(events, EventKind.DISCONNECTED)
    with pytest.raises(HypervisorError) as refused:
        await world.source.guests.look(NAME)
    assert refused.value.reason is Reason.LIBVIRT_UNREACHABLE
    await world.mend()
    await events_until(events, EventKind.CONNECTED)
    await world.start_guest()
    await world.shut_off()
    stopped = await events_until(events, EventKind.STOPPED)
    assert stopped[-1].uuid == UUID
