"""`mode: Validate`: from apply to the verdict, what it writes, and what its checks cost of the CPU."""

import time
from collections.abc import Sequence

from msgspec.structs import replace

from benchkit.api import Api
from benchkit.figures import Figure, Section, percentiles, spread
from benchkit.guests import living, with_shared_disk
from benchkit.mover import Mover, ends
from godwit.domain.checks import chain
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.guest import DomainState, GuestFacts, GuestView
from godwit.domain.host import Hypervisor
from godwit.domain.storage import StorageFacts
from godwit.domain.task import VMIdentity
from labkit.lab import Lab
from labkit.shell import LabError, say

P50_SECONDS, P99_SECONDS = 2.0, 5.0
WRITES, WRITES_PER_HOST = 8, 4
CANDIDATES, CPU_SECONDS = 1000, 1.0
_LONGEST_SECONDS = 60.0


def measure(lab: Lab, mover: Mover, api: Api, times: int) -> Section:
    """An idle guest that could go to the other host, asked again and again."""
    took: list[float] = []
    written: list[int] = []
    with living(lab, with_shared_disk(lab)) as guest:
        _, there = ends(lab, guest)
        mover.quiet()
        for number in range(times):
            name = f"validate-{number + 1}"
            asked = api.create(name, guest.name, there, mode="Validate")
            ended = api.wait_closed(name, _LONGEST_SECONDS)
            if ended.phase != "Succeeded":
                raise LabError(f"VMMigration {name} of {guest.name} is {ended.phase}: {ended.message}")
            took.append(ended.ended_at - asked)
            written.append(len(mover.quiet()))
            say(f"validate {number + 1}/{times}: {took[-1]:.2f} s, {written[-1]} writes")
    return judge(took, written, chain_seconds(CANDIDATES))


def judge(took: Sequence[float], written: Sequence[int], cpu_seconds: float) -> Section:
    """Source and destination are inspected: two hosts."""
    seen = spread([float(count) for count in written])
    return Section(
        "Preflight",
        [
            *percentiles("apply to verdict in Validate, one candidate", took, P50_SECONDS, P99_SECONDS, "s"),
            Figure("writes of one Validate, most", seen.most, WRITES + 2 * WRITES_PER_HOST, "", seen),
            Figure(f"CPU for all checks on {CANDIDATES} candidates", cpu_seconds, CPU_SECONDS, "s"),
        ],
    )


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
