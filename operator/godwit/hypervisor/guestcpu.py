"""A guest's CPU: what its definition says, and whether a host's libvirt can give it.

`virConnectCompareHypervisorCPU` compares with what the QEMU of that host can do, emulated or by KVM, and
starts nothing. Of a guest with its host's own CPU (`host-passthrough`, `maximum`) it says yes anywhere: that
is not asked.
"""

import re
from xml.etree.ElementTree import Element, tostring

import libvirt
from msgspec.structs import replace

from godwit.domain.guest_cpu import CPUFit, CPUMode, CPUVerdict, GuestCPU
from godwit.domain.reception import MOST_TEXT
from godwit.hypervisor.errors import CPU_INCOMPATIBLE, code_of, text_of
from godwit.hypervisor.xml import machine_and_arch, parse

MOST_ELEMENTS = 512
"""A `<cpu>` with more was written by no libvirt; each may cost a question."""

_MODES = {
    "custom": CPUMode.CUSTOM,
    "host-model": CPUMode.HOST_MODEL,
    "host-passthrough": CPUMode.HOST_PASSTHROUGH,
    "maximum": CPUMode.MAXIMUM,
}
_COMPARED = frozenset({CPUMode.CUSTOM, CPUMode.HOST_MODEL, CPUMode.OTHER})
_FITS = {
    libvirt.VIR_CPU_COMPARE_INCOMPATIBLE: CPUFit.INCOMPATIBLE,
    libvirt.VIR_CPU_COMPARE_IDENTICAL: CPUFit.IDENTICAL,
    libvirt.VIR_CPU_COMPARE_SUPERSET: CPUFit.SUPERSET,
}
_PER_SOCKET = ("dies", "clusters", "cores", "threads")
_NAMES = re.compile(r": ([\w.+-]+(?:, [\w.+-]+)*)$")
"""Of the features at the end of what libvirt says."""


def of(connection: libvirt.virConnect, domain: Element) -> GuestCPU:
    """What the guest of this live definition sees, on the host where it runs."""
    verdict = compared(connection, domain)
    return replace(seen(domain), unjudged=verdict.missing if verdict else ())


def seen(domain: Element) -> GuestCPU:
    """What the definition alone says."""
    emulated, cpu = domain.get("type") == "qemu", domain.find("./cpu")
    tsc_hertz = _tsc_hertz(domain)
    if cpu is None:
        return GuestCPU(CPUMode.NONE, emulated=emulated, tsc_hertz=tsc_hertz)
    return GuestCPU(
        mode=_mode(cpu),
        emulated=emulated,
        model=cpu.findtext("./model") or "",
        features=_features(cpu, "require", "force"),
        disabled=_features(cpu, "disable", "forbid"),
        threads_per_socket=_threads_per_socket(cpu),
        migratable=cpu.get("migratable") != "off",
        tsc_hertz=tsc_hertz,
    )


def compared(connection: libvirt.virConnect, domain: Element) -> CPUVerdict | None:
    """What this host says of giving the guest's CPU; None where there is nothing to compare.

    The definition may come from another host, and be anything.
    """
    cpu = domain.find("./cpu")
    if cpu is None or _mode(cpu) not in _COMPARED:
        return None
    if sum(1 for _ in cpu.iter()) > MOST_ELEMENTS:
        return CPUVerdict(CPUFit.UNKNOWN, text=f"its <cpu> has more than {MOST_ELEMENTS} elements")
    machine, arch = machine_and_arch(domain)
    kind = domain.get("type", "")
    verdict = _asked(connection, (domain.findtext("./devices/emulator"), arch, machine, kind), cpu)
    # An emulator or a machine type that is not here is another check's to tell, and hides no feature.
    return verdict if verdict.fit is not CPUFit.UNKNOWN else _asked(connection, (None, arch, None, kind), cpu)


