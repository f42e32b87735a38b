"""What a live definition says of a guest's equipment: see `godwit.domain.equipment`.

What is tied to its host is what libvirt or QEMU refuse to migrate (`qemuMigrationSrcIsAllowed`, and
QEMU's own migration blockers), and what would be another thing on another host. QEMU 7.2 and 10.0 were asked
themselves to migrate each emulated device that is refused here, and called it `non-migratable`.
"""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from msgspec.structs import replace

from godwit.domain.equipment import TPM, Device, DeviceKind, Equipment, GuestAgent

QEMU = "{http://libvirt.org/schemas/domain/qemu/1.0}"
AGENT_CHANNEL = "org.qemu.guest_agent.0"
_AGENT_STATES = {"connected": GuestAgent.CONNECTED, "disconnected": GuestAgent.DISCONNECTED}
_CARD_READERS = ("host", "host-certificates")
_FILE_SYSTEM_DRIVERS = ("virtiofs", "mtp")
_MOST_NAME = 1024
"""Characters."""
_SOUND_CARDS = ("virtio", "usb")
_PERSISTENT = ("nvdimm", "virtio-pmem")


def equipment(domain: Element) -> Equipment:
    """All of it, in the definition's order."""
    return Equipment(devices=tuple(_tied(domain)), tpm=_tpm(domain), agent=_agent(domain))


def _tied(domain: Element) -> Iterator[Device]:
    for device in domain.findall("./devices/*"):
        if (read := _READERS.get(device.tag)) and (found := read(device)):
            yield replace(found, name=found.name.rstrip()[:_MOST_NAME])
    for security in domain.findall("./launchSecurity"):
        kind = security.get("type", "")
        yield Device(DeviceKind.CONFIDENTIAL, f"launchSecurity {kind}".rstrip())
    if told := _arguments(domain):
        yield Device(DeviceKind.ARGUMENTS, f"qemu:commandline with {told}")


def _arguments(domain: Element) -> str:
    """How many. What they are may be secret, and people find them in the definition."""
    counts = [
        (len(domain.findall(f"./{QEMU}commandline/{QEMU}{tag}")), word)
        for tag, word in (("arg", "argument"), ("env", "environment variable"))
    ]
    return " and ".join(f"{count} {word}{'s' if count > 1 else ''}" for count, word in counts if count)


def _hostdev(device: Element) -> Device:
    return Device(_kind_of(device), _hostdev_name(device))


def _kind_of(device: Element) -> DeviceKind:
    transient = _of(device.find("./teaming"), "type") == "transient"
    return DeviceKind.FAILOVER if transient else DeviceKind.HOST_DEVICE


def _hostdev_name(device: Element) -> str:
    kind, source = device.get("type", ""), device.find("./source")
    if source is None:
        return f"{kind} device"
    address = source.find("./address")
    match kind:
        case "pci":
            return f"PCI device {_pci(address)}"
        case "usb":
            return f"USB device {_usb(source, address)}"
        case "mdev":
            return f"mdev {_of(address, 'uuid')}"
        case "scsi_host":
            return f"SCSI host {source.get('wwpn', '')}"
        case "scsi":
            adapter = source.find("./adapter")
            place = ":".join(_of(address, part) for part in ("bus", "target", "unit"))
            name = _of(adapter, "name") if adapter is not None else source.get("name", "")
            return f"SCSI device {name} {place if adapter is not None else ''}".rstrip()
    return f"{kind} device {next(iter(source.attrib.values()), '')}".rstrip()


def _pci(address: Element | None) -> str:
    numbers = [int(_of(address, part) or "0", 0) for part in ("domain", "bus", "slot", "function")]
    return "{:04x}:{:02x}:{:02x}.{:x}".format(*numbers)


def _usb(source: Element, address: Element | None) -> str:
    vendor, product = source.find("./vendor"), source.find("./product")
    names = [_of(each, "id") for each in (vendor, product) if each is not None]
    if address is not None:
        names.append(f"bus {_of(address, 'bus')} device {_of(address, 'device')}")
    return " ".join(names)


def _interface(device: Element) -> Device | None:
    mac = _of(device.find("./mac"), "address")
    match device.get("type"):
        case "hostdev":
            place = device.find("./source/address")
            what = (
                f"mdev {_of(place, 'uuid')}" if _of(place, "type") == "mdev" else f"PCI device {_pci(place)}"
            )
            return Device(_kind_of(device), f"interface {mac}, which is {what}")
        case "vdpa":
            return Device(DeviceKind.HOST_DEVICE, f"interface {mac}, which is vDPA {_source(device, 'dev')}")
        case "vhostuser":
            return Device(DeviceKind.VHOST_USER, f"interface {mac} at {_source(device, 'path')}")
    return None


