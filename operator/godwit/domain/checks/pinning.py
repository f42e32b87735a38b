"""The CPUs that the guest's vCPUs, emulator and I/O threads are pinned to exist and are online there.

The same numbers are used at the destination, and libvirt starts no guest on a CPU that is not there. Source:
`<cputune>` and `<vcpu cpuset>` of the live definition; the host's online CPUs.
"""

from godwit.domain import cpuset
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import not_applicable, not_told, passed
from godwit.domain.migration import Check, CheckResult
from godwit.domain.placement import Part

NAME = "Pinning"
_COMMANDS = {Part.VCPU: "vcpupin", Part.EMULATOR: "emulatorpin", Part.IO_THREAD: "iothreadpin"}


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """A verdict per part of the guest that is pinned to a CPU that is not there."""
    placement, host = facts.guest.placement, facts.destination.name
    online = facts.destination.status.cpu.online
    if placement is not None and not placement.pins:
        return not_applicable(facts.destination, NAME, "nothing of it is pinned")
    if placement is None or not online:
        silent = facts.destination if placement else facts.source
        message = f"what is pinned, or which CPUs are online, is not known on {silent.name}"
        return not_told(silent, NAME, message)
    there = cpuset.parse(online)
    found = tuple(
        Check(
            NAME,
            CheckResult.FAIL,
            host,
            f"{pin.what} is pinned to CPU {missing}, {host} has {online} online",
            f"pin it to CPUs that both hosts have: `virsh {_COMMANDS[pin.part]} {facts.vm.name}` on "
            f"{facts.source.name} shows how it is, and changes it with `--live`",
        )
        for pin in placement.pins
        if (missing := cpuset.missing(pin.cpus, there))
    )
    return found or passed(facts.destination, NAME, "all of these CPUs are online")


RULE = Rule(
    NAME,
    check,
    remedy="Pin the guest to CPUs that both hosts have: `virsh vcpupin`, `emulatorpin`, `iothreadpin`.",
    tested="tests/e2e/preflight/test_placement.py; by a guest that is off: "
    "the lab's hosts are one machine and have the same CPUs",
    unproven="that the same numbers mean as near a cell there",
)