def with_live_cpu(definition: str, live: str) -> str:
    """`definition`, to be judged and never to be started, with the CPU of the same domain's live one.

    The form that migrates has the CPU that was once asked for. What the guest sees is in the live form alone;
    libvirt sends that beside the definition.
    """
    domain, cpu = parse(definition), parse(live).find("./cpu")
    if cpu is None:
        return definition
    for old in domain.findall("./cpu"):
        domain.remove(old)
    domain.append(cpu)
    return tostring(domain, encoding="unicode")


_Where = tuple[str | None, str, str | None, str]
"""Emulator, architecture, machine type, kind of virtualization."""


def _asked(connection: libvirt.virConnect, where: _Where, cpu: Element) -> CPUVerdict:
    """Asks again without each feature that this libvirt has never heard of, and counts it as missing."""
    cpu, unknown = parse(tostring(cpu, encoding="unicode")), []
    while True:
        verdict = _answer(connection, where, tostring(cpu, encoding="unicode"))
        strange = _strange(cpu, verdict)
        if not strange:
            break
        unknown.append(strange[0].get("name", ""))
        for feature in strange:
            cpu.remove(feature)
    if unknown and verdict.fit is not CPUFit.UNKNOWN:
        text = verdict.text or f"libvirt doesn't know {', '.join(unknown)}"
        return CPUVerdict(CPUFit.INCOMPATIBLE, (*unknown, *_missing(cpu, verdict)), text)
    if verdict.fit is CPUFit.UNKNOWN and _last(verdict.text) == cpu.findtext("./model"):
        return replace(verdict, fit=CPUFit.INCOMPATIBLE)
    return replace(verdict, missing=_missing(cpu, verdict))


def _answer(connection: libvirt.virConnect, where: _Where, cpu: str) -> CPUVerdict:
    flag = libvirt.VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE
    try:
        return CPUVerdict(_FITS[connection.compareHypervisorCPU(*where, cpu, flag)])
    except libvirt.libvirtError as error:
        if not connection.isAlive():
            raise
        fit = CPUFit.INCOMPATIBLE if code_of(error) == CPU_INCOMPATIBLE else CPUFit.UNKNOWN
        return CPUVerdict(fit, text=text_of(error)[:MOST_TEXT])


def _strange(cpu: Element, verdict: CPUVerdict) -> list[Element]:
    """The elements of the feature at which this libvirt gave up: its text ends with the name."""
    if verdict.fit is not CPUFit.UNKNOWN:
        return []
    last = _last(verdict.text)
    return [feature for feature in cpu.findall("./feature") if feature.get("name") == last]


def _last(text: str) -> str:
    return text.rpartition(" ")[2]


def _missing(cpu: Element, verdict: CPUVerdict) -> tuple[str, ...]:
    """The features at the end of the text; none where it may be one too many that is told there."""
    found = _NAMES.search(verdict.text) if verdict.fit is CPUFit.INCOMPATIBLE else None
    names = tuple(found[1].split(", ")) if found else ()
    too_many = cpu.get("match") == "strict" or set(names) & set(_features(cpu, "forbid"))
    return () if too_many else names


def _mode(cpu: Element) -> CPUMode:
    return _MODES.get(cpu.get("mode", "custom"), CPUMode.OTHER)


def _features(cpu: Element, *policies: str) -> tuple[str, ...]:
    found = (
        feature.get("name", "")
        for feature in cpu.findall("./feature")
        if feature.get("policy", "require") in policies
    )
    return tuple(sorted(found))


def _tsc_hertz(domain: Element) -> int:
    """The first one counts, as in libvirt."""
    timers = domain.findall("./clock/timer[@name='tsc']")
    return next((hertz for timer in timers if (hertz := int(timer.get("frequency", 0)))), 0)


def _threads_per_socket(cpu: Element) -> int:
    topology, product = cpu.find("./topology"), 1
    if topology is None:
        return product
    for part in _PER_SOCKET:
        product *= int(topology.get(part, 1))
    return product