def _disk(device: Element) -> Device | None:
    target = _of(device.find("./target"), "dev")
    if _of(device.find("./target"), "bus") == "nvme":
        return Device(DeviceKind.NVME, f"disk {target}, which hangs on an emulated NVMe controller")
    match device.get("type"):
        case "vhostuser":
            return Device(DeviceKind.VHOST_USER, f"disk {target} at {_source(device, 'path')}")
        case "vhostvdpa":
            return Device(DeviceKind.HOST_DEVICE, f"disk {target}, which is vDPA {_source(device, 'dev')}")
        case "nvme":
            place = device.find("./source/address")
            return Device(DeviceKind.HOST_DEVICE, f"disk {target}, which is NVMe {_pci(place)}")
    return None


def _filesystem(device: Element) -> Device:
    source = device.find("./source")
    named = "" if source is None else next(iter(source.attrib.values()), "")
    driver = _of(device.find("./driver"), "type")
    how = driver if driver in _FILE_SYSTEM_DRIVERS else "9p"
    return Device(
        DeviceKind.FILE_SYSTEM, f"filesystem {_of(device.find('./target'), 'dir')}, which is {how} of {named}"
    )


def _shmem(device: Element) -> Device:
    own = device.get("role") == "master"
    kind = DeviceKind.OWN_SHARED_MEMORY if own else DeviceKind.SHARED_MEMORY
    return Device(kind, f"shmem {device.get('name', '')}")


def _memory(device: Element) -> Device | None:
    model = device.get("model", "")
    if model == "sgx-epc":
        return Device(DeviceKind.CONFIDENTIAL, "memory sgx-epc")
    if model in _PERSISTENT:
        return Device(
            DeviceKind.PERSISTENT_MEMORY, f"memory {model} in {device.findtext('./source/path') or ''}"
        )
    return None


def _host_tpm(device: Element) -> Device | None:
    backend = device.find("./backend")
    if _of(backend, "type") != "passthrough":
        return None
    return Device(DeviceKind.TPM, f"tpm {_of(device.find('./backend/device'), 'path')}".rstrip())


def _smartcard(device: Element) -> Device | None:
    mode = device.get("mode", "")
    return Device(DeviceKind.HOST_DEVICE, f"smartcard {mode}") if mode in _CARD_READERS else None


def _video(device: Element) -> Device | None:
    draws = _of(device.find("./model/acceleration"), "accel3d") == "yes"
    return Device(DeviceKind.RENDERER, "video with accel3d") if draws else None


def _crypto(device: Element) -> Device:
    return Device(DeviceKind.CRYPTO, f"crypto {device.get('model', '')}".rstrip())


def _sound(device: Element) -> Device | None:
    model = device.get("model", "")
    return Device(DeviceKind.SOUND, f"sound {model}") if model in _SOUND_CARDS else None


def _iommu(device: Element) -> Device | None:
    return Device(DeviceKind.IOMMU, "iommu amd") if device.get("model") == "amd" else None


_READERS = {
    "hostdev": _hostdev,
    "interface": _interface,
    "disk": _disk,
    "filesystem": _filesystem,
    "shmem": _shmem,
    "memory": _memory,
    "tpm": _host_tpm,
    "smartcard": _smartcard,
    "video": _video,
    "crypto": _crypto,
    "sound": _sound,
    "iommu": _iommu,
}


def _tpm(domain: Element) -> TPM | None:
    backend = domain.find("./devices/tpm/backend")
    if backend is None:
        return None
    secret = _of(backend.find("./encryption"), "secret")
    return TPM(backend.get("type", ""), secret, state=_of(backend.find("./source[@path]"), "path"))


def _agent(domain: Element) -> GuestAgent:
    for target in domain.findall("./devices/channel/target"):
        if target.get("name") == AGENT_CHANNEL:
            return _AGENT_STATES.get(target.get("state", ""), GuestAgent.UNKNOWN)
    return GuestAgent.NONE


def _source(device: Element, attribute: str) -> str:
    return _of(device.find("./source"), attribute)


def _of(element: Element | None, attribute: str) -> str:
    return "" if element is None else element.get(attribute, "")
