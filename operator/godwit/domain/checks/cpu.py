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

_BY_TOPOLOGY = ("ht", "cmp_legacy")
"""What QEMU itself sets where a socket has several CPUs; no host's CPU is said to have it."""
_JUDGED_BY_HOST = frozenset({CPUMode.HOST_PASSTHROUGH, CPUMode.MAXIMUM})


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """Fails naming each missing feature."""
    cpu, host = facts.guest.cpu, facts.destination
    if cpu and cpu.mode is CPUMode.NONE:
        return not_applicable(host, NAME, "the guest has no <cpu>: its machine type tells which one it gets")
    if cpu and cpu.mode in _JUDGED_BY_HOST:
        return not_applicable(host, NAME, "the guest has its host's own CPU, which HostCPU judges")
    if cpu is None:
        return (_not_told(facts),)
    verdict = facts.reception.cpu if facts.reception else None
    if verdict is None or verdict.fit is CPUFit.UNKNOWN:
        return (_not_run(facts, verdict),)
    if verdict.fit is not CPUFit.INCOMPATIBLE:
        return passed(host, NAME, f"{host.name} can give {_named(cpu)}")
    asked = [feature for feature in verdict.missing if not _is_topology(cpu, feature)]
    missing = [feature for feature in asked if feature not in cpu.unjudged]
    if not verdict.missing or missing:
        return (_failure(facts, cpu, verdict, missing),)
    if asked:
        return (_unjudged(facts, asked),)
    return passed(host, NAME, f"{host.name} can give {_named(cpu)}")


def _is_topology(cpu: GuestCPU, feature: str) -> bool:
    return feature in _BY_TOPOLOGY and cpu.threads_per_socket > 1


def _failure(facts: PreflightFacts, cpu: GuestCPU, verdict: CPUVerdict, missing: list[str]) -> Check:
    host = facts.destination.name
    what = f"lacks {', '.join(missing)}" if missing else f"can't give it: {verdict.text}"
    message = f"VM {facts.vm.name} has {_named(cpu)}, and {host} {what}"
    return Check(NAME, CheckResult.FAIL, host, message, _remedy(facts, missing))


def _unjudged(facts: PreflightFacts, features: list[str]) -> Check:
    here, there = facts.source.name, facts.destination.name
    message = (
        f"whether {there} can give {', '.join(features)} is not known: libvirt denies it of {here} as well, "
        f"where VM {facts.vm.name} has it"
    )
    return Check(
        NAME, CheckResult.WARN, there, message, f"compare `virsh domcapabilities` of {here} and {there}"
    )


def _named(cpu: GuestCPU) -> str:
    return f"the CPU {cpu.model}" if cpu.model else "a CPU without a model's name"


def _remedy(facts: PreflightFacts, missing: list[str]) -> str:
    host = facts.destination.name
    without = (
        f"forbid them to the guest (`<feature policy='disable' name='{missing[0]}'/>`)" if missing else ""
    )
    instead = without or "give the guest a CPU that both hosts can give (`virsh hypervisor-cpu-baseline`)"
    return f"name a host with a newer CPU or QEMU than {host}; or {instead}, and restart it"


def _not_told(facts: PreflightFacts) -> Check:
    host = facts.source.name
    message = f"which CPU VM {facts.vm.name} has is not known: the agent on {host} is older"
    return Check(NAME, CheckResult.NOT_RUN, host, message, "upgrade that agent")


def _not_run(facts: PreflightFacts, verdict: CPUVerdict | None) -> Check:
    host, name = facts.destination.name, facts.vm.name
    why = f": {verdict.text}" if verdict and verdict.text else ""
    message = f"whether {host} can give the CPU of VM {name} is not known{why}"
    remedy = f"`virsh hypervisor-cpu-compare` on {host}, with the <cpu> of `virsh dumpxml {name}`, tells more"
    if verdict is None:
        older = "an older agent doesn't ask"
        remedy = (
            f"see the log of the agent on {host}; {older}, and a definition over 256 KiB is not sent there"
        )
    return Check(NAME, CheckResult.NOT_RUN, host, message, remedy)


RULE = Rule(
    NAME,
    check,
    remedy="Name a host that can give it, or take from the guest what is missing there, and restart it.",
    tested="tests/e2e/older/test_cpu.py",
    unproven="how fast it is: the frequency of its time stamp counter, the size of its caches",
    live=True,
)
