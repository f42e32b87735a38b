"""A limit of the guest's QEMU is large enough for it there, and for all of its memory where that is locked.

libvirt gives the destination's QEMU the same `<memtune><hard_limit>`: the kernel kills what grows beyond it,
and a QEMU that can't lock its memory (`<memoryBacking><locked/>`) does not start. Without a limit libvirt
lets it lock as much as it likes.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import not_applicable, not_told, passed
from godwit.domain.guest_memory import overhead_bytes
from godwit.domain.migration import Check, CheckResult
from godwit.domain.quantity import mebibytes

NAME = "MemoryLock"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """Fails where the limit is certainly too small, warns where it is smaller than the estimate."""
    placement, host, name = facts.guest.placement, facts.destination.name, facts.vm.name
    if placement is None:
        message = f"whether the memory of VM {name} is locked or limited is not known"
        return not_told(facts.source, NAME, message)
    limit, memory = placement.hard_limit_bytes, facts.guest.memory_bytes
    if limit is None and not placement.locked:
        return not_applicable(facts.destination, NAME, "its memory is neither locked nor limited")
    if limit is None:
        return passed(facts.destination, NAME, "its memory is locked, and QEMU has no limit")
    needed = memory + overhead_bytes(facts.guest)
    if limit >= needed:
        return passed(facts.destination, NAME, f"the limit of {mebibytes(limit)} is enough")
    remedy = (
        f"raise it on {facts.source.name}: `virsh memtune {name} --hard-limit {-(-needed // 1024)} --live`, "
        "or take it out of the definition"
    )
    told = f"<hard_limit> of VM {name} is {mebibytes(limit)}"
    if placement.locked and limit < memory:
        message = f"{told}, and {mebibytes(memory)} are to be locked: QEMU does not start so on {host}"
        return (Check(NAME, CheckResult.FAIL, host, message, remedy),)
    message = f"{told}, and its QEMU may take {mebibytes(needed)} on {host}: beyond the limit it is killed"
    return (Check(NAME, CheckResult.WARN, host, message, remedy),)


RULE = Rule(
    NAME,
    check,
    remedy="Raise the limit, or take it out of the definition.",
    tested="tests/e2e/preflight/test_placement.py; by a guest that is off: "
    "the lab's libvirt has no cgroups, so it can't hold a limit",
)
