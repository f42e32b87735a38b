"""What libvirt's storage API tells of a file or a device, from the XML of its volume."""

from xml.etree.ElementTree import Element

from godwit.domain.image import FileKind, Fingerprint, ImageFacts

_UNITS = {"bytes": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20}
_KINDS = {"file": FileKind.REGULAR, "block": FileKind.BLOCK, "dir": FileKind.DIRECTORY}


def facts(path: str, volume: Element) -> ImageFacts:
    """As libvirt has it: a symlink is taken for what it leads to."""
    kind = _KINDS.get(volume.get("type", ""), FileKind.OTHER)
    if kind not in (FileKind.REGULAR, FileKind.BLOCK):
        return ImageFacts(path=path, kind=kind)
    format_ = _format(volume)
    qcow2 = format_ == "qcow2"
    return ImageFacts(
        path=path,
        kind=kind,
        format=format_,
        virtual_size_bytes=_bytes(volume, "./capacity"),
        allocated_bytes=_bytes(volume, "./allocation"),
        cluster_size_bytes=_bytes(volume, "./target/clusterSize") if qcow2 else None,
        # libvirt leaves the older version out when it lists an image.
        compat=(volume.findtext("./target/compat") or "0.10") if qcow2 else "",
        luks_header_bytes=_luks_header_bytes(volume, in_qcow2=qcow2),
        owner=_number(volume.findtext("./target/permissions/owner")),
        group=_number(volume.findtext("./target/permissions/group")),
        mode=volume.findtext("./target/permissions/mode") or "",
        backing=volume.findtext("./backingStore/path") or "",
        fingerprint=_fingerprint(volume) if kind is FileKind.REGULAR else None,
    )


def file_bytes(volume: Element) -> int | None:
    """How long the file is."""
    return _bytes(volume, "./physical")


def _fingerprint(volume: Element) -> Fingerprint | None:
    capacity, allocation = _bytes(volume, "./capacity"), _bytes(volume, "./allocation")
    modified = volume.findtext("./target/timestamps/mtime")
    changed = volume.findtext("./target/timestamps/ctime")
    if capacity is None or allocation is None or not modified or not changed:
        return None
    return Fingerprint(
        capacity_bytes=capacity, allocation_bytes=allocation, modified=modified, changed=changed
    )


def _luks_header_bytes(volume: Element, *, in_qcow2: bool) -> int | None:
    """libvirt's capacity of a raw LUKS image is without its head, whoever wrote that head."""
    if volume.find("./target/encryption[@format='luks']") is None:
        return None
    length, capacity = file_bytes(volume), _bytes(volume, "./capacity")
    return 0 if in_qcow2 or length is None or capacity is None else max(0, length - capacity)


def _format(volume: Element) -> str:
    found = volume.find("./target/format")
    return "" if found is None else found.get("type", "")


def _bytes(volume: Element, path: str) -> int | None:
    found = volume.find(path)
    if found is None or not (found.text or "").isdecimal():
        return None
    return int(found.text or 0) * _UNITS[found.get("unit", "bytes")]


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None
