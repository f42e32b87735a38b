"""The destination has memory for the guest and its QEMU, beside its reserve and what others were promised.

Without it the host swaps or kills, and whom it kills is any guest there. Needed is the guest's memory, its
video memory, a 512th of it for page tables, 8 MiB for each vCPU and 64 MiB for QEMU, as KubeVirt and oVirt
estimate it; large pages are counted by the check `Hugepages`. A migration is promised its memory when its
checks have passed, until it has arrived there; what its source has sent counts no more. The agent there
counts once more directly before the job, one migration after another, so of two that want the last memory one
ends with `NoMemory`.
What is free is what the destination told when it was inspected; of a host that was not, its Hypervisor's.
"""

from godwit.domain import guest_memory
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import passed
from godwit.domain.migration import Check, CheckResult
from godwit.domain.quantity import mebibytes

NAME = "Memory"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """Fails with how much is missing, and what it consists of."""
    destination, host = facts.destination, facts.destination.name
    memory = destination.status.memory
    if not memory.total_bytes:
        message = f"how much memory {host} has is not known"
        return (Check(NAME, CheckResult.NOT_RUN, host, message, f"see the log of the agent on {host}"),)
    claim = guest_memory.claim(facts.guest, destination.spec.reserve.memory_bytes)
    short = guest_memory.shortage(claim, memory.free_bytes, facts.promised_memory.bytes)
    if short is None:
        return passed(destination, NAME, f"{mebibytes(claim.bytes)} will be taken at most")
    remedy = f"free as much on {host} (`virsh list` shows its guests), or name another destination"
    if claim.reserve_bytes:
        remedy += f"; the reserve is spec.reserve.memory of the Hypervisor {host}"
    return (Check(NAME, CheckResult.FAIL, host, f"{host} {short.sentence}", remedy),)


RULE = Rule(
    NAME,
    check,
    remedy="Free as much at the destination, lower its reserve, or choose another one.",
    tested="tests/e2e/preflight/test_memory.py",
    unproven=(
        "what QEMU takes in the end: nobody can tell in advance. What is free is the kernel's own estimate "
        "(MemAvailable)"
    ),
)
