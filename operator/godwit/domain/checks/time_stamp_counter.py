"""A guest that is promised a steady time stamp counter keeps its frequency, and libvirt begins at all.

With `invtsc` and no frequency of the guest's own libvirt refuses to begin, as QEMU does. With a frequency the
destination's CPU must have the same one within 250 ppm, or be able to scale it: else the guest can't be
started there. Source: libvirt's `qemuMigrationSrcIsAllowed` and `qemuProcessStartValidateTSC`, QEMU's blocker
for `invtsc`.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import not_applicable, passed
from godwit.domain.guest_cpu import CPUMode, GuestCPU
from godwit.domain.host import Hypervisor
from godwit.domain.migration import Check, CheckResult

NAME = "TimeStampCounter"
TOLERANCE_PPM = 250
INVARIANT = "invtsc"
_HOSTS_OWN = (CPUMode.HOST_PASSTHROUGH, CPUMode.MAXIMUM)


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """One verdict: what stops it at the source comes first, as it does in libvirt."""
    host, cpu = facts.source.name, facts.guest.cpu
    if cpu is None:
        message = f"which CPU VM {facts.vm.name} has is not known: the agent on {host} is older"
        return (Check(NAME, CheckResult.NOT_RUN, host, message, "upgrade that agent"),)
    if cpu.tsc_hertz:
        return (_compared(facts, cpu, cpu.tsc_hertz),)
    if _is_promised(facts, cpu):
        return (_without_frequency(facts),)
    return not_applicable(facts.source, NAME, "the guest's time stamp counter has no frequency of its own")


def _is_promised(facts: PreflightFacts, cpu: GuestCPU) -> bool:
    """Named in the definition; or the host's own, where nothing of it is held back."""
    everything = cpu.mode in _HOSTS_OWN and not cpu.migratable and not cpu.emulated
    inherited = everything and INVARIANT not in cpu.disabled
    return INVARIANT in cpu.features or (inherited and INVARIANT in facts.source.status.cpu.features)


def _without_frequency(facts: PreflightFacts) -> Check:
    host, name = facts.source.name, facts.vm.name
    hertz = facts.source.status.cpu.tsc_hertz or "HZ"
    message = f"VM {name} has the CPU feature {INVARIANT} and no frequency for it: libvirt would not begin"
    remedy = (
        f"give it one (`<clock><timer name='tsc' frequency='{hertz}'/>`) or take {INVARIANT} away "
        f"(`virsh edit {name}`), and restart it"
    )
    return Check(NAME, CheckResult.FAIL, host, message, remedy)


def _compared(facts: PreflightFacts, cpu: GuestCPU, wanted_hertz: int) -> Check:
    host, there = facts.destination.name, facts.destination.status.cpu
    has = f"the time stamp counter of VM {facts.vm.name} runs at {wanted_hertz} Hz"
    remedy = "name a host with that frequency; or take the guest's timer `tsc` out of <clock>, and restart it"
    if not there.tsc_hertz:
        return _unknown_frequency(facts.destination, cpu, has)
    that = f"that of {host} at {there.tsc_hertz} Hz"
    if _is_within(wanted_hertz, there.tsc_hertz) or there.tsc_scaling:
        return Check(NAME, CheckResult.PASS, host, f"{has}, {that}")
    if there.tsc_scaling is None:
        message = f"{has}, {that}, and whether its CPU can scale it is not known: QEMU may refuse to start"
        return Check(NAME, CheckResult.WARN, host, message, remedy)
    return Check(NAME, CheckResult.FAIL, host, f"{has}, {that}, and its CPU can't scale it", remedy)


def _unknown_frequency(host: Hypervisor, cpu: GuestCPU, has: str) -> Check:
    if cpu.emulated:
        return passed(host, NAME, f"{has}, which QEMU emulates")[0]
    message = f"{has}, and that of {host.name} is not known"
    remedy = (
        f"`virsh capabilities` on {host.name} shows it as <counter name='tsc'>, where libvirt can read it"
    )
    return Check(NAME, CheckResult.WARN, host.name, message, remedy)


def _is_within(wanted_hertz: int, found_hertz: int) -> bool:
    """As libvirt reckons: of what the host has."""
    return abs(wanted_hertz - found_hertz) <= found_hertz * TOLERANCE_PPM // 1_000_000


RULE = Rule(
    NAME,
    check,
    remedy="Give the guest the frequency of its host, or name a host whose counter runs at the guest's.",
    tested="tests/e2e/preflight/test_time_stamp_counter.py",
    unproven="that a counter is scaled well; the lab's hosts are one machine that can't, and move no guest "
    "with KVM",
)
