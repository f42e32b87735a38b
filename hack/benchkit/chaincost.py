"""What all checks of one preflight cost of the CPU; pure."""

import time

from msgspec.structs import replace

from godwit.domain.checks import chain
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.guest import DomainState, GuestFacts, GuestView
from godwit.domain.host import Hypervisor
from godwit.domain.storage import StorageFacts
from godwit.domain.task import VMIdentity


def chain_seconds(candidates: int) -> float:
    """CPU time of this process for the whole chain, on hosts of which little is known."""
    vm = VMIdentity("bench", "00000000-0000-4000-8000-000000000000")
    guest = GuestFacts(GuestView(vm.name, vm.uuid, DomainState.RUNNING), vcpus=1, memory_bytes=1 << 30)
    facts = PreflightFacts(
        vm=vm,
        guest=guest,
        source=Hypervisor("source"),
        destination=Hypervisor("destination"),
        namesakes=(),
        reception=None,
        storage=StorageFacts(guest),
        disks=(),
    )
    asked = [replace(facts, destination=Hypervisor(f"host{number}")) for number in range(candidates)]
    began = time.process_time()
    for each in asked:
        chain.run(each)
    return time.process_time() - began
