"""No device ties the guest to its host, or libvirt knows a way to move it.

QEMU refuses such a guest when the migration begins (PCI and mdev devices, 9p, 3D, a passed-through TPM, some
devices that it emulates), or takes it to a host where the same name is another thing. Source: libvirt's
`qemuMigrationSrcIsAllowed`, QEMU's migration blockers.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import not_applicable
from godwit.domain.equipment import Device, DeviceKind
from godwit.domain.host import version_parts
from godwit.domain.migration import Check, CheckResult
from godwit.domain.reasons import Reason

NAME = "Devices"

_WHY: dict[DeviceKind, str] = {
    DeviceKind.HOST_DEVICE: "it is a piece of the host, and its state can't be read out",
    DeviceKind.FILE_SYSTEM: "it is a directory of the host that is mounted in the guest",
    DeviceKind.VHOST_USER: "another process of the host serves it, and keeps a part of its state",
    DeviceKind.CONFIDENTIAL: "the host's CPU keeps its memory secret, also from QEMU",
    DeviceKind.SHARED_MEMORY: "libvirt moves no memory that belongs to others on the host",
    DeviceKind.PERSISTENT_MEMORY: "its content lies on the host",
    DeviceKind.TPM: "it is the host's own TPM",
    DeviceKind.RENDERER: "the host's graphics card draws, and QEMU can't move what it holds",
    DeviceKind.CRYPTO: "QEMU can't move its state",
    DeviceKind.SOUND: "QEMU can't move its state",
    DeviceKind.NVME: "QEMU can't move its state",
    DeviceKind.IOMMU: "QEMU can't move its state",
}
"""Of the kinds that don't move."""
_MAY_BE_LEARNED = frozenset({DeviceKind.SOUND, DeviceKind.NVME, DeviceKind.IOMMU})
_KNOWN_BELOW = (10, 1)
"""QEMU 7.2 to 10.0 refuse these; of newer ones that is not known, and nobody could force the check."""


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """A verdict per device."""
    host, known = facts.source.name, facts.guest.equipment
    if known is None:
        message = f"the agent on {host} does not tell the devices of VM {facts.vm.name}: it is too old"
        remedy = "update the agents: `helm upgrade` to the operator's version"
        return (Check(NAME, CheckResult.NOT_RUN, host, message, remedy),)
    found = tuple(_verdict(facts, device) for device in known.devices)
    return found or not_applicable(facts.source, NAME, "no device ties the guest to its host")


def _verdict(facts: PreflightFacts, device: Device) -> Check:
    host, there, name = facts.source.name, facts.destination.name, facts.vm.name
    has = f"VM {name} has {device.name}"
    match device.kind:
        case DeviceKind.FAILOVER:
            message = f"{has}: QEMU unplugs it for the move, and its partner takes over"
            remedy = f"see to it that {there} has a free device for it: `virsh nodedev-list --cap pci` there"
            return Check(NAME, CheckResult.WARN, host, message, remedy)
        case DeviceKind.OWN_SHARED_MEMORY:
            message = f"{has}: its content comes along, and whoever shares it on {host} stays behind"
            remedy = f"stop on {host} whatever else uses it, and start that on {there} after the migration"
            return Check(NAME, CheckResult.WARN, host, message, remedy)
        case DeviceKind.ARGUMENTS:
            message = f"{has}: libvirt hands it to QEMU unread, so nothing is known of whether it can move"
            remedy = f"take care that QEMU on {there} takes the same, or remove it: `virsh edit {name}`"
            return Check(NAME, CheckResult.WARN, host, message, remedy)
        case kind if kind in _MAY_BE_LEARNED and (newer := _newer_qemu(facts)):
            message = f"{has}: QEMU before 10.1 can't move its state, and whether {newer} can is not known"
            remedy = (
                f"detach it; or try: where it can't, libvirt doesn't begin, and the guest stays on {host}"
            )
            return Check(NAME, CheckResult.WARN, host, message, remedy)
        case DeviceKind.CONFIDENTIAL:
            remedy = f"shut it down (`virsh shutdown {name}`), and define and start it on {there}"
        case _:
            remedy = (
                f"detach it: `virsh detach-device {name} FILE --live --config`, with its element of "
                f"`virsh dumpxml {name}` in FILE; or shut the guest down and start it on {there}"
            )
    return Check(NAME, CheckResult.FAIL, host, f"{has}: {_WHY[device.kind]}", remedy)


def _newer_qemu(facts: PreflightFacts) -> str:
    """The source's, where it is not one of those that are known."""
    version = facts.source.status.versions.qemu
    return "" if version and version_parts(version) < _KNOWN_BELOW else f"QEMU {version or 'of that host'}"


RULE = Rule(
    NAME,
    check,
    remedy="Detach the device that the message names, or move the guest while it is off.",
    tested="tests/e2e/preflight/test_devices.py",
    veto=Reason.DEVICE_NOT_MIGRATABLE,
    unproven="whether QEMU moves what stands in `qemu:commandline`; that the destination has the device "
    "which a failover pair gets back there. The lab has no device to give away: PCI, USB and cards are "
    "tested in a guest that is off. Its libvirt knows no NVMe controller and no IOMMU of AMD's: QEMU itself "
    "was asked to move these",
)
