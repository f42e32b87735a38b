"""What all checks of one preflight cost of the CPU; pure."""

import time

from msgspec.structs import replace

from godwit.domain.checks import chain
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.equipment import Equipment
from godwit.domain.guest import DiskFacts, DiskKind, DomainState, GuestFacts, GuestView, InterfaceFacts
from godwit.domain.guest_cpu import CPUFit, CPUMode, CPUVerdict, GuestCPU
from godwit.domain.host import Hypervisor
from godwit.domain.placement import Placement
from godwit.domain.reception import Reception
from godwit.domain.storage import StorageFacts
from godwit.domain.task import VMIdentity

DISKS, INTERFACES = 3, 2


def chain_seconds(source: Hypervisor, destination: Hypervisor, candidates: int) -> float:
    """CPU time of this process for the whole chain, on so many hosts that are as `destination` is."""
    facts = _facts(source, destination)
    asked = [replace(facts, destination=replace(destination, name=f"c{each}")) for each in range(candidates)]
    began = time.process_time()
    for each in asked:
        chain.run(each)
    return time.process_time() - began


def _facts(source: Hypervisor, destination: Hypervisor) -> PreflightFacts:
    """A guest of which everything is known, with disks and interfaces, as an inspection tells it."""
    vm = VMIdentity("bench", "00000000-0000-4000-8000-000000000000")
    networks = [network.name for network in source.status.networks] or ["br0"]
    guest = GuestFacts(
        GuestView(vm.name, vm.uuid, DomainState.RUNNING),
        vcpus=2,
        memory_bytes=1 << 30,
        disks=tuple(
            DiskFacts(f"vd{letter}", DiskKind.FILE, path=f"/images/{letter}.qcow2", format="qcow2")
            for letter in "abcdefgh"[:DISKS]
        ),
        interfaces=tuple(
            InterfaceFacts(f"52:54:00:00:00:0{each}", "bridge", bridge=networks[each % len(networks)])
            for each in range(INTERFACES)
        ),
        cpu=GuestCPU(mode=CPUMode.CUSTOM, model=source.status.cpu.model),
        equipment=Equipment(),
        placement=Placement(),
    )
    return PreflightFacts(
        vm=vm,
        guest=guest,
        source=source,
        destination=destination,
        namesakes=(),
        reception=Reception(refusal="", paths=(), listeners=(), cpu=CPUVerdict(CPUFit.IDENTICAL)),
        storage=StorageFacts(guest),
        disks=(),
    )
