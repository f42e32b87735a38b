"""Both hosts have the same CPU, where `safety.cpu: Identical` or the guest itself asks for that.

The guide moves guests between hosts of one CPU model alone. A guest with its host's own CPU
(`host-passthrough`, or `maximum`) needs that always: libvirt compares nothing for it, and what the other CPU
lacks breaks the guest in the middle of its work. Compared is what libvirt's capabilities say of each host.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import not_applicable, passed
from godwit.domain.guest_cpu import CPUMode
from godwit.domain.host import Hypervisor, Program
from godwit.domain.migration import Check, CheckResult, CPURule

NAME = "HostCPU"

_THE_HOSTS_OWN = {CPUMode.HOST_PASSTHROUGH: "host-passthrough", CPUMode.MAXIMUM: "maximum"}
_WITH_MICROCODE = ("x86_64", "i686")
"""libvirt tells of no microcode elsewhere."""


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """One verdict with all that differs; a warning where it is the microcode alone."""
    cpu, identical = facts.guest.cpu, facts.safety.cpu is CPURule.IDENTICAL
    if cpu is None and not identical:
        message = f"which CPU VM {facts.vm.name} has is not known: the agent on {facts.source.name} is older"
        return (Check(NAME, CheckResult.NOT_RUN, facts.source.name, message, "upgrade that agent"),)
    own = _THE_HOSTS_OWN.get(cpu.mode, "") if cpu else ""
    emulated = bool(cpu and cpu.emulated)
    verdicts = _emulated(facts, own) if own and emulated else ()
    if identical or (own and not emulated):
        verdicts += _compared(facts, own)
    what = "the guest's CPU is of its own; whether it can be had, CPU tells"
    return verdicts or not_applicable(facts.destination, NAME, what)


def _compared(facts: PreflightFacts, own: str) -> tuple[Check, ...]:
    host = facts.destination
    unknown = tuple(each for each in (facts.source, host) if not each.status.cpu.model)
    if unknown:
        return tuple(_unknown(each) for each in unknown)
    if different := _differences(facts.source, host):
        message = f"{host.name} has another CPU than {facts.source.name}: {'; '.join(different)}"
        return (Check(NAME, CheckResult.FAIL, host.name, message, _remedy(facts, own)),)
    return _microcode(facts) or passed(host, NAME, f"{host.status.cpu.model} on both")


def _differences(source: Hypervisor, destination: Hypervisor) -> tuple[str, ...]:
    """In words. Features count only beside those of the same model: another one has others by itself."""
    here, there = source.status.cpu, destination.status.cpu
    different = [
        f"{what} {getattr(there, what) or 'unknown'} instead of {getattr(here, what) or 'unknown'}"
        for what in ("arch", "vendor", "model")
        if getattr(here, what) != getattr(there, what)
    ]
    if not different:
        different = [
            f"{host.name} alone has {', '.join(sorted(alone))}"
            for host, alone in (
                (source, set(here.features) - set(there.features)),
                (destination, set(there.features) - set(here.features)),
            )
            if alone
        ]
    versions = [host.status.versions.of(Program.LIBVIRT) for host in (source, destination)]
    if different and versions[0] != versions[1]:
        different.append(f"libvirt {' and '.join(versions)} may have different names for one CPU")
    return tuple(different)


def _remedy(facts: PreflightFacts, own: str) -> str:
    if own:
        return (
            f"name a host with the CPU of {facts.source.name}; or give the guest, in place of {own}, "
            "one that both can give (`virsh hypervisor-cpu-baseline` finds one), and restart it"
        )
    return f"name a host with the CPU of {facts.source.name}, or leave it to `safety.cpu: Compatible`"


def _microcode(facts: PreflightFacts) -> tuple[Check, ...]:
    """A warning: it may bring features, and take them away."""
    host = facts.destination
    here, there = facts.source.status.cpu, host.status.cpu
    if here.arch not in _WITH_MICROCODE or (here.microcode and here.microcode == there.microcode):
        return ()
    texts = [f"{each.status.cpu.microcode or 'unknown'} on {each.name}" for each in (facts.source, host)]
    remedy = "bring both hosts to one state of their firmware and of the package with the microcode"
    message = f"the same CPU with different microcode: {', '.join(texts)}"
    return (Check(NAME, CheckResult.WARN, host.name, message, remedy),)


def _emulated(facts: PreflightFacts, own: str) -> tuple[Check, ...]:
    """What QEMU can emulate is the same on every CPU, and differs from version to version."""
    here, there = facts.source, facts.destination
    versions = [host.status.versions.of(Program.QEMU) for host in (here, there)]
    text = f"QEMU {versions[0] or 'unknown'} on {here.name}, {versions[1] or 'unknown'} on {there.name}"
    if versions[0] and versions[0] == versions[1]:
        return passed(there, NAME, f"emulated, by {text}")
    message = (
        f"the guest has every feature that its QEMU can emulate ({own}), and that is another one: {text}"
    )
    remedy = f"name a host with the QEMU of {here.name}, or give the guest a CPU model, and restart it"
    return (Check(NAME, CheckResult.FAIL, there.name, message, remedy),)


def _unknown(host: Hypervisor) -> Check:
    message = f"libvirt on {host.name} names no model for its CPU"
    remedy = f"see `virsh capabilities` on {host.name}, and the log of its agent"
    return Check(NAME, CheckResult.NOT_RUN, host.name, message, remedy)


RULE = Rule(
    NAME,
    check,
    remedy="Name a host with the same CPU, or give the guest a CPU model that both can give, and restart it.",
    tested="tests/e2e/older/test_host_cpu.py",
    unproven="that kernel, QEMU and firmware of both hosts hand on the same of it",
)
