"""The destination can give the guest the very CPU that it has now, each feature of it.

libvirt on the destination compares what its QEMU can give there with the guest's live CPU
(`virsh hypervisor-cpu-compare`), for KVM and for emulated guests. QEMU itself would find out when the memory
is there already; or, where the guest's `<cpu>` is not checked, start it without what is missing.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import not_applicable, passed
from godwit.domain.guest_cpu import CPUFit, CPUMode, CPUVerdict, GuestCPU
from godwit.domain.migration import Check, CheckResult

NAME = "CPU"

_JUDGED_BY_HOST = frozenset({CPUMode.HOST_PASSTHROUGH, CPUMode.MAXIMUM})


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """Fails naming each missing feature."""
    cpu, host = facts.guest.cpu, facts.destination
    if cpu and cpu.mode is CPUMode.NONE:
        return not_applicable(host, NAME, "the guest has no <cpu>: its machine type tells which one it gets")
    if cpu and cpu.mode in _JUDGED_BY_HOST:
        return not_applicable(host, NAME, "the guest has its host's own CPU, which HostCPU judges")
    verdict = facts.reception.cpu if facts.reception else None
    if cpu is None or verdict is None or verdict.fit is CPUFit.UNKNOWN:
        return (_not_run(facts, verdict),)
    if verdict.fit is not CPUFit.INCOMPATIBLE:
        return passed(host, NAME, f"{host.name} can give {_named(cpu)}")
    missing = [feature for feature in verdict.missing if feature not in cpu.absent]
    if verdict.missing and not missing:
        never = ", ".join(verdict.missing)
        return passed(
            host, NAME, f"{host.name} can give all but {never}, which the guest runs without already"
        )
    what = f"lacks {', '.join(missing)}" if missing else f"can't give it: {verdict.text}"
    message = f"VM {facts.vm.name} has {_named(cpu)}, and {host.name} {what}"
    return (Check(NAME, CheckResult.FAIL, host.name, message, _remedy(facts, missing)),)


def _named(cpu: GuestCPU) -> str:
    return f"the CPU {cpu.model}" if cpu.model else "a CPU without a model's name"


def _remedy(facts: PreflightFacts, missing: list[str]) -> str:
    host = facts.destination.name
    without = (
        f"forbid them to the guest (`<feature policy='disable' name='{missing[0]}'/>`)" if missing else ""
    )
    instead = without or "give the guest a CPU that both hosts can give (`virsh hypervisor-cpu-baseline`)"
    return f"name a host with a newer CPU or QEMU than {host}; or {instead}, and restart it"


def _not_run(facts: PreflightFacts, verdict: CPUVerdict | None) -> Check:
    host, name = facts.destination.name, facts.vm.name
    why = f": {verdict.text}" if verdict and verdict.text else ""
    message = f"whether {host} can give the CPU of VM {name} is not known{why}"
    remedy = f"`virsh hypervisor-cpu-compare` on {host}, with the <cpu> of `virsh dumpxml {name}`, tells more"
    if verdict is None or facts.guest.cpu is None:
        older = "an older agent on one of the hosts doesn't ask"
        remedy = (
            f"see the log of the agent on {host}; {older}, and a definition over 256 KiB is not sent there"
        )
    return Check(NAME, CheckResult.NOT_RUN, host, message, remedy)


RULE = Rule(
    NAME,
    check,
    remedy="Name a host that can give it, or take from the guest what is missing there, and restart it.",
    tested="tests/e2e/preflight/test_cpu.py",
    unproven="how fast it is: the frequency of its time stamp counter, the size of its caches",
    live=True,
)
