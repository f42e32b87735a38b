"""A guest's CPU: what its definition says, and whether a host's libvirt can give it.

`virConnectCompareHypervisorCPU` compares with what the QEMU of that host can do, emulated or by KVM, and
starts nothing. It doesn't know the host's own CPU by name (`host-passthrough`, `maximum`): that is not asked.
"""

from xml.etree.ElementTree import Element, tostring

import libvirt

from godwit.domain.guest_cpu import CPUFit, CPUMode, CPUVerdict, GuestCPU
from godwit.domain.reception import MOST_TEXT
from godwit.hypervisor.errors import CPU_INCOMPATIBLE, code_of, text_of
from godwit.hypervisor.xml import machine_and_arch, parse

_MODES = {
    "custom": CPUMode.CUSTOM,
    "host-model": CPUMode.HOST_MODEL,
    "host-passthrough": CPUMode.HOST_PASSTHROUGH,
    "maximum": CPUMode.MAXIMUM,
}
_COMPARED = frozenset({CPUMode.CUSTOM, CPUMode.HOST_MODEL, CPUMode.OTHER})
_FITS = {
    libvirt.VIR_CPU_COMPARE_IDENTICAL: CPUFit.IDENTICAL,
    libvirt.VIR_CPU_COMPARE_SUPERSET: CPUFit.SUPERSET,
}
_PER_SOCKET = ("dies", "clusters", "cores", "threads")


def seen(domain: Element) -> GuestCPU:
    """What the definition says."""
    emulated, cpu = domain.get("type") == "qemu", domain.find("./cpu")
    if cpu is None:
        return GuestCPU(CPUMode.NONE, emulated=emulated)
    return GuestCPU(
        mode=_mode(cpu),
        emulated=emulated,
        model=cpu.findtext("./model") or "",
        features=_features(cpu, "require", "force"),
        disabled=_features(cpu, "disable", "forbid"),
        threads_per_socket=_threads_per_socket(cpu),
    )


def compared(connection: libvirt.virConnect, domain: Element) -> CPUVerdict | None:
    """What this host says of giving it; None where there is nothing to compare."""
    cpu = domain.find("./cpu")
    if cpu is None or _mode(cpu) not in _COMPARED:
        return None
    machine, arch = machine_and_arch(domain)
    kind, text = domain.get("type", ""), tostring(cpu, encoding="unicode")
    verdict = _asked(connection, domain.findtext("./devices/emulator"), arch, machine, kind, text)
    # An emulator or a machine type that is not here is another check's, and hides no feature.
    return verdict if verdict.fit is not CPUFit.UNKNOWN else _asked(connection, None, arch, None, kind, text)


def with_live_cpu(definition: str, live: str) -> str:
    """`definition`, to be judged and never to be started, with the CPU of the same domain's live one.

    The form that migrates has the CPU that was asked for. What the guest sees is in the live form alone;
    libvirt sends that beside the definition.
    """
    domain, cpu = parse(definition), parse(live).find("./cpu")
    old = domain.find("./cpu")
    if old is None or cpu is None:
        return definition
    domain[list(domain).index(old)] = cpu
    return tostring(domain, encoding="unicode")


def _asked(
    connection: libvirt.virConnect, emulator: str | None, arch: str, machine: str | None, kind: str, cpu: str
) -> CPUVerdict:
    flag = libvirt.VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE
    try:
        answer = connection.compareHypervisorCPU(emulator, arch, machine, kind, cpu, flag)
    except libvirt.libvirtError as error:
        if not connection.isAlive():
            raise
        text = text_of(error)[:MOST_TEXT]
        if code_of(error) != CPU_INCOMPATIBLE:
            return CPUVerdict(CPUFit.UNKNOWN, text=text)
        return CPUVerdict(CPUFit.INCOMPATIBLE, _missing(text), text)
    fit = _FITS.get(answer)
    return CPUVerdict(fit) if fit else CPUVerdict(CPUFit.INCOMPATIBLE, text="libvirt doesn't say why")


def _missing(text: str) -> tuple[str, ...]:
    return ()


def _mode(cpu: Element) -> CPUMode:
    return _MODES.get(cpu.get("mode", "custom"), CPUMode.OTHER)


def _features(cpu: Element, *policies: str) -> tuple[str, ...]:
    found = (
        feature.get("name", "")
        for feature in cpu.findall("./feature")
        if feature.get("policy", "require") in policies
    )
    return tuple(sorted(found))


def _threads_per_socket(cpu: Element) -> int:
    topology, product = cpu.find("./topology"), 1
    if topology is None:
        return product
    for part in _PER_SOCKET:
        product *= int(topology.get(part, 1))
    return product
