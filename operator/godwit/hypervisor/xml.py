"""What a domain's XML says, by a parser that refuses entities and document types."""

import hashlib
from xml.etree.ElementTree import Element, canonicalize, tostring

from defusedxml.ElementTree import fromstring

from godwit.domain.guest import DiskFacts, DiskKind

_KINDS: dict[str, DiskKind] = {
    "file": DiskKind.FILE,
    "block": DiskKind.BLOCK,
    "network": DiskKind.NETWORK,
    "volume": DiskKind.VOLUME,
    "dir": DiskKind.DIR,
}
_PATHS: dict[DiskKind, str] = {DiskKind.FILE: "file", DiskKind.BLOCK: "dev", DiskKind.DIR: "dir"}

BY_USAGE = "usage:"
"""Before a secret that the definition names by what it is for, and not by its UUID."""

# What libvirt writes into the live XML by itself while a guest runs, without any device coming or going.
_STATE_ATTRIBUTES = (("./channel/target", "state"), ("./disk/target", "tray"))
_STATE_ELEMENTS = (("./memory/target", "current"),)


def parse(text: str) -> Element:
    """The root; `defusedxml.DefusedXmlException` or `ParseError` when it is none of libvirt's."""
    root: Element = fromstring(text, forbid_dtd=True)
    return root


def disks(domain: Element) -> tuple[DiskFacts, ...]:
    """What the XML alone tells of every `<disk>`, in its order."""
    return tuple(_disk(disk) for disk in domain.findall("./devices/disk"))


def block_jobs(domain: Element, targets: tuple[str, ...]) -> frozenset[str]:
    """QEMU's ids of the jobs that copy these disks, by the live XML: libvirt calls them after the device."""
    found = {
        target.get("dev"): alias.get("name")
        for disk in domain.findall("./devices/disk")
        if (target := disk.find("./target")) is not None and (alias := disk.find("./alias")) is not None
    }
    return frozenset(f"drive-{found[target]}" for target in targets if found.get(target))


def vcpus(domain: Element) -> int:
    """vCPUs that are plugged in."""
    vcpu = domain.find("./vcpu")
    return 0 if vcpu is None else int(vcpu.get("current") or vcpu.text or 0)


def memory_bytes(domain: Element) -> int:
    """Memory that the guest was started with; libvirt prints KiB."""
    return int(domain.findtext("./memory") or 0) * 1024


def machine_and_arch(domain: Element) -> tuple[str, str]:
    """E.g. `pc-q35-10.0` and `x86_64`."""
    kind = domain.find("./os/type")
    return ("", "") if kind is None else (kind.get("machine", ""), kind.get("arch", ""))


def nvram(domain: Element) -> str:
    """Path of the file of the firmware's variables; empty when there is none, or it lies elsewhere."""
    place = domain.find("./os/nvram")
    if place is None:
        return ""
    source = place.find("./source")
    return (place.text or "").strip() if source is None else source.get("file", "")


def devices_digest(domain: Element) -> str:
    """SHA-256 over `<devices>` in canonical form, without what changes by itself."""
    devices = domain.find("./devices")
    if devices is None:
        return hashlib.sha256(b"").hexdigest()
    copy = parse(tostring(devices, encoding="unicode"))
    for path, attribute in _STATE_ATTRIBUTES:
        for place in copy.findall(path):
            place.attrib.pop(attribute, None)
    for path, name in _STATE_ELEMENTS:
        for place in copy.findall(path):
            for state in place.findall(name):
                place.remove(state)
    canonical = canonicalize(tostring(copy, encoding="unicode"), strip_text=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _disk(disk: Element) -> DiskFacts:
    source = disk.find("./source")
    kind = _KINDS.get(disk.get("type", "file"), DiskKind.OTHER)
    path = "" if source is None else _path(kind, source)
    target = disk.find("./target")
    driver = disk.find("./driver")
    return DiskFacts(
        target="" if target is None else target.get("dev", ""),
        kind=kind if path else DiskKind.EMPTY,
        device=disk.get("device", "disk"),
        path=path,
        format="" if driver is None else driver.get("type", ""),
        read_only=disk.find("./readonly") is not None,
        shareable=disk.find("./shareable") is not None,
        backing=_backing(disk),
        encrypted=disk.find(".//encryption") is not None,
        secret=_secret(disk),
        transient=disk.find("./transient") is not None,
        startup_policy="" if source is None else source.get("startupPolicy", ""),
    )


def _backing(disk: Element) -> tuple[str, ...]:
    """Of all layers below; the last one is an empty element."""
    layers = _data_of(disk)
    layer = disk.find("./backingStore")
    while layer is not None:
        source = layer.find("./source")
        if source is not None:
            layers.append(_path(_KINDS.get(layer.get("type", "file"), DiskKind.OTHER), source))
            layers += _data_of(layer)
        layer = layer.find("./backingStore")
    return tuple(layers)


def _data_of(level: Element) -> list[str]:
    """A qcow2 may keep its content in a file of its own: what holds of a layer below holds of it."""
    store = level.find("./source/dataStore")
    source = None if store is None else store.find("./source")
    if store is None or source is None:
        return []
    return [_path(_KINDS.get(store.get("type", "file"), DiskKind.OTHER), source)]


def _secret(disk: Element) -> str:
    secret = disk.find(".//encryption/secret")
    if secret is None:
        return ""
    return secret.get("uuid") or BY_USAGE + secret.get("usage", "")


def _path(kind: DiskKind, source: Element) -> str:
    if kind in _PATHS:
        return source.get(_PATHS[kind], "")
    if kind is DiskKind.VOLUME:
        return f"{source.get('pool', '')}/{source.get('volume', '')}"
    if kind is DiskKind.NETWORK:
        return f"{source.get('protocol', '')}://{_server(source.find('./host'))}/{source.get('name', '')}"
    # A source of a kind that this code doesn't know is still a source: never call it an empty drive.
    return next(iter(source.attrib.values()), "") or kind.value


def _server(host: Element | None) -> str:
    """As it stands in a URI. Without a name it is a socket of this host."""
    name, port = ("", "") if host is None else (host.get("name", ""), host.get("port", ""))
    if not name:
        return ""
    bracketed = f"[{name}]" if ":" in name else name
    return f"{bracketed}:{port}" if port else bracketed
